//! From a challenge to a passkey of an account.

use auth_accounts::delivery::Notice;
use auth_accounts::factor::{FactorSettings, PasskeySettings};
use auth_accounts::model::{AuditEntry, AuditOutcome, FactorId, FactorKind, FactorRecord};
use auth_accounts::store::FactorStore as _;
use serde_json::{Value, json};

use super::device::{ATTESTED, BACKED_UP, Device, ELIGIBLE, EXTENSIONS, PRESENT, VERIFIED, es256};
use super::{
    assert_in, assert_not_added, assert_refused, creation, enrol, enrol_twisted, factors, present,
    request,
};
use crate::factors::{Sent, with_mail};
use crate::support::{App, PASSWORD};
use crate::totp::Phone;

#[tokio::test]
async fn a_passkey_is_added_listed_and_removed() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let before = browser.cookies["__Host-sid"].clone();
    let options = creation(&mut browser).await;
    assert_eq!(options["rp"], json!({ "id": "notes.example.com", "name": "notes.example.com" }));
    assert_eq!(
        (&options["user"]["name"], &options["attestation"]),
        (&"alice".into(), &"none".into())
    );
    assert_eq!(
        options["authenticatorSelection"],
        json!({ "residentKey": "preferred", "requireResidentKey": false, "userVerification": "required" })
    );
    let credential = Device::new().create(&options, |_| ());
    let body = json!({ "credential": credential, "name": "Laptop" });
    let added = browser.post("/account/passkeys", body).await;
    let factor = factors(&app, &id).await.remove(0);
    let expected = json!({ "id": factor.id, "kind": "passkey", "name": "Laptop" });
    assert_eq!((added.status, added.json()), (200, expected));
    assert_ne!(browser.cookies["__Host-sid"], before, "the session has another secret");
    let listed = browser.get("/account/factors").await.json();
    assert_eq!((&listed[0]["kind"], &listed[0]["name"]), (&"passkey".into(), &"Laptop".into()));
    let me = browser.get("/account").await.json();
    assert_eq!((&me["mfa"], &me["factors"][0]["kind"]), (&true.into(), &"passkey".into()));
    let removed = browser.delete(&format!("/account/factors/{}", factor.id)).await;
    assert_eq!(removed.status, 204);
    assert_eq!(browser.get("/account/factors").await.json(), json!([]));
}

#[tokio::test]
async fn the_answer_of_a_browser_can_be_sent_as_it_is() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let options = creation(&mut browser).await;
    let credential = Device::new().create(&options, |_| ());
    let added = browser.post("/account/passkeys", credential).await;
    assert_eq!((added.status, &added.json()["name"]), (200, &"Passkey".into()));
    let options = creation(&mut browser).await;
    let mut credential = Device::new().create(&options, |_| ());
    credential["name"] = "Phone".into();
    let added = browser.post("/account/passkeys", credential).await;
    assert_eq!((added.status, &added.json()["name"]), (200, &"Phone".into()));
    let options = creation(&mut browser).await;
    assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_no_answer_of_a_browser_is_422_without_being_repeated() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let good = Device::new().create(&creation(&mut browser).await, |_| ());
    for (place, value) in [
        ("/id", json!("AQI=")),
        ("/rawId", json!("+/==")),
        ("/type", json!("hunter2")),
        ("/response/clientDataJSON", json!("hunter2!")),
        ("/response/attestationObject", Value::Null),
        ("/response", json!({})),
    ] {
        let mut credential = good.clone();
        *credential.pointer_mut(place).unwrap() = value;
        let answer = browser.post("/account/passkeys", json!({ "credential": credential })).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (422, &"invalid_fields".into()),
            "{place}"
        );
        assert!(!answer.body.contains("hunter2"), "{place}");
    }
    let name = json!({ "credential": good, "name": "x".repeat(101) });
    let answer = browser.post("/account/passkeys", name).await;
    assert_eq!((answer.status, &answer.json()["code"]), (422, &"invalid_name".into()));
    let still = browser.post("/account/passkeys", json!({ "credential": good })).await;
    assert_eq!(still.status, 200, "the challenge was not used by them");
}

