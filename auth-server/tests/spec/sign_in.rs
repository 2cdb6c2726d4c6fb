//! Signing in at the authorization endpoint: who has to, how, and what a session is good for.

use crate::support::{Answer, CALLBACK, House, ISSUER, PASSWORD, claims_of, form};

/// What the ID token says that a code is redeemed for.
pub(crate) async fn id_token(house: &House, answer: &Answer, client: &str) -> serde_json::Value {
    let code = answer.code().unwrap_or_else(|| panic!("{answer:?}"));
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", client),
        ("redirect_uri", CALLBACK),
        ("code_verifier", crate::support::VERIFIER),
    ]);
    let tokens = house.world.post("/token", &body).await.ok();
    claims_of(tokens["id_token"].as_str().unwrap())
}

#[tokio::test]
async fn a18_a_wrong_password_shows_the_form_again_and_a_right_one_leads_on_by_303() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.authorize(&[("client_id", "ours")]).await;
    for (name, password) in
        [("alice", "wrong"), ("nobody", PASSWORD), ("", PASSWORD), ("alice", ""), ("a\0b", "x")]
    {
        let answer = browser.submit(&page, &[("username", name), ("password", password)]).await;
        assert_eq!(answer.status, 401, "{name}");
        let text = answer.text();
        assert!(answer.is_sign_in() && text.contains("The name or the password is wrong."));
        assert!(!text.contains(PASSWORD));
    }
    let good = [("username", "alice"), ("password", PASSWORD)];
    let answer = browser.submit(&page, &good).await;
    assert!(answer.status == 303 && answer.code().is_some(), "{answer:?}");
    // The same form again, as after a reload: the user signs in once more, and nothing is wrong.
    assert!(browser.submit(&page, &good).await.code().is_some());
}

#[tokio::test]
async fn a_second_factor_is_asked_for_on_a_page_of_its_own() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.authorize(&[("client_id", "ours")]).await;
    let page = browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("name=\"code\"") && !page.is_sign_in(), "{page:?}");
    // Half signed in is not signed in.
    assert!(browser.authorize(&[("client_id", "ours")]).await.is_sign_in());
    let wrong = browser.submit(&page, &[("code", "000000")]).await;
    assert!(wrong.status == 401 && wrong.text().contains("name=\"code\""), "{wrong:?}");
    let code = house.totp();
    let answer = browser.submit(&wrong, &[("code", &code)]).await;
    let claims = id_token(&house, &answer, "ours").await;
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims["acr"], "mfa");
    // The code is used up, and no sign-in waits any more.
    let again = browser.submit(&wrong, &[("code", &code)]).await;
    assert!(again.status == 401 && again.is_sign_in(), "{again:?}");
}

#[tokio::test]
async fn a25_prompt_none_shows_nothing() {
    let house = House::new().await;
    let mut browser = house.browser();
    let none = [("prompt", "none")];
    assert_eq!(browser.authorize(&none).await.sent_error(), "login_required");
    let mut browser = house.signed_in("alice").await;
    assert_eq!(browser.authorize(&none).await.sent_error(), "consent_required");
    let page = browser.authorize(&[]).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    assert!(browser.authorize(&none).await.code().is_some());
    house.clock.advance(100);
    let old = browser.authorize(&[("prompt", "none"), ("max_age", "99")]).await;
    assert_eq!(old.sent_error(), "login_required");
    let fresh = browser.authorize(&[("prompt", "none"), ("max_age", "100")]).await;
    assert!(fresh.code().is_some());
    let strong = browser.authorize(&[("prompt", "none"), ("acr_values", "mfa")]).await;
    assert_eq!(strong.sent_error(), "login_required");
}

#[tokio::test]
async fn a26_prompt_login_and_max_age_0_ask_anew_even_in_the_same_second() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    for anew in [("prompt", "login"), ("max_age", "0"), ("prompt", "select_account")] {
        let ours = [("client_id", "ours"), anew];
        let page = browser.authorize(&ours).await;
        assert!(page.is_sign_in(), "{anew:?}");
        // The session alone leads nowhere, neither here nor in another tab.
        assert!(browser.authorize(&ours).await.is_sign_in());
        house.clock.advance(10);
        let answer = browser.sign_in(&page, "alice").await;
        let claims = id_token(&house, &answer, "ours").await;
        assert_eq!(claims["auth_time"], house.world.now());
    }
    assert_eq!(
        browser.authorize(&[("prompt", "none login")]).await.sent_error(),
        "invalid_request"
    );
}

