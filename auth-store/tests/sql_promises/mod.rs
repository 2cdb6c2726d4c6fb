//! What every SQL store does, on one node or two.

use std::future::Future;
use std::task::Poll;
use std::time::{Duration, Instant};

use auth_accounts::model::{
    Account, AccountId, Assignment, AssignmentKind, AssignmentOrigin, AuditEntry, ChangeKind,
    FactorKind, FactorRecord, LoginKey, PasswordHash, SessionRecord,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{
    AccountStore, Created, FactorAdded, OneTimeKind, PasswordChange, PasswordWritten, SessionStore,
    Store, StoreError, Withdrawn,
};
use auth_store::authorization::{AuthorizationStore, Rotated};

use crate::authorization;
use crate::records::*;

pub(crate) async fn what_was_stored_comes_back(one: &impl Store, other: &impl Store) {
    let store = one;
    let alice = stored_account(store).await;
    let session = session(&alice.id);
    SessionStore::create(store, &session, &audit("sign_in")).await.unwrap();
    let passkey = FactorRecord {
        kind: FactorKind::Passkey,
        credential_id: Some(vec![0, 255, 7]),
        sign_count: u32::MAX,
        ..factor(&alice.id)
    };
    assert_eq!(store.add_factor(&passkey, &audit("factor_added")).await, Ok(FactorAdded::Done));
    let key = key(&alice.id);
    assert_eq!(store.add_key(&key, &audit("key_created")).await, Ok(Created::Created));
    let role = role(&alice.id, "admin");
    assert_eq!(store.assign(&role, &audit("role_assigned")).await, Ok(true));

    let store = other;
    assert_eq!(store.find(&alice.login).await.unwrap(), Some(alice.clone()));
    let found = SessionStore::load(store, &session.digest, NOW).await.unwrap().unwrap();
    assert_eq!(found.record, session);
    assert_eq!(found.account, Some(alice.state()));
    assert_eq!(store.factors(&alice.id).await.unwrap(), std::slice::from_ref(&passkey));
    assert_eq!(store.passkey(&[0, 255, 7]).await.unwrap(), Some(passkey));
    let found = store.key(&key.id).await.unwrap().unwrap();
    assert_eq!((found.record, found.owner), (key, Some(alice.state())));
    assert_eq!(store.assignments(&alice.id, NOW).await.unwrap(), [role]);
    let events: Vec<_> = intact_trail(store).await.into_iter().map(|it| it.entry.event).collect();
    assert_eq!(
        events,
        ["account_created", "sign_in", "factor_added", "key_created", "role_assigned"]
    );
}

pub(crate) async fn a_change_is_announced_and_recorded_or_was_not_made(store: &impl Store) {
    let alice = stored_account(store).await;
    let seen = alice.password.as_ref();
    let new = PasswordHash::new("$argon2id$two");
    let change = PasswordChange::Changed { at: NOW };
    let entry = audit("password_changed").about(&alice.id);
    let set = || store.set_password(&alice.id, seen, &new, change, &entry);
    assert_eq!(set().await, Ok(PasswordWritten::Done { epoch: 2 }));
    assert_eq!(set().await, Ok(PasswordWritten::Changed));
    let too_long = AuditEntry { request_id: Some("long".repeat(1_000)), ..entry.clone() };
    let bump = store.bump_epoch(&alice.id, None, &too_long).await;
    assert!(matches!(bump, Err(StoreError::TooLong(_))), "{bump:?}");
    assert_eq!(store.state(&alice.id).await.unwrap().unwrap().epoch, 2);

    let feed = store.changes_after(0, 100).await.unwrap();
    let kinds: Vec<_> = feed.changes.into_iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Account(alice.id.clone())]);
    assert_eq!(intact_trail(store).await.len(), 2);
}

