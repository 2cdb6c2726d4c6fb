//! Sending the requests of a matrix, one after the other, in a fixed order.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use tower_service::Service;

use super::cases::{Case, Expected, World};
use super::judge::{self, Outcome};
use super::observer::MatrixObserver;
use super::other_method::OtherMethod;
use super::places::{Layout, Places};
use super::tokens::{Mint, NOW, factor_map};
use super::{AccessMatrix, Assumed, MatrixError, MatrixReport, MatrixRow, Violation};
use crate::access_map::{AccessMap, Endpoint};
use crate::authenticator::AuthenticatorBuilder;
use crate::policy::{Method as AuthMethod, Requirement};
use crate::vocabulary::{AuthorityTable, VocabularySet};
use crate::{Authenticator, ClaimMap};

pub(super) async fn run(matrix: AccessMatrix) -> Result<MatrixReport, MatrixError> {
    let headers = matrix.header_map()?;
    let AccessMatrix { app, paths, assumed, limit, .. } = matrix;
    let map = app.access_map();
    find_checks(&map, &assumed)?;
    let layout = Layout::new(map.endpoints(), &paths)?;
    let tables = tables(&map);
    let mint = Mint::new()?;
    let authenticator = authenticator(tables, &mint, &map)?;
    let observer = MatrixObserver::default();
    let app = app.observed(authenticator, Arc::new(observer.clone()))?;
    let world = World { tables, now: NOW, assumed: &assumed };
    let mut sender = Sender { app, observer, mint, headers, left: limit };
    let mut rows = Vec::new();
    for endpoint in &map {
        let mut row = MatrixRow {
            endpoint: endpoint.to_string(),
            requires: requires(endpoint),
            passed: 0,
            refused: 0,
            skipped: Vec::new(),
        };
        match layout.places(endpoint) {
            Ok(places) => sender.endpoint(endpoint, &places, &world, &mut row).await?,
            Err(reason) => row.skipped.push(reason),
        }
        rows.push(row);
    }
    Ok(MatrixReport { rows })
}

struct Sender {
    app: axum::Router,
    observer: MatrixObserver,
    mint: Mint,
    headers: HeaderMap,
    left: usize,
}

impl Sender {
    async fn endpoint(
        &mut self,
        endpoint: &Endpoint,
        places: &Places,
        world: &World<'_>,
        row: &mut MatrixRow,
    ) -> Result<(), MatrixError> {
        let cases = world.cases(endpoint);
        row.skipped.extend(cases.skipped);
        for method in &places.methods {
            for case in &cases.list {
                let Some(left) = self.left.checked_sub(1) else {
                    row.skipped
                        .push("what is left, since the limit of requests is reached".to_owned());
                    return Ok(());
                };
                self.left = left;
                let outcome = self.send(method, &places.path, case).await?;
                outcome.judge(endpoint, &case.expected).map_err(|got| {
                    let lie = self.lie(endpoint, method, &places.path, case, got);
                    MatrixError::Violation(Box::new(lie))
                })?;
                match case.expected {
                    Expected::Passes => row.passed += 1,
                    Expected::Refused(_) => row.refused += 1,
                }
            }
        }
        // Last, so that a wrong declaration is reported before: an endpoint that no caller may call but anyone can.
        match cases.nobody {
            None => Ok(()),
            Some(reason) => {
                Err(MatrixError::NobodyPasses { endpoint: endpoint.to_string(), reason })
            }
        }
    }

    async fn send(
        &mut self,
        method: &Method,
        path: &str,
        case: &Case,
    ) -> Result<Outcome, MatrixError> {
        self.observer.expect(case.answers.clone());
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method.clone();
        *request.uri_mut() = path.parse().map_err(|_| MatrixError::InvalidPath(path.to_owned()))?;
        *request.headers_mut() = self.headers.clone();
        if let Some(spec) = &case.token {
            let bearer = format!("Bearer {}", self.mint.token(spec)?);
            let mut bearer = HeaderValue::try_from(bearer)
                .map_err(|_| MatrixError::InvalidHeader(AUTHORIZATION.to_string()))?;
            bearer.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, bearer);
        }
        let response = call(&mut self.app, request).await;
        Ok(Outcome::new(&response, self.observer.last_note()))
    }

    fn lie(
        &self,
        endpoint: &Endpoint,
        method: &Method,
        path: &str,
        case: &Case,
        got: String,
    ) -> Violation {
        Violation {
            endpoint: endpoint.to_string(),
            handler: judge::handler(endpoint),
            requirement: requires(endpoint),
            caller: case.caller.clone(),
            expected: expected(&case.expected),
            got,
            request: self.curl(method, path, case),
        }
    }

    /// The request as a line of `curl`.
    fn curl(&self, method: &Method, path: &str, case: &Case) -> String {
        let how = match *method {
            Method::GET => String::new(),
            Method::HEAD => " -I".to_owned(),
            _ => format!(" -X {method}"),
        };
        let mut text = format!("curl -i{how} 'http://localhost{path}'");
        for (name, value) in &self.headers {
            // Writing to a string does not fail.
            let _ = write!(text, " -H '{name}: {}'", String::from_utf8_lossy(value.as_bytes()));
        }
        if let Some(token) = &case.token {
            let flaw = token.flaw.map(|flaw| format!(", {flaw}")).unwrap_or_default();
            let _ = write!(
                text,
                " -H \"authorization: Bearer $TOKEN\"\n# TOKEN says {}{flaw}",
                token.claims()
            );
        }
        for (check, answer) in &case.answers {
            let answer = if *answer { "yes" } else { "no" };
            let _ = write!(text, "\n# check {} says {answer}", check.name);
        }
        text
    }
}

