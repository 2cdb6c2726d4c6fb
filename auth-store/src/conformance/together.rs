//! What is promised where one store has everything.

use auth_accounts::model::{
    AccountId, AccountState, AccountStatus, Assignment, AssignmentKind, AssignmentOrigin,
    ChangeKind, FactorId, FactorKind, FactorRecord, PasswordHash,
};
use auth_accounts::secret::Sealed;
use auth_accounts::store::{
    Created, FactorAdded, OneTimeKind, PasswordChange, StoreError, Withdrawn,
};

use super::kit::{Failure, Kit, NOW, account, api_key, ensure, entry, same, secret, session};
use super::model::{self, Part};

type Outcome = Result<(), Failure>;

const CODE: OneTimeKind = OneTimeKind::Code;

fn factor(account: &AccountId) -> FactorRecord {
    FactorRecord {
        id: FactorId::random(),
        account: account.clone(),
        kind: FactorKind::Passkey,
        name: "key".to_owned(),
        sealed: Sealed { key: "key".to_owned(), bytes: vec![1] },
        last_step: None,
        credential_id: Some(account.as_str().as_bytes().to_vec()),
        sign_count: 0,
        created_at: NOW,
        last_used_at: None,
    }
}

fn role(account: &AccountId) -> Assignment {
    Assignment {
        account: account.clone(),
        kind: AssignmentKind::Role,
        name: "clerk".to_owned(),
        origin: AssignmentOrigin::Manual,
        granted_by: None,
        reason: String::new(),
        granted_at: NOW,
        expires_at: None,
    }
}

pub(super) async fn credentials_come_with_the_state_of_their_account(kit: Kit) -> Outcome {
    let stores = &kit.stores;
    let id = kit.account("alice").await?.id;
    let session = kit.session(&id).await?;
    let key = api_key(&id);
    same!(stores.api_keys.add_key(&key, &entry(&id)).await?, Created::Created);
    let state = async || {
        let session = stores.sessions.load(&session.digest, NOW).await?;
        let key = stores.api_keys.key(&key.id).await?;
        Ok::<_, StoreError>((session.and_then(|it| it.account), key.and_then(|it| it.owner)))
    };
    let expected = |status, epoch| Some(AccountState { status, epoch });
    let active = expected(AccountStatus::Active, 0);
    same!(state().await?, (active, active));
    stores.accounts.set_status(&id, AccountStatus::Locked, &entry(&id)).await?;
    let locked = expected(AccountStatus::Locked, 1);
    same!(state().await?, (locked, locked));
    stores.accounts.bump_epoch(&id, None, &entry(&id)).await?;
    let bumped = expected(AccountStatus::Locked, 2);
    same!(state().await?, (bumped, bumped));
    Ok(())
}

pub(super) async fn an_account_goes_with_all_that_it_has(kit: Kit) -> Outcome {
    let stores = &kit.stores;
    let mut sessions = Vec::new();
    let mut keys = Vec::new();
    let mut codes = Vec::new();
    let ids = [kit.account("alice").await?.id, kit.account("bob").await?.id];
    for id in &ids {
        let session = kit.session(id).await?;
        stores.sessions.set_data(&session.id, "cart", b"apples", None, NOW).await?;
        sessions.push(session);
        keys.push(api_key(id));
        same!(stores.factors.add_factor(&factor(id), &entry(id)).await?, FactorAdded::Done);
        codes.push(secret());
        stores.factors.replace_recovery_codes(id, &codes, &entry(id)).await?;
        stores.assignments.assign(&role(id), &entry(id)).await?;
    }
    for key in &keys {
        stores.api_keys.add_key(key, &entry(&key.owner)).await?;
    }
    for (id, code) in ids.iter().zip(&codes) {
        stores.one_time.put(CODE, code, Some(id), b"", NOW + 10, NOW).await?;
    }
    let [alice, _] = &ids;
    let held = stores.audit.records(0, Some(alice), 100).await?.len();
    same!(stores.accounts.delete(alice, &entry(alice)).await?, true);
    same!(stores.accounts.delete(alice, &entry(alice)).await?, false);
    let all = ids.iter().zip(&sessions).zip(&keys).zip(&codes);
    for ((((id, session), key), code), is_there) in all.zip([false, true]) {
        same!(stores.accounts.load(id).await?.is_some(), is_there);
        same!(stores.sessions.load(&session.digest, NOW).await?.is_some(), is_there);
        same!(stores.sessions.list(id, NOW).await?.len(), usize::from(is_there));
        same!(stores.sessions.data(&session.id, "cart").await?.is_some(), is_there);
        same!(stores.api_keys.key(&key.id).await?.is_some(), is_there);
        same!(stores.api_keys.keys(id).await?.len(), usize::from(is_there));
        same!(stores.factors.factors(id).await?.len(), usize::from(is_there));
        same!(stores.factors.passkey(id.as_str().as_bytes()).await?.is_some(), is_there);
        same!(stores.factors.recovery_codes_left(id).await? > 0, is_there);
        same!(stores.assignments.assignments(id, NOW).await?.len(), usize::from(is_there));
        same!(stores.one_time.peek(CODE, code, NOW).await?.is_some(), is_there);
    }
    // What it did stays in the trail.
    same!(stores.audit.records(0, Some(alice), 100).await?.len(), held + 1);
    same!(kit.intact_trail().await?.is_empty(), false);
    Ok(())
}