pub(crate) async fn a_call_that_is_dropped_leaves_nothing_half_done(
    store: &impl Store,
    polls: u64,
) {
    let alice = stored_account(store).await;
    // However many steps it gets to do before it is dropped.
    for steps in 0..polls {
        let entry = audit("role_assigned").with("steps", steps);
        let name = format!("role {steps}");
        let role = role(&alice.id, &name);
        dropped_after(steps, store.assign(&role, &entry)).await;
        // One that is not dropped comes after it, so what it did is done or undone by now.
        assert_eq!(
            store.bump_epoch(&alice.id, None, &audit("bumped")).await.map(|it| it.is_some()),
            Ok(true)
        );
        let held = store.assignments(&alice.id, NOW).await.unwrap();
        let is_held = held.iter().any(|it| it.name == name);
        let trail = intact_trail(store).await;
        let is_recorded =
            trail.iter().any(|it| it.entry.detail.get("steps") == Some(&steps.into()));
        assert_eq!(is_held, is_recorded, "{steps}");
    }
    let feed = store.changes_after(0, 1_000).await.unwrap();
    let told = feed.changes.iter().filter(|it| matches!(it.kind, ChangeKind::Assignments(_)));
    assert_eq!(told.count(), store.assignments(&alice.id, NOW).await.unwrap().len());
}

/// Polls it so often, and drops it.
async fn dropped_after(polls: u64, future: impl Future) {
    let mut polls_left = polls;
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        if polls_left == 0 {
            return Poll::Ready(());
        }
        polls_left -= 1;
        future.as_mut().poll(context).map(drop)
    })
    .await;
}

pub(crate) async fn the_rows_of_a_read_that_is_dropped_are_those_of_no_other(
    store: &impl Store,
    polls: u64,
) {
    let alice = stored_account(store).await;
    let other = AccountId::random();
    for steps in 0..polls {
        dropped_after(steps, AccountStore::load(store, &alice.id)).await;
        assert_eq!(AccountStore::load(store, &other).await, Ok(None), "{steps}");
        dropped_after(steps, AccountStore::load(store, &other)).await;
        let found = AccountStore::load(store, &alice.id).await.unwrap();
        assert_eq!(found.map(|it| it.id), Some(alice.id.clone()), "{steps}");
    }
}

pub(crate) async fn of_many_who_use_what_can_be_used_once_one_does<S: Store + Clone>(
    one: S,
    other: S,
) {
    let alice = stored_account(&one).await;
    let totp = factor(&alice.id);
    one.add_factor(&totp, &audit("factor_added")).await.unwrap();
    let (secret, code) = (digest(), digest());
    let kind = OneTimeKind::PasswordReset;
    one.put(kind, &secret, None, b"value", NOW + 60, NOW).await.unwrap();
    one.replace_recovery_codes(&alice.id, &[code], &audit("codes")).await.unwrap();

    let mut tasks = tokio::task::JoinSet::new();
    for node in 0..32 {
        let store = if node % 2 == 0 { one.clone() } else { other.clone() };
        let (totp, alice) = (totp.id.clone(), alice.id.clone());
        tasks.spawn(async move {
            let taken = store.take(kind, &secret, NOW).await.unwrap().is_some();
            let stepped = store.accept_step(&totp, 7, NOW).await.unwrap();
            let coded = store.take_recovery_code(&alice, &code, &audit("code")).await.unwrap();
            (u32::from(taken), u32::from(stepped), u32::from(coded))
        });
    }
    let sum = tasks.join_all().await.into_iter();
    let sum = sum.reduce(|one, other| (one.0 + other.0, one.1 + other.1, one.2 + other.2));
    assert_eq!(sum, Some((1, 1, 1)));
    intact_trail(&one).await;
}

pub(crate) async fn a_rotation_that_fails_uses_nothing_up(store: &impl AuthorizationStore) {
    let token = authorization::granted(store, "alice").await;
    let mut rotation = authorization::rotation(&token);
    rotation.successor.digest = token.digest;
    let failed = store.rotate_refresh_token(&rotation).await;
    assert_eq!(failed, Err(StoreError::Conflict("there is one already")));
    // Its transaction is over, and nothing of it was done.
    let again = authorization::rotation(&token);
    assert_eq!(store.rotate_refresh_token(&again).await, Ok(Rotated::First));
}

