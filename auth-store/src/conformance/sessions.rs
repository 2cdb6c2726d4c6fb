//! Sessions.

use auth_accounts::model::{
    AccountId, AuditEntry, Carrier, ChangeKind, FactorId, FactorKind, ProvedFactor, SessionId,
    SessionRecord,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{DataWritten, StoreError};

use super::cancel::{at_every_await, until};
use super::kit::{Failure, Kit, NOW, TEXTS, ensure, entry, number_of, same, secret, session};
use super::model::{self, Part};
use crate::MAX_VALUE_BYTES;

type Outcome = Result<(), Failure>;

impl Kit {
    async fn loaded(&self, digest: &Digest, now: u64) -> Result<Option<SessionRecord>, Failure> {
        Ok(self.stores.sessions.load(digest, now).await?.map(|stored| stored.record))
    }
}

pub(super) async fn a_session_is_kept_as_it_was_given(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let plain = session(&id);
    let proved = |kind, id, user_verified| ProvedFactor { kind, at: NOW - 1, id, user_verified };
    let full = SessionRecord {
        epoch: 7,
        carrier: Carrier::Token,
        factors: vec![
            proved(FactorKind::Password, None, false),
            proved(FactorKind::Passkey, Some(FactorId::random()), true),
        ],
        started_at: NOW - 3,
        authenticated_at: NOW - 2,
        seen_at: NOW - 1,
        device: "Firefox on Linux".to_owned(),
        ..session(&id)
    };
    for session in [plain, full] {
        store.create(&session, &entry(&id)).await?;
        same!(kit.loaded(&session.digest, NOW).await?, Some(session));
    }
    same!(kit.loaded(&secret(), NOW).await?, None);
    Ok(())
}

pub(super) async fn a_session_is_over_at_its_end_and_when_unused(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let idle = SessionRecord { idle_seconds: 10, ends_at: NOW + 100, ..session(&id) };
    let short = SessionRecord { idle_seconds: 100, ends_at: NOW + 10, ..session(&id) };
    for session in [idle, short] {
        store.create(&session, &entry(&id)).await?;
        for (now, is_there) in [(NOW + 9, true), (NOW + 10, false), (NOW + 11, false)] {
            same!(kit.loaded(&session.digest, now).await?.is_some(), is_there);
            let listed = store.list(&id, now).await?;
            same!(listed.iter().any(|it| it.id == session.id), is_there);
        }
    }
    Ok(())
}

pub(super) async fn a_touch_is_never_set_back_and_revives_nothing(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let session = SessionRecord { idle_seconds: 10, ends_at: NOW + 25, ..session(&id) };
    let digest = session.digest;
    store.create(&session, &entry(&id)).await?;
    let seen_at = async |now| kit.loaded(&digest, now).await.map(|it| it.map(|it| it.seen_at));
    store.touch(&[(secret(), NOW), (digest, NOW + 5)]).await?;
    same!(seen_at(NOW + 14).await?, Some(NOW + 5));
    store.touch(&[(digest, NOW + 3)]).await?;
    same!(seen_at(NOW + 14).await?, Some(NOW + 5));
    store.touch(&[]).await?;
    // It is over at NOW + 15: a use at that time or later was none.
    store.touch(&[(digest, NOW + 15)]).await?;
    same!(seen_at(NOW + 5).await?, Some(NOW + 5));
    same!(seen_at(NOW + 15).await?, None);
    // Several uses in one batch are in their order.
    store.touch(&[(digest, NOW + 14), (digest, NOW + 23)]).await?;
    same!(seen_at(NOW + 24).await?, Some(NOW + 23));
    // However it is used, it ends.
    same!(seen_at(NOW + 25).await?, None);
    store.touch(&[(digest, NOW + 25)]).await?;
    same!(seen_at(NOW + 24).await?, Some(NOW + 23));
    Ok(())
}

pub(super) async fn a_new_secret_takes_the_place_of_the_old_one(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let old = kit.session(&id).await?;
    store.set_data(&old.id, "cart", b"apples", None, NOW).await?;
    let new = SessionRecord { digest: secret(), epoch: 1, started_at: NOW + 1, ..old.clone() };
    same!(store.rotate(&old.digest, &new, &entry(&id)).await?, true);
    same!(kit.loaded(&old.digest, NOW).await?, None);
    same!(kit.loaded(&new.digest, NOW).await?, Some(new.clone()));
    same!(store.list(&id, NOW).await?, std::slice::from_ref(&new));
    same!(store.data(&new.id, "cart").await?, Some((b"apples".to_vec(), 1)));
    let third = SessionRecord { digest: secret(), ..old.clone() };
    same!(store.rotate(&old.digest, &third, &entry(&id)).await?, false);
    same!(kit.loaded(&third.digest, NOW).await?, None);
    // One that is over at the time of the entry is gone.
    let over = AuditEntry { at: new.ends_at, ..entry(&id) };
    same!(store.rotate(&new.digest, &third, &over).await?, false);
    same!(kit.loaded(&new.digest, NOW).await?, Some(new.clone()));
    // Another session in its place has none of its data.
    let other = session(&id);
    same!(store.rotate(&new.digest, &other, &entry(&id)).await?, true);
    same!(store.data(&other.id, "cart").await?, None);
    same!(store.data(&new.id, "cart").await?, None);
    same!(store.list(&id, NOW).await?, [other]);
    Ok(())
}

pub(super) async fn a_session_is_ended_by_its_own_account_alone(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let session = kit.session(&alice).await?;
    same!(store.end(&bob, &session.id, &entry(&bob)).await?, false);
    same!(kit.loaded(&session.digest, NOW).await?, Some(session.clone()));
    same!(store.end(&alice, &session.id, &entry(&alice)).await?, true);
    same!(store.end(&alice, &session.id, &entry(&alice)).await?, false);
    same!(kit.loaded(&session.digest, NOW).await?, None);
    same!(store.list(&alice, NOW).await?, []);
    Ok(())
}

pub(super) async fn an_ended_session_stays_ended(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let session = kit.session(&id).await?;
    store.set_data(&session.id, "cart", b"apples", None, NOW).await?;
    same!(store.end(&id, &session.id, &entry(&id)).await?, true);
    // A request that began before goes on.
    store.touch(&[(session.digest, NOW + 1)]).await?;
    for seen in [None, Some(0), Some(1)] {
        let written = store.set_data(&session.id, "cart", b"pears", seen, NOW).await?;
        same!(written, DataWritten::Gone);
    }
    let rotated = SessionRecord { digest: secret(), ..session.clone() };
    same!(store.rotate(&session.digest, &rotated, &entry(&id)).await?, false);
    for digest in [session.digest, rotated.digest] {
        same!(kit.loaded(&digest, NOW).await?, None);
    }
    same!(store.data(&session.id, "cart").await?, None);
    same!(store.list(&id, NOW).await?, []);
    Ok(())
}

pub(super) async fn others_are_ended_and_one_is_kept(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let kept = kit.session(&alice).await?;
    let others = [kit.session(&alice).await?, kit.session(&alice).await?];
    let stranger = kit.session(&bob).await?;
    same!(store.end_others(&alice, Some(&kept.id), &entry(&alice)).await?, 2);
    for other in &others {
        same!(kit.loaded(&other.digest, NOW).await?, None);
    }
    same!(store.list(&alice, NOW).await?, std::slice::from_ref(&kept));
    same!(store.end_others(&alice, Some(&kept.id), &entry(&alice)).await?, 0);
    // The session of another account keeps none, and is not ended.
    same!(store.end_others(&alice, Some(&stranger.id), &entry(&alice)).await?, 1);
    same!(store.end_others(&alice, None, &entry(&alice)).await?, 0);
    same!(store.list(&bob, NOW).await?, [stranger]);
    same!(store.end_others(&bob, None, &entry(&bob)).await?, 1);
    Ok(())
}

pub(super) async fn sessions_are_listed_newest_first(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let other = kit.account("bob").await?.id;
    kit.session(&other).await?;
    let mut expected = Vec::new();
    for started_at in [NOW - 2, NOW, NOW - 1] {
        let session = SessionRecord { started_at, ..session(&id) };
        store.create(&session, &entry(&id)).await?;
        expected.push(session);
    }
    let over = SessionRecord { ends_at: NOW, ..session(&id) };
    store.create(&over, &entry(&id)).await?;
    expected.sort_by_key(|session| std::cmp::Reverse(session.started_at));
    same!(store.list(&id, NOW).await?, expected);
    same!(store.list(&AccountId::random(), NOW).await?, []);
    Ok(())
}

pub(super) async fn data_are_written_over_the_version_that_was_seen(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let session = kit.session(&id).await?.id;
    let write = async |key: &'static str, value: &'static str, seen| {
        store.set_data(&session, key, value.as_bytes(), seen, NOW).await
    };
    same!(store.data(&session, "cart").await?, None);
    same!(write("cart", "0", Some(1)).await?, DataWritten::Changed);
    same!(write("cart", "1", None).await?, DataWritten::Done { version: 1 });
    same!(write("cart", "x", None).await?, DataWritten::Changed);
    same!(write("cart", "2", Some(1)).await?, DataWritten::Done { version: 2 });
    same!(write("cart", "x", Some(1)).await?, DataWritten::Changed);
    same!(write("Cart", "", None).await?, DataWritten::Done { version: 1 });
    same!(store.data(&session, "cart").await?, Some((b"2".to_vec(), 2)));
    same!(store.data(&session, "Cart").await?, Some((Vec::new(), 1)));
    let gone = store.set_data(&SessionId::random(), "cart", b"", None, NOW).await?;
    same!(gone, DataWritten::Gone);
    let over = store.set_data(&session, "cart", b"", Some(2), NOW + 3_600).await?;
    same!(over, DataWritten::Gone);
    Ok(())
}

pub(super) async fn data_go_with_their_session(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let mut sessions = Vec::new();
    for _ in 0..3 {
        let session = kit.session(&id).await?;
        store.set_data(&session.id, "cart", b"apples", None, NOW).await?;
        sessions.push(session);
    }
    let [ended, other, swept] = sessions.as_slice() else { return Ok(()) };
    store.end(&id, &ended.id, &entry(&id)).await?;
    same!(store.data(&ended.id, "cart").await?, None);
    store.end_others(&id, Some(&swept.id), &entry(&id)).await?;
    same!(store.data(&other.id, "cart").await?, None);
    same!(store.data(&swept.id, "cart").await?, Some((b"apples".to_vec(), 1)));
    store.sweep_sessions(swept.ends_at, 10).await?;
    same!(store.data(&swept.id, "cart").await?, None);
    Ok(())
}

pub(super) async fn a_digest_or_an_id_that_is_taken_is_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let first = kit.session(&id).await?;
    let second = kit.session(&id).await?;
    let same_digest = SessionRecord { digest: first.digest, ..session(&id) };
    let same_id = SessionRecord { id: first.id.clone(), ..session(&id) };
    for session in [&same_digest, &same_id] {
        ensure!(store.create(session, &entry(&id)).await.is_err(), "a session is replaced");
        let rotated = store.rotate(&second.digest, session, &entry(&id)).await;
        ensure!(rotated.is_err(), "a session is put in the place of two");
    }
    same!(kit.loaded(&first.digest, NOW).await?, Some(first));
    same!(kit.loaded(&second.digest, NOW).await?, Some(second));
    same!(kit.loaded(&same_id.digest, NOW).await?, None);
    same!(store.list(&id, NOW).await?.len(), 2);
    Ok(())
}

