//! What was revoked stays revoked, whatever the endpoint says next.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::answer::AnswerRules;
use super::token_digest::shared_name;
use crate::identity::Authentication;
use crate::revocation::{
    Revocation, RevocationCheck, RevocationList, RevocationStatus, RevokeError,
};
use crate::time::clock::{Clock, FixedClock};
use crate::time::epoch::Epoch;
use crate::token::claim_map::ClaimMap;
use crate::token::claims::{MAX_LIFETIME, Rules};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.test";
/// The longest lifetime that the lists are told of, in seconds.
const LIFETIME: u64 = 300;

fn accepted(time_to_live: u64, token: &str, answer: &Value, now: u64) -> Authentication {
    let rules = AnswerRules {
        issuer: ISSUER.into(),
        rules: Rules {
            issuer: ISSUER.into(),
            audiences: vec!["api".into()],
            audience_in: Vec::new(),
            requires_audience: true,
            subject_in: None,
            leeway: 30,
            max_lifetime: MAX_LIFETIME.as_secs(),
        },
        claims: Arc::new(ClaimMap::rfc9068()),
        token_types: Vec::new(),
        dates_as_text: false,
        time_to_live,
    };
    let answer = rules.active(answer.as_object().unwrap().clone(), shared_name(token), now);
    rules.check(&answer, Epoch::default().stamp(), now).unwrap().into()
}

fn list(capacity: usize) -> (RevocationList, FixedClock) {
    let clock = FixedClock::new(NOW);
    let list = RevocationList::builder()
        .capacity(capacity)
        .max_token_lifetime(Duration::from_secs(LIFETIME))
        .clock(clock.clone())
        .build()
        .unwrap();
    (list, clock)
}

fn is_revoked(list: &RevocationList, token: &Authentication) -> bool {
    list.status(token) == RevocationStatus::Revoked
}

fn answer(change: &Value) -> Value {
    let mut answer = json!({"active": true, "sub": "alice", "aud": "api"});
    let members = answer.as_object_mut().unwrap();
    members.extend(change.as_object().unwrap().clone());
    answer
}

/// What an endpoint says at a time.
type Says = fn(u64) -> Value;

/// What an endpoint says of one token, now and later.
fn ways_to_answer() -> Vec<(&'static str, Says)> {
    vec![
        ("neither jti nor exp", |_| json!({})),
        ("jti, no exp", |_| json!({"jti": "j"})),
        ("jti that differs", |now| json!({"jti": now.to_string()})),
        ("exp that slides", |now| json!({"exp": now + 60})),
        ("exp that slides, jti", |now| json!({"exp": now + 60, "jti": "j"})),
        ("exp now and then", |now| if now % 2 == 0 { json!({"exp": now + 9}) } else { json!({}) }),
        ("iat, no exp", |_| json!({"iat": NOW - 10})),
        ("iat, exp that slides", |now| json!({"iat": NOW - 10, "exp": now + 60})),
        ("expires_in", |now| json!({"expires_in": 1_900_000_000 - now})),
        ("a counter", |now| json!({"exp": NOW + 500 * 86_400, "requests": now})),
        ("scopes that differ", |now| json!({"scope": format!("s{now}")})),
    ]
}

#[test]
fn a_revoked_opaque_token_stays_revoked() {
    for (name, says) in ways_to_answer() {
        for time_to_live in [60, 1, 0] {
            let (list, clock) = list(100);
            let (node, other_clock) = self::list(100);
            let ask = |token: &str, now| accepted(time_to_live, token, &answer(&says(now)), now);
            let token = ask("token", NOW);
            assert!(!is_revoked(&list, &token), "{name}");
            list.revoke(&token).unwrap();
            let shared = serde_json::to_string(&Revocation::from(&token)).unwrap();
            node.revoke(serde_json::from_str::<Revocation>(&shared).unwrap()).unwrap();
            for later in [0, 1, 2, 59, 61, 130, LIFETIME + 121, 3_600, 86_401, 400 * 86_400] {
                clock.set(NOW + later);
                other_clock.set(NOW + later);
                // Something else goes on.
                list.revoke(Revocation::token(ISSUER, later.to_string(), NOW + later + 1)).unwrap();
                let same = ask("token", NOW + later);
                assert!(is_revoked(&list, &same), "{name}, {time_to_live}, {later}");
                assert!(is_revoked(&node, &same), "{name}, {time_to_live}, {later}");
                // Only where the endpoint calls both by one `jti` are they one token.
                if says(NOW).get("jti").is_none() {
                    let another = ask("another", NOW + later);
                    assert!(!is_revoked(&list, &another), "{name}, {time_to_live}, {later}");
                }
            }
        }
    }
}

