//! The metadata of the server and of its resources.
//!
//! - `features`: the optional features; `document`: the metadata of the server; `resource`: that of a resource.

mod document;
mod features;
mod resource;
mod routes;

pub(crate) use routes::{Documents, routes};
