//! The token endpoint, and codes: requirements 31 to 33 and 40 to 52.

use super::support::{
    API, Answer, CALLBACK, FILES, SECRET, VERIFIER, World, basic, claims_of, form, header_of,
};

/// The endpoints that clients call.
const ENDPOINTS: [&str; 4] = ["/token", "/par", "/introspect", "/revoke"];

fn invalid_grant() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

#[tokio::test]
async fn a31_only_forms_that_are_posted_are_read() {
    let world = World::new().await;
    let http = world.serve().await;
    for path in ENDPOINTS {
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let answer = http.request(method, path, &[], b"").await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").contains("POST"), "{path} {}", answer.header("allow"));
        }
        let authorization = basic("worker", SECRET);
        for kind in ["application/json", "text/plain", "multipart/form-data; boundary=a", ""] {
            let headers = [("authorization", &*authorization), ("content-type", kind)];
            let body = br#"{"grant_type":"client_credentials"}"#;
            let answer = http.request("POST", path, &headers, body).await;
            assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{path} {kind}");
        }
        let headers = [
            ("authorization", &*authorization),
            ("content-type", "application/x-www-form-urlencoded"),
            ("content-type", "application/json"),
        ];
        let answer = http.request("POST", path, &headers, b"grant_type=client_credentials").await;
        assert_eq!(answer.error(), "invalid_request", "{path}");
    }
    let headers = [
        ("authorization", &*basic("worker", SECRET)),
        ("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
    ];
    http.request("POST", "/token", &headers, b"grant_type=client_credentials").await.ok();
}

