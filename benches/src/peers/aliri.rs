//! aliri: tokens by RS256 and HS256, and policies over scopes. Its other algorithms need OpenSSL,
//! and it knows no roles, so it takes no part in the whole request.

use std::hint::black_box;

use aliri::jwt::{self, CoreClaims, CoreValidator, JwtRef};
use aliri::{Jwk, Jwks, jwa};
use aliri_clock::UnixTime;
use aliri_oauth2::{Authority, HasScope, Scope, ScopePolicy};
use aliri_traits::Policy as _;
use serde::Deserialize;

use super::claims::Roles;
use crate::case::Case;
use crate::claims::{AUDIENCE, ISSUER};
use crate::decision::shape::{self, Form, Shape};
use crate::material::{Algorithm, Material};
use crate::token::row;

#[derive(Clone, Debug, Deserialize)]
struct Claims {
    iss: jwt::Issuer,
    aud: jwt::Audiences,
    sub: jwt::Subject,
    exp: UnixTime,
    nbf: UnixTime,
    scope: Scope,
    realm_access: Roles,
}

impl CoreClaims for Claims {
    fn nbf(&self) -> Option<UnixTime> {
        Some(self.nbf)
    }

    fn exp(&self) -> Option<UnixTime> {
        Some(self.exp)
    }

    fn aud(&self) -> &jwt::Audiences {
        &self.aud
    }

    fn iss(&self) -> Option<&jwt::IssuerRef> {
        Some(&self.iss)
    }

    fn sub(&self) -> Option<&jwt::SubjectRef> {
        Some(&self.sub)
    }
}

impl HasScope for Claims {
    fn scope(&self) -> &Scope {
        &self.scope
    }
}

/// Its verification, where it knows the algorithm.
#[must_use]
pub fn verification(algorithm: Algorithm) -> Option<Case> {
    let name: jwa::Algorithm = match algorithm {
        Algorithm::Rs256 => jwa::Algorithm::RS256,
        Algorithm::Hs256 => jwa::Algorithm::HS256,
        Algorithm::Es256 | Algorithm::EdDsa => return None,
    };
    let material = Material::read(algorithm);
    // One by one: of a whole set, those that it cannot read are left out without a word.
    let mut keys = Jwks::default();
    for jwk in material.keys() {
        let jwk: Jwk = serde_json::from_str(&jwk.to_string()).expect("a key");
        keys.add_key(jwk);
    }
    let rules = CoreValidator::default()
        .check_expiration()
        .check_not_before()
        .with_leeway_secs(30)
        .add_approved_algorithm(name)
        .add_allowed_audience(jwt::Audience::from_static(AUDIENCE))
        .require_issuer(jwt::Issuer::from_static(ISSUER));
    let authority = Authority::new(keys, rules);
    let policy = ScopePolicy::allow_one_from_static("read");
    Some(Case::over(row(algorithm), "aliri", material.tokens, move |token| {
        let claims: Claims =
            authority.verify_token(JwtRef::from_str(token), &policy).expect("a good token");
        assert!(claims.realm_access.roles.iter().any(|role| role == "manager"));
    }))
}

/// Its decisions: scopes are all it knows, and a policy is a list of alternatives.
#[must_use]
pub fn decisions() -> Vec<Case> {
    let case = |shape: Shape| {
        let policy = policy(&shape.form(str::to_owned));
        let callers: Vec<Scope> = shape.callers.iter().map(|names| scope(names)).collect();
        Case::over(shape.row, "aliri", callers, move |held| {
            let _ = black_box(black_box(&policy).evaluate(held));
        })
    };
    shape::all().into_iter().map(case).collect()
}

fn scope(names: &[String]) -> Scope {
    names.join(" ").parse().expect("scopes")
}

/// What it answers to a caller who holds these names.
#[must_use]
pub fn answer(form: &Form<String>, held: &[String]) -> bool {
    policy(form).evaluate(&scope(held)).is_ok()
}

/// The same requirement as alternatives.
fn policy(form: &Form<String>) -> ScopePolicy {
    let alternatives: Vec<String> = match form {
        Form::All(names) => vec![names.join(" ")],
        Form::Any(names) => names.clone(),
        Form::Nested([first, second, third]) => {
            let with =
                |name: &String| [second, third].map(|all| format!("{name} {}", all.join(" ")));
            first.iter().flat_map(with).collect()
        }
    };
    let scope = |text: &String| -> Scope { text.parse().expect("scopes") };
    alternatives.iter().map(scope).fold(ScopePolicy::deny_all(), ScopePolicy::or_allow)
}
