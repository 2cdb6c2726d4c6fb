//! Codes of an authenticator application: accepted once, in their time, from their owner.

use auth_accounts::model::{AccountId, FactorKind};
use auth_accounts::secret::KeyRing;
use auth_accounts::store::FactorStore as _;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::support::{Answer, App, Client, START};

/// The application on the phone of an owner.
#[derive(Clone)]
pub(crate) struct Phone {
    secret: String,
}

impl Phone {
    /// Adds it to the account that has signed in, with the code of this moment.
    pub(crate) async fn enrol(browser: &mut Client) -> Self {
        let phone = Self::begin(browser).await;
        let code = phone.code(browser.app.now());
        let answer = browser.post("/account/totp/confirm", json!({ "code": code })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        phone
    }

    pub(crate) async fn begin(browser: &mut Client) -> Self {
        let answer = browser.post("/account/totp", Value::Null).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Self { secret: answer.json()["secret"].as_str().unwrap().to_owned() }
    }

    pub(crate) fn with_secret(secret: &str) -> Self {
        Self { secret: secret.to_owned() }
    }

    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// The code that it shows at this time.
    pub(crate) fn code(&self, at: u64) -> String {
        let secret = Secret::try_from_base32(&self.secret).unwrap();
        Builder::new().with_secret(secret).build().unwrap().generate(at).to_string()
    }
}

/// Alice, whose phone has shown the code of the first time step.
async fn alice() -> (App, AccountId, Phone) {
    let app = App::new();
    let id = app.account("alice").await;
    let phone = Phone::enrol(&mut app.signed_in("alice").await).await;
    app.clock.advance(30);
    (app, id, phone)
}

/// A browser in which Alice has given her password.
async fn half_way(app: &App) -> Client {
    let mut browser = app.browser();
    let answer = browser.sign_in("alice").await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &"second_factor".into()));
    browser
}

async fn answer(browser: &mut Client, code: &str) -> Answer {
    browser.post("/account/sign-in/totp", json!({ "code": code })).await
}

async fn try_code(app: &App, code: &str) -> u16 {
    answer(&mut half_way(app).await, code).await.status
}

#[tokio::test]
async fn a_code_ends_the_sign_in() {
    let (app, _, phone) = alice().await;
    let mut browser = half_way(&app).await;
    assert_eq!(browser.get("/mine").await.status, 401, "half-way is no session");
    let answer = answer(&mut browser, &phone.code(app.now())).await;
    assert_eq!((answer.status, answer.json()), (200, json!({ "status": "signed_in" })));
    assert_eq!(browser.get("/mine").await.status, 200);
    let me = browser.get("/account").await.json();
    assert_eq!(me["mfa"], true, "{me}");
}

#[tokio::test]
async fn a_program_ends_its_sign_in_with_tokens() {
    let (app, _, phone) = alice().await;
    let mut program = app.program();
    let begun = program.sign_in_for_token("alice").await.json();
    assert_eq!((&begun["status"], &begun["factors"]), (&"second_factor".into(), &json!(["totp"])));
    let ended = answer(&mut program, &phone.code(app.now())).await.json();
    assert_eq!(ended["status"], "signed_in");
    program.token = ended["access_token"].as_str().map(str::to_owned);
    assert_eq!(program.get("/mine").await.status, 200);
}

#[tokio::test]
async fn r32_a_code_is_accepted_once() {
    let (app, _, phone) = alice().await;
    let code = phone.code(app.now());
    assert_eq!(try_code(&app, &code).await, 200);
    assert_eq!(try_code(&app, &code).await, 401);
}

