//! What a token has to say to be accepted: the rules for claims, and who applies them.
//!
//! The way of a token, each step rejecting what the next one must not see:
//!
//! 1. [`jose`](crate::jose): size, compact form, strict base64url, header rules, the key, the signature
//!    ([RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)).
//! 2. `claims`: strict JSON, `typ`, `iss`, `aud`, `exp`, `nbf`, `iat`, `sub`, `cnf`
//!    ([RFC 7519](https://www.rfc-editor.org/rfc/rfc7519),
//!    [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725),
//!    [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068)).
//! 3. [`ClaimMap`](crate::ClaimMap): where a token has roles, permissions, scopes and groups.
//!
//! ```
//! use auth_core::{ClaimMap, Jwks, JwtVerifier};
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

pub(crate) mod builder;
pub(crate) mod claim_map;
mod claims;
pub(crate) mod confirmation;
pub(crate) mod error;
mod explain;
mod factor_map;
#[cfg(feature = "http_client")]
pub(crate) mod introspection;
mod key_sources;
mod known_tokens;
pub(crate) mod numeric_date;
mod opaque;
mod opaque_verifier;
mod pointer;
pub(crate) mod profile;
#[cfg(feature = "http_client")]
mod remote_keys;
mod subject;
mod token68;
mod unproven;
pub(crate) mod unverified;
pub(crate) mod verified_token;
pub(crate) mod verifier;

pub use builder::{JwtVerifierBuilder, JwtVerifierError};
pub use claim_map::{ClaimPlace, TokenAuthorities};
pub use error::VerifyError;
pub use explain::{Finding, StepOutcome, TokenReport, TokenStep};
pub use factor_map::FactorMap;
#[cfg(feature = "http_client")]
pub use introspection::IntrospectionVerifier;
#[cfg(feature = "http_client")]
pub use introspection::{IntrospectionVerifierBuilder, IntrospectionVerifierError};
pub use known_tokens::{KnownTokens, Perishable};
pub use opaque_verifier::{OpaqueTokenSource, OpaqueTokenVerifier};
pub use subject::client_subject;
pub use verified_token::VerifiedToken;

pub(crate) use token68::is_token68;
pub(crate) use {
    crate::jose::jws::Unverified,
    builder::MAX_TOKEN_BYTES,
    claim_map::Unclear,
    explain::{Expected, KindNames, Seen, describe, form, header, step_of},
    opaque::OpaqueTokens,
    unproven::{SenderProven, Unproven, UnprovenToken},
    verifier::JwtVerifier,
};
