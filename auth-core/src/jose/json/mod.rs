//! Strict JSON: what headers, claims and answers are read with.
//!
//! `serde_json` keeps the last of two members with one name; a gateway in front may keep the
//! first, and then the two accept different tokens. RFC 7515 §4 and RFC 7519 §4 allow to reject
//! them, and that is what this does. It also bounds the nesting.
//!
//! A [`Document`] is read in one pass into one list, its texts left where they are. A tree of
//! maps would cost an allocation for each name and text of every token.

mod document;
mod names;
mod parse;
mod plain;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

pub(crate) use document::{Array, Document, Object, Unread, Value};
pub(crate) use parse::MAX_DEPTH;