#[tokio::test]
async fn r32_a_later_code_uses_the_earlier_ones_of_the_window_up() {
    let (app, _, phone) = alice().await;
    let (now, next) = (phone.code(app.now()), phone.code(app.now() + 30));
    assert_eq!(try_code(&app, &next).await, 200, "the phone is a step ahead");
    assert_eq!(try_code(&app, &now).await, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r33_of_64_who_use_a_code_at_once_one_is_right() {
    let (app, _, phone) = alice().await;
    let code = phone.code(app.now());
    let mut waiting = Vec::new();
    for _ in 0..64 {
        waiting.push(half_way(&app).await);
    }
    let tasks: Vec<_> = waiting
        .into_iter()
        .map(|mut browser| {
            let code = code.clone();
            tokio::spawn(async move { answer(&mut browser, &code).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|it| **it == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|it| [200, 401, 429].contains(it)), "{statuses:?}");
}

#[tokio::test]
async fn r34_a_code_is_remembered_as_long_as_its_window_is_open() {
    let (app, _, phone) = alice().await;
    let start = app.now();
    let code = phone.code(start + 30);
    assert_eq!(try_code(&app, &code).await, 200, "at the first second of its window");
    // It would be valid until the end of the step after its own.
    for later in [1, 30, 60, 89, 90] {
        app.clock.set(start + later);
        assert_eq!(try_code(&app, &code).await, 401, "{later}");
    }
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 200);
}

#[tokio::test]
async fn r35_a_code_is_six_digits_of_one_step_before_or_after() {
    let (app, _, phone) = alice().await;
    app.clock.advance(300);
    let now = app.now();
    let code = phone.code(now);
    for odd in [
        phone.code(now - 60),
        phone.code(now + 60),
        format!(" {code}"),
        format!("0{code}"),
        code.chars().map(|it| char::from_u32(it as u32 - 48 + 0x660).unwrap()).collect(),
    ] {
        assert_eq!(try_code(&app, &odd).await, 401, "{odd}");
    }
    assert_eq!(try_code(&app, &phone.code(now - 30)).await, 200);
    app.clock.advance(300);
    assert_eq!(try_code(&app, &phone.code(app.now() + 30)).await, 200);
}

#[tokio::test]
async fn r36_attempts_are_counted_for_the_account_and_a_new_sign_in_begins_no_new_count() {
    let (app, _, phone) = alice().await;
    let wrong = if phone.code(app.now()) == "000000" { "111111" } else { "000000" };
    let mut browser = half_way(&app).await;
    for _ in 0..5 {
        assert_eq!(answer(&mut browser, wrong).await.status, 401);
    }
    let too_many = answer(&mut browser, &phone.code(app.now())).await;
    assert_eq!(too_many.status, 429, "five of one sign-in");
    assert!(too_many.header("retry-after").is_some());
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(try_code(&app, wrong).await);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 429, "also for the right one");
    app.clock.advance(16 * 60);
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 200, "and not for ever");
}

#[tokio::test]
async fn r20_who_knows_the_password_locks_no_owner_out_of_the_second_step() {
    let app = App::new();
    app.account("alice").await;
    let mut owner = app.signed_in("alice").await;
    let phone = Phone::enrol(&mut owner).await;
    app.clock.advance(30);
    let wrong = if phone.code(app.now()) == "000000" { "111111" } else { "000000" };
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(try_code(&app, wrong).await);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    // The owner's browser has signed in before.
    assert_eq!(owner.sign_in("alice").await.json()["status"], "second_factor");
    assert_eq!(answer(&mut owner, &phone.code(app.now())).await.status, 200);
    // What the owner proves gives strangers no new attempts.
    assert_eq!(try_code(&app, wrong).await, 429);
}

#[tokio::test]
async fn r36_devices_from_before_the_second_factor_have_no_attempts_of_their_own() {
    let app = App::new();
    app.account("alice").await;
    // Who knows the password collects devices while it is enough.
    let mut collected = Vec::new();
    for _ in 0..4 {
        collected.push(app.signed_in("alice").await);
    }
    let phone = Phone::enrol(&mut app.signed_in("alice").await).await;
    let wrong = if phone.code(app.now()) == "000000" { "111111" } else { "000000" };
    let mut statuses = Vec::new();
    for stranger in &mut collected {
        assert_eq!(stranger.sign_in("alice").await.json()["status"], "second_factor");
        for _ in 0..4 {
            statuses.push(answer(stranger, wrong).await.status);
        }
    }
    assert_eq!(statuses.iter().filter(|it| **it == 401).count(), 10, "{statuses:?}");
}

#[tokio::test]
async fn r37_a_secret_has_160_bits_and_is_sealed_with_a_key_outside_the_store() {
    let (app, id, phone) = alice().await;
    assert_eq!(phone.secret.len() * 5, 160);
    let factor = app.store.factors(&id).await.unwrap().remove(0);
    let secret = Secret::try_from_base32(&phone.secret).unwrap();
    let sealed = factor.sealed.bytes;
    assert!(!sealed.windows(20).any(|window| window == secret.as_bytes()));
    assert_eq!(factor.sealed.key, "test");
    let ring = || KeyRing::new([("test", [8; 32])]).unwrap();
    let stranger = app.another_node(|builder| builder.keys(ring()));
    let begun = stranger.browser().sign_in("alice").await;
    assert_eq!(begun.status, 401, "with another key not even the password is right");
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 200);
}

