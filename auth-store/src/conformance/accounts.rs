//! Accounts.

use std::collections::BTreeSet;

use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountState, AccountStatus, Email, LoginKey, PasswordHash,
};
use auth_accounts::store::{Created, PasswordChange, PasswordWritten, StoreError};

use super::cancel::{at_every_await, until};
use super::kit::{Failure, Kit, NOW, TEXTS, account, ensure, entry, number_of, same};
use super::model::{self, Part};
use crate::MAX_VALUE_BYTES;

type Outcome = Result<(), Failure>;

fn email(text: &str) -> Result<Email, Failure> {
    Email::parse(text).ok_or_else(|| Failure::new("not an address"))
}

pub(super) async fn an_account_is_kept_as_it_was_given(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let mut given = vec![account("alice")];
    given.push(Account {
        kind: AccountKind::Service,
        email: Some(email("Bot@Shop.test")?),
        email_verified_at: Some(NOW - 1),
        status: AccountStatus::Locked,
        password: Some(PasswordHash::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA")),
        password_at: Some(NOW - 2),
        epoch: 7,
        created_at: NOW - 3,
        ..account("bot")
    });
    for account in given {
        same!(store.create(&account, &entry(&account.id)).await?, Created::Created);
        same!(store.find(&account.login).await?, Some(account.clone()));
        same!(store.load(&account.id).await?, Some(account.clone()));
        same!(store.state(&account.id).await?, Some(account.state()));
    }
    same!(store.find(&LoginKey::from_prepared("Alice")).await?, None);
    same!(store.load(&AccountId::random()).await?, None);
    same!(store.state(&AccountId::random()).await?, None);
    Ok(())
}

pub(super) async fn a_name_is_taken_once(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let first = kit.account("alice").await?;
    let second = account("alice");
    same!(store.create(&second, &entry(&second.id)).await?, Created::Taken);
    same!(store.load(&second.id).await?, None);
    let same_id = Account { id: first.id.clone(), ..account("bob") };
    same!(store.create(&same_id, &entry(&first.id)).await?, Created::Taken);
    same!(store.find(&same_id.login).await?, None);
    same!(store.find(&first.login).await?, Some(first.clone()));
    // A name is free again when its account is gone.
    same!(store.delete(&first.id, &entry(&first.id)).await?, true);
    same!(store.create(&second, &entry(&second.id)).await?, Created::Created);
    Ok(())
}

pub(super) async fn texts_are_kept_or_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    for (number, text) in TEXTS.into_iter().enumerate() {
        let login = LoginKey::from_prepared(format!("{text}{number}"));
        let account = Account { login, username: text.to_owned(), ..account("") };
        match store.create(&account, &entry(&account.id)).await {
            Ok(created) => {
                same!(created, Created::Created);
                same!(store.find(&account.login).await?, Some(account));
            }
            Err(_) => same!(store.load(&account.id).await?, None),
        }
    }
    // A name is not another one that a store may take for the same.
    for name in ["ß", "ss", "i", "I", "\u{131}", "a", "a ", "å", "a\u{30a}"] {
        kit.account(name).await?;
    }
    Ok(())
}

pub(super) async fn long_values_are_refused(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let long = Account { username: "x".repeat(MAX_VALUE_BYTES), ..account("long") };
    same!(store.create(&long, &entry(&long.id)).await?, Created::Created);
    same!(store.load(&long.id).await?, Some(long));
    let longer = Account { username: "x".repeat(MAX_VALUE_BYTES + 1), ..account("longer") };
    let refused = store.create(&longer, &entry(&longer.id)).await;
    ensure!(matches!(refused, Err(StoreError::TooLong(_))), "a long name gives {refused:?}");
    same!(store.load(&longer.id).await?, None);
    Ok(())
}

pub(super) async fn verified_addresses_are_found_in_any_case(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let with = |name: &str, address: &str, verified_at, created_at| {
        let email = Some(email(address)?);
        Ok::<_, Failure>(Account {
            email,
            email_verified_at: verified_at,
            created_at,
            ..account(name)
        })
    };
    let unverified = with("a", "me@shop.test", None, NOW - 9)?;
    let younger = with("b", "Me@Shop.test", Some(NOW), NOW - 1)?;
    let older = with("c", "ME@shop.TEST", Some(NOW), NOW - 2)?;
    let other = with("d", "me@shop.test.example", Some(NOW), NOW - 8)?;
    for account in [&unverified, &younger, &older, &other] {
        store.create(account, &entry(&account.id)).await?;
    }
    let address = email("mE@sHop.test")?;
    same!(store.find_by_email(&address).await?, Some(older.clone()));
    store.set_email(&older.id, older.email.as_ref(), None, &entry(&older.id)).await?;
    same!(store.find_by_email(&address).await?, Some(younger.clone()));
    store.delete(&younger.id, &entry(&younger.id)).await?;
    same!(store.find_by_email(&address).await?, None);
    store.set_email(&unverified.id, Some(&address), Some(NOW), &entry(&unverified.id)).await?;
    let found = store.find_by_email(&email("me@shop.test")?).await?;
    same!(found.map(|account| account.id), Some(unverified.id));
    Ok(())
}