#[tokio::test]
async fn a26_what_a_page_said_of_one_sign_in_is_of_no_use_for_another_session() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.authorize(&[("prompt", "login")]).await;
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)]).await;
    let resume = answer.location().strip_prefix(ISSUER).unwrap().to_owned();
    assert!(browser.get(&resume).await.is_consent());
    // In another browser the same address begins at the start.
    let mut other = house.signed_in("alice").await;
    assert!(other.get(&resume).await.is_sign_in());
    // And in the same one after it was signed out and in again for something else, in its own session.
    browser.cookies.retain(|name, _| name.contains("interaction"));
    assert!(browser.get(&resume).await.is_sign_in());
}

#[tokio::test]
async fn a27_max_age_asks_again_when_the_sign_in_is_too_old() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    house.clock.advance(60);
    let ours = [("client_id", "ours"), ("max_age", "60")];
    let answer = browser.authorize(&ours).await;
    assert_eq!(id_token(&house, &answer, "ours").await["auth_time"], house.world.now() - 60);
    house.clock.advance(1);
    let page = browser.authorize(&ours).await;
    assert!(page.is_sign_in());
    let answer = browser.sign_in(&page, "alice").await;
    assert_eq!(id_token(&house, &answer, "ours").await["auth_time"], house.world.now());
}

#[tokio::test]
async fn a28_acr_values_are_met_or_the_client_hears_that_they_are_not() {
    let house = House::new().await;
    let unmet = "unmet_authentication_requirements";
    let mut browser = house.signed_in("alice").await;
    let answer = browser.authorize(&[("client_id", "ours"), ("acr_values", "urn:x")]).await;
    assert_eq!(answer.sent_error(), unmet);
    let weak = browser.authorize(&[("client_id", "ours"), ("acr_values", "mfa pwd")]).await;
    assert_eq!(id_token(&house, &weak, "ours").await["acr"], "pwd");
    // Alice has no second factor: she is asked, and it is not enough.
    let strong = [("client_id", "ours"), ("acr_values", "mfa")];
    let page = browser.authorize(&strong).await;
    assert!(page.is_sign_in());
    assert_eq!(browser.sign_in(&page, "alice").await.sent_error(), unmet);
    // Bob has one.
    let page = browser.authorize(&strong).await;
    let page = browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
    let code = house.totp();
    let answer = browser.submit(&page, &[("code", &code)]).await;
    assert_eq!(id_token(&house, &answer, "ours").await["acr"], "mfa");
    let again = browser.authorize(&strong).await;
    assert_eq!(id_token(&house, &again, "ours").await["acr"], "mfa");
}

#[tokio::test]
async fn a28_the_classes_are_those_of_the_builder() {
    let house = House::with(|it| it.acr_value("low", ["pwd"]).acr_value("high", ["mfa"])).await;
    let mut browser = house.signed_in("alice").await;
    let answer = browser.authorize(&[("client_id", "ours")]).await;
    assert_eq!(id_token(&house, &answer, "ours").await["acr"], "low");
    let metadata = browser.get("/.well-known/openid-configuration").await.ok();
    assert_eq!(metadata["acr_values_supported"], serde_json::json!(["low", "high"]));
}

#[tokio::test]
async fn an_id_token_hint_of_another_user_needs_that_user() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let answer = browser.authorize(&[("client_id", "ours")]).await;
    let code = answer.code().unwrap();
    let body = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("client_id", "ours"),
        ("code_verifier", crate::support::VERIFIER),
    ]);
    let tokens = house.world.post("/token", &body).await.ok();
    let hint = tokens["id_token"].as_str().unwrap();
    let same = [("client_id", "ours"), ("id_token_hint", hint), ("prompt", "none")];
    assert!(browser.authorize(&same).await.code().is_some());
    let mut other = house.browser();
    let page = other.authorize(&[("client_id", "ours")]).await;
    let page = other.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
    let code = house.totp();
    assert!(other.submit(&page, &[("code", &code)]).await.code().is_some());
    assert_eq!(other.authorize(&same).await.sent_error(), "login_required");
    assert!(other.authorize(&[("client_id", "ours"), ("id_token_hint", hint)]).await.is_sign_in());
    // What is no ID token of ours says nothing.
    let odd = [("client_id", "ours"), ("id_token_hint", "x.y.z")];
    assert!(browser.authorize(&odd).await.code().is_some());
    // Unless the user sees no page, and so not which account it is.
    let silent = [odd[0], odd[1], ("prompt", "none")];
    assert_eq!(browser.authorize(&silent).await.sent_error(), "login_required");
}

