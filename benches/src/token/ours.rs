//! The same verification by auth-core, with all its rules: header, `kid`, `nbf`, leeway, no claim
//! twice.

use auth_core::jose::{self, HmacSecret};
use auth_core::{Authenticator, AuthorityKind, authenticator::AuthenticatorBuilder};
use auth_core::{ClaimMap, Jwks, JwtVerifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::access::{Role, Scope};
use crate::case::Case;
use crate::claims::{AUDIENCE, ISSUER};
use crate::material::{Algorithm, Material};

/// A verifier with the four keys of this algorithm.
///
/// # Panics
/// If what was prepared is no key set.
#[must_use]
pub fn verifier(algorithm: Algorithm) -> JwtVerifier {
    let material = Material::read(algorithm);
    let builder = JwtVerifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .claims(ClaimMap::keycloak(AUDIENCE));
    let builder = if algorithm == Algorithm::Hs256 {
        material.keys().fold(builder, |builder, jwk| {
            let text = |name: &str| jwk[name].as_str().expect("a member of the key");
            let secret = URL_SAFE_NO_PAD.decode(text("k")).expect("base64url");
            let secret = HmacSecret::new(jose::Algorithm::HS256, secret).expect("a secret");
            builder.shared_secret(secret.key_id(text("kid")))
        })
    } else {
        builder.keys(Jwks::from_json(&material.jwks.to_string()).expect("a key set"))
    };
    builder.build().expect("a verifier")
}

/// An authenticator with that verifier, to be finished.
pub fn authenticator(algorithm: Algorithm) -> AuthenticatorBuilder {
    Authenticator::builder().vocabulary::<(Role, Scope)>().verifier(verifier(algorithm))
}

/// The case of auth-core.
#[must_use]
pub fn case(algorithm: Algorithm) -> Case {
    let verifier = verifier(algorithm);
    let tokens = Material::read(algorithm).tokens;
    Case::over(super::row(algorithm), "auth-core", tokens, move |token| {
        let accepted = verifier.verify(token).expect("a good token");
        assert!(accepted.authorities(AuthorityKind::Scope).any(|scope| scope == "read"));
        assert!(accepted.authorities(AuthorityKind::Role).any(|role| role == "manager"));
    })
}