#[tokio::test]
async fn r53_a_passkey_needs_a_factor_that_is_held_and_fresh() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let options = creation(&mut browser).await;
    app.clock.advance(601);
    let body = json!({ "credential": Device::new().create(&options, |_| ()) });
    for (path, body) in [("/account/passkeys/challenge", Value::Null), ("/account/passkeys", body)]
    {
        let answer = browser.post(path, body).await;
        assert_eq!(answer.status, 401, "{path}");
        let problem = answer.json();
        assert!(problem.to_string().contains("insufficient_user_authentication"), "{problem}");
    }
    assert_eq!(app.browser().post("/account/passkeys/challenge", Value::Null).await.status, 401);
    // With a second factor the password alone is not enough.
    let mut browser = app.signed_in("alice").await;
    Phone::enrol(&mut browser).await;
    let mut half = app.browser();
    half.sign_in("alice").await;
    assert_eq!(half.post("/account/passkeys/challenge", Value::Null).await.status, 401);
    enrol(&mut browser, &mut Device::new()).await;
}

#[tokio::test]
async fn r54_an_account_can_have_several_passkeys_and_none_replaces_another() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let (mut first, mut second) = (Device::new(), Device::new());
    enrol(&mut browser, &mut first).await;
    enrol(&mut browser, &mut second).await;
    let again = enrol_twisted(&mut browser, &mut first, |_| ()).await;
    assert_not_added(&again, "the account has it");
    assert_eq!(factors(&app, &id).await.len(), 2);
    for device in [&mut first, &mut second] {
        assert_in(&present(&mut app.browser(), device).await, "both sign in");
    }
}

#[tokio::test]
async fn an_account_has_twenty_factors_at_most() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    enrol(&mut browser, &mut Device::new()).await;
    let options = creation(&mut browser).await;
    let first = factors(&app, &id).await.remove(0);
    for number in 1..20 {
        let other = FactorRecord {
            id: FactorId::random(),
            credential_id: Some(vec![number; 16]),
            ..first.clone()
        };
        app.store.add_factor(&other, &AuditEntry::new(app.now(), "test")).await.unwrap();
    }
    let late = browser.post("/account/passkeys", Device::new().create(&options, |_| ())).await;
    let early = browser.post("/account/passkeys/challenge", Value::Null).await;
    for answer in [late, early] {
        assert_eq!((answer.status, &answer.json()["code"]), (409, &"too_many_factors".into()));
    }
}

#[tokio::test]
async fn r63_a_new_passkey_has_a_user_who_is_present_and_verified() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    for (flags, why) in
        [(VERIFIED, "the user is absent"), (PRESENT, "the user is unknown"), (0, "neither")]
    {
        let answer = enrol_twisted(&mut browser, &mut Device::new(), |it| {
            it.flags = flags | ATTESTED;
        })
        .await;
        assert_not_added(&answer, why);
    }
    assert!(factors(&app, &id).await.is_empty());
}

#[tokio::test]
async fn r64_what_is_backed_up_can_be() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut device = Device::new();
    let answer = enrol_twisted(&mut browser, &mut device, |it| it.flags |= BACKED_UP).await;
    assert_not_added(&answer, "backed up, and cannot be");
    for flags in [ELIGIBLE, ELIGIBLE | BACKED_UP] {
        device = Device::new();
        device.flags |= flags;
        enrol(&mut browser, &mut device).await;
        assert_in(&present(&mut app.browser(), &mut device).await, "as it was");
    }
}

#[tokio::test]
async fn r65_the_key_is_of_an_algorithm_that_was_offered_and_on_its_curve() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let offered = creation(&mut browser).await["pubKeyCredParams"].clone();
    let offered: Vec<_> = offered.as_array().unwrap().iter().map(|it| it["alg"].clone()).collect();
    assert_eq!(offered, [json!(-7), json!(-35), json!(-257)]);
    let ed25519 = [&[0xa4, 1, 1, 3, 0x27, 0x20, 6, 0x21, 0x58, 32][..], &[9; 32]].concat();
    let p521 = [
        &[0xa5, 1, 2, 3, 0x38, 35, 0x20, 3, 0x21, 0x58, 66][..],
        &[9; 66],
        &[0x22, 0x58, 66],
        &[9; 66],
    ];
    for (cose, why) in [
        (ed25519, "EdDSA was not offered"),
        (p521.concat(), "ES512 was not offered"),
        (es256(&[9; 32], &[9; 32]), "no point of the curve"),
        (es256(&[0; 32], &[0; 32]), "the point at infinity"),
        (es256(&[9; 33], &[9; 32]), "too long"),
        (vec![0xa0], "no key"),
        (vec![0xf6], "nothing"),
    ] {
        let twisted = enrol_twisted(&mut browser, &mut Device::new(), |it| it.cose = cose).await;
        assert_not_added(&twisted, why);
    }
    assert!(factors(&app, &id).await.is_empty());
}