#[tokio::test]
async fn a130_the_session_gets_another_secret_at_each_sign_in_in_a_host_cookie() {
    let house = House::new().await;
    let mut browser = house.browser();
    // A session that a stranger has put into the browser is worth nothing.
    browser.cookies.insert("__Host-session".to_owned(), "A".repeat(54));
    let page = browser.authorize(&[("client_id", "ours")]).await;
    assert!(page.is_sign_in());
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)]).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        let cookie = cookie.to_str().unwrap();
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        for attribute in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
    }
    let before = browser.clone();
    let page = browser.authorize(&[("client_id", "ours"), ("prompt", "login")]).await;
    browser.sign_in(&page, "alice").await;
    let ours = [("client_id", "ours")];
    assert!(browser.authorize(&ours).await.code().is_some());
    assert!({ before }.authorize(&ours).await.is_sign_in());
}

/// Holds P-38.
#[tokio::test]
async fn a_page_of_another_site_signs_no_user_in() {
    let house = House::new().await;
    let good = [("username", "alice"), ("password", PASSWORD)];
    // The stranger has a form of a browser of their own.
    let page = house.browser().authorize(&[("client_id", "ours")]).await;
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site"), ("origin", ISSUER)],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        let mut victim = house.browser();
        victim.headers = headers.to_vec();
        let answer = victim.submit(&page, &good).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(!victim.cookies.contains_key("__Host-session"));
    }
    // Where nothing says where the form comes from, the browser has no cookie that goes with it.
    let mut victim = house.browser();
    let answer = victim.submit(&page, &good).await;
    assert!(answer.location().starts_with(ISSUER), "{answer:?}");
    assert!(victim.follow(answer).await.is_sign_in());
    assert!(victim.authorize(&[("client_id", "ours")]).await.is_sign_in());
    // With `Referrer-Policy: no-referrer` browsers send this with our own page.
    let mut browser = house.browser();
    let page = browser.authorize(&[("client_id", "ours")]).await;
    browser.headers = vec![("sec-fetch-site", "same-origin"), ("origin", "null")];
    assert!(browser.submit(&page, &good).await.code().is_some());
}

#[tokio::test]
async fn a_page_that_was_open_for_too_long_leads_back_to_the_start_with_the_same_request() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.authorize(&[("client_id", "ours"), ("state", "kept")]).await;
    house.clock.advance(1_800);
    let answer = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)]).await;
    let page = browser.follow(answer).await;
    assert!(page.is_sign_in() && page.text().contains("open for too long"), "{page:?}");
    let answer = browser.sign_in(&page, "alice").await;
    assert_eq!(answer.parameters()["state"], "kept");
    assert!(answer.code().is_some());
}

#[tokio::test]
async fn two_tabs_do_not_disturb_each_other() {
    let house = House::new().await;
    let mut browser = house.browser();
    let one = browser.authorize(&[("client_id", "ours"), ("state", "one")]).await;
    let two = browser.authorize(&[("client_id", "ours"), ("state", "two")]).await;
    assert_eq!(browser.sign_in(&one, "alice").await.parameters()["state"], "one");
    assert_eq!(browser.sign_in(&two, "alice").await.parameters()["state"], "two");
}

#[tokio::test]
async fn no_row_is_written_before_a_user_consents() {
    use auth_server::store::AuthorizationStore as _;
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.authorize(&[]).await;
    assert!(page.is_consent());
    let all = auth_server::store::GrantSelector::Client("spa".to_owned());
    assert!(house.store.list_grants(&all, 0, 10).await.unwrap().is_empty());
    browser.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(house.store.list_grants(&all, 0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_sealed_says_nothing_and_cannot_be_changed() {
    let house = House::new().await;
    let mut browser = house.browser();
    let page = browser.authorize(&[("state", "a-secret-state"), ("client_id", "ours")]).await;
    let (action, sealed) = page.form();
    assert!(!page.text().contains("a-secret-state"));
    assert!(!sealed.contains("ours"));
    let mut letters: Vec<u8> = sealed.into_bytes();
    let at = letters.len() / 2;
    letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(letters).unwrap();
    let body = form(&[("interaction", &forged), ("username", "alice"), ("password", PASSWORD)]);
    assert!(browser.post(&action, &body).await.is_error_page());
    // A field that is there twice is not chosen from.
    let (action, sealed) = page.form();
    let body = form(&[
        ("interaction", &sealed),
        ("username", "alice"),
        ("username", "bob"),
        ("password", PASSWORD),
    ]);
    assert!(browser.post(&action, &body).await.is_error_page());
    // A page of the sign-in grants nothing.
    let body = form(&[("interaction", &sealed), ("decision", "allow")]);
    assert!(browser.post("/consent", &body).await.is_error_page());
}
