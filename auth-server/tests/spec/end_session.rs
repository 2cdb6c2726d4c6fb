//! Signing out.

use std::time::Duration;

use auth_server::store::{AuthorizationStore as _, GrantSelector, Revoked};
use serde_json::json;

use crate::support::{Answer, Browser, CALLBACK, House, ISSUER, VERIFIER, form};

const BYE: &str = "https://one.example.com/bye?a=b";

/// Tokens of the client `single`, with this scope.
async fn tokens(house: &House, browser: &mut Browser<'_>, scope: &str) -> serde_json::Value {
    let uri = "https://one.example.com/cb?tenant=a%2Fb";
    let changes = [("client_id", "single"), ("redirect_uri", uri), ("scope", scope)];
    let mut answer = browser.authorize(&changes).await;
    if answer.is_consent() {
        answer = browser.submit(&answer, &[("decision", "allow")]).await;
    }
    let code = answer.code().unwrap();
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", "single"),
        ("code_verifier", VERIFIER),
    ]);
    house.world.post("/token", &body).await.ok()
}

async fn refresh(house: &House, tokens: &serde_json::Value) -> Answer {
    let token = tokens["refresh_token"].as_str().unwrap();
    let body =
        form(&[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "single")]);
    house.world.post("/token", &body).await
}

async fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.authorize(&[("client_id", "ours")]).await.code().is_some()
}

fn hint(tokens: &serde_json::Value) -> &str {
    tokens["id_token"].as_str().unwrap()
}

#[tokio::test]
async fn a127_a128_with_a_valid_hint_no_user_is_asked_and_state_comes_back() {
    let house = House::new().await;
    for is_post in [false, true] {
        let mut browser = house.signed_in("alice").await;
        let tokens = tokens(&house, &mut browser, "openid read").await;
        let pairs = [
            ("id_token_hint", hint(&tokens)),
            ("post_logout_redirect_uri", BYE),
            ("state", "a b&c"),
            ("client_id", "single"),
        ];
        let query = form(&pairs);
        let answer = if is_post {
            browser.post("/end-session", &query).await
        } else {
            browser.get(&format!("/end-session?{query}")).await
        };
        assert_eq!(answer.location(), format!("{BYE}&state=a%20b%26c"), "{answer:?}");
        assert!(!is_signed_in(&mut browser).await);
    }
}

#[tokio::test]
async fn a127_the_form_of_a_client_brings_the_session_by_a_redirect() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let tokens = tokens(&house, &mut browser, "openid read").await;
    // Browsers send no cookies with it.
    let mut form_of_client = house.browser();
    form_of_client.headers = vec![("sec-fetch-site", "cross-site")];
    let body = form(&[("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", BYE)]);
    let answer = form_of_client.post("/end-session", &body).await;
    assert!(answer.location().starts_with(ISSUER), "{answer:?}");
    assert!(answer.headers.get("set-cookie").is_none());
    assert_eq!(browser.follow(answer).await.location(), BYE);
    assert!(!is_signed_in(&mut browser).await);
}

#[tokio::test]
async fn a127_a_hint_that_has_expired_is_as_good() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let tokens = tokens(&house, &mut browser, "openid read").await;
    house.clock.advance(1_200);
    let query = form(&[("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", BYE)]);
    let answer = browser.get(&format!("/end-session?{query}")).await;
    assert_eq!(answer.location(), BYE, "{answer:?}");
    assert!(!is_signed_in(&mut browser).await);
    // No user is signed in any more: there is nothing to ask about.
    let again = browser.get(&format!("/end-session?{query}")).await;
    assert_eq!(again.location(), BYE);
}