#[tokio::test]
async fn a32_parameters_in_the_address_are_not_read() {
    let world = World::new().await;
    let http = world.serve().await;
    let secret = form(&[("client_id", "post"), ("client_secret", SECRET)]);
    let code = world.code("post", "read").await;
    let body = code.form(&[]);
    let answer = http.post(&format!("/token?{secret}"), &body, &[]).await;
    assert_eq!(answer.refusal(), (401, "invalid_client".to_owned()));
    let answer = http.post(&format!("/token?{}", code.form(&[])), &secret, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    let without = form(&[("grant_type", "authorization_code"), ("code_verifier", VERIFIER)]);
    let in_the_address = form(&[("code", &code.code)]);
    let answer =
        http.post(&format!("/token?{in_the_address}"), &format!("{without}&{secret}"), &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    let tokens = http.post("/token", &format!("{body}&{secret}"), &[]).await.ok();
    let refresh = form(&[("refresh_token", tokens["refresh_token"].as_str().unwrap())]);
    let body = format!("grant_type=refresh_token&{secret}");
    let answer = http.post(&format!("/token?{refresh}"), &body, &[]).await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    // What is in the address does no harm either.
    http.post(
        "/token?grant_type=password&client_id=a&client_id=b",
        &format!("{body}&{refresh}"),
        &[],
    )
    .await
    .ok();
}

#[tokio::test]
async fn a33_a_repeated_parameter_is_refused() {
    let world = World::new().await;
    let http = world.serve().await;
    for name in ["grant_type", "code", "code_verifier", "client_id", "redirect_uri", "scope", "x"] {
        let code = world.code("spa", "read").await;
        let more =
            [("client_id", "spa"), ("redirect_uri", CALLBACK), ("scope", "read"), ("x", "1")];
        let good = code.form(&more);
        let again = good.split('&').find(|it| it.starts_with(&format!("{name}="))).unwrap();
        for twice in [format!("{good}&{again}"), format!("{name}=&{good}")] {
            let answer = http.post("/token", &twice, &[]).await;
            assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{twice}");
        }
        http.post("/token", &good, &[]).await.ok();
    }
}

#[tokio::test]
async fn a40_no_answer_is_kept_by_caches() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("spa", "read").await;
    let good = code.form(&[("client_id", "spa")]);
    let mut answers: Vec<(String, Answer)> = Vec::new();
    for path in ENDPOINTS {
        answers.push((format!("GET {path}"), http.request("GET", path, &[], b"").await));
        answers.push((path.to_owned(), http.post(path, "", &[]).await));
        answers.push((format!("JSON {path}"), http.request("POST", path, &[], b"{}").await));
    }
    answers.push(("good".to_owned(), http.post("/token", &good, &[]).await));
    answers.push(("bad".to_owned(), http.post("/token", "client_id=spa", &[]).await));
    let revoke = form(&[("client_id", "spa"), ("token", "a")]);
    answers.push(("revoke".to_owned(), http.post("/revoke", &revoke, &[]).await));
    for (what, answer) in answers {
        assert_eq!(answer.header("cache-control"), "no-store", "{what} {answer:?}");
    }
}

#[tokio::test]
async fn a41_errors_are_json_in_plain_ascii() {
    let world = World::new().await;
    let unauthorized = form(&[("grant_type", "client_credentials"), ("client_id", "spa")]);
    for (form, error) in [
        ("client_id=spa", "invalid_request"),
        ("client_id=spa&grant_type=password", "unsupported_grant_type"),
        ("client_id=spa&grant_type=%22%5C%0d%0a%e2%82%ac", "unsupported_grant_type"),
        ("client_id=spa&grant_type=authorization_code", "invalid_request"),
        ("client_id=spa&grant_type=authorization_code&code=a", "invalid_grant"),
        ("client_id=spa&grant_type=refresh_token&refresh_token=%00", "invalid_grant"),
        ("client_id=%ff", "invalid_request"),
        (&unauthorized, "unauthorized_client"),
    ] {
        let answer = world.post("/token", form).await;
        assert_eq!(answer.refusal(), (400, error.to_owned()), "{form}");
        assert_eq!(answer.header("content-type"), "application/json");
        let text = answer.json()["error_description"].as_str().unwrap().to_owned();
        let fits = |it: u8| (0x20..=0x7e).contains(&it) && it != b'"' && it != b'\\';
        assert!(!text.is_empty() && text.bytes().all(fits), "{text}");
    }
}

#[tokio::test]
async fn a42_a_grant_that_is_not_the_clients_and_one_that_there_is_not() {
    let world = World::new().await;
    for (client, grant_type, error) in [
        ("worker", "authorization_code", "unauthorized_client"),
        ("worker", "refresh_token", "unauthorized_client"),
        ("web", "client_credentials", "unauthorized_client"),
        ("web", "password", "unsupported_grant_type"),
        ("web", "implicit", "unsupported_grant_type"),
        ("web", "AUTHORIZATION_CODE", "unsupported_grant_type"),
    ] {
        let answer = world.post_as(client, "/token", &form(&[("grant_type", grant_type)])).await;
        assert_eq!(answer.refusal(), (400, error.to_owned()), "{client} {grant_type}");
    }
}

#[tokio::test]
async fn a44_scripts_of_all_origins_may_call_without_credentials() {
    let world = World::new().await;
    let http = world.serve().await;
    for path in ["/token", "/revoke", "/par"] {
        let headers = [
            ("origin", "https://app.example.com"),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "authorization, dpop"),
        ];
        let answer = http.request("OPTIONS", path, &headers, b"").await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-headers"), "*, Authorization");
        assert!(answer.header("access-control-allow-methods").contains("POST"));
        let origin = [("origin", "https://app.example.com")];
        for answer in [
            http.post(path, "client_id=spa&token=a", &origin).await,
            http.post(path, "", &origin).await,
            http.request("GET", path, &origin, b"").await,
        ] {
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
            let exposed = answer.header("access-control-expose-headers");
            assert!(exposed.contains("DPoP-Nonce") && exposed.contains("WWW-Authenticate"));
            assert_eq!(answer.header("access-control-allow-credentials"), "");
        }
    }
    // Resource servers are no scripts.
    let answer = http.post("/introspect", "", &[("origin", "https://app.example.com")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_code_is_redeemed_for_tokens() {
    let world = World::new().await;
    let tokens = world.tokens("openid offline_access read files").await;
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 600);
    assert_eq!(tokens["scope"], "openid offline_access read");
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(header_of(access)["typ"], "at+jwt");
    let claims = claims_of(access);
    assert_eq!((&claims["aud"], &claims["sub"]), (&API.into(), &"alice".into()));
    assert_eq!(claims["client_id"], "spa");
    let id = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!((&id["aud"], &id["nonce"]), (&"spa".into(), &"nonce-1".into()));
    assert_eq!(tokens["refresh_token"].as_str().unwrap().len(), 43);
    let tokens = world.tokens("read").await;
    assert!(tokens.get("id_token").is_none());
}

#[tokio::test]
async fn a45_a_code_needs_its_verifier() {
    let world = World::new().await;
    let code = world.code("spa", "read").await;
    let good = code.form(&[("client_id", "spa")]);
    let without = good.replace("code_verifier", "x");
    let other = good.replace(VERIFIER, &VERIFIER.to_lowercase());
    let challenge = good.replace(VERIFIER, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let empty = good.replace(VERIFIER, "");
    let short = good.replace(VERIFIER, "a");
    let long = good.replace(VERIFIER, &"a".repeat(10_000));
    for form in [without, other, challenge, empty, short, long] {
        assert_eq!(world.post("/token", &form).await.refusal(), invalid_grant(), "{form}");
    }
    world.post("/token", &good).await.ok();
}

/// A code always has a challenge, so a verifier is never taken without one.
#[tokio::test]
async fn a46_there_is_no_code_without_a_challenge() {
    let world = World::new().await;
    let http = world.serve().await;
    let challenge = auth_server::store::CodeChallenge::from_bytes([0; 32]);
    let code = world.code_with("spa", "read", |_, code| code.challenge = challenge).await;
    let good = code.form(&[("client_id", "spa")]);
    for form in [good.replace(VERIFIER, ""), good.replace("code_verifier", "x"), good] {
        assert_eq!(http.post("/token", &form, &[]).await.refusal(), invalid_grant());
    }
}

/// Holds P-28.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a47_of_many_redemptions_at_once_one_succeeds() {
    let world = World::new().await;
    let http = world.serve().await;
    for _ in 0..4 {
        let form = world.code("spa", "read").await.form(&[("client_id", "spa")]);
        let sent: Vec<_> = (0..12)
            .map(|_| {
                let form = form.clone();
                tokio::spawn(async move { http.post("/token", &form, &[]).await })
            })
            .collect();
        let mut good = 0;
        for answer in sent {
            let answer = answer.await.unwrap();
            if answer.status == 200 {
                good += 1;
            } else {
                assert_eq!(answer.refusal(), invalid_grant());
            }
        }
        assert_eq!(good, 1);
    }
}

/// Holds P-28.
#[tokio::test]
async fn a48_a_second_valid_redemption_revokes_what_the_first_one_got() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("spa", "read files").await;
    let tokens = world.redeem(&code).await.ok();
    let opaque = form(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("client_id", "spa"),
        ("resource", FILES),
    ]);
    let refreshed = http.post("/token", &opaque, &[]).await.ok();
    let jwt = tokens["access_token"].as_str().unwrap();
    let opaque = refreshed["access_token"].as_str().unwrap();
    assert!(world.is_active(jwt).await && world.is_active(opaque).await);
    let again = code.form(&[("client_id", "spa")]);
    assert_eq!(http.post("/token", &again, &[]).await.refusal(), invalid_grant());
    assert!(!world.is_active(jwt).await && !world.is_active(opaque).await);
    let refresh = refreshed["refresh_token"].as_str().unwrap();
    assert_eq!(world.refresh("spa", refresh).await.refusal(), invalid_grant());
    // So it is after the code has expired.
    let code = world.code("spa", "read").await;
    let tokens = world.redeem(&code).await.ok();
    world.clock.advance(120);
    assert_eq!(world.redeem(&code).await.refusal(), invalid_grant());
    assert!(!world.is_active(tokens["access_token"].as_str().unwrap()).await);
}