async fn call(app: &mut axum::Router, request: Request) -> Response {
    // Neither an axum router nor a request can fail: the error of both is `Infallible`.
    let Ok(()) = poll_fn(|context| Service::<Request>::poll_ready(app, context)).await;
    let Ok(response) = app.call(request).await;
    response
}

/// Every assumption is about a check that exists, and no check has two answers.
fn find_checks(map: &AccessMap, assumed: &[(Assumed, bool)]) -> Result<(), MatrixError> {
    let mut checks = Vec::new();
    for requirement in map.iter().filter_map(Endpoint::requirement) {
        for (_, check) in requirement.checks() {
            if !checks.contains(&check) {
                checks.push(check);
            }
        }
    }
    for (assumption, answer) in assumed {
        let mut named = checks.iter().filter(|check| assumption.is(check)).peekable();
        if named.peek().is_none() {
            return Err(MatrixError::UnknownCheck(assumption.name()));
        }
        let contradicts = |check: &&crate::policy::CheckInfo| {
            assumed.iter().any(|(other, other_answer)| other.is(check) && other_answer != answer)
        };
        if named.any(contradicts) {
            return Err(MatrixError::TwoAnswers(assumption.name()));
        }
    }
    Ok(())
}

/// The enums that the requirements name.
fn tables(map: &AccessMap) -> VocabularySet {
    let mut tables: Vec<&'static AuthorityTable> = Vec::new();
    for name in map.iter().filter_map(Endpoint::requirement).flat_map(Requirement::members) {
        if !tables.iter().any(|known| known.is(name.table())) {
            tables.push(name.table());
        }
    }
    VocabularySet::of(&tables)
}

/// Knows tokens, and of every other method that an endpoint accepts no more than that there is one.
fn authenticator(
    tables: VocabularySet,
    mint: &Mint,
    map: &AccessMap,
) -> Result<Authenticator, MatrixError> {
    let builder = || -> Result<AuthenticatorBuilder, MatrixError> {
        let claims = ClaimMap::rfc9068().factors(factor_map());
        let verifier = mint.issuer.verifier().claims(claims).build();
        let verifier = verifier.map_err(|error| MatrixError::Authenticator(error.to_string()))?;
        Ok(Authenticator::builder().tables(tables).verifier(verifier))
    };
    let build = |builder: AuthenticatorBuilder| {
        builder.build().map_err(|error| MatrixError::Authenticator(error.to_string()))
    };
    let mut known = build(builder()?)?.methods();
    let mut with_others = builder()?;
    let accepted = map.iter().filter_map(Endpoint::requirement);
    for method in accepted.filter_map(Requirement::accepted_methods).flatten() {
        if !known.contains(&method) {
            let stand_in = OtherMethod::new(method, known.len());
            with_others = match method {
                AuthMethod::Pending => with_others.pending(stand_in),
                _ => with_others.scheme(stand_in),
            };
            known.push(method);
        }
    }
    build(with_others)
}

fn requires(endpoint: &Endpoint) -> String {
    match (endpoint.requirement(), endpoint.public_reason()) {
        (Some(requirement), _) => match endpoint.pending_step() {
            Some(step) if requirement.is_pending() => format!("pending sign-in: {step}"),
            _ => requirement.to_string(),
        },
        (None, Some("") | None) => "public".to_owned(),
        (None, Some(reason)) => format!("public: {reason}"),
    }
}

fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Passes => "the guard lets the caller through".to_owned(),
        Expected::Refused(refusals) => {
            let texts: Vec<String> = refusals
                .iter()
                .map(|refusal| {
                    let params = refusal.params.iter().map(|param| format!(", {param}"));
                    format!("{} {}{}", refusal.status, refusal.code, params.collect::<String>())
                })
                .collect();
            texts.join(", or ")
        }
    }
}