pub(super) async fn nothing_belongs_to_an_account_that_is_not_there(kit: Kit) -> Outcome {
    let stores = &kit.stores;
    let id = AccountId::random();
    let session = session(&id);
    let created = stores.sessions.create(&session, &entry(&id)).await;
    ensure!(created.is_err(), "a session without an account is created");
    same!(stores.sessions.load(&session.digest, NOW).await?, None);
    let key = api_key(&id);
    let created = stores.api_keys.add_key(&key, &entry(&id)).await;
    ensure!(created.is_err(), "a key without an account gives {created:?}");
    same!(stores.api_keys.key(&key.id).await?, None);
    same!(stores.factors.add_factor(&factor(&id), &entry(&id)).await?, FactorAdded::NoAccount);
    let replaced = stores.factors.replace_recovery_codes(&id, &[secret()], &entry(&id)).await;
    ensure!(replaced.is_err(), "recovery codes without an account are kept");
    same!(stores.factors.recovery_codes_left(&id).await?, 0);
    same!(kit.trail(0, None).await?, []);
    // An account that goes while sessions are made for it leaves none.
    for _ in 0..4 {
        let account = account("alice");
        stores.accounts.create(&account, &entry(&account.id)).await?;
        kit.race(|number| {
            let (stores, id) = (stores.clone(), account.id.clone());
            async move {
                if number == 0 {
                    stores.accounts.delete(&id, &entry(&id)).await?;
                } else {
                    let session = super::kit::session(&id);
                    // It is refused when it comes too late.
                    let _ = stores.sessions.create(&session, &entry(&id)).await;
                }
                Ok(())
            }
        })
        .await?;
        same!(stores.sessions.list(&account.id, NOW).await?, []);
    }
    Ok(())
}

/// What a call wrote: how many entries, and which changes.
struct Watch<'a> {
    kit: &'a Kit,
    id: &'a AccountId,
    entries: usize,
    position: u64,
}

impl Watch<'_> {
    async fn wrote(&mut self, what: &str, entries: usize, changes: &[ChangeKind]) -> Outcome {
        let now = self.kit.trail(0, Some(self.id)).await?.len();
        let written = now - self.entries;
        ensure!(written == entries, "{what} writes {written} entries, expected {entries}");
        self.entries = now;
        let (told, position) = self.kit.changes(self.position).await?;
        self.position = position;
        let told: Vec<ChangeKind> = told.into_iter().map(|change| change.kind).collect();
        ensure!(told == changes, "{what} tells {told:?}, expected {changes:?}");
        Ok(())
    }
}

