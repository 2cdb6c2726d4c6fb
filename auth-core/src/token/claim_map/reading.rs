//! What is in a place for names, and whether it says which names there are.

use std::fmt;

use super::renames::Renames;
use crate::jose::json::Value;
use crate::vocabulary::{AuthorityKind, AuthoritySet};

/// One thing that is in a place for names, with that place.
#[derive(Clone, Copy)]
pub(super) enum Reading<'a> {
    /// One name, of any letters.
    Name(&'a str, &'a str),
    /// A text by itself: one name, or several in a form of the issuer's own.
    Text(&'a str, &'a str),
    /// Nothing that says which names there are.
    Unclear(&'a str, Unclear),
}

/// Why it cannot be said which names a token grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    Null,
    Bool,
    Number,
    Array,
    Object,
    /// An element, or a key, that is no name.
    NoName,
    /// A text that may be a list.
    List,
    /// Something on the way that has no members.
    OnTheWay,
    /// `_claim_names` says that the claim is kept elsewhere.
    Elsewhere,
    /// The issuer's mark.
    LeftOut,
}

impl<'a> Reading<'a> {
    /// The same with the name that the vocabulary has for it.
    pub(super) fn renamed(self, renames: &'a Renames, kind: AuthorityKind) -> Self {
        match self {
            Self::Name(place, name) => Self::Name(place, renames.of(kind, name)),
            Self::Text(place, name) => Self::Text(place, renames.of(kind, name)),
            unclear @ Self::Unclear(..) => unclear,
        }
    }

    /// Adds the name, or says where and why it is not clear which names there are.
    pub(super) fn add_to(
        &self,
        grants: &mut AuthoritySet,
        kind: AuthorityKind,
    ) -> Option<(&str, Unclear)> {
        match *self {
            Self::Unclear(place, why) => Some((place, why)),
            // What the vocabulary has is a name, also if it looks like something else.
            Self::Name(_, name) | Self::Text(_, name) if grants.add_by_name(kind, name) => None,
            Self::Name(place, name) => {
                (!kind.can_be_named(name)).then_some((place, Unclear::NoName))
            }
            Self::Text(place, text) => (!kind.can_be_named(text) || may_be_list(kind, text))
                .then_some((place, Unclear::List)),
        }
    }
}

/// Whether a text by itself may be several names: with a separator, or JSON written into a string.
fn may_be_list(kind: AuthorityKind, text: &str) -> bool {
    text.contains(|letter: char| match letter {
        ',' | ';' => true,
        // In a scope they mean nothing in particular.
        '|' | '[' | '{' | '"' => kind != AuthorityKind::Scope,
        letter => letter.is_whitespace(),
    })
}

impl Unclear {
    pub(super) const fn of(value: Value<'_>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Unsigned(_) | Value::Signed(_) | Value::Float(_) => Self::Number,
            Value::Text(_) => Self::List,
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }
}

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "it is `null`",
            Self::Bool => "it is `true` or `false`",
            Self::Number => "it is a number",
            Self::Array => "it is an array",
            Self::Object => "it is an object",
            Self::NoName => "something in it is not a name",
            Self::List => "it is a string that may be a list of names",
            Self::OnTheWay => "the way there ends at a value without members",
            Self::Elsewhere => "`_claim_names` says that the issuer keeps it elsewhere",
            Self::LeftOut => "with it the issuer says that it left names out",
        })
    }
}