pub(super) async fn sessions_that_are_over_are_swept(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let kept = kit.session(&id).await?;
    for number in 0..3 {
        let idle = SessionRecord { idle_seconds: 10 + number, ..session(&id) };
        let short = SessionRecord { ends_at: NOW + 10 + number, ..session(&id) };
        store.create(&idle, &entry(&id)).await?;
        store.create(&short, &entry(&id)).await?;
    }
    same!(store.sweep_sessions(NOW + 9, 100).await?, 0);
    same!(store.sweep_sessions(NOW + 10, 100).await?, 2);
    same!(store.sweep_sessions(NOW + 100, 3).await?, 3);
    same!(store.sweep_sessions(NOW + 100, 3).await?, 1);
    same!(store.sweep_sessions(NOW + 100, 3).await?, 0);
    same!(store.list(&id, NOW).await?, std::slice::from_ref(&kept));
    // A session that was used since is not over.
    store.touch(&[(kept.digest, NOW + 100)]).await?;
    same!(store.sweep_sessions(NOW + 3_600, 100).await?, 0);
    same!(store.sweep_sessions(NOW + 3_700, 100).await?, 1);
    Ok(())
}

pub(super) async fn texts_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let holder = kit.session(&id).await?;
    for text in TEXTS {
        let session = SessionRecord { device: text.to_owned(), ..session(&id) };
        match store.create(&session, &entry(&id)).await {
            Ok(()) => same!(kit.loaded(&session.digest, NOW).await?, Some(session)),
            Err(_) => same!(kit.loaded(&session.digest, NOW).await?, None),
        }
        // A key of data is a text, too.
        if store.set_data(&holder.id, text, text.as_bytes(), None, NOW).await.is_ok() {
            let held = store.data(&holder.id, text).await?;
            same!(held, Some((text.as_bytes().to_vec(), 1)));
        }
    }
    Ok(())
}