pub(crate) async fn a_node_that_waits_for_a_change_is_woken_by_it(
    one: &impl Store,
    other: &impl Store,
) {
    let alice = stored_account(one).await;
    let entry = audit("bumped");
    other.bump_epoch(&alice.id, None, &entry).await.unwrap();
    let end = one.changes_after(0, 10).await.unwrap().position;
    // What was said of that change may come only now, and wakes it for nothing.
    let mut longest = Duration::ZERO;
    for _ in 0..3 {
        let start = Instant::now();
        assert_eq!(one.changes_after(end, 10).await.unwrap().changes, []);
        longest = longest.max(start.elapsed());
        if longest >= Duration::from_secs(1) {
            break;
        }
    }
    assert!(longest >= Duration::from_secs(1), "{longest:?}");

    let start = Instant::now();
    let (batch, _) = tokio::join!(one.changes_after(end, 10), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        other.bump_epoch(&alice.id, None, &entry).await.unwrap()
    });
    assert_eq!(batch.unwrap().position, end + 1);
    assert!(start.elapsed() < Duration::from_millis(800), "{:?}", start.elapsed());
}

pub(crate) async fn a_rule_that_gives_the_same_again_changes_nothing(store: &impl Store) {
    let alice = stored_account(store).await;
    store.assign(&role(&alice.id, "member"), &audit("by hand")).await.unwrap();
    let rule = Assignment { origin: AssignmentOrigin::Rule, ..role(&alice.id, "member") };
    let replace = async |rules: &[_]| {
        store.replace(&alice.id, AssignmentOrigin::Rule, rules, &audit("rules")).await.unwrap()
    };
    assert!(replace(std::slice::from_ref(&rule)).await);
    let later = Assignment { granted_at: NOW + 5, ..rule };
    assert!(!replace(&[later]).await);
    assert!(replace(&[]).await);
    assert!(!replace(&[]).await);
    assert_eq!(store.assignments(&alice.id, NOW).await.unwrap().len(), 1);
    assert_eq!(intact_trail(store).await.len(), 4);
}

pub(crate) async fn any_text_is_only_itself(store: &impl Store) {
    let names = ["a\0", "a", "A", "a\u{1}", "ä", "Ä", "a%", "a_", "a\u{301}", "!", "\u{10ffff}"];
    for name in names {
        let account = Account { email: None, ..account(name) };
        assert_eq!(
            AccountStore::create(store, &account, &audit("created")).await,
            Ok(Created::Created),
            "{name:?}"
        );
        assert_eq!(
            AccountStore::create(store, &account, &audit("created")).await,
            Ok(Created::Taken),
            "{name:?}"
        );
    }
    for name in names {
        let found = store.find(&LoginKey::from_prepared(name)).await.unwrap().unwrap();
        assert_eq!(found.login.as_str(), name);
    }
    let long = LoginKey::from_prepared("a".repeat(2_000));
    assert_eq!(store.find(&long).await, Ok(None));
    let too_long = Account { login: long, ..account("long") };
    let created = AccountStore::create(store, &too_long, &audit("created")).await;
    assert!(matches!(created, Err(StoreError::TooLong(_))), "{created:?}");

    let found = async |text: &str| {
        let found = store.search(text, None, 100).await.unwrap();
        assert!(found.is_sorted_by(|one, other| one.id < other.id));
        found.len()
    };
    // Case of ASCII letters alone makes no difference, and nothing is a pattern.
    assert_eq!(found("").await, names.len());
    assert_eq!((found("%").await, found("_").await, found("!").await), (1, 1, 1));
    assert_eq!((found("A").await, found("ä").await, found("\0").await), (7, 1, 1));
}

