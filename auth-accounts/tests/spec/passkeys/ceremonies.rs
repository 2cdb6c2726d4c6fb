//! What is signed, and how often it counts.

use std::time::Duration;

use auth_accounts::model::AuditOutcome;
use auth_accounts::secret::KeyRing;
use auth_accounts::store::OneTimeStore as _;
use serde_json::{Value, json};

use super::device::{ATTESTED, Device, EXTENSIONS, PRESENT, VERIFIED, base64url, bytes};
use super::{
    alice, alice_with, assert_in, assert_not_added, assert_refused, creation, enrol, enrol_twisted,
    factors, present, present_twisted, request,
};
use crate::support::{App, ORIGIN};

#[tokio::test]
async fn r58_a_challenge_has_32_random_bytes() {
    let (app, ..) = alice().await;
    let mut browser = app.browser();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let challenge = bytes(&request(&mut browser).await["challenge"]);
        assert_eq!(challenge.len(), 32);
        assert!(seen.insert(challenge));
    }
}

#[tokio::test]
async fn r58_a_challenge_is_answered_once_even_if_the_answer_is_wrong() {
    let (app, _, mut device) = alice().await;
    let mut browser = app.browser();
    let options = request(&mut browser).await;
    let right = device.get(&options, |_| ());
    let wrong = device.get(&options, |it| it.rp_id.push('x'));
    assert_in(&browser.post("/account/sign-in/passkey", right.clone()).await, "once");
    assert_refused(&app.browser().post("/account/sign-in/passkey", right).await, "twice");
    let options = request(&mut browser).await;
    let right = device.get(&options, |_| ());
    let wrong_for_it = device.get(&options, |it| it.rp_id.push('x'));
    assert_refused(
        &app.browser().post("/account/sign-in/passkey", wrong).await,
        "another challenge",
    );
    let answer = app.browser().post("/account/sign-in/passkey", wrong_for_it).await;
    assert_refused(&answer, "a wrong answer");
    assert_refused(&app.browser().post("/account/sign-in/passkey", right).await, "it is used up");
}

#[tokio::test]
async fn r58_a_challenge_of_an_enrolment_is_answered_once() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let options = creation(&mut browser).await;
    let wrong = Device::new().create(&options, |it| it.rp_id.push('x'));
    let right = Device::new().create(&options, |_| ());
    assert_not_added(&browser.post("/account/passkeys", wrong).await, "wrong");
    assert_not_added(&browser.post("/account/passkeys", right).await, "it is used up");
}

#[tokio::test]
async fn r58_a_challenge_waits_for_five_minutes() {
    let (app, _, mut device) = alice().await;
    for (seconds, is_in) in [(299, true), (300, false)] {
        let mut browser = app.browser();
        let options = request(&mut browser).await;
        assert_eq!(options["timeout"], 300_000);
        app.clock.advance(seconds);
        let answer = browser.post("/account/sign-in/passkey", device.get(&options, |_| ())).await;
        assert_eq!(answer.status == 200, is_in, "{seconds}");
    }
}

