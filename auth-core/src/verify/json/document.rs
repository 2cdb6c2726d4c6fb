//! A JSON document as one list of nodes over its text.

use serde_json::{Map, Number};

/// One JSON object, read strictly.
#[derive(Clone)]
pub(crate) struct Document {
    /// The JSON itself: most texts stand in there.
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

impl Node {
    /// How many of the nodes that follow belong to this one.
    const fn holds(self) -> usize {
        match self {
            Self::Array { holds } | Self::Object { holds } => holds as usize,
            _ => 0,
        }
    }
}

/// Where a text stands: in the source, or behind its end in what was unescaped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    pub(super) start: u32,
    pub(super) length: u32,
}

impl Document {
    /// The members of the document.
    pub(crate) fn root(&self) -> Object<'_> {
        match value(Span { document: self, nodes: &self.nodes }) {
            Some((Value::Object(object), _)) => object,
            // Nothing but an object becomes a document.
            _ => Object(Span { document: self, nodes: &[] }),
        }
    }

    /// An object that was read already. Nested too deep to be read again, it says nothing.
    #[cfg(feature = "http_client")]
    pub(crate) fn of(members: &Map<String, serde_json::Value>) -> Self {
        let json = serde_json::to_vec(members).unwrap_or_default();
        Self::parse(json).unwrap_or_else(|| {
            let (source, unescaped, nodes) = (String::new(), String::new(), Vec::new());
            Self { source, unescaped, nodes }
        })
    }

    fn text(&self, Text { start, length }: Text) -> &str {
        let (start, length) = (start as usize, length as usize);
        let (buffer, start) = match start.checked_sub(self.source.len()) {
            None => (&self.source, start),
            Some(start) => (&self.unescaped, start),
        };
        buffer.get(start..start.saturating_add(length)).unwrap_or_default()
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
        self.0.values()
    }
}

/// The members of an object, no name twice.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a>(Span<'a>);

impl<'a> Object<'a> {
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, Value<'a>)> {
        let mut values = self.0.values();
        std::iter::from_fn(move || {
            let name = values.next()?.as_str()?;
            Some((name, values.next()?))
        })
    }

    /// The members in the form that applications know.
    pub(crate) fn to_map(self) -> Map<String, serde_json::Value> {
        self.iter().map(|(name, value)| (name.to_owned(), value.to_json())).collect()
    }
}

/// Values one after the other.
#[derive(Clone, Copy)]
struct Span<'a> {
    document: &'a Document,
    nodes: &'a [Node],
}

impl<'a> Span<'a> {
    fn values(mut self) -> impl Iterator<Item = Value<'a>> {
        std::iter::from_fn(move || {
            let (value, rest) = value(self)?;
            self = rest;
            Some(value)
        })
    }
}

/// The first value, and what follows it.
fn value(Span { document, nodes }: Span<'_>) -> Option<(Value<'_>, Span<'_>)> {
    let (first, rest) = nodes.split_first()?;
    let (held, rest) = rest.split_at_checked(first.holds())?;
    let held = Span { document, nodes: held };
    let value = match *first {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::Bool(value),
        Node::Unsigned(value) => Value::Unsigned(value),
        Node::Signed(value) => Value::Signed(value),
        Node::Float(value) => Value::Float(value),
        Node::Text(text) => Value::Text(document.text(text)),
        Node::Array { .. } => Value::Array(Array(held)),
        Node::Object { .. } => Value::Object(Object(held)),
    };
    Some((value, Span { document, nodes: rest }))
}