pub(super) async fn what_was_done_is_recorded_and_announced_and_nothing_else(kit: Kit) -> Outcome {
    let stores = &kit.stores;
    let alice = kit.account("alice").await?;
    let (id, e) = (&alice.id, &entry(&alice.id));
    let of_account = [ChangeKind::Account(id.clone())];
    let of_assignments = [ChangeKind::Assignments(id.clone())];
    let (entries, position) = (kit.trail(0, Some(id)).await?.len(), kit.end_of_feed().await?);
    let mut watch = Watch { kit: &kit, id, entries, position };

    let accounts = &stores.accounts;
    accounts.create(&account("alice"), e).await?;
    watch.wrote("a name that is taken", 0, &[]).await?;
    let (first, second) = (PasswordHash::new("1"), PasswordHash::new("2"));
    let changed = PasswordChange::Changed { at: NOW };
    accounts.set_password(id, Some(&first), &second, changed, e).await?;
    watch.wrote("another hash than the one that was seen", 0, &[]).await?;
    accounts.set_password(id, None, &first, changed, e).await?;
    watch.wrote("a new password", 1, &of_account).await?;
    accounts.set_password(id, Some(&first), &second, PasswordChange::Rehashed, e).await?;
    watch.wrote("the same password under new parameters", 1, &[]).await?;
    accounts.set_status(id, AccountStatus::Active, e).await?;
    watch.wrote("the same status", 0, &[]).await?;
    accounts.set_status(id, AccountStatus::Locked, e).await?;
    watch.wrote("another status", 1, &of_account).await?;
    accounts.set_status(id, AccountStatus::Active, e).await?;
    watch.wrote("another status", 1, &of_account).await?;
    accounts.set_email(id, None, None, e).await?;
    watch.wrote("an address", 1, &[]).await?;
    accounts.bump_epoch(id, None, e).await?;
    watch.wrote("an epoch", 1, &of_account).await?;

    let assignments = &stores.assignments;
    let (role, manual) = (role(id), AssignmentOrigin::Manual);
    let withdraw =
        async |keep| assignments.withdraw(id, role.kind, &role.name, manual, keep, e).await;
    withdraw(false).await?;
    watch.wrote("withdrawing what is not held", 0, &[]).await?;
    assignments.assign_first(&role, NOW, e).await?;
    watch.wrote("the first assignment", 1, &of_assignments).await?;
    assignments.assign_first(&role, NOW, e).await?;
    watch.wrote("a second first assignment", 0, &[]).await?;
    same!(withdraw(true).await?, Withdrawn::Last);
    watch.wrote("withdrawing the last one", 0, &[]).await?;
    assignments.replace(id, manual, std::slice::from_ref(&role), e).await?;
    watch.wrote("a replacement by the same", 0, &[]).await?;
    withdraw(false).await?;
    watch.wrote("withdrawing", 1, &of_assignments).await?;
    assignments.replace(id, manual, std::slice::from_ref(&role), e).await?;
    watch.wrote("a replacement", 1, &of_assignments).await?;
    assignments.assign(&Assignment { reason: "new".to_owned(), ..role.clone() }, e).await?;
    watch.wrote("an assignment", 1, &of_assignments).await?;

    let factors = &stores.factors;
    let factor = factor(id);
    factors.add_factor(&factor, e).await?;
    watch.wrote("a factor", 1, &[]).await?;
    factors.add_factor(&FactorRecord { id: FactorId::random(), ..factor.clone() }, e).await?;
    watch.wrote("a credential id that is taken", 0, &[]).await?;
    factors.accept_step(&factor.id, 1, NOW).await?;
    factors.accept_counter(&factor.id, 0, 1, &factor.sealed, NOW).await?;
    watch.wrote("the use of a factor", 0, &[]).await?;
    let code = secret();
    factors.replace_recovery_codes(id, &[code], e).await?;
    watch.wrote("recovery codes", 1, &[]).await?;
    factors.take_recovery_code(id, &code, e).await?;
    watch.wrote("the use of a recovery code", 1, &[]).await?;
    factors.take_recovery_code(id, &code, e).await?;
    watch.wrote("a recovery code that was used", 0, &[]).await?;
    factors.remove_factor(id, &factor.id, e).await?;
    watch.wrote("removing a factor", 1, &[]).await?;
    factors.remove_factor(id, &factor.id, e).await?;
    watch.wrote("removing a factor that is gone", 0, &[]).await?;

    let keys = &stores.api_keys;
    let key = api_key(id);
    let of_key = [ChangeKind::ApiKey(key.id.clone())];
    keys.add_key(&key, e).await?;
    watch.wrote("a key", 1, &[]).await?;
    keys.add_key(&key, e).await?;
    watch.wrote("a key whose id is taken", 0, &[]).await?;
    keys.rotate_key(id, &key.id, ("key", &code), NOW, NOW, e).await?;
    watch.wrote("rotating a key", 1, &of_key).await?;
    keys.touch_keys(&[(key.id.clone(), NOW)]).await?;
    watch.wrote("the use of a key", 0, &[]).await?;
    keys.revoke_key(id, &key.id, NOW, e).await?;
    watch.wrote("revoking a key", 1, &of_key).await?;
    keys.revoke_key(id, &key.id, NOW, e).await?;
    keys.rotate_key(id, &key.id, ("key", &code), NOW, NOW, e).await?;
    watch.wrote("a key that was revoked", 0, &[]).await?;

    kit.session(id).await?;
    watch.wrote("a session", 1, &[]).await?;
    accounts.delete(id, e).await?;
    watch.wrote("deleting an account", 1, &of_account).await?;
    accounts.delete(id, e).await?;
    accounts.bump_epoch(id, None, e).await?;
    accounts.set_email(id, None, None, e).await?;
    accounts.set_status(id, AccountStatus::Locked, e).await?;
    watch.wrote("an account that is gone", 0, &[]).await?;
    kit.intact_trail().await.map(drop)
}

pub(super) async fn random_operations_answer_as_the_model(kit: Kit) -> Outcome {
    model::compare(&kit, &Part::ALL).await
}