#[tokio::test]
async fn r58_a_challenge_is_for_the_ceremony_and_for_who_has_asked_for_it() {
    let (app, _, mut device) = alice().await;
    app.account("bob").await;
    let mut alice = app.browser();
    present(&mut alice, &mut device).await;
    let mut bob = app.signed_in("bob").await;
    // A challenge of a sign-in, for a new passkey, and the other way round.
    let mut options = creation(&mut alice).await;
    options["challenge"] = request(&mut app.browser()).await["challenge"].clone();
    let answer = alice.post("/account/passkeys", Device::new().create(&options, |_| ())).await;
    assert_not_added(&answer, "of a sign-in");
    let mut options = request(&mut app.browser()).await;
    options["challenge"] = creation(&mut alice).await["challenge"].clone();
    let answer = app.browser().post("/account/sign-in/passkey", device.get(&options, |_| ())).await;
    assert_refused(&answer, "of an enrolment");
    // Of another account's session, and of another session of the same account.
    let of_bob = creation(&mut bob).await;
    let answer = alice.post("/account/passkeys", Device::new().create(&of_bob, |_| ())).await;
    assert_not_added(&answer, "of Bob's session");
    let mut other = app.browser();
    present(&mut other, &mut device).await;
    let of_other = creation(&mut other).await;
    let answer = alice.post("/account/passkeys", Device::new().create(&of_other, |_| ())).await;
    assert_not_added(&answer, "of another session of Alice's");
    // Of one that waits, for one that has not said who they are, and the other way round.
    let mut waiting = app.browser();
    waiting.sign_in("alice").await;
    let second = request(&mut waiting).await;
    let answer = app.browser().post("/account/sign-in/passkey", device.get(&second, |_| ())).await;
    assert_refused(&answer, "of a sign-in that waits");
    let of_stranger = request(&mut app.browser()).await;
    let answer = waiting.post("/account/sign-in/passkey", device.get(&of_stranger, |_| ())).await;
    assert_refused(&answer, "of a stranger");
    let mut also_waiting = app.browser();
    also_waiting.sign_in("alice").await;
    let of_another = request(&mut also_waiting).await;
    let answer = waiting.post("/account/sign-in/passkey", device.get(&of_another, |_| ())).await;
    assert_refused(&answer, "of another sign-in of Alice's");
}

#[tokio::test]
async fn r58_another_node_takes_the_answer_to_a_challenge() {
    let (app, _, mut device) = alice().await;
    let other = app.another_node(|it| it);
    let mut browser = app.browser();
    let options = request(&mut browser).await;
    let body = device.get(&options, |_| ());
    let mut there = browser.at(&other);
    assert_in(&there.post("/account/sign-in/passkey", body.clone()).await, "another node");
    assert_refused(&browser.post("/account/sign-in/passkey", body).await, "and this one knows");
}

#[tokio::test]
async fn a_passkey_outlives_a_change_of_the_ring_and_is_worth_nothing_without_its_key() {
    let (app, _, mut device) = alice().await;
    let ring = |keys: &[(&str, [u8; 32])]| KeyRing::new(keys.iter().copied()).unwrap();
    let both = ring(&[("new", [8; 32]), ("test", [7; 32])]);
    let (new, lost) = (ring(&[("new", [8; 32])]), ring(&[("new", [9; 32])]));
    let node = app.another_node(|it| it.keys(both));
    assert_in(&present(&mut node.browser(), &mut device).await, "the old key is in the ring");
    let node = app.another_node(|it| it.keys(new));
    assert_in(&present(&mut node.browser(), &mut device).await, "it was sealed anew");
    let node = app.another_node(|it| it.keys(lost));
    assert_refused(&present(&mut node.browser(), &mut device).await, "another key");
}

