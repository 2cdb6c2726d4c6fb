//! The list against a naive one that forgets nothing, and what it forgets.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::json;

use super::table::SHARDS;
use super::*;
use crate::testing::{TestIssuer, TokenBuilder};
use crate::time::clock::{Clock, FixedClock};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.test";

fn issuer() -> TestIssuer {
    TestIssuer::new(ISSUER, "api").unwrap().with_clock(FixedClock::new(NOW))
}

fn verified(issuer: &TestIssuer, token: TokenBuilder) -> Authentication {
    issuer.verifier().build().unwrap().verify(&token.sign().unwrap()).unwrap().into()
}

/// A list with a clock of its own, where no token lives longer than 300 seconds.
fn list(capacity: usize) -> (RevocationList, FixedClock) {
    let clock = FixedClock::new(NOW);
    let list = RevocationList::builder()
        .capacity(capacity)
        .max_token_lifetime(Duration::from_secs(300))
        .clock(clock.clone())
        .build()
        .unwrap();
    (list, clock)
}

fn is_revoked(list: &RevocationList, token: &Authentication) -> bool {
    match list.status(token) {
        RevocationStatus::Valid => false,
        RevocationStatus::Revoked => true,
        RevocationStatus::Unknown { .. } => panic!("a list in memory always knows"),
    }
}

#[test]
fn a_token_is_revoked_by_its_id_and_no_other_is() {
    let (list, _) = list(100);
    let ours = issuer();
    let theirs = TestIssuer::new("https://other.test", "api").unwrap();
    let theirs = theirs.with_clock(FixedClock::new(NOW));
    let [one, two] = ["1", "2"].map(|jti| verified(&ours, ours.token("alice").claim("jti", jti)));
    let foreign = verified(&theirs, theirs.token("alice").claim("jti", "1"));
    assert!(!is_revoked(&list, &one));
    list.revoke(&one).unwrap();
    assert!(is_revoked(&list, &one));
    assert!(!is_revoked(&list, &two));
    assert!(!is_revoked(&list, &foreign), "ids are the issuer's own");
}

#[test]
fn a_token_without_id_is_revoked_by_all_that_it_says() {
    let (list, _) = list(100);
    let issuer = issuer();
    for builder in [issuer.token("alice").without("jti"), issuer.token("alice").claim("jti", "")] {
        let token = verified(&issuer, builder.clone());
        let same = verified(&issuer, builder.clone());
        let other = verified(&issuer, builder.claim("client_id", "another"));
        list.revoke(&token).unwrap();
        assert!(is_revoked(&list, &token));
        assert!(is_revoked(&list, &same), "nothing tells the two apart");
        assert!(!is_revoked(&list, &other));
    }
}

