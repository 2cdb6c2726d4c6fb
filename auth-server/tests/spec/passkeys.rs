//! Passkeys on the pages of the sign-in: alone, and after a password.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth_accounts::model::{AccountStatus, AuditEntry};
use auth_accounts::store::{AccountStore as _, OneTimeStore as _, StoreError};
use auth_server::Client;
use auth_server::login::{
    Login, LoginForm, LoginProblem, LoginRequest, LoginSession, LoginStep, PasskeyRequest,
};
use auth_server::pages::{Pages, SignInPage};
use http::HeaderValue;
use serde_json::{Value, json};

use crate::sign_in::id_token;
use crate::support::{Answer, Browser, Device, Draft, House, NOW, PASSWORD, PRESENT, VERIFIED};

const OURS: [(&str, &str); 1] = [("client_id", "ours")];

impl Answer {
    /// The options of the passkey that a page asks for.
    fn options(&self) -> Option<Value> {
        let text = self.text();
        let rest = text.split_once("data-options=\"")?.1;
        let options = rest.split_once('"').unwrap().0;
        let options =
            [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&#39;", "'"), ("&amp;", "&")]
                .iter()
                .fold(options.to_owned(), |text, (escaped, it)| text.replace(escaped, it));
        Some(serde_json::from_str(&options).unwrap())
    }

    fn is_code_page(&self) -> bool {
        self.text().contains("name=\"code\"")
    }
}

impl Browser<'_> {
    /// Adds the passkey of a device to the account that has signed in, at the endpoints of the accounts.
    async fn enrol(&mut self, device: &mut Device) {
        let options = self.post_json("/account/passkeys/challenge", &Value::Null).await.ok();
        let credential = device.create(&options["publicKey"], |_| ());
        let added = json!({ "credential": credential });
        self.post_json("/account/passkeys", &added).await.ok();
    }

    /// Answers the page with the passkey of a device, twisted.
    async fn twisted(
        &mut self,
        page: &Answer,
        device: &mut Device,
        twist: impl FnOnce(&mut Draft),
    ) -> Answer {
        let options = page.options().unwrap_or_else(|| panic!("no passkey is asked for: {page:?}"));
        let credential = device.get(&options, twist);
        self.submit(page, &[("passkey", &credential.to_string())]).await
    }

    /// Answers the page with the passkey of a device.
    async fn present(&mut self, page: &Answer, device: &mut Device) -> Answer {
        self.twisted(page, device, |_| ()).await
    }

    /// The page of the second factor for this user.
    async fn half_way(&mut self, name: &str) -> Answer {
        let page = self.authorize(&OURS).await;
        self.submit(&page, &[("username", name), ("password", PASSWORD)]).await
    }
}

/// A passkey of this user.
async fn passkey_of(house: &House, name: &str) -> Device {
    let mut browser = house.browser();
    let answer = browser.half_way(name).await;
    if answer.is_code_page() {
        assert!(browser.submit(&answer, &[("code", &house.totp())]).await.code().is_some());
    }
    let mut device = Device::new();
    browser.enrol(&mut device).await;
    // Another code than the one that was used.
    house.clock.advance(30);
    device
}

/// A passkey of `alice`, and a browser with the page that asks for it.
async fn asked(house: &House) -> (Device, Browser<'_>, Answer) {
    let device = passkey_of(house, "alice").await;
    let mut browser = house.browser();
    let page = browser.authorize(&OURS).await;
    (device, browser, page)
}

#[track_caller]
fn assert_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 401, "{why}: {answer:?}");
    assert!(answer.text().contains("The passkey is not valid here"), "{why}: {}", answer.text());
    assert!(answer.text().contains("role=\"alert\" id=\"problem\""), "{why}");
    assert!(answer.options().is_some(), "{why}: the next one is asked for");
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_name_and_a_page_that_asks_for_it_writes_nothing() {
    let house = House::new().await;
    let mut device = passkey_of(&house, "alice").await;
    house.store.sweep_one_time(u64::MAX, 1_000).await.unwrap();
    let mut browser = house.browser();
    let page = browser.authorize(&OURS).await;
    let options = page.options().unwrap();
    assert_eq!(options["rpId"], "id.example.com");
    assert_eq!(options["allowCredentials"], json!([]), "a stranger learns of no passkey");
    assert_eq!(options["userVerification"], "required");
    assert_ne!(
        browser.authorize(&OURS).await.options().unwrap()["challenge"],
        options["challenge"]
    );
    assert_eq!(house.store.sweep_one_time(u64::MAX, 1_000).await.unwrap(), 0);
    let answer = browser.present(&page, &mut device).await;
    let claims = id_token(&house, &answer, "ours").await;
    assert_eq!(claims["sub"], house.alice.as_str());
    assert_eq!((&claims["acr"], &claims["auth_time"]), (&"phr".into(), &house.world.now().into()));
    assert_eq!(claims["amr"], json!(["pop", "user", "mfa"]));
    assert!(browser.authorize(&OURS).await.code().is_some(), "the browser has a session");
}

