//! The authorization endpoint: what a request has to be, and where an answer goes.

use std::collections::BTreeMap;

use auth_server::{Client, GrantType};

use crate::support::{API, CALLBACK, FILES, House, ISSUER, request};

#[tokio::test]
async fn a1_a_get_shows_the_sign_in_and_unknown_parameters_are_ignored() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.authorize(&[("claims", "{}"), ("utm", "x")]).await;
    assert!(page.status == 200 && page.is_sign_in(), "{page:?}");
    let path = format!("/authorize?{}&utm=y&utm=z", request(&[]));
    assert!(browser.get(&path).await.is_sign_in());
}

#[tokio::test]
async fn a1_a_post_is_served_as_a_get_is_and_keeps_the_session() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let ours = request(&[("client_id", "ours")]);
    assert!(browser.post("/authorize", &ours).await.code().is_some());
    // From the page of a client, without the cookie: the redirect brings it.
    let mut stranger = house.browser();
    stranger.headers = vec![("sec-fetch-site", "cross-site")];
    let answer = stranger.post("/authorize", &ours).await;
    assert!(answer.status == 303 && answer.location().starts_with(ISSUER), "{answer:?}");
    assert!(answer.headers.get("set-cookie").is_none());
    assert!(browser.follow(answer).await.code().is_some());
    // A browser without `Sec-Fetch-Site` names the page of the client by `Origin`.
    stranger.headers = vec![("origin", "https://app.example.com")];
    let answer = stranger.post("/authorize", &ours).await;
    assert_eq!(answer.status, 303);
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn an_error_page_takes_no_cookie_from_a_page_that_is_open() {
    let house = House::with(|builder| {
        let tv = Client::public("tv").grant_types([GrantType::DeviceCode]).scopes(["read"]);
        builder.client(tv).device_authorization()
    })
    .await;
    // A browser sends no cookies with the form of another site.
    for headers in [&[("sec-fetch-site", "cross-site")][..], &[("origin", "https://evil.example")]]
    {
        for path in ["/authorize", "/sign-in", "/consent", "/device", "/device/sign-in"] {
            let mut browser = house.browser();
            browser.headers = headers.to_vec();
            let answer = browser.post(path, "interaction=x&decision=allow").await;
            assert!(answer.status.is_client_error(), "{path}: {answer:?}");
            assert!(answer.headers.get("set-cookie").is_none(), "{path}: {answer:?}");
        }
    }
    // A page sets it once.
    for path in [format!("/authorize?{}", request(&[])), "/device".to_owned()] {
        let page = house.browser().get(&path).await;
        assert_eq!(page.headers.get_all("set-cookie").iter().count(), 1, "{page:?}");
    }
}

#[tokio::test]
async fn a2_a_parameter_that_is_there_twice_is_invalid_and_no_browser_is_redirected_by_one_of_two()
{
    let house = House::new().await;
    let mut browser = house.browser();
    for (twice, is_page) in [
        ("client_id=spa", true),
        ("client_id=", true),
        ("redirect_uri=https%3A%2F%2Fevil.example", true),
        ("redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback", true),
        ("state=other", false),
        ("scope=read", false),
        ("response_type=code", false),
        ("code_challenge=x", false),
        ("prompt=none", false),
    ] {
        for path in [
            format!("/authorize?{}&{twice}", request(&[("prompt", "login")])),
            format!("/authorize?{twice}&{}", request(&[("prompt", "login")])),
        ] {
            let answer = browser.get(&path).await;
            if is_page {
                assert!(answer.is_error_page(), "{path}: {answer:?}");
            } else {
                assert!(answer.location().starts_with(CALLBACK), "{path}");
                assert_eq!(answer.sent_error(), "invalid_request", "{path}");
            }
        }
    }
    let twice = browser.get(&format!("/authorize?{}&state=2", request(&[]))).await;
    assert_eq!(twice.parameters().get("state"), None);
}

#[tokio::test]
async fn a3_a_parameter_without_a_value_counts_as_absent() {
    let house = House::new().await;
    let mut browser = house.browser();
    let path = format!("/authorize?{}&prompt=&max_age=&acr_values=", request(&[]));
    assert!(browser.get(&path).await.is_sign_in());
    let path = format!("/authorize?{}&code_challenge=", request(&[("code_challenge", "")]));
    assert_eq!(browser.get(&path).await.sent_error(), "invalid_request");
}

