//! Pages of an application sign in by themselves: a browser, a name and a password, a code.

use auth_accounts::model::FactorKind;
use auth_accounts::secret::SecretText;
use auth_accounts::sign_in::{Browser, SignInError, SignInStep};
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderValue, Request};

use crate::support::{App, Client, PASSWORD};
use crate::totp::Phone;

/// What the accounts see of a browser with these cookies.
pub(crate) async fn seen(client: &Client) -> Browser {
    let cookies = client.cookies.iter().map(|(name, value)| format!("{name}={value}"));
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let request = Request::get("/").header(COOKIE, cookies).body(()).unwrap();
    client.app.accounts.browser(&request.into_parts().0).await.unwrap()
}

pub(crate) fn keep(client: &mut Client, cookies: &[HeaderValue]) {
    for cookie in cookies {
        let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        for attribute in ["Path=/", "HttpOnly", "Secure", "SameSite=Lax"] {
            assert!(attributes.contains(attribute), "{cookie:?}");
        }
        assert!(name.starts_with("__Host-") && cookie.is_sensitive(), "{cookie:?}");
        if attributes.contains("Max-Age=0") {
            client.cookies.remove(name);
        } else {
            client.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

async fn password(client: &Client, name: &str, text: &str) -> Result<SignInStep, SignInError> {
    let accounts = &client.app.accounts;
    accounts.sign_in_with_password(&seen(client).await, name, &SecretText::from(text)).await
}

async fn code(client: &Client, text: &str) -> Result<SignInStep, SignInError> {
    let accounts = &client.app.accounts;
    accounts.sign_in_with_code(&seen(client).await, &SecretText::from(text)).await
}

#[tokio::test]
async fn a_browser_signs_in_with_a_password_and_is_known_by_its_cookie() {
    let app = App::new();
    let alice = app.account("alice").await;
    let mut browser = app.browser();
    assert!(seen(&browser).await.session().is_none());
    let step = password(&browser, "alice", PASSWORD).await.unwrap();
    let SignInStep::SignedIn { session, cookies } = step else { panic!("{step:?}") };
    assert_eq!((&session.account, session.authenticated_at), (&alice, app.now()));
    assert_eq!(session.amr, ["pwd"]);
    keep(&mut browser, &cookies);
    assert_eq!(seen(&browser).await.session(), Some(&session));
    // It is a session as any other.
    assert_eq!(browser.get("/mine").await.body, alice.as_str());
}

#[tokio::test]
async fn a_new_sign_in_keeps_the_session_and_replaces_its_secret() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let thief = browser.clone();
    let before = seen(&browser).await.session().unwrap().clone();
    app.clock.advance(100);
    let step = password(&browser, "alice", PASSWORD).await.unwrap();
    let SignInStep::SignedIn { session, cookies } = step else { panic!("{step:?}") };
    assert_eq!((&session.id, session.authenticated_at), (&before.id, app.now()));
    keep(&mut browser, &cookies);
    assert!(seen(&browser).await.session().is_some());
    assert!(seen(&thief).await.session().is_none());
}

#[tokio::test]
async fn the_session_of_another_account_in_the_browser_is_ended() {
    let app = App::new();
    app.account("alice").await;
    app.account("bob").await;
    let mut browser = app.signed_in("alice").await;
    let alice = browser.clone();
    let step = password(&browser, "bob", PASSWORD).await.unwrap();
    let SignInStep::SignedIn { cookies, .. } = step else { panic!("{step:?}") };
    keep(&mut browser, &cookies);
    assert!(seen(&alice).await.session().is_none());
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_code_ends_the_sign_in() {
    let app = App::new();
    app.account("alice").await;
    let phone = Phone::enrol(&mut app.signed_in("alice").await).await;
    app.clock.advance(30);
    let mut browser = app.browser();
    assert_eq!(code(&browser, "123456").await.unwrap_err(), SignInError::NotBegun);
    let step = password(&browser, "alice", PASSWORD).await.unwrap();
    let SignInStep::SecondFactor { factors, cookies, .. } = step else { panic!("{step:?}") };
    assert_eq!(factors, [FactorKind::Totp]);
    keep(&mut browser, &cookies);
    let half_way = seen(&browser).await;
    assert_eq!(half_way.waits_for(), Some(&[FactorKind::Totp][..]));
    assert!(half_way.session().is_none());
    for wrong in ["000000", "", "12345678", "xxxx-yyyy"] {
        assert_eq!(code(&browser, wrong).await.unwrap_err(), SignInError::Refused, "{wrong}");
    }
    let right = format!(" {} ", phone.code(app.now()));
    let step = code(&browser, &right).await.unwrap();
    let SignInStep::SignedIn { session, cookies } = step else { panic!("{step:?}") };
    assert_eq!(session.amr, ["pwd", "otp", "mfa"]);
    let replay = browser.clone();
    keep(&mut browser, &cookies);
    assert!(seen(&browser).await.waits_for().is_none());
    assert_eq!(code(&replay, &right).await.unwrap_err(), SignInError::NotBegun);
}

#[tokio::test]
async fn codes_are_limited_and_unknown_names_are_answered_as_wrong_passwords() {
    let app = App::new();
    app.account("alice").await;
    Phone::enrol(&mut app.signed_in("alice").await).await;
    let mut browser = app.browser();
    for (name, text) in [("alice", "wrong"), ("nobody", PASSWORD), ("", "")] {
        assert_eq!(password(&browser, name, text).await.unwrap_err(), SignInError::Refused);
    }
    let step = password(&browser, "alice", PASSWORD).await.unwrap();
    let SignInStep::SecondFactor { cookies, .. } = step else { panic!("{step:?}") };
    keep(&mut browser, &cookies);
    for _ in 0..5 {
        assert_eq!(code(&browser, "000000").await.unwrap_err(), SignInError::Refused);
    }
    let last = code(&browser, "000000").await.unwrap_err();
    assert!(matches!(last, SignInError::TooManyAttempts { .. }), "{last:?}");
}

#[tokio::test]
async fn a_browser_that_signs_out_has_no_session_on_any_node() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let copy = browser.clone();
    let out = app.accounts.sign_out_browser(&seen(&browser).await).await.unwrap();
    assert!(out.session.is_some());
    keep(&mut browser, &out.cookies);
    assert!(browser.cookies.keys().all(|it| it == "__Host-device"), "{:?}", browser.cookies);
    assert!(seen(&copy).await.session().is_none());
    // Once more is no error.
    assert!(app.accounts.sign_out_browser(&seen(&copy).await).await.unwrap().session.is_none());
}

#[tokio::test]
async fn r78_a_session_that_a_page_asks_for_is_used() {
    let app = App::new();
    app.account("alice").await;
    let (used, idle) = (app.signed_in("alice").await, app.signed_in("alice").await);
    for _ in 0..3 {
        app.clock.advance(3_000);
        assert!(seen(&used).await.session().is_some());
        app.accounts.flush().await.unwrap();
    }
    assert!(seen(&idle).await.session().is_none());
}

#[tokio::test]
async fn what_is_no_cookie_or_is_there_twice_signs_no_browser_in() {
    let app = App::new();
    app.account("alice").await;
    let browser = app.signed_in("alice").await;
    let (name, value) = browser.cookies.iter().find(|(it, _)| *it != "__Host-device").unwrap();
    let twice = format!("{name}={value}; {name}={value}");
    let twice = Request::get("/").header(COOKIE, twice).body(()).unwrap();
    assert!(app.accounts.browser(&twice.into_parts().0).await.unwrap().session().is_none());
    let mut program = app.program();
    program.sign_in_for_token("alice").await;
    let token = format!("Bearer {}", program.token.unwrap());
    let token = Request::get("/").header(AUTHORIZATION, token).body(()).unwrap();
    assert!(app.accounts.browser(&token.into_parts().0).await.unwrap().session().is_none());
}
