//! Reading a document, in one pass.
//!
//! What is seldom in a token, an escape or a number that is no plain integer, is cut out and read
//! by `serde_json`, so that there is one opinion about it.

use serde_json::Number;

use super::document::{Document, Node, Object, Text, Texts};
use super::names::Names;
use super::plain::plain_length;

/// How deep objects and arrays may nest. Claims of real issuers stay below 8.
pub(crate) const MAX_DEPTH: usize = 32;
/// How long a document may be, in bytes. No caller takes more than 1 MiB.
const MAX_BYTES: usize = 16 * 1024 * 1024;

impl Document {
    /// Reads one JSON object, and nothing after it: UTF-8, no name twice, at most 32 levels deep.
    pub(crate) fn parse(json: Vec<u8>) -> Option<Self> {
        let source = String::from_utf8(json).ok().filter(|source| source.len() <= MAX_BYTES)?;
        // A member with its name takes two nodes and rarely less than 16 bytes.
        let nodes = Vec::with_capacity(source.len() / 8 + 1);
        let mut reader = Reader { source: &source, unescaped: String::new(), nodes };
        reader.document()?;
        let Reader { unescaped, nodes, .. } = reader;
        Some(Self { source, unescaped, nodes })
    }
}

/// What was read so far.
///
/// Each function reads what begins at `at` and says where it ends; `None` is always: this is no
/// such document. The place is handed on instead of being kept here, so that it stays in a register:
/// everything waits for it.
struct Reader<'a> {
    source: &'a str,
    unescaped: String,
    nodes: Vec<Node>,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<()> {
        let (first, at) = self.sign(0)?;
        if first != b'{' {
            return None;
        }
        let end = self.object(at, MAX_DEPTH)?;
        self.sign(end).is_none().then_some(())
    }

    /// The next byte that is no white space, and the place behind it.
    fn sign(&self, mut at: usize) -> Option<(u8, usize)> {
        loop {
            let byte = *self.source.as_bytes().get(at)?;
            at += 1;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some((byte, at));
            }
        }
    }

    /// A value that may nest `depth` levels more, behind its first byte.
    fn value(&mut self, first: u8, at: usize, depth: usize) -> Option<usize> {
        let (node, end) = match first {
            b'"' => {
                let (text, end) = self.text(at)?;
                (Node::Text(text), end)
            }
            b'{' => return self.object(at, depth),
            b'[' => return self.array(at, depth),
            b'-' | b'0'..=b'9' => self.number(at - 1)?,
            b't' => (Node::Bool(true), self.literal("true", at - 1)?),
            b'f' => (Node::Bool(false), self.literal("false", at - 1)?),
            b'n' => (Node::Null, self.literal("null", at - 1)?),
            _ => return None,
        };
        self.nodes.push(node);
        Some(end)
    }

    /// An object, behind its brace.
    fn object(&mut self, at: usize, depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let place = self.nodes.len();
        self.nodes.push(Node::Object { holds: 0 });
        let mut names = Names::default();
        let (mut first, mut at) = self.sign(at)?;
        if first == b'}' {
            return Some(at);
        }
        loop {
            if first != b'"' {
                return None;
            }
            let (name, end) = self.text(at)?;
            names.add(self.texts().get(name), || self.members(place))?;
            self.nodes.push(Node::Text(name));
            let (b':', end) = self.sign(end)? else { return None };
            let (byte, end) = self.sign(end)?;
            let end = self.value(byte, end, depth)?;
            match self.sign(end)? {
                (b',', end) => (first, at) = self.sign(end)?,
                (b'}', end) => {
                    names.finish(|| self.members(place))?;
                    self.close(place)?;
                    return Some(end);
                }
                _ => return None,
            }
        }
    }

    /// An array, behind its bracket.
    fn array(&mut self, at: usize, depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let place = self.nodes.len();
        self.nodes.push(Node::Array { holds: 0 });
        let (mut first, mut at) = self.sign(at)?;
        if first == b']' {
            return Some(at);
        }
        loop {
            let end = self.value(first, at, depth)?;
            match self.sign(end)? {
                (b',', end) => (first, at) = self.sign(end)?,
                (b']', end) => {
                    self.close(place)?;
                    return Some(end);
                }
                _ => return None,
            }
        }
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

    /// The members so far of the object at this place.
    fn members(&self, place: usize) -> Object<'_> {
        let nodes = self.nodes.get(place + 1..).unwrap_or_default();
        Object::new(self.texts(), nodes)
    }

    fn texts(&self) -> Texts<'_> {
        Texts { source: self.source, unescaped: &self.unescaped }
    }

    /// A text, behind its quote.
    #[inline]
    fn text(&mut self, start: usize) -> Option<(Text, usize)> {
        let bytes = self.source.as_bytes();
        let end = start + plain_length(bytes.get(start..)?);
        match bytes.get(end)? {
            b'"' => Some((Text::new(start, end - start)?, end + 1)),
            b'\\' => self.escaped(start, end),
            _ => None,
        }
    }

    /// A text that begins here and has its first escape there.
    #[cold]
    fn escaped(&mut self, start: usize, mut end: usize) -> Option<(Text, usize)> {
        let bytes = self.source.as_bytes();
        loop {
            match bytes.get(end)? {
                b'"' => break,
                // Anything behind it is not the end of the text.
                b'\\' => end += 2,
                _ => return None,
            }
            end += plain_length(bytes.get(end..)?);
        }
        let quoted = self.source.get(start - 1..=end)?;
        let text: String = serde_json::from_str(quoted).ok()?;
        let place = self.source.len() + self.unescaped.len();
        self.unescaped.push_str(&text);
        Some((Text::new(place, text.len())?, end + 1))
    }

    fn literal(&self, text: &str, at: usize) -> Option<usize> {
        let rest = self.source.as_bytes().get(at..)?;
        rest.starts_with(text.as_bytes()).then_some(at + text.len())
    }

    fn number(&self, at: usize) -> Option<(Node, usize)> {
        let rest = self.source.get(at..)?;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
        let length = rest.as_bytes().iter().take_while(|byte| is_part(byte)).count();
        Some((number(rest.get(..length)?)?, at + length))
    }
}

fn number(text: &str) -> Option<Node> {
    // A date, nearly always. Other than JSON, `parse` takes `+1` and `01`.
    if let Some(b'1'..=b'9') = text.as_bytes().first()
        && let Ok(number) = text.parse()
    {
        return Some(Node::Unsigned(number));
    }
    let number: Number = serde_json::from_str(text).ok()?;
    let unsigned = number.as_u64().map(Node::Unsigned);
    let signed = || number.as_i64().map(Node::Signed);
    let float = || number.as_f64().filter(|value| value.is_finite()).map(Node::Float);
    unsigned.or_else(signed).or_else(float)
}