/// Holds P-30.
#[tokio::test]
async fn a4_an_unknown_client_or_a_wrong_redirect_uri_gets_a_page_and_no_redirect() {
    let house = House::new().await;
    let mut browser = house.browser();
    for changes in [
        &[("client_id", "unknown")][..],
        &[("client_id", "")],
        &[("client_id", "https://unknown.example/client")],
        &[("redirect_uri", "https://evil.example/")],
        &[("redirect_uri", "")],
        &[("client_id", "worker")],
    ] {
        for prompt in ["", "none"] {
            let mut changes = changes.to_vec();
            changes.push(("prompt", prompt));
            let answer = browser.authorize(&changes).await;
            assert!(answer.is_error_page(), "{changes:?}: {answer:?}");
        }
    }
}

/// Holds P-30.
#[tokio::test]
async fn a5_a7_a_redirect_uri_is_compared_byte_for_byte() {
    let house = House::new().await;
    let mut browser = house.browser();
    for uri in [
        "https://app.example.com/callback/",
        "https://app.example.com/Callback",
        "https://APP.example.com/callback",
        "https://app.example.com:443/callback",
        "https://app.example.com/x/../callback",
        "https://app.example.com/callback?x=1",
        "https://app.example.com/callback#x",
        "https://app.example.com/callbac%6B",
        "https://app.example.com.evil.example/callback",
        "https://app.example.com@evil.example/callback",
        "https://app.example.com/callback\r\nx: y",
        " https://app.example.com/callback",
        "javascript:alert(1)//https://app.example.com/callback",
    ] {
        let answer = browser.authorize(&[("redirect_uri", uri)]).await;
        assert!(answer.is_error_page(), "{uri}: {answer:?}");
        assert!(!answer.text().contains("evil"), "{uri}");
    }
}

#[tokio::test]
async fn a6_of_a_loopback_address_the_port_is_free() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let uri = "http://127.0.0.1:49152/callback";
    let page = browser.authorize(&[("redirect_uri", uri)]).await;
    let answer = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(answer.location().starts_with(&format!("{uri}?code=")), "{answer:?}");
    for uri in [
        "http://localhost:49152/callback",
        "http://[::1]:49152/callback",
        "http://127.0.0.1:49152/other",
        "https://127.0.0.1:49152/callback",
        "http://127.0.0.1:49152@evil.example/callback",
        "http://127.0.0.1:99999/callback",
    ] {
        assert!(browser.authorize(&[("redirect_uri", uri)]).await.is_error_page(), "{uri}");
    }
}

#[tokio::test]
async fn a8_a_redirect_uri_may_be_left_out_only_where_there_is_one_and_no_openid() {
    let house = House::new().await;
    let mut browser = house.browser();
    let single = [("client_id", "single"), ("redirect_uri", ""), ("scope", "read")];
    assert!(browser.authorize(&single).await.is_sign_in());
    let openid = [("client_id", "single"), ("redirect_uri", ""), ("scope", "openid")];
    assert!(browser.authorize(&openid).await.is_error_page());
    assert!(browser.authorize(&[("redirect_uri", ""), ("scope", "read")]).await.is_error_page());
}

/// Holds P-29.
#[tokio::test]
async fn a9_a10_a11_a12_nothing_but_a_code_with_a_challenge_of_s256_is_served() {
    let house = House::new().await;
    let mut browser = house.browser();
    let (short, long, odd) = ("a".repeat(42), "a".repeat(44), format!("{}+", "a".repeat(42)));
    for (name, value, error) in [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "id_token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_type", "Code", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "form_post", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", &short, "invalid_request"),
        ("code_challenge", &long, "invalid_request"),
        ("code_challenge", &odd, "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("code_challenge_method", "s256", "invalid_request"),
        ("dpop_jkt", "short", "invalid_request"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "+1", "invalid_request"),
        ("max_age", "1.5", "invalid_request"),
        ("prompt", "create", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("request", "x.y.z", "request_not_supported"),
        ("request_uri", "https://app.example.com/request", "request_uri_not_supported"),
    ] {
        for client in ["spa", "web"] {
            let answer = browser.authorize(&[("client_id", client), (name, value)]).await;
            assert_eq!(answer.sent_error(), error, "{name}={value}");
            assert!(answer.location().starts_with("https://app.example.com/callback?error="));
        }
    }
}

#[tokio::test]
async fn a13_state_comes_back_byte_for_byte_or_not_at_all() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    for state in [
        "a b",
        "+%20&code=evil#",
        "\u{e4}\u{1f600}",
        "\u{fffd}",
        "\r\nset-cookie: a=b",
        "\"<script>",
    ] {
        for (client, is_good) in [("ours", true), ("ours", false)] {
            let kind = if is_good { "code" } else { "token" };
            let changes = [("client_id", client), ("state", state), ("response_type", kind)];
            let answer = browser.authorize(&changes).await;
            let sent = answer.parameters();
            assert_eq!(sent["state"], state);
            assert_eq!(sent.contains_key("code"), is_good, "{state}");
            assert!(answer.location().bytes().all(|it| it.is_ascii_graphic()));
            let names = answer.location().matches("code=").count();
            assert_eq!(names, usize::from(is_good), "{}", answer.location());
        }
    }
    let answer = browser.authorize(&[("client_id", "ours"), ("state", "")]).await;
    assert!(answer.code().is_some() && !answer.parameters().contains_key("state"));
}

#[tokio::test]
async fn a14_iss_is_in_good_answers_and_in_errors() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    for changes in
        [&[("client_id", "ours")][..], &[("response_type", "token")], &[("prompt", "none")]]
    {
        assert_eq!(browser.authorize(changes).await.parameters()["iss"], ISSUER);
    }
    let page = browser.authorize(&[]).await;
    let denied = browser.submit(&page, &[("decision", "deny")]).await;
    assert_eq!(denied.sent_error(), "access_denied");
    assert_eq!(denied.parameters()["iss"], ISSUER);
    let metadata = browser.get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn a16_the_query_of_a_redirect_uri_survives() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let uri = "https://one.example.com/cb?tenant=a%2Fb";
    let page = browser.authorize(&[("client_id", "single"), ("redirect_uri", uri)]).await;
    let answer = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(answer.location().starts_with(&format!("{uri}&code=")), "{answer:?}");
}