#[tokio::test]
async fn a28_phr_is_met_by_a_passkey_here_or_at_the_accounts_and_not_by_a_password_with_a_code() {
    let house = House::new().await;
    let mut device = passkey_of(&house, "bob").await;
    let strong = [("client_id", "ours"), ("acr_values", "phr")];
    let silent = [("client_id", "ours"), ("acr_values", "phr"), ("prompt", "none")];
    let mut browser = house.browser();
    let page = browser.authorize(&strong).await;
    let page = browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
    let answer = browser.submit(&page, &[("code", &house.totp())]).await;
    assert_eq!(answer.sent_error(), "unmet_authentication_requirements");
    // The session is not enough later either, and a passkey steps it up.
    assert!(
        browser.authorize(&[("client_id", "ours"), ("acr_values", "mfa")]).await.code().is_some()
    );
    assert_eq!(browser.authorize(&silent).await.sent_error(), "login_required");
    let page = browser.authorize(&strong).await;
    let answer = browser.present(&page, &mut device).await;
    assert_eq!(id_token(&house, &answer, "ours").await["acr"], "phr");
    assert!(browser.authorize(&silent).await.code().is_some());
    // As the second factor it is as good.
    let mut browser = house.browser();
    let page = browser.authorize(&strong).await;
    let page = browser.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
    let answer = browser.present(&page, &mut device).await;
    let claims = id_token(&house, &answer, "ours").await;
    assert_eq!(
        (&claims["acr"], &claims["amr"]),
        (&"phr".into(), &json!(["pwd", "pop", "user", "mfa"]))
    );
    // So is a session that began at the endpoints of the accounts.
    let mut browser = house.browser();
    let asked = browser.post_json("/account/sign-in/passkey/challenge", &Value::Null).await.ok();
    let credential = device.get(&asked["publicKey"], |_| ());
    browser.post_json("/account/sign-in/passkey", &json!({ "credential": credential })).await.ok();
    let answer = browser.authorize(&silent).await;
    assert_eq!(id_token(&house, &answer, "ours").await["acr"], "phr");
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_beside_a_code() {
    let house = House::new().await;
    let mut alices = passkey_of(&house, "alice").await;
    let mut bobs = passkey_of(&house, "bob").await;
    // Alice has nothing else.
    let mut browser = house.browser();
    let page = browser.half_way("alice").await;
    assert!(page.status == 200 && page.is_code_page(), "{page:?}");
    assert!(page.header("content-security-policy").contains("script-src"));
    assert_eq!(page.options().unwrap()["allowCredentials"].as_array().unwrap().len(), 1);
    let wrong = browser.submit(&page, &[("code", "000000")]).await;
    assert!(wrong.status == 401 && wrong.options().is_some(), "{wrong:?}");
    let stranger = browser.present(&page, &mut bobs).await;
    assert_refused(&stranger, "the passkey of another user");
    assert!(stranger.is_code_page());
    let answer = browser.present(&stranger, &mut alices).await;
    assert_eq!(id_token(&house, &answer, "ours").await["sub"], house.alice.as_str());
    // Bob chooses.
    let mut browser = house.browser();
    let page = browser.half_way("bob").await;
    assert!(page.options().is_some());
    assert!(browser.submit(&page, &[("code", &house.totp())]).await.code().is_some());
    let mut browser = house.browser();
    let page = browser.half_way("bob").await;
    let answer = browser.present(&page, &mut bobs).await;
    assert!(answer.code().is_some(), "{answer:?}");
    // No sign-in waits any more.
    let over = browser.present(&page, &mut bobs).await;
    assert!(over.status == 401 && over.is_sign_in(), "{over:?}");
    assert!(over.text().contains("took too long"), "{}", over.text());
}

/// What is wrong, and how it is made.
type Twist = (&'static str, fn(&mut Draft));

#[tokio::test]
async fn what_is_wrong_with_a_passkey_is_a_page_and_never_an_error_of_the_server() {
    let house = House::new().await;
    let mut device = passkey_of(&house, "alice").await;
    let unknown = Device::unknown_of(&device);
    let twists: [Twist; 8] = [
        ("another origin", |it| it.say("origin", "https://evil.example.com")),
        ("another origin below", |it| it.say("origin", "https://x.id.example.com")),
        ("a frame", |it| it.say("crossOrigin", true)),
        ("another kind", |it| it.say("type", "webauthn.create")),
        ("an unknown challenge", |it| it.say("challenge", "A".repeat(43))),
        ("another relying party", |it| it.rp_id = "evil.example.com".to_owned()),
        ("no verification", |it| it.flags = PRESENT),
        ("no presence", |it| it.flags = VERIFIED),
    ];
    for (why, twist) in twists {
        let mut browser = house.browser();
        let page = browser.authorize(&OURS).await;
        assert_refused(&browser.twisted(&page, &mut device, twist).await, why);
        assert!(browser.authorize(&OURS).await.is_sign_in(), "{why}");
        // Each failure counts.
        let page = browser.authorize(&OURS).await;
        assert!(browser.present(&page, &mut device).await.code().is_some(), "{why}");
    }
    let mut browser = house.browser();
    let page = browser.authorize(&OURS).await;
    assert_refused(&browser.present(&page, &mut unknown.clone()).await, "no account has it");
    for text in ["x", "null", "{}", "[]", "\"\"", &"[".repeat(10_000), &"9".repeat(60_000)] {
        assert_refused(&browser.submit(&page, &[("passkey", text)]).await, text);
    }
}

#[tokio::test]
async fn a_challenge_is_good_for_one_answer_of_its_page_in_its_browser() {
    let house = House::new().await;
    let (mut device, mut browser, page) = asked(&house).await;
    let answer = device.get(&page.options().unwrap(), |_| ()).to_string();
    let sent = [("passkey", answer.as_str())];
    // On another page, also of the same browser, and in another browser.
    let other = browser.authorize(&[("client_id", "ours"), ("state", "other")]).await;
    assert_refused(&browser.submit(&other, &sent).await, "another page");
    let mut stranger = house.browser();
    let others = stranger.authorize(&OURS).await;
    assert_refused(&stranger.submit(&others, &sent).await, "another browser");
    let stolen = stranger.submit(&page, &sent).await;
    let stolen = stranger.follow(stolen).await;
    assert!(stolen.is_sign_in() && stolen.text().contains("open for too long"), "{stolen:?}");
    // On the page of a second factor, and the other way round.
    let second = browser.half_way("alice").await;
    assert_refused(&browser.submit(&second, &sent).await, "a second factor");
    let late = device.get(&second.options().unwrap(), |_| ()).to_string();
    assert_refused(&browser.submit(&page, &[("passkey", &late)]).await, "a first one");
    let again = browser.half_way("alice").await;
    assert_refused(&browser.submit(&again, &[("passkey", &late)]).await, "another sign-in");
    // Its own page takes it once.
    assert!(browser.submit(&page, &sent).await.code().is_some());
    assert_refused(&browser.submit(&page, &sent).await, "once more");
    assert_refused(&browser.present(&page, &mut device).await, "signed anew");
}

#[tokio::test]
async fn of_those_who_send_the_same_passkey_at_once_one_is_in() {
    let house = House::new().await;
    let (mut device, browser, page) = asked(&house).await;
    let answer = device.get(&page.options().unwrap(), |_| ()).to_string();
    let sent = [("passkey", answer.as_str())];
    let mut browsers = vec![browser; 5];
    let answers = browsers.iter_mut().map(|it| it.submit(&page, &sent));
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(answers.iter().filter(|it| it.code().is_some()).count(), 1);
}

#[tokio::test]
async fn a_challenge_waits_for_five_minutes() {
    let house = House::new().await;
    let (mut device, mut browser, first) = asked(&house).await;
    assert_eq!(first.options().unwrap()["timeout"], 300_000);
    house.clock.advance(299);
    let mut half = house.browser();
    let second = half.half_way("alice").await;
    assert!(browser.present(&first, &mut device).await.code().is_some());
    house.clock.advance(1);
    let page = browser.authorize(&[("client_id", "ours"), ("prompt", "login")]).await;
    house.clock.advance(298);
    assert!(half.present(&second, &mut device).await.code().is_some());
    let mut half = house.browser();
    let second = half.half_way("alice").await;
    house.clock.advance(2);
    assert_refused(&browser.present(&page, &mut device).await, "alone");
    house.clock.advance(298);
    assert_refused(&half.present(&second, &mut device).await, "as a second factor");
}

#[tokio::test]
async fn attempts_are_limited_as_at_the_endpoints_of_the_accounts() {
    let house = House::new().await;
    let mut device = passkey_of(&house, "alice").await;
    let evil = |it: &mut Draft| it.say("origin", "https://evil.example.com");
    let mut browser = house.browser();
    for _ in 0..10 {
        let page = browser.authorize(&OURS).await;
        assert_refused(&browser.twisted(&page, &mut device, evil).await, "wrong");
    }
    let page = browser.authorize(&OURS).await;
    let answer = browser.present(&page, &mut device).await;
    assert_eq!(answer.status, 429, "{answer:?}");
    assert!(answer.is_sign_in() && !answer.header("retry-after").is_empty(), "{answer:?}");
    let answer = browser.half_way("alice").await;
    assert!(browser.present(&answer, &mut device).await.code().is_some(), "with the password");
    let mut browser = house.browser();
    let page = browser.half_way("alice").await;
    for _ in 0..5 {
        assert_refused(&browser.twisted(&page, &mut device, evil).await, "wrong");
    }
    let answer = browser.present(&page, &mut device).await;
    assert_eq!((answer.status.as_u16(), answer.is_code_page()), (429, true));
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn the_passkey_of_a_locked_account_is_refused_as_a_wrong_one() {
    let house = House::new().await;
    let (mut device, mut browser, page) = asked(&house).await;
    let entry = AuditEntry::new(NOW, "lock");
    house.store.set_status(&house.alice, AccountStatus::Locked, &entry).await.unwrap();
    assert_refused(&browser.present(&page, &mut device).await, "locked");
}

#[tokio::test]
async fn a_stranger_s_page_signs_no_user_in_with_a_passkey() {
    let house = House::new().await;
    let (mut device, mut browser, page) = asked(&house).await;
    for headers in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example.com")] {
        browser.headers = vec![headers];
        let answer = browser.present(&page, &mut device).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, None), "{headers:?}");
    }
    browser.headers = vec![("sec-fetch-site", "same-origin"), ("origin", "null")];
    assert!(browser.present(&page, &mut device).await.code().is_some());
}