#[tokio::test]
async fn r58_a_challenge_that_was_never_made_is_none() {
    let (app, _, mut device) = alice().await;
    for challenge in [json!(""), json!(base64url(&[0; 32])), json!("+++"), json!(7), Value::Null] {
        let answer = present_twisted(&mut app.browser(), &mut device, |it| {
            it.say("challenge", challenge.clone());
        })
        .await;
        assert_refused(&answer, &challenge.to_string());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r43_r58_of_those_who_send_the_same_answer_at_once_one_is_in() {
    let (app, _, mut device) = alice().await;
    let mut known = app.browser();
    present(&mut known, &mut device).await;
    let options = request(&mut known).await;
    let body = device.get(&options, |_| ());
    // Each answer of the store takes as long, so that all are as far at any time.
    app.store.faults().delay(Duration::from_millis(20));
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (mut browser, body) = (known.clone(), body.clone());
            tokio::spawn(async move { browser.post("/account/sign-in/passkey", body).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401, 401, 401, 401]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn r69_of_those_who_count_alike_at_once_one_is_in() {
    let (app, id, mut device) = alice_with(Device::counting()).await;
    let mut known = app.browser();
    present(&mut known, &mut device).await;
    // Copies of one authenticator, each with a challenge of its own.
    let mut answers = Vec::new();
    for _ in 0..6 {
        let mut browser = known.clone();
        let options = request(&mut browser).await;
        let body = device.clone().get(&options, |_| ());
        answers.push((browser, body));
    }
    app.store.faults().delay(Duration::from_millis(20));
    let mut tasks = Vec::new();
    for (mut browser, body) in answers {
        tasks.push(tokio::spawn(async move {
            browser.post("/account/sign-in/passkey", body).await.status
        }));
    }
    let mut statuses = Vec::new();
    for task in tasks {
        statuses.push(task.await.unwrap());
    }
    assert_eq!(statuses.iter().filter(|it| **it == 200).count(), 1, "{statuses:?}");
    assert_eq!(factors(&app, &id).await[0].sign_count, 3);
}

#[tokio::test]
async fn r59_the_type_is_that_of_the_ceremony() {
    let (app, _, mut device) = alice().await;
    for kind in ["webauthn.create", "webauthn.Get", "payment.get", "", "webauthn.get\0"] {
        let answer =
            present_twisted(&mut app.browser(), &mut device, |it| it.say("type", kind)).await;
        assert_refused(&answer, kind);
    }
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    for kind in ["webauthn.get", "", "webauthn.create "] {
        let answer =
            enrol_twisted(&mut browser, &mut Device::new(), |it| it.say("type", kind)).await;
        assert_not_added(&answer, kind);
    }
}

/// Origins that are others, however alike.
const STRANGE: [&str; 8] = [
    "https://evil.example.org",
    "https://evil.notes.example.com",
    "https://evilnotes.example.com",
    "https://notes.example.com.evil.org",
    "https://notes.example.com:8443",
    "http://notes.example.com",
    "https://notes.example.com/",
    "null",
];

#[tokio::test]
async fn r60_the_origin_is_exactly_one_of_those_that_are_configured() {
    for origin in STRANGE {
        let (app, _, mut device) = alice().await;
        let answer =
            present_twisted(&mut app.browser(), &mut device, |it| it.say("origin", origin)).await;
        assert_refused(&answer, origin);
    }
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    for origin in STRANGE {
        let answer =
            enrol_twisted(&mut browser, &mut Device::new(), |it| it.say("origin", origin)).await;
        assert_not_added(&answer, origin);
    }
}

#[tokio::test]
async fn r60_an_application_can_name_other_origins() {
    use auth_accounts::factor::{FactorSettings, PasskeySettings};

    let settings = PasskeySettings::default().also_at("android:apk-key-hash:aGVsbG8");
    let app = App::with(|it| it.factors(FactorSettings::default().passkeys(settings)));
    app.account("alice").await;
    let mut device = Device::new();
    enrol(&mut app.signed_in("alice").await, &mut device).await;
    for (origin, is_in) in [
        ("android:apk-key-hash:aGVsbG8", true),
        ("android:apk-key-hash:aGVsbG9", false),
        (ORIGIN, true),
    ] {
        let answer =
            present_twisted(&mut app.browser(), &mut device, |it| it.say("origin", origin)).await;
        assert_eq!(answer.status == 200, is_in, "{origin}");
    }
}

#[tokio::test]
async fn r61_a_page_in_the_frame_of_another_is_refused() {
    let (app, _, mut device) = alice().await;
    let mut browser = app.browser();
    for (name, value) in [
        ("crossOrigin", json!(true)),
        ("crossOrigin", json!("true")),
        ("topOrigin", json!("https://evil.example.org")),
        ("topOrigin", json!(ORIGIN)),
    ] {
        let said = value.clone();
        let answer = present_twisted(&mut browser, &mut device, |it| it.say(name, said)).await;
        assert_refused(&answer, name);
        let mut signed_in = app.signed_in_as_new(&format!("b{}", app.events().await.len())).await;
        let answer =
            enrol_twisted(&mut signed_in, &mut Device::new(), |it| it.say(name, value)).await;
        assert_not_added(&answer, name);
    }
    let answer = present_twisted(&mut browser, &mut device, |it| {
        it.client.retain(|(name, _)| *name != "crossOrigin");
    })
    .await;
    assert_in(&answer, "older browsers do not say");
}

#[tokio::test]
async fn r62_the_relying_party_is_this_one() {
    let (app, _, mut device) = alice().await;
    for id in ["example.com", "evil.example.org", ORIGIN, "NOTES.example.com", ""] {
        let answer =
            present_twisted(&mut app.browser(), &mut device, |it| it.rp_id = id.to_owned()).await;
        assert_refused(&answer, id);
        let mut signed_in = app.signed_in_as_new(&format!("b{}", app.events().await.len())).await;
        let answer =
            enrol_twisted(&mut signed_in, &mut Device::new(), |it| it.rp_id = id.to_owned()).await;
        assert_not_added(&answer, id);
    }
}

#[tokio::test]
async fn r63_the_user_is_present_and_verified_each_time() {
    let (app, _, mut device) = alice().await;
    for (flags, why) in
        [(VERIFIED, "the user is absent"), (PRESENT, "the user is unknown"), (0, "neither")]
    {
        let answer = present_twisted(&mut app.browser(), &mut device, |it| it.flags = flags).await;
        assert_refused(&answer, why);
        let mut waiting = app.browser();
        waiting.sign_in("alice").await;
        let answer = present_twisted(&mut waiting, &mut device, |it| it.flags = flags).await;
        assert_refused(&answer, why);
    }
    let mut waiting = app.browser();
    waiting.sign_in("alice").await;
    assert_eq!(request(&mut waiting).await["userVerification"], "required");
}

/// Changes bytes that were signed.
type Twist = fn(&mut Vec<u8>);

#[tokio::test]
async fn r68_the_signature_is_over_the_bytes_as_they_were_sent() {
    let (app, _, mut device) = alice().await;
    let mut other = Device::new();
    let twists: [(&str, Twist); 7] = [
        ("/response/clientDataJSON", |it| it.push(b' ')),
        ("/response/clientDataJSON", |it| it.insert(1, b' ')),
        ("/response/authenticatorData", |it| it[36] ^= 1),
        ("/response/authenticatorData", |it| it[32] |= 2),
        ("/response/signature", |it| *it.last_mut().unwrap() ^= 1),
        ("/response/signature", Vec::clear),
        ("/response/signature", |it| it.push(0)),
    ];
    for (place, change) in twists {
        let mut browser = app.browser();
        let mut body = device.get(&request(&mut browser).await, |_| ());
        let value = body.pointer_mut(place).unwrap();
        let mut changed = bytes(value);
        change(&mut changed);
        *value = base64url(&changed).into();
        assert_refused(&browser.post("/account/sign-in/passkey", body).await, place);
    }
    other.id = device.id.clone();
    other.user = device.user.clone();
    assert_refused(&present(&mut app.browser(), &mut other).await, "another key");
    // That the members are in another order is the browser's own business.
    let answer = present_twisted(&mut app.browser(), &mut device, |it| it.client.reverse()).await;
    assert_in(&answer, "signed in this order");
}

#[tokio::test]
async fn r68_self_attestation_is_over_the_bytes_as_they_were_sent() {
    let app = App::new();
    app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    let options = creation(&mut browser).await;
    let mut body = Device::new().create(&options, |it| it.statement = None);
    let mut changed = bytes(&body["response"]["clientDataJSON"]);
    changed.push(b' ');
    body["response"]["clientDataJSON"] = base64url(&changed).into();
    assert_not_added(&browser.post("/account/passkeys", body).await, "a space more");
}

#[tokio::test]
async fn r69_a_counter_goes_up_and_one_that_does_not_is_noted() {
    let (app, id, mut device) = alice_with(Device::counting()).await;
    assert_eq!(factors(&app, &id).await[0].sign_count, 1);
    present(&mut app.browser(), &mut device).await;
    present(&mut app.browser(), &mut device).await;
    let before = factors(&app, &id).await;
    assert_eq!(before[0].sign_count, 3);
    for count in [3, 2, 1, 0] {
        let answer = present_twisted(&mut app.browser(), &mut device, |it| it.count = count).await;
        assert_refused(&answer, &count.to_string());
        assert_eq!(factors(&app, &id).await, before, "the passkey is as it was");
    }
    let events = app.events().await;
    let noted: Vec<_> = events.iter().filter(|it| it.event == "passkey_sign_count").collect();
    assert_eq!(noted.len(), 4);
    assert_eq!((noted[0].outcome, &noted[0].account), (AuditOutcome::Refused, &Some(id.clone())));
    assert_eq!(noted[0].detail["factor"], before[0].id.as_str());
    for count in [100, u32::MAX] {
        let answer = present_twisted(&mut app.browser(), &mut device, |it| it.count = count).await;
        assert_in(&answer, "its owner is not locked out");
        assert_eq!(factors(&app, &id).await[0].sign_count, count);
    }
}

#[tokio::test]
async fn r69_an_authenticator_that_counts_nothing_signs_in_each_time() {
    let (app, id, mut device) = alice().await;
    for _ in 0..3 {
        assert_in(&present(&mut app.browser(), &mut device).await, "0 and 0");
    }
    assert_eq!(factors(&app, &id).await[0].sign_count, 0);
    let answer = present_twisted(&mut app.browser(), &mut device, |it| it.count = 5).await;
    assert_in(&answer, "it began to count");
    assert_refused(&present(&mut app.browser(), &mut device).await, "0 after 5");
}

#[tokio::test]
async fn r69_a_refused_answer_changes_no_counter() {
    let (app, id, mut device) = alice_with(Device::counting()).await;
    let before = factors(&app, &id).await;
    let answer = present_twisted(&mut app.browser(), &mut device, |it| {
        it.count = 1_000;
        it.rp_id.push('x');
    })
    .await;
    assert_refused(&answer, "another relying party");
    let options = request(&mut app.browser()).await;
    let mut body = device.get(&options, |it| it.count = 1_000);
    body["response"]["signature"] = base64url(&[0x30, 6, 2, 1, 1, 2, 1, 1]).into();
    assert_refused(
        &app.browser().post("/account/sign-in/passkey", body).await,
        "a wrong signature",
    );
    assert_eq!(factors(&app, &id).await, before);
}

#[tokio::test]
async fn r70_nothing_is_after_what_is_signed() {
    let (app, _, mut device) = alice().await;
    let extensions = [0xa1, 0x61, b'a', 0xf5];
    for (flags, after, why) in [
        (0, &[0][..], "a byte"),
        (0, &extensions, "extensions that no flag names"),
        (EXTENSIONS, &[], "a flag without extensions"),
        (EXTENSIONS, &[0xa1, 0x61, b'a', 0xf5, 0], "after the extensions"),
        (EXTENSIONS, &[0xf5], "no map"),
        (ATTESTED, &[0; 18], "a credential"),
    ] {
        let answer = present_twisted(&mut app.browser(), &mut device, |it| {
            it.flags |= flags;
            it.after = after.to_vec();
        })
        .await;
        assert_refused(&answer, why);
    }
    let answer = present_twisted(&mut app.browser(), &mut device, |it| {
        it.flags |= EXTENSIONS;
        it.after = extensions.to_vec();
    })
    .await;
    assert_in(&answer, "extensions that were not asked for are ignored");
}

#[tokio::test]
async fn r71_a_user_who_was_not_verified_never_becomes_one_who_was() {
    let app = App::new();
    let id = app.account("alice").await;
    let mut browser = app.signed_in("alice").await;
    // There is no passkey of a user who was not verified, so that none has to rise.
    let answer = enrol_twisted(&mut browser, &mut Device::new(), |it| it.flags &= !VERIFIED).await;
    assert_not_added(&answer, "not verified");
    assert!(factors(&app, &id).await.is_empty());
}

#[tokio::test]
async fn challenges_without_an_answer_are_swept() {
    let (app, ..) = alice().await;
    for _ in 0..5 {
        request(&mut app.browser()).await;
    }
    app.clock.advance(300);
    let swept = app.store.sweep_one_time(app.now(), 100).await.unwrap();
    assert!(swept >= 5, "{swept}");
}
