//! What makes a token believable: keys, signatures and claims rules, knowing no HTTP.
//!
//! The way of a token, each step refusing what the next one must not see:
//!
//! 1. `jws`: size, compact form, strict base64url, header rules, the key, the signature
//!    ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)).
//! 2. `claims`: strict JSON, `typ`, `iss`, `aud`, `exp`, `nbf`, `iat`, `sub`, `cnf`
//!    ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519),
//!    [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725),
//!    [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).
//! 3. [`ClaimMap`]: where roles, permissions, scopes and groups stand.
//!
//! ```
//! use auth_core::verify::{ClaimMap, Jwks, JwtVerifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
//! #   "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
//! let verifier = JwtVerifier::builder()
//!     .issuer("https://id.example.com")
//!     .audience("orders-api")
//!     .keys(Jwks::from_json(jwks)?)
//!     .claims(ClaimMap::keycloak("orders-api"))
//!     .build()?;
//!
//! let refused = verifier.verify("not.a.token").unwrap_err();
//! assert_eq!(refused.code(), "malformed");
//! # Ok(())
//! # }
//! ```

mod algorithm;
mod backend;
mod base64url;
mod builder;
mod certificates;
mod claim_map;
mod claims;
mod clock;
mod confirmation;
mod constant_time;
mod der;
mod dpop;
mod epoch;
#[cfg(test)]
mod epoch_tests;
mod error;
mod explain;
mod header;
mod hmac;
mod inquiries;
#[cfg(feature = "http_client")]
mod introspection;
mod json;
mod jwk;
mod jwks;
#[doc(hidden)]
pub mod jws;
mod key;
mod live_keys;
mod material;
mod numeric_date;
#[doc(hidden)]
pub mod peek;
mod pem;
mod pointer;
mod profile;
mod published_key;
#[cfg(feature = "http_client")]
mod remote;
mod revocation;
mod runtime;
mod seldom;
mod subject;
mod token;
mod verifier;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use builder::{JwtVerifierBuilder, JwtVerifierError};
pub use claim_map::{ClaimMap, ClaimPlace, TokenAuthorities};
pub use clock::{Clock, FixedClock, SystemClock};
pub use dpop::{
    Dpop, DpopBuilder, DpopError, DpopProofError, MemoryReplayStore, ReplayCheck, ReplayStore,
    ReplayStoreError, UsedProof,
};
pub use error::VerifyError;
pub use explain::{Finding, StepOutcome, TokenReport, TokenStep};
pub use hmac::{HmacSecret, HmacSecretError};
#[cfg(feature = "http_client")]
pub use introspection::{
    IntrospectionVerifier, IntrospectionVerifierBuilder, IntrospectionVerifierError,
};
pub use jwks::{Jwks, JwksError, SkippedKey};
pub use key::KeySet;
pub use material::KeyError;
pub use profile::TokenProfile;
#[cfg(feature = "http_client")]
pub use remote::{JwksDocument, JwksFile, JwksRefresh, KeySource, NotReady, SharedKeys};
pub use revocation::{
    FeedBatch, FeedError, Revocation, RevocationCheck, RevocationList, RevocationListBuilder,
    RevocationListError, RevocationLog, RevocationStatus, RevokeError, SharedRevocations,
    SharedRevocationsBuilder, SharedRevocationsError,
};
pub use subject::client_subject;
pub use token::VerifiedToken;
pub use verifier::JwtVerifier;

pub(crate) use base64url::encode as base64url_encode;
pub(crate) use constant_time::equal as equal_in_constant_time;
pub(crate) use der::certificate_der;
pub(crate) use dpop::{ProofProblem, ProofRequest};
pub(crate) use explain::{Expected, KindNames, Seen, describe, form, header, step_of};
pub(crate) use pem::first_certificate;
pub(crate) use {
    builder::MAX_TOKEN_BYTES,
    claim_map::Unclear,
    epoch::{Epoch, Stamp},
    inquiries::{Inquiries, NoAnswer, Standing},
    jws::Unverified,
    runtime::{NotDone, beside, within},
    seldom::Seldom,
};

#[cfg(feature = "testing")]
pub(crate) use {der::rsa_public_key, dpop::jwk_thumbprint};