#[tokio::test]
async fn a_device_is_connected_by_a_user_with_a_passkey() {
    let house = House::with(|builder| {
        let tv = Client::public("tv")
            .grant_types([auth_server::GrantType::DeviceCode])
            .scopes(["read"])
            .resources([crate::support::API]);
        builder.client(tv).device_authorization()
    })
    .await;
    let mut device = passkey_of(&house, "alice").await;
    let begun = house.world.post("/device_authorization", "client_id=tv&scope=read").await.ok();
    let code = begun["user_code"].as_str().unwrap();
    for second in [false, true] {
        let mut browser = house.browser();
        let page = browser.get("/device").await;
        assert!(page.options().is_none());
        let mut page = browser.submit(&page, &[("user_code", code)]).await;
        if second {
            page = browser.submit(&page, &[("username", "alice"), ("password", PASSWORD)]).await;
            assert!(page.is_code_page(), "{page:?}");
        }
        let policy = page.header("content-security-policy");
        assert!(policy.contains("script-src https://id.example.com/passkey.js;"), "{policy}");
        let evil = |it: &mut Draft| it.say("origin", "https://evil.example.com");
        let page = browser.twisted(&page, &mut device, evil).await;
        assert_refused(&page, "another origin");
        let answer = browser.present(&page, &mut device).await;
        let page = browser.follow(answer).await;
        assert!(page.is_consent(), "{page:?}");
    }
}