#[tokio::test]
async fn r65_keys_of_each_algorithm_that_is_offered_sign_in() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    for (mut device, name) in
        [(Device::new(), "ES256"), (Device::es384(), "ES384"), (Device::rs256(), "RS256")]
    {
        enrol(&mut browser, &mut device).await;
        assert_in(&present(&mut app.browser(), &mut device).await, name);
        let mut other = device.clone();
        other.user = Some(vec![0; 16]);
        assert_refused(&present(&mut app.browser(), &mut other).await, name);
    }
}

#[tokio::test]
async fn r66_a_credential_belongs_to_one_account() {
    let app = App::new();
    let (alice, bob) = (app.account("alice").await, app.account("bob").await);
    let (mut first, mut copy) = (Device::new(), Device::new());
    enrol(&mut app.signed_in("alice").await, &mut first).await;
    copy.id = first.id.clone();
    let taken = enrol_twisted(&mut app.signed_in("bob").await, &mut copy, |_| ()).await;
    assert_eq!((taken.status, &taken.json()["code"]), (409, &"credential_taken".into()));
    assert_eq!((factors(&app, &alice).await.len(), factors(&app, &bob).await.len()), (1, 0));
    assert_in(&present(&mut app.browser(), &mut first).await, "it stays whose it was");
}

#[tokio::test]
async fn r66_an_id_has_1023_bytes_at_most() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let mut device = Device::new();
    device.id = vec![7; 1_024];
    assert_not_added(&enrol_twisted(&mut browser, &mut device, |_| ()).await, "too long");
    device.id.pop();
    enrol(&mut browser, &mut device).await;
    assert_in(&present(&mut app.browser(), &mut device).await, "1023");
}

#[tokio::test]
async fn r70_nothing_is_after_a_new_passkey() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let extensions = [0xa1, 0x61, b'a', 0xf5];
    for (flags, after, object, why) in [
        (0, &[0][..], &[][..], "after the key"),
        (0, &extensions, &[], "extensions that no flag names"),
        (EXTENSIONS, &[], &[], "a flag without extensions"),
        (EXTENSIONS, &[0xbf, 0x61, b'a', 0xf5, 0xff], &[], "extensions of no definite length"),
        (EXTENSIONS, &[0xa1, 0x61, b'a', 0xf5, 0], &[], "after the extensions"),
        (0, &[], &[0], "after the attestation object"),
    ] {
        let answer = enrol_twisted(&mut browser, &mut Device::new(), |it| {
            it.flags |= flags;
            it.after = after.to_vec();
            it.after_object = object.to_vec();
        })
        .await;
        assert_not_added(&answer, why);
    }
    let without = enrol_twisted(&mut browser, &mut Device::new(), |it| it.flags &= !ATTESTED).await;
    assert_not_added(&without, "no credential");
    assert!(factors(&app, &id).await.is_empty());
    let with = enrol_twisted(&mut browser, &mut Device::new(), |it| {
        it.flags |= EXTENSIONS;
        it.after = extensions.to_vec();
    })
    .await;
    assert_eq!(with.status, 200, "extensions that were not asked for are ignored");
}

#[tokio::test]
async fn r72_an_attestation_is_none_or_signed_by_the_key_itself() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    assert_eq!(creation(&mut browser).await["attestation"], "none");
    // `{"sig": h''}` and `{"alg": -7, "sig": h'', "x5c": []}`.
    let sig = [&[0xa1, 0x63][..], b"sig", &[0x40]].concat();
    let x5c =
        [&[0xa3, 0x63][..], b"alg", &[0x26, 0x63], b"sig", &[0x40, 0x63], b"x5c", &[0x80]].concat();
    let unsigned = [&[0xa2, 0x63][..], b"alg", &[0x26, 0x63], b"sig", &[0x40]].concat();
    for (format, statement) in [
        ("none", sig),
        ("none", vec![0xf6]),
        ("packed", vec![0xa0]),
        ("packed", unsigned.clone()),
        ("packed", x5c.clone()),
        ("fido-u2f", x5c.clone()),
        ("tpm", x5c.clone()),
        ("android-key", x5c.clone()),
        ("android-safetynet", vec![0xa0]),
        ("apple", x5c),
        ("compound", vec![0x80]),
        ("unheard-of", vec![0xa0]),
        ("", vec![0xa0]),
        ("None", vec![0xa0]),
    ] {
        // Not more at once than attempts are counted.
        app.clock.advance(100);
        browser.sign_in("alice").await;
        let answer = enrol_twisted(&mut browser, &mut Device::new(), |it| {
            it.statement = Some((format, statement));
        })
        .await;
        assert_not_added(&answer, format);
    }
    assert!(factors(&app, &id).await.is_empty());
    app.clock.advance(900);
    browser.sign_in("alice").await;
    let answer = enrol_twisted(&mut browser, &mut Device::new(), |it| it.statement = None).await;
    assert_eq!(answer.status, 200, "signed by itself: {answer:?}");
}

