//! What is signed, and with what: algorithms, headers, keys and compact JWS. It knows no claims.
//!
//! Of the RFCs: [7515](https://www.rfc-editor.org/rfc/rfc7515) (signatures),
//! [7517](https://www.rfc-editor.org/rfc/rfc7517) (keys),
//! [7518](https://www.rfc-editor.org/rfc/rfc7518) (algorithms),
//! [7638](https://www.rfc-editor.org/rfc/rfc7638) (thumbprints). JSON is read here, too, and read
//! strictly ([RFC 8725 §2.4](https://www.rfc-editor.org/rfc/rfc8725#section-2.4)).

pub(crate) mod algorithm;
pub(crate) mod backend;
pub(crate) mod base64url;
mod certificates;
mod der;
mod error;
pub(crate) mod header;
mod interop;
pub(crate) mod json;
pub(crate) mod jwk;
pub(crate) mod jwks;
pub(crate) mod jws;
pub(crate) mod key_set;
mod pem;
pub(crate) mod public_key;
mod published_key;
pub(crate) mod shared_secret;
pub(crate) mod thumbprint;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use backend::CryptoBackend;
pub use error::JwsError;
pub use interop::IntoKeySet;
pub use jwks::{JwksError, SkippedKey};
pub use key_set::KeySet;
pub use public_key::KeyError;
pub use shared_secret::{HmacSecret, HmacSecretError};

pub(crate) use base64url::encode as base64url_encode;
pub(crate) use der::certificate_der;
pub(crate) use pem::first_certificate;

#[cfg(feature = "testing")]
pub(crate) use {der::rsa_public_key, interop::jwk as public_jwk, thumbprint::thumbprint};
