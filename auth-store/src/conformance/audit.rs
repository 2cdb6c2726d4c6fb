//! The audit trail.

use auth_accounts::model::{AccountId, AuditEntry, AuditOutcome};
use auth_accounts::store::StoreError;

use super::cancel::at_every_await;
use super::kit::{Failure, Kit, NOW, TEXTS, account, ensure, entry, same};
use crate::MAX_VALUE_BYTES;

type Outcome = Result<(), Failure>;

pub(super) async fn entries_are_kept_in_a_chain(kit: Kit) -> Outcome {
    let store = &kit.stores.audit;
    let (alice, bob) = (AccountId::random(), AccountId::random());
    let mut given = vec![AuditEntry::new(0, "started")];
    given.push(AuditEntry {
        request_id: Some("0af7651916cd43dd".to_owned()),
        source: Some("2001:db8::1".to_owned()),
        ..entry(&alice).by(&bob).outcome(AuditOutcome::Refused)
    });
    given.push(
        AuditEntry::new(NOW, "numbers")
            .with("text", "a")
            .with("number", u64::MAX)
            .with("negative", i64::MIN)
            .with("fraction", 0.1)
            .with("nothing", ())
            .with("list", vec![true, false]),
    );
    // The order of the members is that of their names, however the store keeps JSON.
    given.push(AuditEntry::new(NOW, "order").with("b", 1).with("aa", 2).with("a", 3));
    for text in TEXTS {
        // As they are: what is put in by `with` is cleaned before.
        let mut entry = AuditEntry::new(NOW, "text");
        entry.detail.insert(text.to_owned(), text.into());
        given.push(AuditEntry { request_id: Some(text.to_owned()), ..entry });
    }
    let mut kept = Vec::new();
    for entry in given {
        if store.append(&entry).await.is_ok() {
            kept.push(entry);
        } else {
            ensure!(entry.event == "text", "the event {} is refused", entry.event);
        }
    }
    let records = kit.intact_trail().await?;
    let entries: Vec<AuditEntry> = records.into_iter().map(|record| record.entry).collect();
    same!(entries, kept);
    Ok(())
}

pub(super) async fn records_come_in_pages_and_by_account(kit: Kit) -> Outcome {
    let store = &kit.stores.audit;
    let (alice, bob) = (AccountId::random(), AccountId::random());
    for number in 0..10 {
        let about = if number % 3 == 0 { &alice } else { &bob };
        // By whom does not matter.
        store.append(&entry(about).by(&alice).with("number", number)).await?;
    }
    let positions = async |after, account: Option<&AccountId>, limit| {
        let records = store.records(after, account, limit).await?;
        Ok::<Vec<u64>, StoreError>(records.into_iter().map(|record| record.position).collect())
    };
    same!(positions(0, None, 4).await?, [1, 2, 3, 4]);
    same!(positions(4, None, 4).await?, [5, 6, 7, 8]);
    same!(positions(8, None, 4).await?, [9, 10]);
    same!(positions(10, None, 4).await?, Vec::<u64>::new());
    same!(positions(0, Some(&alice), 2).await?, [1, 4]);
    same!(positions(4, Some(&alice), 4).await?, [7, 10]);
    same!(positions(0, Some(&AccountId::random()), 4).await?, Vec::<u64>::new());
    Ok(())
}

pub(super) async fn many_writers_leave_no_gap(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let each = 8;
    kit.race(|number| {
        let (stores, id) = (kit.stores.clone(), id.clone());
        async move {
            for turn in 0..each {
                // Half of them change something, too.
                let entry = entry(&id).with("writer", number).with("turn", turn);
                if number % 2 == 0 {
                    stores.audit.append(&entry).await?;
                } else {
                    stores.accounts.bump_epoch(&id, None, &entry).await?;
                }
            }
            Ok(())
        }
    })
    .await?;
    let records = kit.intact_trail().await?;
    same!(records.len(), kit.settings.racers * each + 1);
    // The entries of one writer are in its order.
    for number in 0..kit.settings.racers {
        let turns: Vec<&serde_json::Value> = records
            .iter()
            .filter(|record| record.entry.detail.get("writer") == Some(&number.into()))
            .filter_map(|record| record.entry.detail.get("turn"))
            .collect();
        same!(
            turns,
            (0..each).map(serde_json::Value::from).collect::<Vec<_>>().iter().collect::<Vec<_>>()
        );
    }
    Ok(())
}

pub(super) async fn long_entries_are_refused_with_their_change(kit: Kit) -> Outcome {
    let long = |id: &AccountId| {
        let mut entry = entry(id);
        entry.detail.insert("text".to_owned(), "x".repeat(MAX_VALUE_BYTES).into());
        entry
    };
    let account = account("alice");
    let refused = kit.stores.accounts.create(&account, &long(&account.id)).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long entry gives {refused:?}");
    same!(kit.stores.accounts.load(&account.id).await?, None);
    let refused = kit.stores.audit.append(&long(&account.id)).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long entry gives {refused:?}");
    same!(kit.intact_trail().await?, []);
    Ok(())
}

pub(super) async fn cancelled_entries_leave_the_chain_intact(kit: Kit) -> Outcome {
    let store = &kit.stores.audit;
    let id = &AccountId::random();
    at_every_await(
        |polls| async move { Ok(polls) },
        |polls| async move { Ok(store.append(&entry(id).with("polls", polls)).await?) },
        |_, _| async {
            store.append(&entry(id).with("polls", "after")).await?;
            kit.intact_trail().await.map(drop)
        },
    )
    .await
}
