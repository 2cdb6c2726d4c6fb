//! A client assertion: as text from anyone, and as header and claims that the client itself signed.

#![no_main]

mod server;

use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};
use server::{ISSUER, NOW, WORLD};

fn is_believed(assertion: &str) -> bool {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair(
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        )
        .append_pair("client_assertion", assertion)
        .finish();
    let status = server::post("/token", form.into_bytes(), None);
    assert!(!status.is_server_error(), "{status}");
    status.is_success()
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    assert!(!is_believed(text));

    // The second way: what is in the claims cannot break the rules for claims.
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else {
        return;
    };
    let assertion = WORLD.bank.token("bank").header("typ", "client-authentication+jwt");
    let signed = claims
        .clone()
        .into_iter()
        .fold(assertion.clone(), |assertion, (name, value)| assertion.claim(name, value));
    if is_believed(&signed.sign().unwrap()) {
        assert!(["iss", "sub"].iter().all(|it| claims.get(*it).is_none_or(|it| it == "bank")));
        let is_ours = |aud: &Value| *aud == ISSUER || *aud == serde_json::json!([ISSUER]);
        assert!(claims.get("aud").is_none_or(is_ours));
        let exp = claims.get("exp").map(|it| it.as_f64().unwrap());
        let now = NOW as f64;
        assert!(exp.is_none_or(|it| (now - 31.0..now + 4_000.0).contains(&it)));
        assert!(claims.get("jti").is_none_or(|it| it.as_str().is_some_and(|it| !it.is_empty())));
    }
    // And what is in the header those for headers.
    let signed =
        claims.into_iter().fold(assertion, |assertion, (name, value)| assertion.header(name, value));
    let _ = is_believed(&signed.sign().unwrap());
});