/// Holds P-28.
#[tokio::test]
async fn a49_a_second_redemption_that_is_not_valid_revokes_nothing() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("spa", "read").await;
    let tokens = world.redeem(&code).await.ok();
    let good = code.form(&[("client_id", "spa")]);
    for bad in [
        good.replace(VERIFIER, &"a".repeat(43)),
        good.replace("code_verifier", "x"),
        good.replace("spa", "native"),
        format!("{good}&redirect_uri=https%3A%2F%2Fevil.example"),
    ] {
        assert_eq!(http.post("/token", &bad, &[]).await.refusal(), invalid_grant(), "{bad}");
    }
    assert!(world.is_active(tokens["access_token"].as_str().unwrap()).await);
    world.refresh("spa", tokens["refresh_token"].as_str().unwrap()).await.ok();
}

#[tokio::test]
async fn a50_a_first_redemption_that_fails_uses_nothing_up() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("spa", "read").await;
    let good = code.form(&[("client_id", "spa")]);
    for bad in [
        good.replace(VERIFIER, &"a".repeat(43)),
        good.replace("spa", "native"),
        format!("{good}&redirect_uri=https%3A%2F%2Fevil.example"),
        format!("{good}&resource=https%3A%2F%2Fevil.example"),
        format!("{good}&client_secret=a"),
    ] {
        assert!(!http.post("/token", &bad, &[]).await.status.is_success(), "{bad}");
    }
    http.post("/token", &good, &[]).await.ok();
}

