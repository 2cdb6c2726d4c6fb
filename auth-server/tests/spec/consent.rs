//! What users are asked before a client gets anything.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use auth_accounts::store::StoreError;
use auth_server::store::{AuthorizationStore as _, GrantSelector};
use auth_server::{Consent, ConsentDecision, ConsentRequest};
use auth_store::memory::MemoryStore;

use crate::support::{
    API, CALLBACK, FILES, House, ISSUER, PASSWORD, VERIFIER, claims_of, form, request,
};

/// Holds P-38.
#[tokio::test]
async fn a23_a_form_of_consent_is_good_once() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.authorize(&[]).await;
    assert!(page.is_consent(), "{page:?}");
    let first = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(first.code().is_some(), "{first:?}");
    let second = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(second.code().is_none() && second.location().starts_with(ISSUER), "{second:?}");
    // It leads on: what was allowed is remembered.
    assert!(browser.follow(second).await.code().is_some());
}

/// Holds P-38.
#[tokio::test]
async fn a23_a_form_of_consent_is_good_in_its_browser_and_session_alone() {
    let house = House::new().await;
    let mut alice = house.signed_in("alice").await;
    let page = alice.authorize(&[]).await;
    // Another browser of the same user.
    let mut other = house.signed_in("alice").await;
    let answer = other.submit(&page, &[("decision", "allow")]).await;
    assert!(answer.code().is_none() && other.follow(answer).await.is_consent());
    // No user is signed in any more.
    let mut out = alice.clone();
    out.cookies.retain(|name, _| name.contains("interaction"));
    let answer = out.submit(&page, &[("decision", "allow")]).await;
    assert!(answer.code().is_none() && out.follow(answer).await.is_sign_in());
    // Another user has signed in, in the same browser.
    let bob = alice.authorize(&[("client_id", "ours"), ("prompt", "login")]).await;
    let bob = alice.submit(&bob, &[("username", "bob"), ("password", PASSWORD)]).await;
    let code = house.totp();
    assert!(alice.submit(&bob, &[("code", &code)]).await.code().is_some());
    let answer = alice.submit(&page, &[("decision", "allow")]).await;
    assert!(answer.code().is_none());
    assert!(alice.follow(answer).await.is_consent());
}

/// Holds P-38.
#[tokio::test]
async fn a23_nothing_but_the_form_of_the_own_page_grants() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.authorize(&[]).await;
    let (_, sealed) = page.form();
    for path in [
        format!("/consent?interaction={sealed}&decision=allow"),
        format!("/sign-in?interaction={sealed}&decision=allow"),
        format!("/authorize?{}&decision=allow", request(&[])),
    ] {
        let answer = browser.get(&path).await;
        assert!(answer.is_consent(), "{path}: {answer:?}");
    }
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        let mut forced = browser.clone();
        forced.headers = headers.to_vec();
        // Such a request has no cookies, and takes none from the page that is open.
        forced.cookies.clear();
        let answer = forced.submit(&page, &[("decision", "allow")]).await;
        assert_eq!(answer.status, 403);
        assert!(answer.headers.get("set-cookie").is_none());
    }
    for fields in
        [&[][..], &[("decision", "ALLOW")], &[("decision", "allow"), ("decision", "deny")]]
    {
        assert!(browser.submit(&page, fields).await.is_error_page(), "{fields:?}");
    }
    let signed_in =
        form(&[("interaction", &sealed), ("username", "alice"), ("password", PASSWORD)]);
    assert!(browser.post("/sign-in", &signed_in).await.is_error_page());
    assert!(browser.submit(&page, &[("decision", "allow")]).await.code().is_some());
}

#[tokio::test]
async fn a24_consent_is_remembered_for_the_user_client_scopes_and_resource() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.authorize(&[("scope", "openid read")]).await;
    assert!(browser.submit(&page, &[("decision", "allow")]).await.code().is_some());
    for (changes, is_asked) in [
        (&[("scope", "openid read")][..], false),
        (&[("scope", "read")], false),
        (&[("scope", "openid read write")], true),
        (&[("scope", "openid read email")], true),
        (&[("scope", "openid files"), ("resource", FILES)], true),
        (&[("scope", "openid"), ("resource", FILES)], true),
        (&[("scope", "openid")], false),
        (&[("scope", "openid read"), ("resource", API)], false),
        (&[("client_id", "web")], true),
        (&[("prompt", "consent")], true),
    ] {
        let answer = browser.authorize(changes).await;
        assert_eq!(answer.is_consent(), is_asked, "{changes:?}");
        assert_eq!(answer.code().is_some(), !is_asked, "{changes:?}");
    }
    // More is added to what was there.
    let page = browser.authorize(&[("scope", "write")]).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    assert!(browser.authorize(&[("scope", "openid read write")]).await.code().is_some());
}

#[tokio::test]
async fn a24_who_denies_is_asked_again_and_nothing_is_granted() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.authorize(&[]).await;
    let answer = browser.submit(&page, &[("decision", "deny")]).await;
    assert_eq!(answer.sent_error(), "access_denied");
    assert_eq!(answer.parameters()["state"], "state 1");
    assert!(browser.authorize(&[]).await.is_consent());
}

#[tokio::test]
async fn a24_consent_that_was_withdrawn_is_asked_for_again() {
    use auth_server::store::AuthorizationStore as _;
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let page = browser.authorize(&[]).await;
    browser.submit(&page, &[("decision", "allow")]).await;
    assert!(browser.authorize(&[]).await.code().is_some());
    house.store.withdraw_consents(house.alice.as_str(), "spa", 1).await.unwrap();
    assert!(browser.authorize(&[]).await.is_consent());
}