#[tokio::test]
async fn r38_a_factor_counts_from_its_first_code_on() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let phone = Phone::begin(&mut browser).await;
    assert!(app.store.factors(&id).await.unwrap().is_empty());
    assert_eq!(app.browser().sign_in("alice").await.json()["status"], "signed_in");
    let confirm = async |browser: &mut Client, code: &str| {
        browser.post("/account/totp/confirm", json!({ "code": code })).await.status
    };
    let wrong = if phone.code(app.now()) == "000000" { "111111" } else { "000000" };
    assert_eq!(confirm(&mut browser, wrong).await, 422);
    // What waits in one session is nothing in another.
    let code = phone.code(app.now());
    assert_eq!(confirm(&mut app.signed_in("alice").await, &code).await, 409);
    assert_eq!(confirm(&mut browser, &code).await, 200);
    assert_eq!(app.store.factors(&id).await.unwrap().len(), 1);
    assert_eq!(confirm(&mut browser, &code).await, 409, "nothing waits any more");
}

#[tokio::test]
async fn r38_the_code_of_the_enrolment_does_not_sign_in() {
    let app = App::new();
    app.account("alice").await;
    let phone = Phone::enrol(&mut app.signed_in("alice").await).await;
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 401);
    app.clock.advance(30);
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 200);
}

#[tokio::test]
async fn r38_a_secret_waits_ten_minutes_and_another_one_replaces_it() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let first = Phone::begin(&mut browser).await;
    let second = Phone::begin(&mut browser).await;
    let confirm = async |browser: &mut Client, phone: &Phone| {
        let code = phone.code(browser.app.now());
        browser.post("/account/totp/confirm", json!({ "code": code })).await.status
    };
    assert_eq!(confirm(&mut browser, &first).await, 422);
    app.clock.set(START + 600);
    let mut later = app.signed_in("alice").await;
    assert!([401, 409].contains(&confirm(&mut browser, &second).await), "it is over");
    assert_eq!(confirm(&mut later, &second).await, 409);
    assert!(app.store.factors(&id).await.unwrap().is_empty());
}

#[tokio::test]
async fn r39_a_secret_is_shown_once() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let answer = browser.post("/account/totp", Value::Null).await;
    assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
    let body = answer.json();
    let secret = body["secret"].as_str().unwrap().to_owned();
    let uri = body["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/notes.example.com:alice?"), "{uri}");
    assert!(uri.contains(&format!("secret={secret}")), "{uri}");
    assert!(body["qr"].as_str().unwrap().starts_with("<svg"), "{body}");
    let phone = Phone { secret };
    let code = phone.code(app.now());
    let confirmed = browser.post("/account/totp/confirm", json!({ "code": code })).await;
    assert!(!confirmed.body.contains(&phone.secret));
    for path in ["/account", "/account/factors", "/account/sessions"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains(&phone.secret), "{path}");
    }
    let noted = serde_json::to_string(&app.events().await).unwrap();
    assert!(noted.contains("factor_added"));
    assert!(!noted.contains(&phone.secret) && !noted.contains(&code), "{noted}");
}

#[tokio::test]
async fn r41_a_clock_that_was_set_back_opens_no_step_again() {
    let (app, _, phone) = alice().await;
    app.clock.advance(300);
    let used = phone.code(app.now());
    assert_eq!(try_code(&app, &used).await, 200);
    for back in [30, 60, 300] {
        app.clock.set(app.now() - back);
        assert_eq!(try_code(&app, &phone.code(app.now())).await, 401, "{back}");
    }
    app.clock.advance(30 + 60 + 300);
    assert_eq!(try_code(&app, &used).await, 401);
    app.clock.advance(30);
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 200);
}

#[tokio::test]
async fn r54_an_account_has_several_and_none_replaces_another() {
    let (app, id, phone) = alice().await;
    let mut browser = half_way(&app).await;
    assert_eq!(answer(&mut browser, &phone.code(app.now())).await.status, 200);
    let tablet = Phone::enrol(&mut browser).await;
    let factors = app.store.factors(&id).await.unwrap();
    assert_eq!(factors.len(), 2);
    assert!(factors.iter().all(|it| it.kind == FactorKind::Totp));
    app.clock.advance(30);
    for device in [&phone, &tablet] {
        assert_eq!(try_code(&app, &device.code(app.now())).await, 200);
    }
}

#[tokio::test]
async fn r112_a_store_that_fails_signs_no_user_in() {
    let (app, _, phone) = alice().await;
    for method in [
        "FactorStore::accept_step",
        "AttemptStore::hit",
        "SessionStore::create",
        "OneTimeStore::take",
    ] {
        let mut browser = half_way(&app).await;
        app.store.faults().fail_on(&[method]);
        let answer = answer(&mut browser, &phone.code(app.now())).await;
        app.store.faults().fail_on(&[]);
        assert_eq!(answer.status, 503, "{method}");
        assert_eq!(browser.get("/mine").await.status, 401, "{method}");
        app.clock.advance(30);
    }
    assert_eq!(try_code(&app, &phone.code(app.now())).await, 200);
}
