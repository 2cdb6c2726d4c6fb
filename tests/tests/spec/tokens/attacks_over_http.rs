//! Every request of `vectors/attack_tokens.json` against a server that is configured as the file
//! says, byte by byte over real sockets.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auth_core::jose::Algorithm;
use auth_core::routing::{get, post};
use auth_core::time::FixedClock;
use auth_core::{Authenticator, JwtVerifier, Roles, Router, Scopes, public, requires};
use auth_core::{Jwks, TokenProfile};
use auth_tests::challenge;
use auth_tests::http::{Answer, send_as, send_raw, serve};
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// The present for cases that do not set it: any time between their `iat` and their `exp` in 2100.
const NOW: u64 = 1_800_000_000;

/// The cases that are not run, each with its reason. There is none: features of the file that this
/// library has no setting for (`dpop`) occur only in cases to be rejected.
const SKIPPED: &[(&str, &str)] = &[];

/// The cases to be rejected that are served, each with its reason: the file marks them as a matter
/// of taste (`either`) or as a `should`.
const TOLERATED: &[(&str, &str)] = &[
    ("query-access-token-and-header", "the query is no place for a token, so it is not looked at"),
    ("kid-missing-many-keys", "one key only fits the algorithm"),
    ("missing-client_id", "RFC 9068 binds the issuer to it; no decision here depends on it"),
    ("missing-jti", "the same"),
    ("client-id-type-number", "nobody asked for it: it is unknown, as if it were missing"),
    ("client-id-type-array", "the same"),
];

#[derive(Clone, Copy, Roles)]
enum Role {
    Admin,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
    Write,
}

/// How often a handler ran.
type Ran = Arc<AtomicUsize>;

#[public(reason = "the file says so")]
async fn open(State(ran): State<Ran>) {
    ran.fetch_add(1, SeqCst);
}

#[requires(authenticated)]
async fn me(State(ran): State<Ran>) {
    ran.fetch_add(1, SeqCst);
}

#[requires(scope = Read)]
async fn read(State(ran): State<Ran>) {
    ran.fetch_add(1, SeqCst);
}

#[requires(scope = Write)]
async fn write(State(ran): State<Ran>) {
    ran.fetch_add(1, SeqCst);
}

#[requires(role = Admin, scope = Read)]
async fn admin(State(ran): State<Ran>) {
    ran.fetch_add(1, SeqCst);
}

#[requires(acr = "urn:mfa", max_age = "5m")]
async fn stepup(State(ran): State<Ran>) {
    ran.fetch_add(1, SeqCst);
}

/// Keeps what is logged, at every level and with every field.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<String>>);

impl tracing::Subscriber for Logged {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut Fields(self));
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut Fields(self));
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut Fields(self));
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

struct Fields<'a>(&'a Logged);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0.0.lock().unwrap(), "{field}={value:?} ");
    }
}

struct Server {
    address: SocketAddr,
    clock: FixedClock,
    ran: Ran,
}

async fn server(file: &Value, profile: TokenProfile) -> Server {
    let settings = &file["settings"];
    let text = |name: &str| settings[name].as_str().unwrap().to_owned();
    let clock = FixedClock::new(NOW);
    let verifier = JwtVerifier::builder()
        .issuer(text("issuer"))
        .audience(text("audience"))
        .algorithms([
            Algorithm::RS256,
            Algorithm::PS256,
            Algorithm::ES256,
            Algorithm::ES384,
            Algorithm::EdDSA,
        ])
        .keys(Jwks::from_json(&file["jwks"].to_string()).unwrap())
        .profile(profile)
        .clock(clock.clone())
        .build()
        .unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Scope)>()
        .verifier(verifier)
        .resource_metadata(text("resource_metadata"))
        .build()
        .unwrap();
    let ran = Ran::default();
    let app = Router::new()
        .route("/public", get(open))
        .route("/me", get(me))
        .route("/read", get(read))
        .route("/write", post(write))
        .route("/admin", get(admin))
        .route("/stepup", get(stepup))
        .with_state(Arc::clone(&ran));
    let address = serve(app.protect(authenticator).unwrap()).await;
    Server { address, clock, ran }
}