#[tokio::test]
async fn a127_without_a_good_hint_the_user_is_asked() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let tokens = tokens(&house, &mut browser, "openid read").await;
    let mut forged = hint(&tokens).to_owned();
    let last = forged.pop().unwrap();
    forged.push(if last == 'A' { 'g' } else { 'A' });
    let access = tokens["access_token"].as_str().unwrap();
    for pairs in [
        vec![],
        vec![("client_id", "single"), ("post_logout_redirect_uri", BYE)],
        vec![("id_token_hint", forged.as_str())],
        vec![("id_token_hint", access)],
        vec![("id_token_hint", "x")],
    ] {
        let page = browser.get(&format!("/end-session?{}", form(&pairs))).await;
        assert!(page.status == 200 && page.text().contains("Sign out?"), "{pairs:?}: {page:?}");
        assert_eq!(page.text().matches("<form").count(), 1);
        assert!(is_signed_in(&mut browser).await, "{pairs:?}");
    }
    // A hint of another user's session does not end this one.
    let mut bob = house.browser();
    let page = bob.authorize(&[("client_id", "ours")]).await;
    let page =
        bob.submit(&page, &[("username", "bob"), ("password", crate::support::PASSWORD)]).await;
    let code = house.totp();
    bob.submit(&page, &[("code", &code)]).await;
    let page =
        bob.get(&format!("/end-session?{}", form(&[("id_token_hint", hint(&tokens))]))).await;
    assert!(page.text().contains("Sign out?") && is_signed_in(&mut bob).await);
}

#[tokio::test]
async fn a127_the_page_signs_out_and_no_stranger_sends_its_form() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let query = form(&[("client_id", "single"), ("post_logout_redirect_uri", BYE), ("state", "s")]);
    let page = browser.get(&format!("/end-session?{query}")).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://one.example.com;"), "{policy}");
    for headers in [&[("sec-fetch-site", "cross-site")][..], &[("origin", "https://evil.example")]]
    {
        let mut forced = browser.clone();
        forced.headers = headers.to_vec();
        assert_eq!(forced.submit(&page, &[]).await.status, 403);
    }
    // The form of another browser asks again.
    let mut other = house.signed_in("alice").await;
    assert!(other.submit(&page, &[]).await.text().contains("Sign out?"));
    assert!(is_signed_in(&mut other).await && is_signed_in(&mut browser).await);
    let answer = browser.submit(&page, &[]).await;
    assert_eq!(answer.location(), format!("{BYE}&state=s"));
    assert!(!is_signed_in(&mut browser).await);
    let page = browser.get("/end-session").await;
    let answer = browser.submit(&page, &[]).await;
    assert!(answer.status == 200 && answer.text().contains("Signed out"));
}

#[tokio::test]
async fn a128_a_redirect_uri_is_exact_and_of_a_client_that_is_known() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let tokens = tokens(&house, &mut browser, "openid read").await;
    let hint = hint(&tokens);
    for pairs in [
        &[("id_token_hint", hint), ("post_logout_redirect_uri", "https://one.example.com/bye")][..],
        &[("id_token_hint", hint), ("post_logout_redirect_uri", "https://evil.example/")],
        &[("id_token_hint", hint), ("post_logout_redirect_uri", "https://one.example.com/cb")],
        &[("post_logout_redirect_uri", BYE)],
        &[("client_id", "spa"), ("post_logout_redirect_uri", BYE)],
        &[("client_id", "spa"), ("id_token_hint", hint), ("post_logout_redirect_uri", BYE)],
        &[("client_id", "spa"), ("id_token_hint", hint)],
        &[("id_token_hint", "x"), ("post_logout_redirect_uri", BYE)],
        &[
            ("id_token_hint", hint),
            ("post_logout_redirect_uri", BYE),
            ("state", "a"),
            ("state", "b"),
        ],
    ] {
        let answer = browser.get(&format!("/end-session?{}", form(pairs))).await;
        assert!(answer.is_error_page(), "{pairs:?}: {answer:?}");
        assert!(is_signed_in(&mut browser).await);
    }
    let metadata = browser.get("/.well-known/openid-configuration").await.ok();
    assert_eq!(metadata["end_session_endpoint"], format!("{ISSUER}/end-session"));
}