#[tokio::test]
async fn a51_a_code_of_another_client_is_an_invalid_grant() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("spa", "read").await;
    let others = code.form(&[("client_id", "native")]);
    assert_eq!(http.post("/token", &others, &[]).await.refusal(), invalid_grant());
    let header = basic("web", SECRET);
    let answer = http.post("/token", &code.form(&[]), &[("authorization", &header)]).await;
    assert_eq!(answer.refusal(), invalid_grant());
    let unknown = code.form(&[("client_id", "nobody")]);
    assert_eq!(http.post("/token", &unknown, &[]).await.error(), "invalid_client");
}

#[tokio::test]
async fn a52_a_redirect_uri_may_be_left_out_and_otherwise_is_that_of_the_request() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("spa", "read").await;
    for other in [
        "https://app.example.com/callback/",
        "https://app.example.com/callbac",
        "HTTPS://app.example.com/callback",
        "http://127.0.0.1/callback",
    ] {
        let form = code.form(&[("client_id", "spa"), ("redirect_uri", other)]);
        assert_eq!(http.post("/token", &form, &[]).await.refusal(), invalid_grant(), "{other}");
    }
    let form = code.form(&[("client_id", "spa"), ("redirect_uri", CALLBACK)]);
    http.post("/token", &form, &[]).await.ok();
    let code = world.code("spa", "read").await;
    http.post("/token", &code.form(&[("client_id", "spa")]), &[]).await.ok();
}

#[tokio::test]
async fn a_code_expires() {
    let world = World::new().await;
    let code = world.code("spa", "read").await;
    world.clock.advance(60);
    assert_eq!(world.redeem(&code).await.refusal(), invalid_grant());
}

#[tokio::test]
async fn a59_a_blocked_user_gets_nothing_for_a_code() {
    let world = World::new().await;
    let code = world.code("spa", "read").await;
    world.accounts.block("alice");
    assert_eq!(world.redeem(&code).await.refusal(), invalid_grant());
}

#[tokio::test]
async fn huge_and_broken_requests_are_refused() {
    let world = World::new().await;
    let http = world.serve().await;
    let huge = format!("client_id=spa&x={}", "a".repeat(100_000));
    assert_eq!(
        http.post("/token", &huge, &[]).await.refusal(),
        (400, "invalid_request".to_owned())
    );
    let many = "a=b&".repeat(1_000);
    assert_eq!(http.post("/token", &many, &[]).await.error(), "invalid_request");
    let header = [("content-type", "application/x-www-form-urlencoded")];
    let answer = http.request("POST", "/token", &header, b"client_id=\xff\xfe").await;
    assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    let answer = http.send(b"POST /token HTTP/1.1\r\nhost: a\r\nauthorization: Basic \xff\xfe\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    assert!(matches!(answer.status.as_u16(), 400 | 401), "{answer:?}");
}

/// Holds P-34.
/// Who is behind a proxy says nothing about the address of the server.
#[tokio::test]
async fn a73_headers_of_proxies_change_nothing() {
    let world = World::new().await;
    let code = world.code("spa", "openid read").await;
    let headers = [
        ("host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
    ];
    let form = code.form(&[("client_id", "spa")]);
    let tokens = world.post_with("/token", &form, &headers).await.ok();
    assert!(!tokens.to_string().contains("evil"));
    let id = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!(id["iss"], super::support::ISSUER);
}
