//! protect-axum: a set of texts for each caller, and an attribute that looks names up in it. It
//! verifies nothing itself; jsonwebtoken with aws-lc does.

use std::collections::HashSet;
use std::hint::black_box;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::AUTHORIZATION;
use protect_axum::GrantsLayer;
use protect_axum::authorities::AuthoritiesCheck;
use protect_endpoints_core::authorities::AuthDetails;

use super::jsonwebtoken::{Backend, Verifier};
use crate::case::Case;
use crate::decision::shape::{self, Form, Shape};
use crate::material::Algorithm;
use crate::service::exchange::{ANSWER, PATH};
use crate::service::{Candidate, PEER_ROWS};

/// What it answers to a caller who holds these names.
#[must_use]
pub fn answer(form: &Form<String>, held: &[String]) -> bool {
    decide(form, &AuthDetails::new(held.to_vec()))
}

fn decide(form: &Form<String>, held: &AuthDetails) -> bool {
    let all = |names: &[String]| names.iter().all(|name| held.has_authority(name.as_str()));
    let any = |names: &[String]| names.iter().any(|name| held.has_authority(name.as_str()));
    match form {
        Form::All(names) => all(names),
        Form::Any(names) => any(names),
        Form::Nested([first, second, third]) => any(first) && (all(second) || all(third)),
    }
}

/// Its decisions.
#[must_use]
pub fn decisions() -> Vec<Case> {
    let case = |shape: Shape| {
        let form = shape.form(str::to_owned);
        let callers: Vec<AuthDetails> = shape.callers.into_iter().map(AuthDetails::new).collect();
        Case::over(shape.row, "protect-axum", callers, move |held| {
            black_box(decide(black_box(&form), held));
        })
    };
    shape::all().into_iter().map(case).collect()
}

#[protect_axum::protect("role:manager", "scope:read")]
async fn orders() -> &'static str {
    ANSWER
}

/// The service.
#[must_use]
pub fn service() -> Candidate {
    let verifier = Arc::new(Verifier::new(Algorithm::Rs256));
    // The extractor is a function, so what it verifies with comes along in the request.
    let router = Router::new()
        .route(PATH, get(orders))
        .layer(GrantsLayer::with_extractor(authorities))
        .layer(axum::Extension(verifier));
    Candidate {
        who: "protect-axum + jsonwebtoken",
        router,
        rows: &PEER_ROWS,
        refuses: [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN],
    }
}

async fn authorities(request: &mut Request) -> Result<HashSet<String>, Response> {
    Backend::AwsLc.choose();
    let verifier = request.extensions().get::<Arc<Verifier>>().expect("it was put there");
    let token = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let claims =
        token.and_then(|text| text.strip_prefix("Bearer ")).and_then(|it| verifier.verify(it));
    let Some(claims) = claims else {
        return Err(StatusCode::UNAUTHORIZED.into_response());
    };
    let roles = claims.roles().map(|role| format!("role:{role}"));
    let scopes = claims.scope.split(' ').map(|scope| format!("scope:{scope}"));
    Ok(roles.chain(scopes).collect())
}