#[tokio::test]
async fn a129_the_grants_of_the_session_end_with_it_but_not_those_for_when_the_user_is_away() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let online = tokens(&house, &mut browser, "openid read").await;
    let offline = tokens(&house, &mut browser, "openid read offline_access").await;
    let mut other = house.signed_in("alice").await;
    let elsewhere = tokens(&house, &mut other, "openid read").await;
    let query = form(&[("id_token_hint", hint(&online))]);
    let answer = browser.get(&format!("/end-session?{query}")).await;
    assert!(answer.text().contains("Signed out"), "{answer:?}");
    assert_eq!(refresh(&house, &online).await.refusal(), (400, "invalid_grant".to_owned()));
    refresh(&house, &offline).await.ok();
    refresh(&house, &elsewhere).await.ok();
    assert!(is_signed_in(&mut other).await);
    // Its access token is in the feed of what was revoked.
    let sid = crate::support::claims_of(online["access_token"].as_str().unwrap())["sid"].clone();
    let batch = house.store.revoked_after(0, 100).await.unwrap();
    let is_there = |it: &Revoked| matches!(it, Revoked::Grant { id, .. } if sid == id.as_str());
    assert!(batch.revoked.iter().any(is_there), "{batch:?}");
}

/// The store fails after the sessions were ended, before the one that goes on is another one.
#[tokio::test]
async fn a129_a_session_that_was_to_go_on_and_did_not_ends_with_its_grants() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let online = tokens(&house, &mut browser, "openid read").await;
    let offline = tokens(&house, &mut browser, "openid offline_access read").await;
    let added = browser.post_json("/account/totp", &json!({})).await.ok();
    let secret = totp_rs::Secret::try_from_base32(added["secret"].as_str().unwrap()).unwrap();
    let phone = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let code = phone.generate(house.world.now()).to_string();
    house.store.faults().fail_on(&["SessionStore::rotate"]);
    let answer = browser.post_json("/account/totp/confirm", &json!({ "code": code })).await;
    house.store.faults().fail_on(&[]);
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(refresh(&house, &online).await.refusal(), (400, "invalid_grant".to_owned()));
    refresh(&house, &offline).await.ok();
}

#[tokio::test]
async fn a129_the_cookie_of_the_session_is_cleared() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let copy = browser.clone();
    let page = browser.get("/end-session").await;
    browser.submit(&page, &[]).await;
    assert!(!browser.cookies.contains_key("__Host-session"), "{:?}", browser.cookies);
    // What was copied before is worth nothing.
    assert!(!is_signed_in(&mut { copy }).await);
}

/// An authorization that has seen the session before a sign-out, and stores its grant after it, gets no tokens.
#[tokio::test(start_paused = true)]
async fn a129_a_sign_out_wins_over_an_authorization_that_runs_beside_it() {
    let house = House::new().await;
    let (mut refused, mut issued) = (0, 0);
    for before in (0..60).step_by(3) {
        let mut browser = house.signed_in("alice").await;
        let tokens = tokens(&house, &mut browser, "openid read").await;
        // Each question to the store takes a while, so that both go on in turns.
        house.store.faults().delay(Duration::from_millis(2));
        let mut other_tab = browser.clone();
        let query = form(&[("id_token_hint", hint(&tokens)), ("post_logout_redirect_uri", BYE)]);
        let signing_out = async {
            tokio::time::sleep(Duration::from_millis(before)).await;
            browser.get(&format!("/end-session?{query}")).await
        };
        let authorizing = other_tab.authorize(&[("client_id", "ours")]);
        let (authorized, signed_out) = tokio::join!(authorizing, signing_out);
        house.store.faults().delay(Duration::ZERO);
        assert_eq!(signed_out.location(), BYE, "{signed_out:?}");
        if let Some(code) = authorized.code() {
            issued += 1;
            let body = form(&[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("client_id", "ours"),
                ("code_verifier", VERIFIER),
            ]);
            let answer = house.world.post("/token", &body).await;
            assert_eq!(answer.refusal(), (400, "invalid_grant".to_owned()), "after {before} ms");
        } else if authorized.location().starts_with(CALLBACK) {
            assert_eq!(authorized.sent_error(), "access_denied");
            refused += 1;
        }
        let which = GrantSelector::Subject(house.alice.to_string());
        let left = house.store.list_grants(&which, house.world.now(), 10).await.unwrap();
        assert_eq!(left, [], "after {before} ms");
    }
    assert!(refused > 0, "an authorization was caught between the session and its grant");
    assert!(issued > 0, "an authorization was done before the sign-out");
}