#[test]
fn claims_have_one_digest_in_any_order_and_another_one_for_any_difference() {
    let digest = |json: &str| {
        let claims: serde_json::Value = serde_json::from_str(json).unwrap();
        revoked::claims_sha256(claims.as_object().unwrap())
    };
    assert_eq!(digest(r#"{"a":1,"b":{"c":2,"d":3}}"#), digest(r#"{"b":{"d":3,"c":2},"a":1}"#));
    let different = [
        r"{}",
        r#"{"a":1}"#,
        r#"{"a":"1"}"#,
        r#"{"a":1.0}"#,
        r#"{"a":[1]}"#,
        r#"{"a":["1"]}"#,
        r#"{"a":["x","y"]}"#,
        r#"{"a":["xy"]}"#,
        r#"{"a":[["x"],"y"]}"#,
        r#"{"a":["y","x"]}"#,
        r#"{"a":null}"#,
        r#"{"a":"null"}"#,
        r#"{"a":{}}"#,
        r#"{"a":[]}"#,
        r#"{"a":{"b":1}}"#,
        r#"{"a":{},"b":1}"#,
    ];
    let digests: HashSet<_> = different.into_iter().map(digest).collect();
    assert_eq!(digests.len(), different.len());
}

#[test]
fn a_subject_loses_what_it_was_issued_until_the_second_and_what_does_not_say_when() {
    let (list, _) = list(100);
    let issuer = issuer();
    let at = |iat| verified(&issuer, issuer.token("alice").claim("iat", iat));
    list.revoke_subject(ISSUER, "alice").unwrap();
    for (iat, revoked) in [(NOW - 100, true), (NOW - 1, true), (NOW, true), (NOW + 1, false)] {
        assert_eq!(is_revoked(&list, &at(iat)), revoked, "{iat}");
    }
    let fraction = issuer.token("alice").claim("iat", 1_800_000_000.9);
    assert!(is_revoked(&list, &verified(&issuer, fraction)), "within the second");
    assert!(is_revoked(&list, &verified(&issuer, issuer.token("alice").without("iat"))));
    assert!(!is_revoked(&list, &verified(&issuer, issuer.token("bob"))));
}

#[test]
fn a_later_revocation_extends_an_earlier_one_and_an_earlier_one_takes_nothing_back() {
    let (list, _) = list(1);
    let issuer = issuer();
    let token = verified(&issuer, issuer.token("alice").claim("iat", NOW + 5));
    for (until, revoked) in [(NOW, false), (NOW + 5, true), (NOW - 50, true)] {
        list.revoke(Revocation::subject(ISSUER, "alice", until)).unwrap();
        assert_eq!(is_revoked(&list, &token), revoked, "{until}");
    }
}

#[test]
fn a_session_ends_with_all_its_tokens_whenever_they_were_issued() {
    let (list, _) = list(100);
    let issuer = issuer();
    let of = |sid: &str, iat| {
        verified(&issuer, issuer.token("alice").claim("sid", sid).claim("iat", iat))
    };
    list.revoke_session(ISSUER, "s1").unwrap();
    assert!(is_revoked(&list, &of("s1", NOW - 10)));
    assert!(is_revoked(&list, &of("s1", NOW + 10)));
    assert!(!is_revoked(&list, &of("s2", NOW - 10)));
    assert!(!is_revoked(&list, &verified(&issuer, issuer.token("alice"))));
}

#[test]
fn an_id_is_of_its_kind() {
    let issuer = issuer();
    let token = issuer.token("x").claim("jti", "y").claim("sid", "z");
    let token = verified(&issuer, token);
    for name in ["x", "y", "z"] {
        for (what, revokes) in [
            (Revocation::subject(ISSUER, name, NOW), "x"),
            (Revocation::token(ISSUER, name, NOW + 60), "y"),
            (Revocation::session(ISSUER, name, NOW), "z"),
        ] {
            let (list, _) = list(100);
            list.revoke(what.clone()).unwrap();
            assert_eq!(is_revoked(&list, &token), name == revokes, "{what:?}");
        }
    }
}

#[test]
fn a_full_list_says_so_and_loses_nothing() {
    let (list, clock) = list(2);
    let issuer = issuer();
    let lifetimes = [100, 200, 100].map(Duration::from_secs);
    let [one, two, three] =
        lifetimes.map(|lifetime| verified(&issuer, issuer.token("alice").lifetime(lifetime)));
    list.revoke(&one).unwrap();
    list.revoke(&two).unwrap();
    let problem = list.revoke(&three).unwrap_err();
    assert!(matches!(problem, RevokeError::Full { capacity: 2 }));
    assert!(problem.to_string().contains("nothing was revoked\nhelp: raise `.capacity(..)`"));
    assert!(matches!(list.revoke_subject(ISSUER, "bob"), Err(RevokeError::Full { .. })));
    assert!(!is_revoked(&list, &three));
    list.revoke(&one).expect("what is there may be revoked again");
    assert!(is_revoked(&list, &one) && is_revoked(&list, &two));

    // Once the first one is over, with the largest leeway, there is room.
    clock.set(NOW + 100 + 60);
    assert!(list.revoke(&three).is_err());
    clock.set(NOW + 100 + 61);
    list.revoke_session(ISSUER, "s1").unwrap();
    assert!(is_revoked(&list, &two));
}

/// A token that lives longer than was foreseen is rejected rather than brought back to life.
#[test]
fn a_caller_that_a_dropped_entry_may_have_named_is_rejected() {
    let (list, clock) = list(1);
    let long = TestIssuer::new(ISSUER, "api").unwrap().with_clock(clock.clone());
    let of = |subject: &str, iat| {
        verified(&long, long.token(subject).claim("iat", iat).lifetime(Duration::from_secs(9_000)))
    };
    let (before, after) = (of("alice", NOW), of("alice", NOW + 1));
    list.revoke_subject(ISSUER, "alice").unwrap();
    clock.set(NOW + 300 + 61 + 60 - 1);
    assert!(list.revoke_subject(ISSUER, "bob").is_err(), "alice's entry is still kept");
    clock.advance(1);
    list.revoke_session(ISSUER, "unrelated").unwrap();
    assert!(is_revoked(&list, &before));
    assert!(!is_revoked(&list, &after));
    assert!(is_revoked(&list, &of("carol", NOW)), "it may have been about her");
    assert!(!is_revoked(&list, &of("alice", clock.now())));
}

/// A signed token without `iat` can be as old as its verifier lets it live.
#[test]
fn a_token_without_iat_is_rejected_if_a_dropped_entry_may_have_named_it() {
    let (list, clock) = list(1);
    let issuer = TestIssuer::new(ISSUER, "api").unwrap().with_clock(clock.clone());
    let token = |max_lifetime: Option<u64>| {
        let token = issuer.token("carol").without("iat").lifetime(Duration::from_secs(100));
        let verifier = issuer.verifier();
        let verifier = match max_lifetime {
            Some(seconds) => verifier.max_lifetime(Duration::from_secs(seconds)),
            None => verifier,
        };
        Authentication::from(verifier.build().unwrap().verify(&token.sign().unwrap()).unwrap())
    };
    list.revoke_subject(ISSUER, "alice").unwrap();
    clock.advance(300 + 61 + 60);
    assert!(!is_revoked(&list, &token(None)), "nothing is forgotten while there is room");
    list.revoke_session(ISSUER, "unrelated").unwrap();
    assert!(is_revoked(&list, &token(None)), "it may be years old");
    assert!(is_revoked(&list, &token(Some(600))));
    assert!(!is_revoked(&list, &token(Some(300))), "none is older than what the list keeps");
}

#[test]
fn a_clock_that_does_not_know_the_time_makes_nothing_forgotten() {
    let (list, clock) = list(1);
    let issuer = issuer();
    let token = verified(&issuer, issuer.token("alice"));
    list.revoke(&token).unwrap();
    clock.set(u64::MAX);
    assert!(list.revoke_subject(ISSUER, "bob").is_err(), "nothing made room");
    list.revoke(&token).unwrap();
    clock.set(NOW);
    assert!(is_revoked(&list, &token));
}

/// A clock that was wrong for a while may have dropped entries; what they were about is rejected.
#[test]
fn a_clock_that_was_ahead_revives_nothing() {
    let (list, clock) = list(1);
    let issuer = issuer();
    let token = verified(&issuer, issuer.token("alice"));
    list.revoke(&token).unwrap();
    clock.advance(100_000);
    list.revoke_subject(ISSUER, "bob").unwrap();
    clock.set(NOW);
    assert!(is_revoked(&list, &token));
    let other = verified(&issuer, issuer.token("alice").claim("jti", "another"));
    assert!(is_revoked(&list, &other), "it may have been about this one");

    let (list, clock) = self::list(1);
    clock.advance(100_000);
    list.revoke(&token).unwrap();
    clock.set(NOW);
    assert!(is_revoked(&list, &token), "revoked when it seemed to have expired");
}

#[test]
fn a_revocation_is_written_as_json_and_only_what_is_understood_is_read() {
    let issuer = issuer();
    let token = verified(&issuer, issuer.token("alice").without("jti"));
    for what in [
        Revocation::token(ISSUER, "a", 7),
        Revocation::from(&token),
        Revocation::subject(ISSUER, "alice", u64::MAX),
        Revocation::session(ISSUER, "s", 0),
    ] {
        let json = serde_json::to_string(&what).unwrap();
        assert_eq!(serde_json::from_str::<Revocation>(&json).unwrap(), what);
    }
    for unknown in [
        json!({"device": {"issuer": ISSUER, "device": "d"}}),
        json!({"session": {"issuer": ISSUER, "session_id": "s"}}),
        json!({"session": {"issuer": ISSUER, "session_id": "s", "revoked_at": 1, "except": "x"}}),
    ] {
        assert!(serde_json::from_value::<Revocation>(unknown.clone()).is_err(), "{unknown}");
    }
}

#[test]
fn bounds_are_checked_and_say_what_was_expected() {
    let capacity = |capacity| RevocationList::builder().capacity(capacity).build().map(drop);
    assert_eq!(capacity(0), Err(RevocationListError::Capacity(0)));
    assert!(capacity(1).is_ok() && capacity(1 << 24).is_ok() && capacity((1 << 24) + 1).is_err());
    for (seconds, fits) in [(0, false), (1, true), (366 * 86_400, true), (366 * 86_400 + 1, false)]
    {
        let lifetime = Duration::from_secs(seconds);
        let built = RevocationList::builder().max_token_lifetime(lifetime).build();
        assert_eq!(built.is_ok(), fits, "{seconds}");
    }
    assert!(RevocationListError::Capacity(0).to_string().contains("expected between 1 and"));
    let both = RevocationList::builder().capacity(0).max_token_lifetime(Duration::ZERO).build();
    let both = both.map(drop).unwrap_err();
    let expected =
        [RevocationListError::Capacity(0), RevocationListError::TokenLifetime(Duration::ZERO)];
    assert_eq!(both.problems(), expected);
}

#[test]
fn debug_shows_counts_and_no_subjects() {
    let (list, _) = list(7);
    list.revoke_subject(ISSUER, "alice").unwrap();
    assert_eq!(format!("{list:?}"), "RevocationList { entries: 1, capacity: 7, .. }");
}

/// Enough entries to fill every shard several times, by several writers at once.
#[test]
fn many_writers_lose_nothing() {
    let (list, _) = list(64 * SHARDS);
    let issuer = issuer();
    let token = |jti: &str| verified(&issuer, issuer.token("alice").claim("jti", jti));
    let probes: Vec<_> = (0..4).map(|writer| token(&format!("{writer}-900"))).collect();
    std::thread::scope(|scope| {
        for (writer, probe) in probes.iter().enumerate() {
            let list = &list;
            scope.spawn(move || {
                for number in 0..1000 {
                    let id = format!("{writer}-{number}");
                    list.revoke(Revocation::token(ISSUER, id, NOW + 60)).unwrap();
                    assert_eq!(is_revoked(list, probe), number >= 900);
                }
            });
        }
    });
    assert!(probes.iter().all(|probe| is_revoked(&list, probe)));
    assert!(!is_revoked(&list, &token("4-0")));
    assert!(format!("{list:?}").contains("entries: 4000"), "{list:?}");
}

/// The list as it is meant: all that was ever revoked, one after the other.
fn is_revoked_by_any(all: &[Revocation], token: &Authentication) -> bool {
    all.iter().any(|one| match one {
        Revocation::Token { issuer, token_id, .. } => {
            token.issuer() == issuer && token.token_id() == Some(token_id)
        }
        Revocation::TokenWithoutId { .. } | Revocation::OpaqueToken { .. } => {
            *one == Revocation::from(token)
        }
        Revocation::Subject { issuer, subject, issued_until } => {
            token.issuer() == issuer
                && token.subject() == subject
                && token.issued_at().is_none_or(|issued_at| issued_at <= *issued_until)
        }
        Revocation::Session { issuer, session_id, .. } => {
            token.issuer() == issuer && token.session_id() == Some(session_id)
        }
    })
}

#[derive(Clone, Debug)]
enum Step {
    Token(usize),
    Subject(u8, u64),
    Session(u8),
    Wait(u64),
}

const POOL: usize = 24;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..POOL).prop_map(Step::Token),
        (0_u8..3, 0_u64..60).prop_map(|(subject, ago)| Step::Subject(subject, ago)),
        (0_u8..3).prop_map(Step::Session),
        (0_u64..150).prop_map(Step::Wait),
    ]
}