#[tokio::test]
async fn a_first_party_client_is_not_asked_for() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    assert!(browser.authorize(&[("client_id", "ours")]).await.code().is_some());
    let forced = browser.authorize(&[("client_id", "ours"), ("prompt", "consent")]).await;
    assert!(forced.is_consent());
}

#[tokio::test]
async fn the_page_says_who_wants_what_in_the_words_of_the_scopes() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    let changes = [("client_id", "single"), ("redirect_uri", ""), ("scope", "read write")];
    let text = browser.authorize(&changes).await.text();
    for part in [
        "&lt;b&gt;Single&lt;/b&gt; &amp; &quot;Co&quot;",
        "<strong>alice</strong>",
        "<code>one.example.com</code>",
        "See your orders.",
        "Change your orders.",
        "https://api.example.com",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<b>"));
}

/// Rules of an application.
struct Ours(Arc<AtomicBool>);

#[async_trait]
impl Consent for Ours {
    async fn decide(&self, request: &ConsentRequest<'_>) -> Result<ConsentDecision, StoreError> {
        assert_eq!(request.redirect_uri, CALLBACK);
        let is_granted = self.0.load(Ordering::Relaxed);
        Ok(if is_granted { ConsentDecision::Grant } else { ConsentDecision::Deny })
    }
}

#[tokio::test]
async fn an_application_has_its_own_rules_for_consent() {
    let is_granted = Arc::new(AtomicBool::new(true));
    let ours = Ours(Arc::clone(&is_granted));
    let house = House::with(|builder| builder.consent(ours)).await;
    let mut browser = house.signed_in("alice").await;
    assert!(browser.authorize(&[]).await.code().is_some());
    is_granted.store(false, Ordering::Relaxed);
    assert_eq!(browser.authorize(&[]).await.sent_error(), "access_denied");
}

/// Withdraws what the user has consented to before, at the moment at which a grant is to be made by it.
struct Withdrawn(Arc<OnceLock<MemoryStore>>);

#[async_trait]
impl Consent for Withdrawn {
    async fn decide(&self, request: &ConsentRequest<'_>) -> Result<ConsentDecision, StoreError> {
        if !request.is_remembered {
            let is_first_party = request.client.id() == "ours";
            return Ok(if is_first_party { ConsentDecision::Grant } else { ConsentDecision::Ask });
        }
        let store = self.0.get().unwrap();
        store.withdraw_consents(request.subject, request.client.id(), 0).await?;
        Ok(ConsentDecision::Grant)
    }
}

/// Holds P-41.
#[tokio::test]
async fn a_withdrawal_wins_over_an_authorization_that_runs_beside_it() {
    let store = Arc::new(OnceLock::new());
    let house = House::with(|builder| builder.consent(Withdrawn(store.clone()))).await;
    store.set(house.store.clone()).unwrap();
    let mut browser = house.signed_in("alice").await;
    let page = browser.authorize(&[]).await;
    assert!(browser.submit(&page, &[("decision", "allow")]).await.code().is_some());
    assert_eq!(browser.authorize(&[]).await.sent_error(), "access_denied");
    let (subject, client_id) = (house.alice.to_string(), "spa".to_owned());
    let which = GrantSelector::SubjectAtClient { subject, client_id };
    let left = house.store.list_grants(&which, house.world.now(), 10).await;
    assert_eq!(left, Ok(Vec::new()));
    assert!(browser.authorize(&[]).await.is_consent(), "asked again");
}

/// What is about the user alone is for no API, which could let in who has no scope of it by roles.
#[tokio::test]
async fn a79_who_asks_for_no_resource_and_no_scope_of_one_gets_a_token_for_userinfo_alone() {
    let house = House::new().await;
    let mut browser = house.signed_in("alice").await;
    for (changes, resource) in [
        (&[("scope", "openid profile")][..], None),
        (&[("scope", "openid read")], Some(API)),
        (&[("scope", "openid"), ("resource", API)], Some(API)),
        (&[("scope", "openid"), ("resource", FILES)], Some(FILES)),
        (&[("scope", "")], Some(API)),
    ] {
        let page = browser.authorize(&[changes, &[("prompt", "consent")]].concat()).await;
        assert!(page.is_consent(), "{changes:?}: {page:?}");
        for uri in [API, FILES] {
            assert_eq!(page.text().contains(uri), resource == Some(uri), "{changes:?}: {uri}");
        }
        let code = browser.submit(&page, &[("decision", "allow")]).await.code().unwrap();
        let redeem = async |more: &[(&str, &str)]| {
            let pairs = [
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("client_id", "spa"),
                ("code_verifier", VERIFIER),
            ];
            house.world.post("/token", &form(&[&pairs[..], more].concat())).await
        };
        if resource.is_none() {
            assert_eq!(redeem(&[("resource", API)]).await.error(), "invalid_target");
        }
        let tokens = redeem(&[]).await.ok();
        let token = tokens["access_token"].as_str().unwrap();
        if resource != Some(FILES) {
            assert_eq!(claims_of(token)["aud"], resource.unwrap_or(ISSUER), "{changes:?}");
        }
        if tokens["scope"].as_str().unwrap().contains("openid") {
            let bearer = format!("Bearer {token}");
            let about = house.world.post_with("/userinfo", "", &[("authorization", &bearer)]).await;
            assert_eq!(about.ok()["sub"], house.alice.as_str(), "{changes:?}");
        }
    }
}
