//! One place where names are.

use std::borrow::Cow;

use super::reading::{Reading, Unclear};
use crate::jose::json::{Array, Object, Value};
use crate::token::pointer::{Branches, Pointer, objection};
use crate::vocabulary::AuthorityKind;

/// Where names are in the claims: a JSON pointer
/// ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) or the name of a claim as it is, and whether
/// the names are values or the keys of an object.
///
/// A string is a pointer. If it leads through an array, a part that is not an index of it applies to
/// every element: `/authorities/authority` finds `admin` in
/// `{"authorities": [{"authority": "admin"}]}`. The part `*` means the elements themselves.
///
/// ```
/// use auth_core::ClaimMap;
/// use auth_core::token::ClaimPlace;
///
/// let map = ClaimMap::new()
///     .roles("/realm_access/roles")
///     .roles(ClaimPlace::claim("https://shop.example/roles"))
///     .roles(ClaimPlace::claim("urn:zitadel:iam:org:project:roles").keys());
/// # let _ = map;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPlace {
    pointer: Pointer,
    in_keys: bool,
}

impl ClaimPlace {
    /// A JSON pointer. An invalid one, or one that could never find anything, is rejected when the
    /// verifier is built.
    #[must_use]
    pub fn pointer(text: impl Into<String>) -> Self {
        Self { pointer: Pointer::parse(text.into()), in_keys: false }
    }

    /// The claim of this name, taken literally: slashes and tildes have no special meaning.
    #[must_use]
    pub fn claim(name: impl AsRef<str>) -> Self {
        Self { pointer: Pointer::of_claim(name.as_ref()), in_keys: false }
    }

    /// The names are the keys of the object at this place:
    /// `{"admin": {"1": "shop.example"}}`. One whose value is neither an object nor `true` is
    /// unclear: it leaves open which names there are.
    #[must_use]
    pub fn keys(mut self) -> Self {
        self.in_keys = true;
        self
    }

    /// Why a pointer that is not valid is rejected.
    pub(crate) fn why_refused(pointer: &str) -> String {
        objection(pointer).unwrap_or_else(|| format!("the claim pointer `{pointer}` is refused"))
    }

    pub(super) const fn as_pointer(&self) -> &Pointer {
        &self.pointer
    }

    /// The names that are here, without what is unclear. Of a text or an array of texts nothing is
    /// copied.
    pub(super) fn names<'a>(
        &'a self,
        kind: AuthorityKind,
        claims: Object<'a>,
    ) -> impl Iterator<Item = &'a str> {
        let straight = if self.in_keys { Err(Branches) } else { self.pointer.straight(claims) };
        let mut collected = Vec::new();
        let (text, members) = match straight {
            Ok(Some(Value::Text(text))) => (Some(text), None),
            Ok(Some(Value::Array(members))) => (None, Some(members)),
            Ok(_) => (None, None),
            Err(Branches) => {
                self.read(kind, claims, &mut |reading| match reading {
                    Reading::Name(_, name) | Reading::Text(_, name) => collected.push(name),
                    Reading::Unclear(..) => {}
                });
                (None, None)
            }
        };
        let separates = move |letter| kind == AuthorityKind::Scope && letter == ' ';
        let in_text = text.into_iter().flat_map(move |text| text.split(separates));
        let in_array = members.into_iter().flat_map(Array::iter).filter_map(Value::as_str);
        in_text.chain(in_array).chain(collected).filter(|name| !name.is_empty())
    }

    /// Hands out all that is here.
    pub(super) fn read<'a>(
        &'a self,
        kind: AuthorityKind,
        claims: Object<'a>,
        take: &mut impl FnMut(Reading<'a>),
    ) {
        let place = self.pointer.as_str();
        self.pointer.each(claims, &mut |found| match found {
            Some(value) if self.in_keys => keys(place, value, take),
            Some(value) => values(kind, place, value, take),
            None => take(Reading::Unclear(place, Unclear::OnTheWay)),
        });
    }
}

fn values<'a>(
    kind: AuthorityKind,
    place: &'a str,
    value: Value<'a>,
    take: &mut impl FnMut(Reading<'a>),
) {
    match value {
        // Only U+0020 separates: to split on any white space would make a scope of what follows a
        // tab or a no-break space.
        Value::Text(text) if kind == AuthorityKind::Scope => {
            let scopes = text.split(' ').filter(|scope| !scope.is_empty());
            scopes.for_each(|scope| take(Reading::Text(place, scope)));
        }
        Value::Text("") => take(Reading::Unclear(place, Unclear::NoName)),
        Value::Text(text) => take(Reading::Text(place, text)),
        Value::Array(members) => {
            for member in members.iter() {
                take(match member {
                    Value::Text("") => Reading::Unclear(place, Unclear::NoName),
                    Value::Text(name) => Reading::Name(place, name),
                    _ => Reading::Unclear(place, Unclear::NoName),
                });
            }
        }
        other => take(Reading::Unclear(place, Unclear::of(other))),
    }
}

fn keys<'a>(place: &'a str, value: Value<'a>, take: &mut impl FnMut(Reading<'a>)) {
    let Value::Object(members) = value else {
        return take(Reading::Unclear(place, Unclear::of(value)));
    };
    for (name, value) in members.iter() {
        let is_given = matches!(value, Value::Object(_) | Value::Bool(true));
        take(if is_given && !name.is_empty() {
            Reading::Name(place, name)
        } else {
            Reading::Unclear(place, Unclear::NoName)
        });
    }
}

impl From<String> for ClaimPlace {
    fn from(pointer: String) -> Self {
        Self::pointer(pointer)
    }
}

impl From<&str> for ClaimPlace {
    fn from(pointer: &str) -> Self {
        Self::pointer(pointer)
    }
}

impl From<&String> for ClaimPlace {
    fn from(pointer: &String) -> Self {
        Self::pointer(pointer)
    }
}

impl From<Box<str>> for ClaimPlace {
    fn from(pointer: Box<str>) -> Self {
        Self::pointer(pointer)
    }
}

impl From<Cow<'_, str>> for ClaimPlace {
    fn from(pointer: Cow<'_, str>) -> Self {
        Self::pointer(pointer)
    }
}
