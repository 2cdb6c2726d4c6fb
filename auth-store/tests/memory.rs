//! What the store in memory does beyond what every store promises.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(feature = "authorization")]
mod authorization;
#[cfg(feature = "authorization")]
mod records;

use auth_accounts::model::{Account, AccountId, AccountKind, AccountStatus, AuditEntry, LoginKey};
use auth_accounts::secret::Digest;
use auth_accounts::store::{
    AccountStore, Attempt, AttemptStore, AuditStore, ChangeStore, Created, Limit, OneTimeKind,
    OneTimeStore, StoreError,
};
use auth_store::memory::MemoryStore;

const NOW: u64 = 1_800_000_000;

fn account(name: &str) -> Account {
    Account {
        id: AccountId::random(),
        kind: AccountKind::Person,
        login: LoginKey::from_prepared(name),
        username: name.to_owned(),
        email: None,
        email_verified_at: None,
        status: AccountStatus::Active,
        password: None,
        password_at: None,
        epoch: 0,
        created_at: NOW,
    }
}

fn digest(text: &str) -> Digest {
    Digest::of(&[text.as_bytes()])
}

#[tokio::test]
async fn a_full_store_refuses_more_and_changes_nothing() {
    let store = MemoryStore::with_limit(2);
    let entry = AuditEntry::new(NOW, "test");
    store.create(&account("a"), &entry).await.unwrap();
    store.create(&account("b"), &entry).await.unwrap();
    let full = store.create(&account("c"), &entry).await;
    assert_eq!(full, Err(StoreError::Full("accounts")));
    // The trail is full, too: what cannot be recorded is not done.
    let b = store.find(&LoginKey::from_prepared("b")).await.unwrap().unwrap();
    assert!(matches!(store.bump_epoch(&b.id, None, &entry).await, Err(StoreError::Full(_))));
    assert_eq!(store.load(&b.id).await, Ok(Some(b)));
    assert_eq!(store.records(0, None, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_has_expired_makes_room() {
    let store = MemoryStore::with_limit(1);
    let put = async |name: &str, now| {
        store.put(OneTimeKind::Code, &digest(name), None, b"", now + 10, now).await
    };
    assert_eq!(put("a", NOW).await, Ok(Created::Created));
    assert_eq!(put("b", NOW + 9).await, Err(StoreError::Full("one-time values")));
    assert_eq!(put("b", NOW + 10).await, Ok(Created::Created));
    let limit = Limit { attempts: 1, window_seconds: 10 };
    assert_eq!(store.hit(&digest("a"), limit, NOW).await, Ok(Attempt::Allowed { left: 0 }));
    assert!(matches!(store.hit(&digest("b"), limit, NOW + 9).await, Err(StoreError::Full(_))));
    assert_eq!(store.hit(&digest("b"), limit, NOW + 10).await, Ok(Attempt::Allowed { left: 0 }));
}

#[tokio::test]
async fn a_reader_that_falls_behind_the_feed_gets_another_generation() {
    use auth_accounts::model::ChangeKind;
    let store = MemoryStore::with_limit(2);
    let change = ChangeKind::Account(AccountId::random());
    store.announce(&[change.clone(), change.clone()]).await.unwrap();
    let first = store.changes_after(0, 1).await.unwrap();
    assert_eq!((first.position, first.complete), (1, false));
    store.announce(&[change.clone(), change]).await.unwrap();
    let behind = store.changes_after(first.position, 10).await.unwrap();
    assert_ne!(behind.generation, first.generation);
    assert_eq!(behind.changes.iter().map(|it| it.position).collect::<Vec<_>>(), [3, 4]);
    let following = store.changes_after(3, 10).await.unwrap();
    assert_eq!(following.generation, first.generation);
}

#[tokio::test]
async fn the_end_of_the_feed_waits_for_a_change() {
    use auth_accounts::model::ChangeKind;
    let store = MemoryStore::new();
    let change = ChangeKind::Account(AccountId::random());
    let (batch, announced) = tokio::join!(store.changes_after(0, 10), async {
        tokio::task::yield_now().await;
        store.announce(std::slice::from_ref(&change)).await
    });
    announced.unwrap();
    let batch = batch.unwrap();
    assert_eq!((batch.changes.len(), batch.position, batch.complete), (1, 1, true));
}

#[tokio::test]
async fn a_store_fails_where_it_is_set_to() {
    let store = MemoryStore::new();
    let entry = AuditEntry::new(NOW, "test");
    store.faults().fail_on(&["AccountStore::create"]);
    assert!(store.create(&account("a"), &entry).await.is_err());
    assert!(store.append(&entry).await.is_ok());
    store.faults().fail_on(&[]);
    store.faults().lose_answers(true);
    assert!(store.create(&account("a"), &entry).await.is_err());
    store.faults().lose_answers(false);
    store.faults().start_sequence();
    assert_eq!(store.create(&account("a"), &entry).await, Ok(Created::Taken));
    assert_eq!(store.faults().end_sequence(), ["AccountStore::create"]);
    assert_eq!(store.faults().calls("AccountStore::create"), 3);
    assert_eq!(store.faults().total(), 4);
}

#[cfg(feature = "authorization")]
#[tokio::test]
async fn grants_end_with_their_account() {
    let store = MemoryStore::new();
    let alice = account("alice");
    store.create(&alice, &AuditEntry::new(NOW, "sign_up")).await.unwrap();
    authorization::grants_end_with_their_account(&store, &store, &alice.id).await;
}

#[cfg(feature = "authorization")]
#[tokio::test]
async fn grants_end_with_their_session() {
    let store = MemoryStore::new();
    let alice = account("alice");
    AccountStore::create(&store, &alice, &AuditEntry::new(NOW, "sign_up")).await.unwrap();
    let sessions = [(); 4].map(|()| records::session(&alice.id));
    authorization::grants_end_with_their_session(&store, &store, sessions).await;
}