pub(super) async fn a_password_is_set_over_the_hash_that_was_seen(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let before = kit.account("alice").await?;
    let id = &before.id;
    let hashes = ["first", "second", "third"].map(PasswordHash::new);
    let [first, second, third] = &hashes;
    let set = async |seen, new, change| store.set_password(id, seen, new, change, &entry(id)).await;
    let changed = PasswordChange::Changed { at: NOW + 5 };
    same!(set(Some(first), second, changed).await?, PasswordWritten::Changed);
    same!(store.load(id).await?, Some(before.clone()));
    same!(set(None, first, changed).await?, PasswordWritten::Done { epoch: 1 });
    same!(set(None, second, changed).await?, PasswordWritten::Changed);
    let rehashed = set(Some(first), second, PasswordChange::Rehashed).await?;
    same!(rehashed, PasswordWritten::Done { epoch: 1 });
    same!(set(Some(first), third, PasswordChange::Rehashed).await?, PasswordWritten::Changed);
    let expected = Account {
        password: Some(second.clone()),
        password_at: Some(NOW + 5),
        epoch: 1,
        ..before.clone()
    };
    same!(store.load(id).await?, Some(expected));
    let nobody = AccountId::random();
    let written = store.set_password(&nobody, None, first, changed, &entry(&nobody)).await?;
    same!(written, PasswordWritten::Changed);
    Ok(())
}

pub(super) async fn a_status_is_changed_once(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let id = kit.account("alice").await?.id;
    let set = async |status| store.set_status(&id, status, &entry(&id)).await;
    same!(set(AccountStatus::Active).await?, false);
    same!(set(AccountStatus::Locked).await?, true);
    same!(set(AccountStatus::Locked).await?, false);
    let locked = AccountState { status: AccountStatus::Locked, epoch: 1 };
    same!(store.state(&id).await?, Some(locked));
    same!(set(AccountStatus::Active).await?, true);
    let active = AccountState { status: AccountStatus::Active, epoch: 2 };
    same!(store.state(&id).await?, Some(active));
    let nobody = AccountId::random();
    same!(store.set_status(&nobody, AccountStatus::Locked, &entry(&nobody)).await?, false);
    Ok(())
}

pub(super) async fn an_address_is_set(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let before = kit.account("alice").await?;
    let address = email("Alice@shop.test")?;
    same!(store.set_email(&before.id, Some(&address), None, &entry(&before.id)).await?, true);
    let with_address = Account { email: Some(address.clone()), ..before.clone() };
    same!(store.load(&before.id).await?, Some(with_address.clone()));
    same!(store.set_email(&before.id, Some(&address), Some(9), &entry(&before.id)).await?, true);
    let verified = Account { email_verified_at: Some(9), ..with_address };
    same!(store.load(&before.id).await?, Some(verified));
    same!(store.set_email(&before.id, None, None, &entry(&before.id)).await?, true);
    same!(store.load(&before.id).await?, Some(before));
    let nobody = AccountId::random();
    same!(store.set_email(&nobody, None, None, &entry(&nobody)).await?, false);
    Ok(())
}

pub(super) async fn an_epoch_counts_up(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let id = kit.account("alice").await?.id;
    same!(store.bump_epoch(&id, None, &entry(&id)).await?, Some(1));
    same!(store.bump_epoch(&id, None, &entry(&id)).await?, Some(2));
    same!(store.state(&id).await?.map(|state| state.epoch), Some(2));
    let nobody = AccountId::random();
    same!(store.bump_epoch(&nobody, None, &entry(&nobody)).await?, None);
    Ok(())
}

pub(super) async fn accounts_are_searched_by_plain_text(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    let mut all = Vec::new();
    for name in ["alice", "Malice_2", "100%", "bob\\", "a'b"] {
        all.push(kit.account(name).await?);
    }
    let carol = Account { email: Some(email("Carol@ALICE.test")?), ..account("carol") };
    store.create(&carol, &entry(&carol.id)).await?;
    all.push(carol);
    all.sort_by(|one, other| one.id.cmp(&other.id));
    let search = async |text: &str| -> Result<Vec<String>, Failure> {
        let found = store.search(text, None, 100).await?;
        let mut names: Vec<String> = found.into_iter().map(|account| account.username).collect();
        names.sort();
        Ok(names)
    };
    same!(search("aLiCe").await?, ["Malice_2", "alice", "carol"]);
    same!(search("%").await?, ["100%"]);
    same!(search("_").await?, ["Malice_2"]);
    same!(search("\\").await?, ["bob\\"]);
    same!(search("'").await?, ["a'b"]);
    same!(search("nobody").await?, Vec::<String>::new());
    // In the order of their ids, byte by byte, page by page.
    let mut pages = Vec::new();
    let mut after: Option<AccountId> = None;
    loop {
        let page = store.search("", after.as_ref(), 2).await?;
        ensure!(page.len() <= 2, "a page of 2 has {}", page.len());
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        pages.extend(page);
    }
    same!(pages, all);
    Ok(())
}

