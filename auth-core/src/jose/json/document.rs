//! A JSON document as one list of nodes over its text.

use serde_json::{Map, Number};

/// One JSON object, read strictly. The default one says nothing.
#[derive(Clone, Default)]
pub(crate) struct Document {
    /// The JSON itself: most texts are in there.
    pub(super) source: String,
    /// The texts that are written with escapes, one after the other.
    pub(super) unescaped: String,
    /// Every value in the order of the document, a member's name before its value.
    pub(super) nodes: Vec<Node>,
}

/// One value. Containers are followed by what they hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Text),
    /// How many nodes the members take.
    Array {
        holds: u32,
    },
    /// The same. A member is its name and its value.
    Object {
        holds: u32,
    },
}

/// Where a text is: in the source, or behind its end in what was unescaped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    pub(super) start: u32,
    pub(super) length: u32,
}

impl Text {
    pub(super) fn new(start: usize, length: usize) -> Option<Self> {
        Some(Self { start: start.try_into().ok()?, length: length.try_into().ok()? })
    }
}

impl Document {
    /// The members of the document.
    pub(crate) fn root(&self) -> Object<'_> {
        let texts = Texts { source: &self.source, unescaped: &self.unescaped };
        // The first node is the object that holds all others.
        Object::new(texts, self.nodes.get(1..).unwrap_or_default())
    }
}

/// What texts are in.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) source: &'a str,
    pub(super) unescaped: &'a str,
}

impl<'a> Texts<'a> {
    pub(super) fn get(self, Text { start, length }: Text) -> &'a str {
        let (start, length) = (start as usize, length as usize);
        let (text, start) = match start.checked_sub(self.source.len()) {
            None => (self.source, start),
            Some(start) => (self.unescaped, start),
        };
        text.get(start..start.saturating_add(length)).unwrap_or_default()
    }
}

/// A value of a document.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'a str),
    Array(Array<'a>),
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    /// The text, if it is one.
    pub(crate) const fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value in the form that applications know.
    pub(crate) fn to_json(self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => value.into(),
            Self::Unsigned(value) => value.into(),
            Self::Signed(value) => value.into(),
            Self::Float(value) => Number::from_f64(value).into(),
            Self::Text(text) => text.into(),
            Self::Array(array) => array.iter().map(Self::to_json).collect(),
            Self::Object(object) => object.to_map().into(),
        }
    }
}

/// The members of an array.
#[derive(Clone, Copy)]
pub(crate) struct Array<'a>(Span<'a>);

impl<'a> Array<'a> {
    pub(crate) fn iter(self) -> impl Iterator<Item = Value<'a>> {
        let mut rest = self.0;
        std::iter::from_fn(move || rest.next().map(Unread::read))
    }
}

/// The members of an object, no name twice.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a>(Span<'a>);

impl<'a> Object<'a> {
    pub(super) fn new(texts: Texts<'a>, nodes: &'a [Node]) -> Self {
        Self(Span { texts, nodes })
    }

    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        let Span { texts, mut nodes } = self.0;
        while let [Node::Text(own), rest @ ..] = nodes {
            // The length first: it tells most names apart, and is at hand.
            if own.length as usize == name.len() && texts.get(*own) == name {
                return Span { texts, nodes: rest }.next().map(Unread::read);
            }
            (_, nodes) = after(rest)?;
        }
        None
    }

    /// The members, their values still to be read.
    pub(crate) fn unread(self) -> impl Iterator<Item = (&'a str, Unread<'a>)> {
        let mut rest = self.0;
        std::iter::from_fn(move || Some((rest.texts.get(rest.name()?), rest.next()?)))
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        self.unread().map(|(name, value)| (name, value.read()))
    }

    /// The members in the form that applications know.
    pub(crate) fn to_map(self) -> Map<String, serde_json::Value> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect()
    }
}

/// Values one after the other.
#[derive(Clone, Copy)]
struct Span<'a> {
    texts: Texts<'a>,
    nodes: &'a [Node],
}

impl<'a> Span<'a> {
    /// Takes the name that is before a value.
    fn name(&mut self) -> Option<Text> {
        let (Node::Text(name), rest) = self.nodes.split_first()? else { return None };
        self.nodes = rest;
        Some(*name)
    }

    /// Takes a value, with all that it holds.
    fn next(&mut self) -> Option<Unread<'a>> {
        let first = *self.nodes.first()?;
        let (held, rest) = after(self.nodes)?;
        self.nodes = rest;
        Some(Unread { first, held: Span { texts: self.texts, nodes: held } })
    }
}

/// The nodes that belong to the first one, and those behind them.
fn after(nodes: &[Node]) -> Option<(&[Node], &[Node])> {
    match nodes {
        [Node::Array { holds } | Node::Object { holds }, rest @ ..] => {
            rest.split_at_checked(*holds as usize)
        }
        [_, rest @ ..] => Some((&[], rest)),
        [] => None,
    }
}

/// A value that no one looked at yet: most claims are only passed by.
#[derive(Clone, Copy)]
pub(crate) struct Unread<'a> {
    first: Node,
    held: Span<'a>,
}

impl<'a> Unread<'a> {
    pub(crate) fn read(self) -> Value<'a> {
        match self.first {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(value),
            Node::Unsigned(value) => Value::Unsigned(value),
            Node::Signed(value) => Value::Signed(value),
            Node::Float(value) => Value::Float(value),
            Node::Text(text) => Value::Text(self.held.texts.get(text)),
            Node::Array { .. } => Value::Array(Array(self.held)),
            Node::Object { .. } => Value::Object(Object(self.held)),
        }
    }
}