#[tokio::test]
async fn r109_a_new_passkey_is_in_the_trail_and_its_owner_is_notified() {
    let (app, mailbox, id) = with_mail(FactorSettings::default()).await;
    enrol(&mut app.signed_in("alice").await, &mut Device::new()).await;
    mailbox.has(&Sent::Notice(Notice::FactorAdded)).await;
    let factor = factors(&app, &id).await.remove(0);
    assert_eq!((factor.kind, factor.created_at), (FactorKind::Passkey, app.now()));
    let events = app.events().await;
    let added = events.iter().find(|it| it.event == "factor_added").unwrap();
    assert_eq!(
        (&added.actor, &added.account, added.outcome),
        (&Some(id.clone()), &Some(id), AuditOutcome::Done)
    );
    assert_eq!(
        (&added.detail["kind"], &added.detail["factor"]),
        (&"passkey".into(), &factor.id.as_str().into())
    );
}

#[tokio::test]
async fn the_relying_party_is_the_host_or_a_domain_above_it() {
    let passkeys = |settings: PasskeySettings| {
        App::with(|builder| builder.factors(FactorSettings::default().passkeys(settings)))
    };
    let app = passkeys(PasskeySettings::default().relying_party("example.com"));
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    assert_eq!(creation(&mut browser).await["rp"]["id"], "example.com");
    let mut device = Device::new();
    enrol(&mut browser, &mut device).await;
    assert_in(&present(&mut app.browser(), &mut device).await, "the origin is below it");
    let builder = |settings, origin: &str| {
        auth_accounts::Accounts::builder(auth_accounts::store::Stores::all_in(app.store.clone()))
            .origin(origin)
            .keys(auth_accounts::secret::KeyRing::ephemeral())
            .factors(FactorSettings::default().passkeys(settings))
            .build()
    };
    for domain in ["example.org", "evil.example.com", "tes.example.com", ""] {
        let wrong =
            builder(PasskeySettings::default().relying_party(domain), "https://notes.example.com");
        assert!(wrong.is_err(), "{domain}");
    }
    assert!(
        builder(PasskeySettings::default().relying_party("127.0.0.1"), "http://127.0.0.1").is_err()
    );
    assert!(builder(PasskeySettings::default(), "http://127.0.0.1:3000").is_ok());
    for (origin, id) in [
        ("http://localhost:3000", "localhost"),
        ("https://notes.example.com/", "notes.example.com"),
    ] {
        let app = App::with(|builder| builder.origin(origin));
        assert_eq!(request(&mut app.program()).await["rpId"], id);
    }
}

#[tokio::test]
async fn an_origin_without_a_domain_has_no_passkeys() {
    let app = App::with(|builder| builder.origin("https://192.0.2.1"));
    app.account("alice").await;
    let mut browser = app.program();
    let body = json!({ "username": "alice", "password": PASSWORD, "token": true });
    let token = browser.post("/account/sign-in", body).await.json()["access_token"].clone();
    browser.token = token.as_str().map(str::to_owned);
    for path in ["/account/passkeys/challenge", "/account/sign-in/passkey/challenge"] {
        let answer = browser.post(path, Value::Null).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (404, &"passkeys_off".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn r58_challenges_are_made_so_often_and_no_more() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    for _ in 0..20 {
        let answer = browser.post("/account/passkeys/challenge", Value::Null).await;
        assert_eq!(answer.status, 200);
    }
    let answer = browser.post("/account/passkeys/challenge", Value::Null).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn r109_a_passkey_that_is_not_added_is_in_the_trail() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let options = creation(&mut browser).await;
    let credential = Device::new().create(&options, |_| ());
    let body = json!({ "credential": credential });
    assert_eq!(browser.post("/account/passkeys", body.clone()).await.status, 200);
    assert_not_added(&browser.post("/account/passkeys", body).await, "its challenge is used");
    let refused = app.events().await.pop().unwrap();
    assert_eq!((&*refused.event, refused.outcome), ("factor_added", AuditOutcome::Refused));
    assert_eq!(refused.detail["reason"], "invalid_passkey");
    assert_eq!((&refused.account, &refused.actor), (&Some(id.clone()), &Some(id)));
}
