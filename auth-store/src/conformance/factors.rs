//! Second factors, passkeys and recovery codes.

use auth_accounts::model::{AccountId, FactorId, FactorKind, FactorRecord};
use auth_accounts::secret::{Digest, Sealed};
use auth_accounts::store::{FactorAdded, StoreError};

use super::cancel::at_every_await;
use super::kit::{Failure, Kit, NOW, TEXTS, ensure, entry, number_of, same, secret};
use super::model::{self, Part};
use crate::MAX_VALUE_BYTES;

type Outcome = Result<(), Failure>;

fn sealed(text: &str) -> Sealed {
    Sealed { key: "key".to_owned(), bytes: text.as_bytes().to_vec() }
}

fn totp(account: &AccountId) -> FactorRecord {
    FactorRecord {
        id: FactorId::random(),
        account: account.clone(),
        kind: FactorKind::Totp,
        name: "phone".to_owned(),
        sealed: sealed("secret"),
        last_step: None,
        credential_id: None,
        sign_count: 0,
        created_at: NOW,
        last_used_at: None,
    }
}

fn passkey(account: &AccountId, credential_id: &[u8]) -> FactorRecord {
    FactorRecord {
        kind: FactorKind::Passkey,
        credential_id: Some(credential_id.to_vec()),
        ..totp(account)
    }
}

impl Kit {
    async fn factor(&self, factor: FactorRecord) -> Result<FactorRecord, Failure> {
        let added = self.stores.factors.add_factor(&factor, &entry(&factor.account)).await?;
        same!(added, FactorAdded::Done);
        Ok(factor)
    }
}

pub(super) async fn factors_are_kept_and_listed_oldest_first(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let id = kit.account("alice").await?.id;
    let other = kit.account("bob").await?.id;
    let newest = kit.factor(totp(&id)).await?;
    let full = FactorRecord {
        last_step: Some(59_999_999),
        sign_count: u32::MAX,
        created_at: NOW - 2,
        last_used_at: Some(NOW - 1),
        sealed: Sealed { key: "2026-11".to_owned(), bytes: (0..=255).collect() },
        ..passkey(&id, &[0, 255, 39, 34, 92, 0])
    };
    let full = kit.factor(full).await?;
    let middle = kit.factor(FactorRecord { created_at: NOW - 1, ..totp(&id) }).await?;
    same!(store.factors(&id).await?, [full.clone(), middle, newest.clone()]);
    same!(store.factors(&other).await?, []);
    same!(store.passkey(&[0, 255, 39, 34, 92, 0]).await?, Some(full));
    same!(store.passkey(&[0, 255, 39, 34, 92]).await?, None);
    let nobody = AccountId::random();
    same!(store.add_factor(&totp(&nobody), &entry(&nobody)).await?, FactorAdded::NoAccount);
    // A factor that is there is never replaced.
    let again = FactorRecord { name: "other".to_owned(), ..newest.clone() };
    ensure!(store.add_factor(&again, &entry(&id)).await.is_err(), "a factor is replaced");
    same!(store.factors(&id).await?.last(), Some(&newest));
    Ok(())
}

pub(super) async fn a_credential_id_is_unique_over_all_accounts(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let held = kit.factor(passkey(&alice, b"credential")).await?;
    for account in [&alice, &bob] {
        let added = store.add_factor(&passkey(account, b"credential"), &entry(account)).await?;
        same!(added, FactorAdded::CredentialTaken);
    }
    same!(store.factors(&bob).await?, []);
    same!(store.passkey(b"credential").await?, Some(held.clone()));
    // Two factors without one do not have the same.
    kit.factor(totp(&alice)).await?;
    kit.factor(totp(&bob)).await?;
    same!(store.remove_factor(&alice, &held.id, &entry(&alice)).await?, true);
    kit.factor(passkey(&bob, b"credential")).await?;
    Ok(())
}

pub(super) async fn a_factor_is_removed_by_its_account_alone(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let factor = kit.factor(totp(&alice)).await?;
    same!(store.remove_factor(&bob, &factor.id, &entry(&bob)).await?, false);
    same!(store.factors(&alice).await?, std::slice::from_ref(&factor));
    same!(store.remove_factor(&alice, &factor.id, &entry(&alice)).await?, true);
    same!(store.remove_factor(&alice, &factor.id, &entry(&alice)).await?, false);
    same!(store.factors(&alice).await?, []);
    Ok(())
}

