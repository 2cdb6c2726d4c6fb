//! Reading a document, in one pass.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::document::{Document, Node, Text};
use super::names::{NameSeed, Names};

/// How deep objects and arrays may nest. Claims of real issuers stay below 8.
const MAX_DEPTH: usize = 32;
/// How long a document may be, in bytes. No caller takes more than 1 MiB.
const MAX_BYTES: usize = 16 * 1024 * 1024;

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

impl Document {
    /// Reads one JSON object, and nothing after it: UTF-8, no name twice, at most 32 levels deep.
    pub(crate) fn parse(json: Vec<u8>) -> Option<Self> {
        let source = String::from_utf8(json).ok().filter(|source| source.len() <= MAX_BYTES)?;
        // A member with its name takes two nodes and rarely less than 16 bytes.
        let nodes = Vec::with_capacity(source.len() / 8 + 1);
        let mut reader = Reader { source: &source, nodes, unescaped: String::new() };
        let mut json = serde_json::Deserializer::from_str(&source);
        Strict { reader: &mut reader, depth: MAX_DEPTH }.deserialize(&mut json).ok()?;
        json.end().ok()?;
        let Reader { nodes, unescaped, .. } = reader;
        matches!(nodes.first(), Some(Node::Object { .. })).then_some(())?;
        Some(Self { source, unescaped, nodes })
    }
}

/// What was read so far.
struct Reader<'de> {
    source: &'de str,
    unescaped: String,
    nodes: Vec<Node>,
}

impl Reader<'_> {
    /// A text that stands in the source as it is.
    fn borrowed(&self, text: &str) -> Option<Text> {
        let start = text.as_ptr().addr().checked_sub(self.source.as_ptr().addr())?;
        (start + text.len() <= self.source.len()).then_some(())?;
        Some(Text { start: start.try_into().ok()?, length: text.len().try_into().ok()? })
    }

    /// A text that was written with escapes.
    fn unescaped(&mut self, text: &str) -> Option<Text> {
        let start = (self.source.len() + self.unescaped.len()).try_into().ok()?;
        self.unescaped.push_str(text);
        Some(Text { start, length: text.len().try_into().ok()? })
    }

    /// Notes how much the container at this place holds, once all of it was read.
    fn close(&mut self, place: usize) -> Option<()> {
        let count = (self.nodes.len() - place - 1).try_into().ok()?;
        match self.nodes.get_mut(place)? {
            Node::Array { holds } | Node::Object { holds } => *holds = count,
            _ => return None,
        }
        Some(())
    }
}

/// Reads a value that may nest `depth` levels more.
struct Strict<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
}

impl Strict<'_, '_> {
    fn push(self, node: Node) {
        self.reader.nodes.push(node);
    }

    fn deeper<E: Error>(&self) -> Result<usize, E> {
        self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))
    }
}

fn too_long<E: Error>() -> E {
    E::custom("too long")
}

impl<'de> DeserializeSeed<'de> for Strict<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.push(Node::Null);
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.push(Node::Bool(value));
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.push(Node::Signed(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.push(Node::Unsigned(value));
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        if !value.is_finite() {
            return Err(E::custom("not finite"));
        }
        self.push(Node::Float(value));
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<(), E> {
        let text = self.reader.borrowed(value).ok_or_else(too_long)?;
        self.push(Node::Text(text));
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        let text = self.reader.unescaped(value).ok_or_else(too_long)?;
        self.push(Node::Text(text));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let reader = self.reader;
        let place = reader.nodes.len();
        reader.nodes.push(Node::Array { holds: 0 });
        while seq.next_element_seed(Strict { reader: &mut *reader, depth })?.is_some() {}
        reader.close(place).ok_or_else(too_long)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let depth = self.deeper()?;
        let reader = self.reader;
        let place = reader.nodes.len();
        reader.nodes.push(Node::Object { holds: 0 });
        let mut names = Names::default();
        while let Some(name) = map.next_key_seed(NameSeed)? {
            if name == ARBITRARY_PRECISION && *NUMBERS_ARE_MAPS {
                let digits: String = map.next_value()?;
                reader.nodes.truncate(place);
                let node = number(&digits).ok_or_else(|| A::Error::custom("no number"))?;
                reader.nodes.push(node);
                return Ok(());
            }
            let text = match &name {
                Cow::Borrowed(name) => reader.borrowed(name),
                Cow::Owned(name) => reader.unescaped(name),
            };
            reader.nodes.push(Node::Text(text.ok_or_else(too_long)?));
            if !names.insert(name) {
                return Err(A::Error::custom("a member name stands twice"));
            }
            map.next_value_seed(Strict { reader: &mut *reader, depth })?;
        }
        reader.close(place).ok_or_else(too_long)
    }
}

fn number(digits: &str) -> Option<Node> {
    let number: Number = serde_json::from_str(digits).ok()?;
    let unsigned = number.as_u64().map(Node::Unsigned);
    let signed = || number.as_i64().map(Node::Signed);
    let float = || number.as_f64().filter(|value| value.is_finite()).map(Node::Float);
    unsigned.or_else(signed).or_else(float)
}