#[tokio::test]
async fn there_is_a_button_where_the_issuer_has_a_domain_and_the_page_is_as_it_was_without() {
    for (issuer, domain) in [
        ("https://id.example.com/auth", Some("id.example.com")),
        ("http://localhost:4000", Some("localhost")),
        ("http://127.0.0.1:4000", None),
        ("https://192.0.2.1", None),
    ] {
        let house = House::at(issuer, |builder| builder).await;
        let mut browser = house.browser();
        let path = issuer.strip_prefix("https://id.example.com").unwrap_or_default();
        let address = format!("{path}/authorize?{}", crate::support::request(&OURS));
        let page = browser.get(&address).await;
        let id = page.options().map(|it| it["rpId"].as_str().unwrap().to_owned());
        assert_eq!(id.as_deref(), domain, "{issuer}");
        let text = page.text();
        let policy = page.header("content-security-policy");
        let source = format!(" script-src {issuer}/passkey.js;");
        assert_eq!(policy.contains(&source), domain.is_some(), "{policy}");
        assert_eq!(policy.contains("script"), domain.is_some(), "{policy}");
        let Some((before, rest)) = text.split_once("<div id=\"passkey\"") else {
            assert_eq!(domain, None, "{text}");
            assert!(!text.contains("passkey") && !text.contains("<script"), "{text}");
            continue;
        };
        // All of it is hidden, and after the form that works without it.
        assert!(rest.split_once('>').unwrap().0.ends_with(" hidden"), "{rest}");
        assert!(before.ends_with("</form>") && !before.contains("<script"), "{before}");
        assert!(rest.ends_with("</script></main></body></html>\n"), "{rest}");
        let script = browser.get(&format!("{path}/passkey.js")).await;
        assert_eq!(script.status, 200);
        assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(script.header("x-content-type-options"), "nosniff");
        assert!(script.header("set-cookie").is_empty());
    }
}