pub(crate) async fn the_last_of_a_role_stays_in_a_race<S: Store + Clone>(one: S, other: S) {
    for _ in 0..10 {
        let role_name = AccountId::random().to_string();
        let (alice, bob) = (stored_account(&one).await.id, stored_account(&one).await.id);
        for account in [&alice, &bob] {
            one.assign(&role(account, &role_name), &audit("assigned")).await.unwrap();
        }
        let withdraw = |store: S, account: AccountId| {
            let name = role_name.clone();
            tokio::spawn(async move {
                let (kind, origin) = (AssignmentKind::Role, AssignmentOrigin::Manual);
                let entry = audit("withdrawn");
                store.withdraw(&account, kind, &name, origin, true, &entry).await.unwrap()
            })
        };
        let (first, second) =
            tokio::join!(withdraw(one.clone(), alice), withdraw(other.clone(), bob));
        let mut answers = [first.unwrap(), second.unwrap()];
        answers.sort_by_key(|answer| *answer == Withdrawn::Last);
        assert_eq!(answers, [Withdrawn::Done, Withdrawn::Last]);
    }
}

pub(crate) async fn there_is_one_first_administrator<S: Store + Clone>(one: S, other: S) {
    let mut tasks = tokio::task::JoinSet::new();
    for node in 0..8 {
        let store = if node % 2 == 0 { one.clone() } else { other.clone() };
        let account = stored_account(&store).await.id;
        tasks.spawn(async move {
            store.assign_first(&role(&account, "admin"), NOW, &audit("first")).await.unwrap()
        });
    }
    let firsts = tasks.join_all().await.into_iter().filter(|is_first| *is_first);
    assert_eq!(firsts.count(), 1);
    let holders = other.holders(AssignmentKind::Role, "admin", NOW, None, 10).await.unwrap();
    assert_eq!(holders.len(), 1);
}

pub(crate) async fn codes_that_are_replaced_twice_at_once_are_those_of_one<S: Store + Clone>(
    one: S,
    other: S,
) {
    let alice = stored_account(&one).await.id;
    for _ in 0..10 {
        let replace = |store: S, codes: Vec<Digest>| {
            let alice = alice.clone();
            tokio::spawn(async move {
                store.replace_recovery_codes(&alice, &codes, &audit("codes")).await.unwrap();
            })
        };
        let codes = || (0..5).map(|_| digest()).collect::<Vec<_>>();
        let (first, second) =
            tokio::join!(replace(one.clone(), codes()), replace(other.clone(), codes()));
        assert!(first.is_ok() && second.is_ok());
        assert_eq!(one.recovery_codes_left(&alice).await, Ok(5));
    }
}

pub(crate) async fn positions_ascend_without_gaps_while_two_nodes_write<S: Store + Clone>(
    one: S,
    other: S,
) {
    let writers: Vec<_> = (0..8)
        .map(|node| {
            let store = if node % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move {
                let account = stored_account(&store).await.id;
                for _ in 0..10 {
                    store.bump_epoch(&account, None, &audit("bumped")).await.unwrap();
                }
            })
        })
        .collect();
    let mut position = 0;
    while position < 80 {
        let batch = one.changes_after(position, 7).await.unwrap();
        for change in &batch.changes {
            position += 1;
            assert_eq!(change.position, position);
        }
        assert_eq!(batch.position, position);
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(intact_trail(&other).await.len(), 88);
}

