//! What the fuzz targets do with their bytes. Tests of `auth-server` include this file, and call each target with its
//! seeds.

pub mod authorize;
pub mod client_assertion;
pub mod client_basic;
pub mod client_document;
pub mod client_form;
pub mod dpop_proof;
pub mod header;
pub mod issuer;
pub mod jwks;
pub mod redirect_uri;
mod server;
pub mod token;

/// A target: it panics if a promise is broken, and says whether the bytes, or claims that they are, were accepted.
pub type Target = fn(&[u8]) -> bool;

/// The targets, by name.
pub const TARGETS: [(&str, Target); 11] = [
    ("authorize", authorize::run),
    ("client_assertion", client_assertion::run),
    ("client_basic", client_basic::run),
    ("client_document", client_document::run),
    ("client_form", client_form::run),
    ("dpop_proof", dpop_proof::run),
    ("header", header::run),
    ("issuer", issuer::run),
    ("jwks", jwks::run),
    ("redirect_uri", redirect_uri::run),
    ("token", token::run),
];
