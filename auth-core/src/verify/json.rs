//! Strict JSON: what a header and a claims set are read with.
//!
//! `serde_json` keeps the last of two members with one name; a gateway in front may keep the
//! first, and then the two believe different tokens. RFC 7515 §4 and RFC 7519 §4 allow to refuse
//! them, and that is what this does. It also bounds the nesting.

use std::fmt;
use std::sync::LazyLock;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// How deep objects and arrays may nest. Claims of real issuers stay below 8.
const MAX_DEPTH: usize = 32;

/// The member name under which `serde_json` hands out numbers when any crate of the program turns
/// its feature `arbitrary_precision` on. Without this case every `exp` would then be an object.
const ARBITRARY_PRECISION: &str = "$serde_json::private::Number";

/// Whether numbers come like that in this program. Where they do not, a member of that name is one
/// of the token, and what holds it is an object like any other.
static NUMBERS_ARE_MAPS: LazyLock<bool> = LazyLock::new(|| {
    let mut json = serde_json::Deserializer::from_str("1");
    matches!(json.deserialize_any(IsMap), Ok(true))
});

struct IsMap;

impl<'de> Visitor<'de> for IsMap {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        while map.next_entry::<String, String>()?.is_some() {}
        Ok(true)
    }
}

/// Reads one JSON object, and nothing after it: UTF-8, no name twice, at most 32 levels deep.
pub(crate) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: MAX_DEPTH }.deserialize(&mut json).ok()?;
    json.end().ok()?;
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// Reads a value that may nest `depth` levels more.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(too_deep)?;
        Ok(Self { depth })
    }
}

fn too_deep<E: Error>() -> E {
    E::custom("nested too deep")
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not finite"))?;
        Ok(Value::Number(number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Vec::new();
        while let Some(member) = seq.next_element_seed(inner)? {
            members.push(member);
        }
        Ok(Value::Array(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == ARBITRARY_PRECISION && *NUMBERS_ARE_MAPS {
                let digits: String = map.next_value()?;
                return serde_json::from_str(&digits).map(Value::Number).map_err(A::Error::custom);
            }
            match members.entry(name) {
                Entry::Vacant(vacant) => vacant.insert(map.next_value_seed(inner)?),
                Entry::Occupied(_) => return Err(A::Error::custom("a member name stands twice")),
            };
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_level() {
        assert!(object(br#"{"a":1,"b":{"a":2}}"#).is_some());
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
        ] {
            assert!(object(json.as_bytes()).is_none(), "{json}");
        }
    }

    /// The workspace does not turn `arbitrary_precision` on, so this is the name of a member.
    #[test]
    fn an_object_does_not_pass_for_a_number() {
        let json = r#"{"exp":{"$serde_json::private::Number":"1799999999"},"n":17.5,"m":-1}"#;
        let read = object(json.as_bytes()).unwrap();
        assert!(read["exp"].is_object() && read["n"].is_f64() && read["m"].is_i64(), "{read:?}");
        let two =
            br#"{"x":{"$serde_json::private::Number":"5","$serde_json::private::Number":"6"}}"#;
        assert!(object(two).is_none());
    }

    #[test]
    fn only_one_object_is_an_object() {
        for json in [
            "",
            "[]",
            "1",
            "null",
            r#""{}""#,
            "{}{}",
            "{} x",
            "{\"a\":1,}",
            "{'a':1}",
            "\u{feff}{}",
        ] {
            assert!(object(json.as_bytes()).is_none(), "{json}");
        }
        assert!(object(b" {\r\n} ").is_some());
        assert!(object(b"{\"a\":\"\xff\"}").is_none());
        assert!(object(br#"{"a":1e400}"#).is_none());
    }

    #[test]
    fn nesting_is_bounded() {
        let nest =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(object(nest(31).as_bytes()).is_some());
        assert!(object(nest(32).as_bytes()).is_none());
        assert!(object(nest(100_000).as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_serde_json_reads(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(strict) = object(&bytes) {
                let lax: Value = serde_json::from_slice(&bytes).unwrap();
                prop_assert_eq!(Value::Object(strict), lax);
            }
        }

        #[test]
        fn an_object_with_names_of_its_own_is_read(names in proptest::collection::btree_map("[a-z]{1,3}", any::<f64>().prop_filter("finite", |f| f.is_finite()), 0..8)) {
            let text = serde_json::to_string(&names).unwrap();
            // Read back by the same library: by default it reads a few floats one ulp off.
            let lax: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(object(text.as_bytes()).map(Value::Object), Some(lax));
        }
    }
}