pub(super) async fn one_of_many_gets_the_name(kit: Kit) -> Outcome {
    let answers = kit
        .race(|_| {
            let store = kit.stores.accounts.clone();
            async move {
                let account = account("alice");
                let created = store.create(&account, &entry(&account.id)).await?;
                Ok((created, account.id))
            }
        })
        .await?;
    let winners: Vec<&AccountId> = answers
        .iter()
        .filter(|(created, _)| *created == Created::Created)
        .map(|(_, id)| id)
        .collect();
    let found = kit.stores.accounts.find(&LoginKey::from_prepared("alice")).await?;
    same!(winners, found.as_ref().map(|account| &account.id).into_iter().collect::<Vec<_>>());
    Ok(())
}

pub(super) async fn one_of_many_sets_the_password(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let answers = kit
        .race(|number| {
            let (store, id) = (kit.stores.accounts.clone(), id.clone());
            async move {
                let hash = PasswordHash::new(format!("hash {number}"));
                let changed = PasswordChange::Changed { at: NOW };
                store.set_password(&id, None, &hash, changed, &entry(&id)).await
            }
        })
        .await?;
    same!(number_of(&answers, &PasswordWritten::Done { epoch: 1 }), 1);
    same!(number_of(&answers, &PasswordWritten::Changed), kit.settings.racers - 1);
    same!(kit.stores.accounts.state(&id).await?.map(|state| state.epoch), Some(1));
    same!(kit.trail(0, Some(&id)).await?.len(), 2);
    Ok(())
}

pub(super) async fn epochs_are_given_out_once(kit: Kit) -> Outcome {
    let id = kit.account("alice").await?.id;
    let answers = kit
        .race(|_| {
            let (store, id) = (kit.stores.accounts.clone(), id.clone());
            async move { store.bump_epoch(&id, None, &entry(&id)).await }
        })
        .await?;
    let epochs: BTreeSet<u64> = answers.into_iter().flatten().collect();
    same!(epochs.len(), kit.settings.racers);
    let last = kit.stores.accounts.state(&id).await?.map(|state| state.epoch);
    same!(last, epochs.last().copied());
    Ok(())
}

pub(super) async fn cancelled_calls_leave_all_or_nothing(kit: Kit) -> Outcome {
    let store = &kit.stores.accounts;
    at_every_await(
        |polls| async move { Ok(account(&format!("account {polls}"))) },
        |account| async move {
            store.create(&account, &entry(&account.id)).await?;
            Ok(())
        },
        |account, _| {
            let kit = kit.clone();
            async move {
                until("an account is there if and only if its entry is", || async {
                    let is_there = kit.stores.accounts.load(&account.id).await?.is_some();
                    let entries = kit.trail(0, Some(&account.id)).await?.len();
                    Ok(entries == usize::from(is_there))
                })
                .await
            }
        },
    )
    .await?;
    let id = kit.account("alice").await?.id;
    let old = store.state(&id).await?.map_or(0, |state| state.epoch);
    let from = kit.end_of_feed().await?;
    at_every_await(
        |_| async { Ok(()) },
        |()| async {
            store.bump_epoch(&id, None, &entry(&id)).await?;
            Ok(())
        },
        |(), _| {
            let (kit, id) = (kit.clone(), id.clone());
            async move {
                until("an epoch is counted up with its entry and its change", || async {
                    let epoch = kit.stores.accounts.state(&id).await?.map_or(0, |it| it.epoch);
                    let entries = kit.trail(0, Some(&id)).await?.len() - 1;
                    let (changes, _) = kit.changes(from).await?;
                    // The marks of earlier looks are among them.
                    let told = auth_accounts::model::ChangeKind::Account(id.clone());
                    let changes = changes.iter().filter(|change| change.kind == told).count();
                    let bumped = usize::try_from(epoch - old).unwrap_or(usize::MAX);
                    Ok(bumped == entries && bumped == changes)
                })
                .await
            }
        },
    )
    .await?;
    kit.intact_trail().await.map(drop)
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &[Part::Accounts]).await
}