/// The request of a case, to the byte.
fn request(file: &Value, case: &Value) -> Vec<u8> {
    let endpoint = &file["settings"]["endpoints"][case["endpoint"].as_str().unwrap()];
    let (method, path) = (endpoint["method"].as_str().unwrap(), endpoint["path"].as_str().unwrap());
    let extra = &case["request"];
    let query = extra["query"].as_str().map(|query| format!("?{query}")).unwrap_or_default();
    let mut request = format!("{method} {path}{query} HTTP/1.1\r\n").into_bytes();
    let mut line = |name: &str, value: &[u8]| {
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
    };
    line("host", b"api.test");
    line("connection", b"close");
    for value in case["authorization_headers"].as_array().unwrap() {
        let value = value.as_str().unwrap();
        match case["encoding"].as_str().unwrap() {
            "base64" => line("authorization", &STANDARD.decode(value).unwrap()),
            _ => line("authorization", value.as_bytes()),
        }
    }
    for header in extra["headers"].as_array().into_iter().flatten() {
        line(header[0].as_str().unwrap(), header[1].as_str().unwrap().as_bytes());
    }
    let body = extra["body"].as_str().unwrap_or_default();
    if !body.is_empty() {
        line("content-length", body.len().to_string().as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body.as_bytes());
    request
}

/// Whether a list of the file, or the one value beside it, holds `seen`.
fn allows(case: &Value, name: &str, seen: &Value) -> bool {
    let also = case[format!("{name}_also_ok")].as_array().unwrap();
    case[name] == *seen || also.contains(seen)
}

/// The pieces of a token, none of which may come back or be logged. `usual` is what the server says
/// to any other token: words of it are its own.
fn secrets(case: &Value, usual: &str) -> Vec<String> {
    let mut secrets = Vec::new();
    for value in case["authorization_headers"].as_array().unwrap() {
        for piece in value.as_str().unwrap().split([' ', '.', ',']) {
            secrets.push(piece.to_owned());
        }
    }
    secrets.retain(|secret| secret.len() >= 6 && !usual.contains(secret.as_str()));
    secrets
}

/// What the header says besides: the log may name it, the answer may not.
fn kids(case: &Value, usual: &str) -> Vec<String> {
    let kid = |piece: &str| {
        let header = URL_SAFE_NO_PAD.decode(piece).ok()?;
        let header: Value = serde_json::from_slice(&header).ok()?;
        header["kid"].as_str().map(str::to_owned)
    };
    let lines = case["authorization_headers"].as_array().unwrap().iter();
    let pieces = lines.flat_map(|line| line.as_str().unwrap().split([' ', '.', ',']));
    pieces.filter_map(kid).filter(|kid| kid.len() >= 6 && !usual.contains(kid.as_str())).collect()
}

/// What holds for every case, of any strength.
fn invariants(case: &Value, answer: &Answer, elapsed: Duration, usual: &str) -> Result<(), String> {
    if !(200..500).contains(&answer.status) {
        return Err(format!("status {}", answer.status));
    }
    if elapsed > Duration::from_secs(1) {
        return Err(format!("took {elapsed:?}"));
    }
    let text = String::from_utf8_lossy(&answer.raw);
    let told = [secrets(case, usual), kids(case, usual)].concat();
    if let Some(secret) = told.iter().find(|secret| text.contains(secret.as_str())) {
        return Err(format!("`{secret}` comes back"));
    }
    if matches!(answer.status, 400 | 401 | 403) {
        let params = challenge::parse(answer.header("www-authenticate"))?;
        if !params.contains_key("resource_metadata") {
            return Err(format!("no resource metadata: {params:?}"));
        }
        if answer.header("cache-control") != "no-store" {
            return Err("the refusal may be cached".to_owned());
        }
    }
    Ok(())
}

/// What this case asks for on top.
fn expectations(case: &Value, answer: &Answer, ran: usize) -> Result<(), String> {
    let status = Value::from(answer.status);
    let served = answer.status == 200;
    if ran != usize::from(served) {
        return Err(format!("the handler ran {ran} times, status {status}"));
    }
    if !allows(case, "status", &status) {
        return Err(format!("status {status}, expected {}", case["status"]));
    }
    if served || !matches!(answer.status, 400 | 401 | 403) {
        return Ok(());
    }
    let error = challenge::parse(answer.header("www-authenticate"))?.remove("error");
    let error = error.map_or(Value::Null, Value::from);
    if !allows(case, "www_authenticate_error", &error) {
        return Err(format!("error {error}, expected {}", case["www_authenticate_error"]));
    }
    Ok(())
}

/// Holds P-05.
#[tokio::test]
async fn attack_tokens() {
    // `tracing` notes for all threads whether anyone listens, so one has to listen to all of them first.
    crate::logged::Logged::listen();
    let logged = Logged::default();
    let _guard = tracing::subscriber::set_default(logged.clone());
    let path = format!("{}/vectors/attack_tokens.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let strict = server(&file, TokenProfile::Rfc9068).await;
    let generic = server(&file, TokenProfile::Generic).await;
    let usual = send_as(strict.address, "GET", "/me", "x").await.raw;
    let usual = String::from_utf8_lossy(&usual).into_owned() + &logged.0.lock().unwrap();
    assert!(usual.contains("message=refused"), "nothing is logged: {usual}");
    let (mut wrong, mut warnings, mut tolerated) = (Vec::new(), Vec::new(), Vec::new());
    let (mut must, mut softer, mut skipped) = (0, 0, 0);
    let mut descriptions = std::collections::BTreeSet::new();
    let mut slowest = Duration::ZERO;
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        if SKIPPED.iter().any(|(skipped, _)| *skipped == name) {
            skipped += 1;
            continue;
        }
        let server = if case["feature"] == "generic-profile" { &generic } else { &strict };
        server.clock.set(case["now"].as_u64().unwrap_or(NOW));
        server.ran.store(0, SeqCst);
        logged.0.lock().unwrap().clear();
        let start = Instant::now();
        let answer = send_raw(server.address, &request(&file, case)).await;
        let elapsed = start.elapsed();
        slowest = slowest.max(elapsed);

        let is_must = case["strength"] == "must";
        *(if is_must { &mut must } else { &mut softer }) += 1;
        if let Err(fault) = invariants(case, &answer, elapsed, &usual) {
            wrong.push(format!("{name}: {fault}"));
        }
        let log = logged.0.lock().unwrap().clone();
        if let Some(secret) = secrets(case, &usual).iter().find(|it| log.contains(it.as_str())) {
            wrong.push(format!("{name}: `{secret}` is logged: {log}"));
        }
        if let Err(fault) = expectations(case, &answer, server.ran.load(SeqCst)) {
            let faults = if is_must { &mut wrong } else { &mut warnings };
            faults.push(format!("{name}: {fault} ({})", case["why"].as_str().unwrap()));
        }
        if case["expect"] == "reject" && answer.status == 200 {
            tolerated.push(name);
        }
        if answer.header("www-authenticate").contains("invalid_token") {
            let mut params = challenge::parse(answer.header("www-authenticate")).unwrap();
            descriptions.insert((params.remove("error_description"), answer.body));
        }
    }
    println!("{must} must, {softer} should or either, {skipped} skipped, slowest {slowest:?}");
    println!("warnings: {warnings:#?}\nserved although refusable: {tolerated:?}");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(warnings.is_empty(), "{warnings:#?}");
    let known: Vec<&str> = TOLERATED.iter().map(|(name, _)| *name).collect();
    assert_eq!(tolerated, known);
    assert_eq!((must, softer, skipped), (326, 39, SKIPPED.len()));
    // The answer is the same for every wrong token.
    assert_eq!(descriptions.len(), 1, "{descriptions:?}");
}