/// Pages from a time without passkeys.
struct OldPages;

impl Pages for OldPages {
    fn sign_in(&self, page: &SignInPage<'_>) -> String {
        let (action, interaction) = (page.form.action, page.form.interaction);
        format!(
            "<form method=\"post\" action=\"{action}\"><input name=\"interaction\" value=\"{interaction}\">\
             <input name=\"password\">"
        )
    }
}

#[tokio::test]
async fn pages_that_know_nothing_of_passkeys_go_on_as_before() {
    let house = House::with(|builder| builder.pages(OldPages)).await;
    let mut browser = house.browser();
    let page = browser.authorize(&OURS).await;
    assert!(!page.text().contains("passkey"));
    assert!(browser.sign_in(&page, "alice").await.code().is_some());
}

/// A sign-in with passkeys of its own: what it has asked for comes back to it.
#[derive(Clone, Default)]
struct OwnPasskeys {
    asks: bool,
    seen: Arc<Mutex<Vec<(String, String)>>>,
}

#[async_trait]
impl Login for OwnPasskeys {
    async fn current(&self, _: &LoginRequest<'_>) -> Result<Option<LoginSession>, StoreError> {
        Ok(None)
    }

    async fn begin(&self, _: &LoginRequest<'_>) -> Result<LoginStep, StoreError> {
        let step = LoginStep::Password { problem: None };
        if !self.asks {
            return Ok(step);
        }
        let passkey = PasskeyRequest::new(r#"{"challenge":"<&\"'>"}"#, "my state");
        Ok(LoginStep::WithPasskey { step: Box::new(step), passkey })
    }

    async fn answer(
        &self,
        _: &LoginRequest<'_>,
        form: &LoginForm<'_>,
    ) -> Result<LoginStep, StoreError> {
        let Some(passkey) = form.passkey() else {
            return Ok(LoginStep::Password { problem: Some(LoginProblem::Wrong) });
        };
        assert!(!format!("{passkey:?}").contains("state"));
        self.seen.lock().unwrap().push((passkey.credential.to_owned(), passkey.state.to_owned()));
        let session = LoginSession::new("carol", "session", NOW).amr(["pop"]);
        Ok(LoginStep::Done { session, cookies: Vec::new() })
    }

    async fn end(&self, _: &LoginRequest<'_>) -> Result<Vec<HeaderValue>, StoreError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn another_login_gets_its_state_back_and_only_if_it_has_asked_for_a_passkey() {
    for asks in [true, false] {
        let login = OwnPasskeys { asks, ..OwnPasskeys::default() };
        let house = House::with(|builder| {
            builder.accounts(crate::support::FakeAccounts::default()).login(login.clone())
        })
        .await;
        let mut browser = house.browser();
        let page = browser.authorize(&OURS).await;
        assert!(!page.text().contains("my state"), "it is sealed");
        let answer = browser.submit(&page, &[("passkey", "{\"id\":1}")]).await;
        if asks {
            assert_eq!(page.options().unwrap()["challenge"], "<&\"'>");
            assert!(answer.code().is_some(), "{answer:?}");
            let seen = login.seen.lock().unwrap().clone();
            assert_eq!(seen, [("{\"id\":1}".to_owned(), "my state".to_owned())]);
        } else {
            assert!(page.options().is_none() && answer.status == 401, "{answer:?}");
            assert!(login.seen.lock().unwrap().is_empty());
        }
    }
}