pub(super) async fn a_step_is_accepted_once_and_forwards(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let id = kit.account("alice").await?.id;
    let factor = kit.factor(totp(&id)).await?.id;
    let untouched = kit.factor(FactorRecord { created_at: NOW + 1, ..totp(&id) }).await?;
    for (step, is_accepted) in
        [(100, true), (100, false), (99, false), (101, true), (100, false), (0, false)]
    {
        same!(store.accept_step(&factor, step, NOW + step).await?, is_accepted);
    }
    let held = store.factors(&id).await?;
    let used: Vec<_> = held.iter().map(|it| (it.last_step, it.last_used_at)).collect();
    same!(used, [(Some(101), Some(NOW + 101)), (None, None)]);
    // The clock is set back: a step that was taken stays so.
    same!(store.accept_step(&factor, 101, NOW - 100).await?, false);
    same!(store.accept_step(&untouched.id, 0, NOW).await?, true);
    same!(store.accept_step(&untouched.id, 0, NOW).await?, false);
    same!(store.accept_step(&FactorId::random(), 1, NOW).await?, false);
    Ok(())
}

pub(super) async fn a_counter_is_written_over_the_one_that_was_seen(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let id = kit.account("alice").await?.id;
    let before = kit.factor(passkey(&id, b"credential")).await?;
    let accept = async |seen, new, text: &str| {
        store.accept_counter(&before.id, seen, new, &sealed(text), NOW + 1).await
    };
    same!(accept(1, 2, "wrong").await?, false);
    same!(store.factors(&id).await?, std::slice::from_ref(&before));
    same!(accept(0, 0, "without a counter").await?, true);
    same!(accept(0, u32::MAX, "second").await?, true);
    same!(accept(0, 1, "third").await?, false);
    let expected = FactorRecord {
        sign_count: u32::MAX,
        sealed: sealed("second"),
        last_used_at: Some(NOW + 1),
        ..before.clone()
    };
    same!(store.passkey(b"credential").await?, Some(expected));
    let unknown = FactorId::random();
    same!(store.accept_counter(&unknown, 0, 1, &sealed("x"), NOW).await?, false);
    Ok(())
}

pub(super) async fn recovery_codes_are_replaced_as_a_whole_and_used_once(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let alice = kit.account("alice").await?.id;
    let bob = kit.account("bob").await?.id;
    let codes: Vec<Digest> = (0..4).map(|_| secret()).collect();
    let [a, b, c, d] = codes.as_slice() else { return Ok(()) };
    same!(store.recovery_codes_left(&alice).await?, 0);
    store.replace_recovery_codes(&alice, &[*a, *b], &entry(&alice)).await?;
    store.replace_recovery_codes(&bob, &[*a], &entry(&bob)).await?;
    same!(store.recovery_codes_left(&alice).await?, 2);
    same!(store.take_recovery_code(&bob, b, &entry(&bob)).await?, false);
    same!(store.take_recovery_code(&alice, a, &entry(&alice)).await?, true);
    same!(store.take_recovery_code(&alice, a, &entry(&alice)).await?, false);
    same!(store.recovery_codes_left(&alice).await?, 1);
    same!(store.recovery_codes_left(&bob).await?, 1);
    store.replace_recovery_codes(&alice, &[*c, *d], &entry(&alice)).await?;
    same!(store.take_recovery_code(&alice, b, &entry(&alice)).await?, false);
    same!(store.recovery_codes_left(&alice).await?, 2);
    store.replace_recovery_codes(&alice, &[], &entry(&alice)).await?;
    same!(store.recovery_codes_left(&alice).await?, 0);
    Ok(())
}

pub(super) async fn texts_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    for text in TEXTS {
        let id = kit.account(&AccountId::random().to_string()).await?.id;
        let factor = FactorRecord { name: text.to_owned(), ..totp(&id) };
        match store.add_factor(&factor, &entry(&id)).await {
            Ok(added) => {
                same!(added, FactorAdded::Done);
                same!(store.factors(&id).await?, [factor]);
            }
            Err(_) => same!(store.factors(&id).await?, []),
        }
    }
    Ok(())
}

pub(super) async fn long_values_are_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let id = kit.account("alice").await?.id;
    let with = |length| {
        let sealed = Sealed { key: "key".to_owned(), bytes: vec![7; length] };
        FactorRecord { sealed, ..totp(&id) }
    };
    let long = kit.factor(with(MAX_VALUE_BYTES)).await?;
    let refused = store.add_factor(&with(MAX_VALUE_BYTES + 1), &entry(&id)).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long value gives {refused:?}");
    let refused =
        store.accept_counter(&long.id, 0, 1, &with(MAX_VALUE_BYTES + 1).sealed, NOW).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long value gives {refused:?}");
    same!(store.factors(&id).await?, [long]);
    Ok(())
}