pub(crate) async fn what_ended_on_one_node_is_over_on_the_other(
    one: &impl Store,
    other: &impl Store,
) {
    let alice = stored_account(one).await.id;
    let ended = session(&alice);
    let kept = session(&alice);
    for session in [&ended, &kept] {
        SessionStore::create(one, session, &audit("sign_in")).await.unwrap();
    }
    let is_found = async |session: &SessionRecord| {
        SessionStore::load(other, &session.digest, NOW).await.unwrap().is_some()
    };
    assert!(is_found(&ended).await && is_found(&kept).await);
    assert_eq!(one.end(&alice, &ended.id, &audit("sign_out")).await, Ok(true));
    assert_eq!(other.end(&alice, &ended.id, &audit("sign_out")).await, Ok(false));
    assert!(!is_found(&ended).await);
    // Neither a note of its use nor a new secret brings it back.
    other.touch(&[(ended.digest, NOW + 1)]).await.unwrap();
    let again = SessionRecord { digest: digest(), ..ended.clone() };
    assert_eq!(other.rotate(&ended.digest, &again, &audit("rotated")).await, Ok(false));
    assert!(!is_found(&ended).await && !is_found(&again).await);

    let renewed = SessionRecord { digest: digest(), ..kept.clone() };
    assert_eq!(one.rotate(&kept.digest, &renewed, &audit("rotated")).await, Ok(true));
    assert!(!is_found(&kept).await && is_found(&renewed).await);
    assert_eq!(other.end_others(&alice, Some(&renewed.id), &audit("others")).await, Ok(0));
    assert_eq!(other.end_others(&alice, None, &audit("all")).await, Ok(1));
    let told = one.changes_after(0, 10).await.unwrap().changes.into_iter().map(|it| it.kind);
    let session = ChangeKind::Session;
    assert_eq!(
        told.collect::<Vec<_>>(),
        [session(ended.id), session(kept.id.clone()), session(kept.id)]
    );
}

pub(crate) async fn a_session_is_over_at_its_end_and_never_before(store: &impl Store) {
    let alice = stored_account(store).await.id;
    let session = session(&alice);
    SessionStore::create(store, &session, &audit("sign_in")).await.unwrap();
    let is_found =
        async |now| SessionStore::load(store, &session.digest, now).await.unwrap().is_some();
    assert!(is_found(NOW + 599).await && !is_found(NOW + 600).await);
    // What came too late does not revive it, and time goes forward only.
    store.touch(&[(session.digest, NOW + 600)]).await.unwrap();
    assert!(!is_found(NOW + 600).await);
    store.touch(&[(session.digest, NOW + 500), (digest(), NOW)]).await.unwrap();
    store.touch(&[(session.digest, NOW + 400)]).await.unwrap();
    assert!(is_found(NOW + 1_099).await && !is_found(NOW + 1_100).await);
    for seen in (900..3_600).step_by(500) {
        store.touch(&[(session.digest, NOW + seen)]).await.unwrap();
    }
    assert!(
        is_found(NOW + 3_599).await && !is_found(NOW + 3_600).await && !is_found(u64::MAX).await
    );
    assert_eq!(store.sweep_sessions(NOW + 3_599, 10).await, Ok(0));
    assert_eq!(store.sweep_sessions(NOW + 3_600, 10).await, Ok(1));
}

pub(crate) async fn attempts_are_counted_in_a_window(store: &impl Store) {
    use auth_accounts::store::{Attempt, Limit};

    let (key, limit) = (digest(), Limit { attempts: 2, window_seconds: 60 });
    let hit = async |now| store.hit(&key, limit, now).await.unwrap();
    let refused = Attempt::Refused { until: NOW + 60 };
    assert_eq!(hit(NOW).await, Attempt::Allowed { left: 1 });
    // The clock is set back: the window goes on.
    assert_eq!(hit(NOW - 1_000).await, Attempt::Allowed { left: 0 });
    assert_eq!((hit(NOW + 1).await, hit(NOW + 59).await), (refused, refused));
    assert_eq!(hit(NOW + 60).await, Attempt::Allowed { left: 1 });
    store.forgive(&key).await.unwrap();
    assert_eq!(hit(NOW + 61).await, Attempt::Allowed { left: 1 });
    let never = Limit { attempts: 0, window_seconds: 60 };
    assert_eq!(store.hit(&digest(), never, NOW).await, Ok(refused));
    assert_eq!(store.sweep_attempts(NOW + 120, 10).await, Ok(0));
    assert_eq!(store.sweep_attempts(NOW + 121, 10).await, Ok(1));
}
