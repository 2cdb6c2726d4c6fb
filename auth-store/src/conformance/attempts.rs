//! Counters of attempts.

use std::collections::BTreeSet;

use auth_accounts::store::{Attempt, Limit};

use super::cancel::at_every_await;
use super::kit::{Failure, Kit, NOW, ensure, number_of, same, secret};
use super::model::{self, Part};

type Outcome = Result<(), Failure>;

const LIMIT: Limit = Limit { attempts: 3, window_seconds: 10 };

const fn allowed(left: u32) -> Attempt {
    Attempt::Allowed { left }
}

pub(super) async fn attempts_are_counted_to_the_limit(kit: Kit) -> Outcome {
    let store = &kit.stores.attempts;
    let (key, other) = (secret(), secret());
    for left in [2, 1, 0] {
        same!(store.hit(&key, LIMIT, NOW).await?, allowed(left));
    }
    let refused = Attempt::Refused { until: NOW + 10 };
    same!(store.hit(&key, LIMIT, NOW).await?, refused);
    same!(store.hit(&other, LIMIT, NOW).await?, allowed(2));
    let none = Limit { attempts: 0, window_seconds: 10 };
    let attempt = store.hit(&secret(), none, NOW).await?;
    ensure!(matches!(attempt, Attempt::Refused { .. }), "none is allowed, but {attempt:?}");
    Ok(())
}

pub(super) async fn a_window_begins_with_its_first_attempt(kit: Kit) -> Outcome {
    let store = &kit.stores.attempts;
    let key = secret();
    same!(store.hit(&key, LIMIT, NOW).await?, allowed(2));
    same!(store.hit(&key, LIMIT, NOW + 5).await?, allowed(1));
    same!(store.hit(&key, LIMIT, NOW + 9).await?, allowed(0));
    // Attempts that are refused do not make it longer.
    for now in [NOW + 9, NOW + 6, NOW + 9] {
        same!(store.hit(&key, LIMIT, now).await?, Attempt::Refused { until: NOW + 10 });
    }
    same!(store.hit(&key, LIMIT, NOW + 10).await?, allowed(2));
    same!(store.hit(&key, LIMIT, NOW + 19).await?, allowed(1));
    same!(store.hit(&key, LIMIT, NOW + 20).await?, allowed(2));
    Ok(())
}

pub(super) async fn a_clock_that_was_set_back_opens_no_window(kit: Kit) -> Outcome {
    let store = &kit.stores.attempts;
    let key = secret();
    same!(store.hit(&key, LIMIT, NOW).await?, allowed(2));
    same!(store.hit(&key, LIMIT, NOW - 100).await?, allowed(1));
    same!(store.hit(&key, LIMIT, 0).await?, allowed(0));
    for now in [NOW - 100, 0, NOW] {
        same!(store.hit(&key, LIMIT, now).await?, Attempt::Refused { until: NOW + 10 });
    }
    same!(store.hit(&key, LIMIT, NOW + 10).await?, allowed(2));
    Ok(())
}

pub(super) async fn a_success_forgives(kit: Kit) -> Outcome {
    let store = &kit.stores.attempts;
    let (key, other) = (secret(), secret());
    for _ in 0..4 {
        store.hit(&key, LIMIT, NOW).await?;
        store.hit(&other, LIMIT, NOW).await?;
    }
    store.forgive(&key).await?;
    store.forgive(&secret()).await?;
    same!(store.hit(&key, LIMIT, NOW + 1).await?, allowed(2));
    same!(store.hit(&other, LIMIT, NOW + 1).await?, Attempt::Refused { until: NOW + 10 });
    same!(store.hit(&key, LIMIT, NOW + 10).await?, allowed(1));
    Ok(())
}

pub(super) async fn ended_windows_are_swept(kit: Kit) -> Outcome {
    let store = &kit.stores.attempts;
    let key = secret();
    store.hit(&key, LIMIT, NOW + 1).await?;
    for _ in 0..5 {
        store.hit(&secret(), LIMIT, NOW).await?;
    }
    same!(store.sweep_attempts(NOW + 9, 100).await?, 0);
    same!(store.sweep_attempts(NOW + 10, 3).await?, 3);
    same!(store.sweep_attempts(NOW + 10, 3).await?, 2);
    same!(store.sweep_attempts(NOW + 10, 3).await?, 0);
    same!(store.hit(&key, LIMIT, NOW + 10).await?, allowed(1));
    Ok(())
}

pub(super) async fn many_at_once_are_counted_each(kit: Kit) -> Outcome {
    let key = secret();
    let half = u32::try_from(kit.settings.racers / 2).unwrap_or(1);
    let limit = Limit { attempts: half, window_seconds: 10 };
    let answers = kit
        .race(|_| {
            let store = kit.stores.attempts.clone();
            async move { store.hit(&key, limit, NOW).await }
        })
        .await?;
    let left: BTreeSet<u32> = answers
        .iter()
        .filter_map(|answer| match answer {
            Attempt::Allowed { left } => Some(*left),
            Attempt::Refused { .. } => None,
        })
        .collect();
    same!(left, (0..half).collect::<BTreeSet<u32>>());
    let refused = number_of(&answers, &Attempt::Refused { until: NOW + 10 });
    same!(refused + left.len(), kit.settings.racers);
    Ok(())
}

pub(super) async fn cancelled_attempts_are_never_counted_for_less(kit: Kit) -> Outcome {
    let store = &kit.stores.attempts;
    at_every_await(
        |_| async { Ok(secret()) },
        |key| async move {
            store.hit(&key, LIMIT, NOW).await?;
            Ok(())
        },
        |key, is_done| async move {
            let mut more = 0;
            while matches!(store.hit(&key, LIMIT, NOW).await?, Attempt::Allowed { .. }) {
                more += 1;
            }
            let most = if is_done { LIMIT.attempts - 1 } else { LIMIT.attempts };
            ensure!(more <= most, "{more} more attempts are allowed");
            Ok(())
        },
    )
    .await
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &[Part::Attempts]).await
}