pub(super) async fn long_values_are_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let holder = kit.session(&id).await?.id;
    let long = vec![0_u8; MAX_VALUE_BYTES];
    let written = store.set_data(&holder, "long", &long, None, NOW).await?;
    same!(written, DataWritten::Done { version: 1 });
    ensure!(store.data(&holder, "long").await? == Some((long, 1)), "a long value is not kept");
    let longer = vec![0_u8; MAX_VALUE_BYTES + 1];
    let refused = store.set_data(&holder, "longer", &longer, None, NOW).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long value gives {refused:?}");
    same!(store.data(&holder, "longer").await?, None);
    let device = "x".repeat(MAX_VALUE_BYTES + 1);
    let session = SessionRecord { device, ..session(&id) };
    let refused = store.create(&session, &entry(&id)).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long text gives {refused:?}");
    Ok(())
}

pub(super) async fn one_of_many_rotations_wins(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let old = kit.session(&id).await?;
    let answers = kit
        .race(|_| {
            let (store, id, old) = (kit.stores.sessions.clone(), id.clone(), old.clone());
            async move {
                let new = SessionRecord { digest: secret(), ..old.clone() };
                Ok((store.rotate(&old.digest, &new, &entry(&id)).await?, new))
            }
        })
        .await?;
    let mut winners = answers.into_iter().filter(|(is_done, _)| *is_done).map(|(_, new)| new);
    let winner: Vec<SessionRecord> = winners.by_ref().collect();
    same!(winner.len(), 1);
    same!(kit.stores.sessions.list(&id, NOW).await?, winner);
    same!(kit.loaded(&old.digest, NOW).await?, None);
    Ok(())
}

