//! The feed of changes.

use std::sync::atomic::{AtomicBool, Ordering};

use auth_accounts::model::{AccountId, ApiKeyId, ChangeKind, SessionId};

use super::kit::{Failure, Kit, ensure, entry, same};

type Outcome = Result<(), Failure>;

pub(super) async fn positions_ascend(kit: Kit) -> Outcome {
    let store = &kit.stores.changes;
    let announced = [
        ChangeKind::Session(SessionId::random()),
        ChangeKind::Account(AccountId::random()),
        ChangeKind::ApiKey(ApiKeyId::random()),
        ChangeKind::Assignments(AccountId::random()),
    ];
    let from = kit.end_of_feed().await?;
    store.announce(&announced).await?;
    store.announce(&[]).await?;
    store.announce(&announced).await?;
    let (changes, _) = kit.changes(from).await?;
    let kinds: Vec<ChangeKind> = changes.into_iter().map(|change| change.kind).collect();
    same!(kinds, [announced.clone(), announced].concat());
    Ok(())
}

pub(super) async fn nothing_turns_up_behind_a_position(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let from = kit.end_of_feed().await?;
    let each = 4;
    let is_done = AtomicBool::new(false);
    let writers = async {
        let written = kit
            .race(|number| {
                let (stores, id) = (kit.stores.clone(), id.clone());
                async move {
                    for _ in 0..each {
                        if number % 2 == 0 {
                            stores.accounts.bump_epoch(&id, None, &entry(&id)).await?;
                        } else {
                            stores.changes.announce(&[ChangeKind::Account(id.clone())]).await?;
                        }
                    }
                    Ok(())
                }
            })
            .await;
        is_done.store(true, Ordering::SeqCst);
        written
    };
    // A follower that reads while they write sees what one sees that reads it all afterwards.
    let follower = async {
        let mut followed = Vec::new();
        let mut position = from;
        loop {
            let is_last = is_done.load(Ordering::SeqCst);
            let batch = kit.stores.changes.changes_after(position, 7).await?;
            ensure!(batch.changes.len() <= 7, "a batch of 7 has {}", batch.changes.len());
            if is_last && batch.changes.is_empty() {
                return Ok::<_, Failure>(followed);
            }
            position = batch.position;
            followed.extend(batch.changes);
        }
    };
    let (written, seen) = tokio::join!(writers, follower);
    written?;
    let all = kit.changes(from).await?.0;
    same!(all.len(), kit.settings.racers * each);
    same!(seen?, all);
    Ok(())
}

pub(super) async fn a_batch_says_whether_it_is_all(kit: Kit) -> Outcome {
    let store = &kit.stores.changes;
    let from = kit.end_of_feed().await?;
    let change = ChangeKind::Account(AccountId::random());
    store.announce(&vec![change; 5]).await?;
    let first = store.changes_after(from, 3).await?;
    same!(first.changes.len(), 3);
    same!(first.complete, false);
    same!(first.changes.last().map(|change| change.position), Some(first.position));
    let second = store.changes_after(first.position, 3).await?;
    same!((second.changes.len(), second.complete), (2, true));
    same!(second.generation, first.generation);
    // At the end it may wait, and gives back the position that it was asked for.
    let end = store.changes_after(second.position, 3).await?;
    same!(end.changes, []);
    same!((end.position, end.complete), (second.position, true));
    same!(end.generation, first.generation);
    Ok(())
}