/// Tokens of three subjects and three sessions, some without `iat`, `jti` or `sid`.
fn pool() -> &'static [Authentication] {
    static TOKENS: std::sync::OnceLock<Vec<Authentication>> = std::sync::OnceLock::new();
    TOKENS.get_or_init(|| {
        let issuer = issuer();
        let token = |number: usize| {
            let seconds = number as u64;
            let mut token = issuer
                .token(format!("subject-{}", number % 3))
                .claim("iat", NOW - 40 + 3 * seconds)
                .claim("exp", NOW + 10 + 9 * seconds);
            if !number.is_multiple_of(4) {
                token = token.claim("sid", format!("session-{}", number % 5));
            }
            if number % 6 == 1 {
                token = token.without("iat");
            }
            if number % 5 == 2 {
                token = token.without("jti");
            }
            verified(&issuer, token)
        };
        (0..POOL).map(token).collect()
    })
}

proptest! {
    /// As long as a token could still be good, the list says what one that forgets nothing says.
    #[test]
    fn the_list_forgets_nothing_that_matters(steps in proptest::collection::vec(step(), 1..40)) {
        let (list, clock) = list(POOL + 8);
        let mut all = Vec::new();
        for step in steps {
            let what = match step {
                Step::Token(number) => Revocation::from(&pool()[number]),
                Step::Subject(subject, ago) => {
                    Revocation::subject(ISSUER, format!("subject-{subject}"), clock.now() - ago)
                }
                Step::Session(session) => {
                    Revocation::session(ISSUER, format!("session-{session}"), clock.now())
                }
                Step::Wait(seconds) => {
                    clock.advance(seconds);
                    continue;
                }
            };
            list.revoke(what.clone()).unwrap();
            all.push(what);
            for token in pool().iter().filter(|token| clock.now() < token.expires_at() + 60) {
                prop_assert_eq!(is_revoked(&list, token), is_revoked_by_any(&all, token));
            }
        }
    }
}
