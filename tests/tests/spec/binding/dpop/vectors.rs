//! Every case of `vectors/dpop_cases.json`.

use auth_core::Jwks;
use auth_core::jose::Algorithm;
use auth_core::{JwtVerifier, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::*;

/// The cases to be rejected that may be served, and are not: the answer is the strict one.
const STRICT: [&str; 3] = ["jkt-padded", "jti-empty", "proof-80k"];

fn file(name: &str) -> Value {
    let path = format!("{}/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// A server that is configured as the file says.
async fn server(settings: &Value, jwks: &Value, now: u64) -> SocketAddr {
    let text = |name: &str| settings[name].as_str().unwrap().to_owned();
    let algorithms = settings["allowed_algorithms"].as_array().unwrap();
    let algorithms = algorithms.iter().map(|name| name.as_str().unwrap().parse().unwrap());
    let verifier = JwtVerifier::builder()
        .issuer(text("issuer"))
        .audience(text("audience"))
        .algorithms(algorithms.collect::<Vec<Algorithm>>())
        .keys(Jwks::from_json(&jwks.to_string()).unwrap())
        .clock(FixedClock::new(now))
        .build()
        .unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Scope)>()
        .verifier(verifier)
        .resource_metadata(text("resource_metadata"))
        .dpop(Dpop::builder(text("resource")).build().unwrap())
        .build()
        .unwrap();
    let app = Router::new()
        .route("/read", get(read))
        .route("/write", post(write))
        .route("/admin", get(admin));
    serve(app.protect(authenticator).unwrap()).await
}

/// Whether a list of the file, or the one value beside it, holds `seen`.
fn allows(case: &Value, name: &str, seen: &Value) -> bool {
    let also = case[format!("{name}_also_ok")].as_array().unwrap();
    case[name] == *seen || also.contains(seen)
}

fn check(case: &Value, answer: &Answer) -> Result<(), String> {
    let status = Value::from(answer.status);
    if !allows(case, "status", &status) {
        return Err(format!("status {status}, expected {}", case["status"]));
    }
    if answer.status == 200 {
        return Ok(());
    }
    let lines = answer.all("www-authenticate");
    let scheme = case["www_authenticate_scheme"].as_str().unwrap_or("DPoP");
    let mut params = challenge::of_scheme(scheme, &lines)?;
    let error = params.remove("error").map_or(Value::Null, Value::from);
    if !allows(case, "www_authenticate_error", &error) {
        return Err(format!("error {error}, expected {}", case["www_authenticate_error"]));
    }
    for scheme in ["Bearer", "DPoP"] {
        let params = challenge::of_scheme(scheme, &lines)?;
        if !params.contains_key("resource_metadata") {
            return Err(format!("no resource metadata: {params:?}"));
        }
    }
    if params.get("algs").map(String::as_str) != Some("ES256 EdDSA") {
        return Err(format!("other algorithms: {params:?}"));
    }
    let text = String::from_utf8_lossy(&answer.raw);
    let sent = case["headers"].as_array().unwrap().iter().map(|line| line[1].as_str().unwrap());
    let mut pieces = sent.flat_map(|value| value.split([' ', '.'])).filter(|it| it.len() > 12);
    match pieces.find(|piece| text.contains(piece)) {
        Some(piece) => Err(format!("`{piece}` comes back")),
        None if answer.header("cache-control") == "no-store" => Ok(()),
        None => Err("the refusal may be cached".to_owned()),
    }
}

#[tokio::test]
async fn every_case_is_answered_as_the_file_says() {
    let (cases, settings) = (file("dpop_cases.json"), file("attack_tokens.json"));
    let now = cases["now"].as_u64().unwrap();
    let address = server(&settings["settings"], &settings["jwks"], now).await;
    let (mut wrong, mut served, mut count) = (Vec::new(), Vec::new(), 0);
    for case in cases["cases"].as_array().unwrap() {
        let text = |name: &str| case[name].as_str().unwrap();
        assert_eq!(case["now"].as_u64().unwrap(), now);
        let path = text("url").strip_prefix(ORIGIN).unwrap();
        let lines: Vec<String> = case["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| format!("{}: {}", line[0].as_str().unwrap(), line[1].as_str().unwrap()))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let answer = send(address, text("method"), path, &lines).await;
        if let Err(fault) = check(case, &answer) {
            wrong.push(format!("{}: {fault} ({})", text("name"), text("why")));
        }
        if STRICT.contains(&text("name")) {
            assert_eq!(answer.status, 401, "{}", text("name"));
        }
        if answer.status == 200 {
            served.push(text("name").to_owned());
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(count, 44);
    assert!(served.iter().all(|name| name.starts_with("ok-")), "{served:?}");
    assert_eq!(served.len(), 7);
}

#[requires(role = Admin, scope = Read)]
async fn admin() {}

/// The cases of `vectors/attack_tokens.json` that are meant for a server with DPoP. Those for any
/// server are run elsewhere; here they are run again with a second scheme in the challenges.
#[tokio::test]
async fn no_attack_by_bearer_tokens_works_beside_dpop() {
    let file = file("attack_tokens.json");
    let address = server(&file["settings"], &file["jwks"], NOW).await;
    let (mut wrong, mut of_dpop, mut count) = (Vec::new(), 0, 0);
    for case in file["cases"].as_array().unwrap() {
        let endpoint = case["endpoint"].as_str().unwrap();
        let is_plain =
            case["encoding"] == "utf8" && case["now"].is_null() && case["request"].is_null();
        let is_other = case["feature"] == "generic-profile" || case["strength"] != "must";
        if !matches!(endpoint, "read" | "admin") || !is_plain || is_other {
            continue;
        }
        let lines = case["authorization_headers"].as_array().unwrap().iter();
        let lines: Vec<String> =
            lines.map(|value| format!("authorization: {}", value.as_str().unwrap())).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let answer = send(address, "GET", &format!("/{endpoint}"), &lines).await;
        count += 1;
        of_dpop += usize::from(case["feature"] == "dpop");
        let errors: Vec<Value> = ["Bearer", "DPoP"]
            .into_iter()
            .filter(|_| matches!(answer.status, 400 | 401 | 403))
            .filter_map(|scheme| error_in(scheme, &answer))
            .map(Value::from)
            .collect();
        let errors = if errors.is_empty() { vec![Value::Null] } else { errors };
        let is_good = allows(case, "status", &answer.status.into())
            && (answer.status == 200
                || errors.iter().all(|error| allows(case, "www_authenticate_error", error)));
        if !is_good {
            wrong.push(format!("{}: {} {errors:?}", case["name"], answer.status));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(of_dpop, 2);
    assert!(count > 250, "{count}");
}

/// The proofs of the file are good at its time only, and only for the token they were made for.
#[tokio::test]
async fn the_good_cases_are_refused_at_another_time() {
    let (cases, settings) = (file("dpop_cases.json"), file("attack_tokens.json"));
    let now = cases["now"].as_u64().unwrap();
    for (later, status) in [(58, 200), (59, 401)] {
        // `iat` lies 2 seconds before `now`, and the window has 60.
        let address = server(&settings["settings"], &settings["jwks"], now + later).await;
        let case = &cases["cases"][0];
        let header = |place: usize| {
            let line = &case["headers"][place];
            format!("{}: {}", line[0].as_str().unwrap(), line[1].as_str().unwrap())
        };
        let answer = send(address, "GET", "/read", &[&header(0), &header(1)]).await;
        assert_eq!(answer.status, status, "{later} seconds later");
    }
}

/// The cases of the file are signed with keys that it publishes, so the thumbprints can be compared.
#[test]
fn the_tokens_of_the_file_are_bound_to_its_keys() {
    let cases = file("dpop_cases.json");
    let token = cases["cases"][0]["headers"][0][1].as_str().unwrap();
    let claims = token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["cnf"]["jkt"], "pwzK2WsCHxdaB-SK67Sj9b5h4dqmBAZ9cv9jY_EiRfw");
}