pub(super) async fn one_of_many_ends_is_the_one(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let session = kit.session(&id).await?.id;
    let from = kit.end_of_feed().await?;
    let answers = kit
        .race(|_| {
            let (store, id, session) = (kit.stores.sessions.clone(), id.clone(), session.clone());
            async move { store.end(&id, &session, &entry(&id)).await }
        })
        .await?;
    same!(number_of(&answers, &true), 1);
    let changes = kit.changes(from).await?.0;
    ensure!(
        changes.iter().any(|change| change.kind == ChangeKind::Session(session.clone())),
        "the end was not announced"
    );
    Ok(())
}

pub(super) async fn one_of_many_writers_of_data_wins(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let session = kit.session(&id).await?.id;
    for seen in [None, Some(1), Some(2)] {
        let answers = kit
            .race(|number| {
                let (store, session) = (kit.stores.sessions.clone(), session.clone());
                async move {
                    let value = number.to_string().into_bytes();
                    store.set_data(&session, "cart", &value, seen, NOW).await
                }
            })
            .await?;
        let version = seen.unwrap_or(0) + 1;
        same!(number_of(&answers, &DataWritten::Done { version }), 1);
        same!(number_of(&answers, &DataWritten::Changed), kit.settings.racers - 1);
    }
    Ok(())
}

pub(super) async fn no_rotation_survives_the_end_of_all(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    for _ in 0..8 {
        let mut sessions = Vec::new();
        for _ in 0..kit.settings.racers {
            sessions.push(kit.session(&id).await?);
        }
        // One ends all; the others replace the secrets of theirs at the same time.
        kit.race(|number| {
            let (store, id) = (kit.stores.sessions.clone(), id.clone());
            let session = sessions.get(number).cloned();
            async move {
                match session {
                    Some(mut session) if number > 0 => {
                        let old = session.digest;
                        session.digest = secret();
                        store.rotate(&old, &session, &entry(&id)).await?;
                    }
                    _ => {
                        store.end_others(&id, None, &entry(&id)).await?;
                    }
                }
                Ok(())
            }
        })
        .await?;
        same!(kit.stores.sessions.list(&id, NOW).await?, []);
    }
    Ok(())
}

