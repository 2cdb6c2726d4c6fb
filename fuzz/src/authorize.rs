//! Bytes as the query of an authorization request, from the browser of a user who is signed in.

use auth_server::__private::is_same_redirect_uri;
use axum::body::Body;
use form_urlencoded::parse;
use http::Request;
use http::header::{LOCATION, REFRESH, X_FRAME_OPTIONS};

use super::server::{CALLBACKS, ISSUER, NATIVE, WORLD};

/// The parameters of which one request has one.
const SINGLE: [&str; 16] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "acr_values",
    "id_token_hint",
    "dpop_jkt",
    "request",
    "request_uri",
];

/// The values of a parameter.
fn values<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    pairs.iter().filter(|(it, _)| it == name).map(|(_, it)| it.as_str()).collect()
}

pub fn run(data: &[u8]) -> bool {
    // What a target cannot contain is encoded, as browsers do.
    let encode = |byte: &u8| match byte {
        b'#' => "%23".to_owned(),
        b'!'..=b'~' => char::from(*byte).to_string(),
        byte => format!("%{byte:02x}"),
    };
    let target = format!("/authorize?{}", data.iter().map(encode).collect::<String>());
    let Ok(request) = Request::get(&target).body(Body::empty()) else { return false };
    let query = request.uri().query().unwrap_or_default().to_owned();
    let answer = WORLD.answer(request);
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    let header = |name| answer.headers.get(name).map(|it| it.to_str().unwrap());
    if header(LOCATION).is_none() {
        assert_eq!(header(X_FRAME_OPTIONS), Some("DENY"));
    }
    // To an application on the device a page leads.
    let refresh = header(REFRESH).map(|it| it.strip_prefix("0; url=").unwrap());
    let Some(location) = header(LOCATION).or(refresh) else { return false };
    if location.starts_with(&format!("{ISSUER}/sign-in?")) {
        return false;
    }
    // The browser goes to the client: to an address that it has registered, and has asked for.
    let sent: Vec<_> = parse(query.as_bytes()).into_owned().collect();
    let [client] = values(&sent, "client_id")[..] else { panic!("not one client") };
    let registered = match client {
        "spa" => &CALLBACKS[..],
        "native" => &[NATIVE][..],
        other => panic!("a redirect for {other}"),
    };
    let back = match values(&sent, "redirect_uri")[..] {
        [] | [""] => registered[0],
        [asked] => asked,
        _ => panic!("a redirect with two addresses"),
    };
    assert!(registered.iter().any(|it| is_same_redirect_uri(it, back)), "{back}");
    let added = location.strip_prefix(back).unwrap();
    let got: Vec<_> = parse(added.trim_start_matches(['?', '&']).as_bytes()).into_owned().collect();
    assert_eq!(values(&got, "iss"), [ISSUER]);
    let states = values(&sent, "state");
    match states[..] {
        [state] if !state.is_empty() => assert_eq!(values(&got, "state"), [state]),
        _ => assert!(values(&got, "state").is_empty()),
    }
    assert_ne!(values(&got, "code").len(), values(&got, "error").len());
    if values(&got, "code").is_empty() {
        return false;
    }
    WORLD.used();
    for name in SINGLE {
        assert!(values(&sent, name).len() <= 1, "{name}");
    }
    assert_eq!(values(&sent, "response_type"), ["code"]);
    assert_eq!(values(&sent, "code_challenge_method"), ["S256"]);
    assert_eq!(values(&sent, "code_challenge")[0].len(), 43);
    let has = |name: &str, word: &str| {
        values(&sent, name).iter().any(|it| it.split(' ').any(|it| it == word))
    };
    assert!(!has("prompt", "login") && !has("max_age", "0"));
    if has("scope", "openid") {
        assert_eq!(values(&sent, "redirect_uri"), [back]);
    }
    true
}
