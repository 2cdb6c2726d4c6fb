//! What is required of a verifier of opaque tokens.

use std::time::Duration;

use auth_core::token::{IntrospectionVerifier, IntrospectionVerifierBuilder};

#[test]
fn what_is_missing_is_said_when_the_verifier_is_built() {
    let complete = || {
        IntrospectionVerifier::builder()
            .issuer("https://id.test")
            .endpoint("https://id.test/introspect")
            .client_secret_basic("orders-api", "the secret")
            .audience("orders-api")
    };
    assert!(complete().build().is_ok());
    let refused = |builder: IntrospectionVerifierBuilder| format!("{:?}", builder.build().err());
    for (builder, expected) in [
        (complete().issuer(""), "no issuer"),
        (complete().endpoint("http://id.test/introspect"), "absolute `https` URL"),
        (complete().issuer("orders").discover(), "cannot be discovered"),
        (complete().client_secret_basic("", "the secret"), "no client authentication"),
        (complete().client_secret_post("orders-api", ""), "no client authentication"),
        (complete().bearer_token("the secret"), "no client authentication"),
        (complete().audience(""), "no audience"),
        (complete().subject_in("username"), "the claim pointer `username`"),
        (complete().token_type("refresh_token"), "not one of an access token"),
        (complete().token_type("urn:ietf:params:oauth:token-type:id_token"), "not one of an"),
        (complete().token_type(""), "not one of an access token"),
        (complete().max_lifetime(Duration::ZERO), "the longest lifetime"),
        (complete().timeout(Duration::ZERO), "the timeout"),
        (complete().time_to_live(Duration::from_secs(61)), "at most 60s"),
        (complete().capacity(0), "answers are to be known"),
        (complete().max_concurrent_requests(0), "at once"),
        (complete().max_token_bytes(0), "the token limit"),
        (complete().root_certificates("none"), "PEM"),
    ] {
        let said = refused(builder);
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("the secret"), "{said}");
    }
    let bare = IntrospectionVerifier::builder().issuer("https://id.test");
    assert!(refused(bare).contains("no audience"));
    let all = IntrospectionVerifier::builder().discover().timeout(Duration::MAX).build();
    let all = all.unwrap_err();
    let texts: Vec<String> = all.problems().iter().map(ToString::to_string).collect();
    let expected = ["no issuer", "no audience", "the timeout", "no client authentication"];
    for (text, part) in texts.iter().zip(expected) {
        assert!(text.starts_with(part), "{text}");
    }
    assert_eq!(texts.len(), expected.len(), "{all}");
    let debug = format!("{:?} {:?}", complete(), complete().build().unwrap());
    assert!(!debug.contains("the secret"), "{debug}");
    // An endpoint that says nothing of audiences has to be meant.
    let bare = IntrospectionVerifier::builder().issuer("https://id.test").allow_missing_audience();
    let meant = bare.endpoint("https://id.test/i").bearer_token("t").build();
    assert!(meant.is_ok());
}