pub(super) async fn changes_and_audit_tell_what_was_done(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let mut position = kit.end_of_feed().await?;
    let mut written = kit.trail(0, Some(&id)).await?.len();
    let mut told = async |entries: usize, sessions: &[&SessionId]| -> Outcome {
        let now_written = kit.trail(0, Some(&id)).await?.len();
        same!(now_written - written, entries);
        written = now_written;
        let (changes, end) = kit.changes(position).await?;
        position = end;
        let mut is: Vec<String> = changes.iter().map(|it| format!("{:?}", it.kind)).collect();
        let mut expected: Vec<String> = sessions
            .iter()
            .map(|id| format!("{:?}", ChangeKind::Session(SessionId::clone(id))))
            .collect();
        is.sort();
        expected.sort();
        same!(is, expected);
        Ok(())
    };
    let [a, b, c] = [kit.session(&id).await?, kit.session(&id).await?, kit.session(&id).await?];
    told(3, &[]).await?;
    let rotated = SessionRecord { digest: secret(), ..a.clone() };
    store.rotate(&a.digest, &rotated, &entry(&id)).await?;
    told(1, &[&a.id]).await?;
    store.rotate(&a.digest, &session(&id), &entry(&id)).await?;
    store.end(&id, &SessionId::random(), &entry(&id)).await?;
    told(0, &[]).await?;
    store.end(&id, &a.id, &entry(&id)).await?;
    told(1, &[&a.id]).await?;
    store.end_others(&id, None, &entry(&id)).await?;
    told(1, &[&b.id, &c.id]).await?;
    store.end_others(&id, None, &entry(&id)).await?;
    store.touch(&[(b.digest, NOW + 1)]).await?;
    told(0, &[]).await?;
    kit.intact_trail().await.map(drop)
}

pub(super) async fn the_clock_may_step(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = kit.account("alice").await?.id;
    let session = kit.session(&id).await?;
    for now in [NOW - 86_400, NOW, NOW + 3_599, NOW - 1, 0] {
        same!(kit.loaded(&session.digest, now).await?, Some(session.clone()));
    }
    // A session that was swept is gone, also if the clock is set back.
    same!(store.sweep_sessions(NOW + 3_600, 10).await?, 1);
    same!(kit.loaded(&session.digest, NOW).await?, None);
    same!(store.list(&id, NOW).await?, []);
    // One without an end in sight is kept or refused, and never ends at once.
    let far =
        SessionRecord { idle_seconds: u64::MAX, ends_at: u64::MAX, ..super::kit::session(&id) };
    if store.create(&far, &entry(&id)).await.is_ok() {
        same!(kit.loaded(&far.digest, NOW + 1_000_000_000).await?, Some(far));
    }
    Ok(())
}

pub(super) async fn cancelled_calls_leave_all_or_nothing(kit: Kit) -> Outcome {
    let store = &kit.stores.sessions;
    let id = &kit.account("alice").await?.id;
    at_every_await(
        |_| async { Ok(session(id)) },
        |session| async move {
            store.create(&session, &entry(id)).await?;
            Ok(())
        },
        |session, is_done| {
            let kit = kit.clone();
            async move {
                let listed = || async {
                    let is_there = kit.loaded(&session.digest, NOW).await?.is_some();
                    let listed = kit.stores.sessions.list(id, NOW).await?;
                    Ok(listed.contains(&session) == is_there && (is_there || !is_done))
                };
                until("a session is found if and only if it is listed", listed).await
            }
        },
    )
    .await?;
    at_every_await(
        |_| async { kit.session(id).await },
        |old| async move {
            let new = SessionRecord { device: "new".to_owned(), digest: secret(), ..old.clone() };
            ensure!(store.rotate(&old.digest, &new, &entry(id)).await?, "a rotation is refused");
            Ok(())
        },
        |old, is_done| {
            let kit = kit.clone();
            async move {
                let one = || async {
                    let is_old = kit.loaded(&old.digest, NOW).await?.is_some();
                    let listed = kit.stores.sessions.list(id, NOW).await?;
                    let listed: Vec<_> = listed.into_iter().filter(|it| it.id == old.id).collect();
                    let is_new = listed.iter().any(|it| it.device == "new");
                    Ok(listed.len() == 1 && is_old != is_new && (is_new || !is_done))
                };
                until("there is the old session or the new one, and not both", one).await
            }
        },
    )
    .await?;
    at_every_await(
        |_| async { kit.session(id).await },
        |session| async move {
            ensure!(store.end(id, &session.id, &entry(id)).await?, "an end is refused");
            Ok(())
        },
        |session, is_done| {
            let kit = kit.clone();
            async move {
                if is_done {
                    same!(kit.loaded(&session.digest, NOW).await?, None);
                }
                // A second call ends it.
                kit.stores.sessions.end(id, &session.id, &entry(id)).await?;
                same!(kit.loaded(&session.digest, NOW).await?, None);
                same!(kit.stores.sessions.data(&session.id, "x").await?, None);
                Ok(())
            }
        },
    )
    .await?;
    kit.intact_trail().await.map(drop)
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &[Part::Sessions]).await
}
