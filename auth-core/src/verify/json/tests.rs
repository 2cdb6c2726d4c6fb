//! Tests of reading, held against `serde_json`.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::Document;

fn object(json: &[u8]) -> Option<Map<String, Value>> {
    Document::parse(json.to_vec()).map(|document| document.root().to_map())
}

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
    let two = br#"{"x":{"$serde_json::private::Number":"5","$serde_json::private::Number":"6"}}"#;
    assert!(object(two).is_none());
}

#[test]
fn only_one_object_is_an_object() {
    for json in
        ["", "[]", "1", "null", r#""{}""#, "{}{}", "{} x", "{\"a\":1,}", "{'a':1}", "\u{feff}{}"]
    {
        assert!(object(json.as_bytes()).is_none(), "{json}");
    }
    assert!(object(b" {\r\n} ").is_some());
    assert!(object(b"{\"a\":\"\xff\"}").is_none());
    assert!(object(br#"{"a":1e400}"#).is_none());
}

#[test]
fn nesting_is_bounded() {
    let nest = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(object(nest(31).as_bytes()).is_some());
    assert!(object(nest(32).as_bytes()).is_none());
    assert!(object(nest(100_000).as_bytes()).is_none());
}

/// Values of every kind, with names and texts that need escapes.
fn value() -> impl Strategy<Value = Value> {
    let text = || "[a-c\"\\\\\n\u{e9}\u{1f600}]{0,4}";
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_value_is_read_as_it_is(members in proptest::collection::btree_map("[a-z\u{e4}\\\\]{0,3}", value(), 0..40)) {
        let json = Value::Object(members.into_iter().collect());
        for text in [json.to_string(), format!("{json:#}")] {
            prop_assert_eq!(object(text.as_bytes()).map(Value::Object), Some(json.clone()));
        }
    }

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
