//! What the server says about itself, and about its resources.
//!
//! - `features`: what is on; `document`: the metadata of the server; `resource`: that of a resource.

mod document;
mod features;
mod resource;
mod routes;

pub(crate) use routes::{Documents, routes};