#[test]
fn a_token_without_iat_stays_revoked_with_its_subject() {
    for (name, says) in ways_to_answer() {
        let (list, clock) = list(100);
        list.revoke_subject(ISSUER, "alice").unwrap();
        for later in [0, 61, 130, LIFETIME + 121, 86_401, 400 * 86_400] {
            clock.set(NOW + later);
            list.revoke_subject(ISSUER, &format!("unrelated-{later}")).unwrap();
            let same = accepted(60, "token", &answer(&says(NOW + later)), NOW + later);
            assert!(is_revoked(&list, &same), "{name}, {later}");
        }
    }
}

#[test]
fn a_later_token_of_the_subject_is_accepted_if_it_has_iat() {
    let (list, clock) = list(1);
    list.revoke_subject(ISSUER, "alice").unwrap();
    clock.advance(LIFETIME + 121);
    let of = |iat: u64| accepted(60, "token", &answer(&json!({"iat": iat})), clock.now());
    assert!(is_revoked(&list, &of(NOW)) && !is_revoked(&list, &of(NOW + 1)));
    // The entry makes room.
    list.revoke_subject(ISSUER, "bob").unwrap();
    assert!(is_revoked(&list, &of(NOW)) && !is_revoked(&list, &of(NOW + 1)));
    let undated = accepted(60, "token", &answer(&json!({"exp": NOW + 90_000})), clock.now());
    assert!(is_revoked(&list, &undated), "it may have been meant");
}

/// A revocation of one token is one of its `jti`, too: a node may verify it as a JWT.
#[test]
fn the_jti_of_an_opaque_token_is_revoked_with_it() {
    let (list, _) = list(2);
    let of = |token: &str, jti: &str| accepted(60, token, &answer(&json!({"jti": jti})), NOW);
    list.revoke(&of("token", "j")).unwrap();
    assert!(is_revoked(&list, &of("the same in another form", "j")));
    assert!(!is_revoked(&list, &of("another", "k")));
    list.revoke(&of("token", "j")).expect("what is there may be revoked again");
    assert!(matches!(list.revoke(&of("another", "k")), Err(RevokeError::Full { capacity: 2 })));
}

/// It is revoked when it is revoked, however long ago its answer was.
#[test]
fn an_entry_is_kept_for_the_lifetime_from_the_revocation_on() {
    let (list, clock) = list(1);
    let token = accepted(60, "token", &answer(&json!({})), NOW);
    clock.advance(10_000);
    list.revoke(&token).unwrap();
    clock.advance(LIFETIME + 120);
    assert!(list.revoke_subject(ISSUER, "bob").is_err(), "the entry is still kept");
    clock.advance(1);
    list.revoke_subject(ISSUER, "bob").unwrap();
    assert!(is_revoked(&list, &token), "it may have been meant by what was forgotten");
}

/// Any answer about the token that is accepted.
fn any_answer() -> impl Strategy<Value = Map<String, Value>> {
    let member = prop_oneof![
        (1_u64..5_000).prop_map(|left| ("exp", json!(left))),
        // A token was not issued after it was revoked.
        (0_u64..500).prop_map(|ago| ("iat", json!(NOW - ago))),
        "[a-c]?".prop_map(|id| ("jti", json!(id))),
        (0_u64..9).prop_map(|left| ("expires_in", json!(left))),
        any::<u32>().prop_map(|count| ("requests", json!(count))),
        "[a-z ]{0,5}".prop_map(|scope| ("scope", json!(scope))),
        any::<bool>().prop_map(|is| ("active_since", json!(is))),
    ];
    proptest::collection::vec(member, 0..5).prop_map(|members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    })
}

proptest! {
    #[test]
    fn a_revoked_token_stays_revoked_for_any_later_answer(
        first in any_answer(),
        next in proptest::collection::vec((any_answer(), 0_u64..20_000, 0_u8..4), 1..20),
        time_to_live in 0_u64..=60,
        capacity in 3_usize..6,
    ) {
        let (list, clock) = list(capacity);
        let ask = |said: &Map<String, Value>, now: u64| {
            let mut said = answer(&Value::Object(said.clone()));
            if let Some(left) = said["exp"].as_u64() {
                said["exp"] = json!(now + left);
            }
            accepted(time_to_live, "token", &said, now)
        };
        list.revoke(&ask(&first, NOW)).unwrap();
        for (said, seconds, other) in next {
            clock.advance(seconds);
            let now = clock.now();
            // There may be no room for it; what is acknowledged stays in any case.
            let _ = match other {
                0 => list.revoke_subject(ISSUER, &now.to_string()),
                1 => list.revoke_session(ISSUER, &now.to_string()),
                2 => list.revoke(Revocation::token(ISSUER, now.to_string(), now + 5)),
                _ => list.revoke(&accepted(60, &now.to_string(), &answer(&json!({})), now)),
            };
            prop_assert!(is_revoked(&list, &ask(&said, now)), "{:?}", said);
        }
    }
}