pub(super) async fn one_of_many_steps_is_accepted(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let factor = kit.factor(totp(&id)).await?.id;
    for step in 1..=3 {
        let answers = kit
            .race(|_| {
                let (store, factor) = (kit.stores.factors.clone(), factor.clone());
                async move { store.accept_step(&factor, step, NOW).await }
            })
            .await?;
        same!(number_of(&answers, &true), 1);
    }
    Ok(())
}

pub(super) async fn one_of_many_counters_is_written(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let factor = kit.factor(passkey(&id, b"credential")).await?.id;
    let answers = kit
        .race(|number| {
            let (store, factor) = (kit.stores.factors.clone(), factor.clone());
            async move {
                let new = u32::try_from(number).unwrap_or(0) + 1;
                let sealed = sealed(&format!("state {new}"));
                let is_written = store.accept_counter(&factor, 0, new, &sealed, NOW).await?;
                Ok((is_written, new, sealed))
            }
        })
        .await?;
    let winners: Vec<_> = answers.into_iter().filter(|(is_written, ..)| *is_written).collect();
    same!(winners.len(), 1);
    let held = kit.stores.factors.passkey(b"credential").await?;
    let held = held.map(|held| (true, held.sign_count, held.sealed));
    same!(held.as_ref(), winners.first());
    Ok(())
}

pub(super) async fn one_of_many_uses_the_code(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let codes = [secret(), secret()];
    kit.stores.factors.replace_recovery_codes(&id, &codes, &entry(&id)).await?;
    let [code, _] = codes;
    let answers = kit
        .race(|_| {
            let (store, id) = (kit.stores.factors.clone(), id.clone());
            async move { store.take_recovery_code(&id, &code, &entry(&id)).await }
        })
        .await?;
    same!(number_of(&answers, &true), 1);
    same!(kit.stores.factors.recovery_codes_left(&id).await?, 1);
    // One entry each for the account, the codes and the use.
    same!(kit.trail(0, Some(&id)).await?.len(), 3);
    Ok(())
}

pub(super) async fn one_of_many_gets_the_credential_id(kit: Kit) -> Outcome {
    let ids = [kit.account("alice").await?.id, kit.account("bob").await?.id];
    let answers = kit
        .race(|number| {
            let store = kit.stores.factors.clone();
            let id = ids.get(number % 2).cloned().unwrap_or_else(AccountId::random);
            async move { store.add_factor(&passkey(&id, b"credential"), &entry(&id)).await }
        })
        .await?;
    same!(number_of(&answers, &FactorAdded::Done), 1);
    same!(number_of(&answers, &FactorAdded::CredentialTaken), kit.settings.racers - 1);
    Ok(())
}

pub(super) async fn cancelled_calls_use_at_most_once(kit: Kit) -> Outcome {
    let store = &kit.stores.factors;
    let id = &kit.account("alice").await?.id;
    at_every_await(
        |_| async {
            let code = secret();
            store.replace_recovery_codes(id, &[code], &entry(id)).await?;
            Ok(code)
        },
        |code| async move {
            ensure!(store.take_recovery_code(id, &code, &entry(id)).await?, "a code is refused");
            Ok(())
        },
        |code, is_used| async move {
            let again = store.take_recovery_code(id, &code, &entry(id)).await?;
            ensure!(!(again && is_used), "a code is used twice");
            ensure!(!store.take_recovery_code(id, &code, &entry(id)).await?, "a code is left");
            Ok(())
        },
    )
    .await?;
    let factor = &kit.factor(totp(id)).await?.id;
    at_every_await(
        |polls| async move { Ok(u64::from(polls)) },
        |step| async move {
            ensure!(store.accept_step(factor, step, NOW).await?, "step {step} is refused");
            Ok(())
        },
        |step, is_used| async move {
            let again = store.accept_step(factor, step, NOW).await?;
            ensure!(!(again && is_used), "step {step} is accepted twice");
            ensure!(!store.accept_step(factor, step, NOW).await?, "step {step} is left");
            Ok(())
        },
    )
    .await?;
    kit.intact_trail().await.map(drop)
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &[Part::Accounts, Part::Factors]).await
}