#[tokio::test]
async fn a22_a82_what_the_client_may_not_have_is_refused_by_a_redirect() {
    let house = House::new().await;
    let mut browser = house.browser();
    for (name, value, error) in [
        ("scope", "openid unknown", "invalid_scope"),
        ("scope", "admin", "invalid_scope"),
        ("scope", "files", "invalid_scope"),
        ("scope", "read\u{7}", "invalid_scope"),
        ("resource", "https://unknown.example", "invalid_target"),
        ("resource", "/relative", "invalid_target"),
        ("resource", "https://api.example.com#x", "invalid_target"),
    ] {
        let answer = browser.authorize(&[(name, value)]).await;
        assert_eq!(answer.sent_error(), error, "{name}={value}");
    }
    let mut files = BTreeMap::new();
    for resource in [FILES, "HTTPS://FILES.example.com", "https://files.example.com/"] {
        let page = browser.authorize(&[("resource", resource), ("scope", "files")]).await;
        files.insert(resource, page.is_sign_in());
    }
    assert!(files.values().all(|it| *it), "{files:?}");
    let both = format!(
        "/authorize?{}&resource={API}&resource={FILES}",
        request(&[("scope", "read files")])
    );
    assert!(browser.get(&both).await.is_sign_in());
}

#[tokio::test]
async fn a29_a_code_is_bound_to_all_of_its_request() {
    use auth_accounts::secret::Digest;
    use auth_server::store::AuthorizationStore as _;
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    let changes = [("dpop_jkt", jkt), ("scope", "openid write"), ("acr_values", "pwd")];
    let page = browser.authorize(&changes).await;
    let code = browser.submit(&page, &[("decision", "allow")]).await.code().unwrap();
    assert_eq!(code.len(), 43);
    let digest = Digest::of(&[b"authorization-code", code.as_bytes()]);
    let stored = house.store.find_code(&digest).await.unwrap().unwrap();
    let now = house.world.now();
    assert_eq!(stored.code.jkt.as_deref(), Some(jkt));
    assert_eq!(stored.code.redirect_uri, CALLBACK);
    assert_eq!(stored.code.nonce.as_deref(), Some("nonce-1"));
    assert_eq!(stored.code.expires_at, now + 60);
    assert_eq!(stored.grant.client_id, "spa");
    assert_eq!(stored.grant.subject, house.alice.as_str());
    assert_eq!(stored.grant.resources, [API]);
    assert_eq!(stored.grant.scopes, ["openid", "write"]);
    let authentication = &stored.grant.authentication;
    assert_eq!((authentication.auth_time, authentication.acr.as_deref()), (now, Some("pwd")));
    assert_eq!(authentication.amr, ["pwd"]);
    assert!(authentication.session_id.is_some());
}

#[tokio::test]
async fn a_request_that_is_too_long_or_unreadable_gets_a_page() {
    let house = House::new().await;
    let mut browser = house.browser();
    let long = "x".repeat(9_000);
    assert!(browser.authorize(&[("state", &long)]).await.is_error_page());
    assert!(browser.get("/authorize").await.is_error_page());
    assert!(browser.get(&format!("/authorize?{}&x=%ff", request(&[]))).await.is_error_page());
    assert_eq!(browser.post("/authorize", "{}").await.status, 400);
    for path in ["/sign-in", "/consent", "/sign-in?interaction=x", "/consent?interaction=x.y"] {
        assert!(browser.get(path).await.is_error_page(), "{path}");
    }
}
