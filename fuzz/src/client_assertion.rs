//! A client assertion: as text, and as header and claims that the client itself signed.

use serde_json::{Map, Value};

use super::server::{ISSUER, WORLD};

/// The time of the server.
const NOW: f64 = 1_800_000_000.0;

fn is_accepted(assertion: &str) -> bool {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair(
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        )
        .append_pair("client_assertion", assertion)
        .finish();
    let is_accepted = WORLD.post("/token", form.into_bytes(), None).status.is_success();
    if is_accepted {
        WORLD.used();
    }
    is_accepted
}

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    assert!(!is_accepted(text));

    // The second way: what is in the claims cannot break the rules for claims.
    let Ok(claims) = serde_json::from_str::<Map<String, Value>>(text) else {
        return false;
    };
    let assertion = WORLD.bank.token("bank").header("typ", "client-authentication+jwt");
    let signed = claims
        .clone()
        .into_iter()
        .fold(assertion.clone(), |assertion, (name, value)| assertion.claim(name, value));
    let of_claims = is_accepted(&signed.sign().unwrap());
    if of_claims {
        assert!(["iss", "sub"].iter().all(|it| claims.get(*it).is_none_or(|it| it == "bank")));
        let is_ours = |aud: &Value| *aud == ISSUER || *aud == serde_json::json!([ISSUER]);
        assert!(claims.get("aud").is_none_or(is_ours));
        let exp = claims.get("exp").map(|it| it.as_f64().unwrap());
        assert!(exp.is_none_or(|it| (NOW - 31.0..NOW + 4_000.0).contains(&it)));
        assert!(claims.get("jti").is_none_or(|it| it.as_str().is_some_and(|it| !it.is_empty())));
    }
    // And what is in the header those for headers.
    let signed = claims
        .into_iter()
        .fold(assertion, |assertion, (name, value)| assertion.header(name, value));
    let of_header = is_accepted(&signed.sign().unwrap());
    of_claims || of_header
}
