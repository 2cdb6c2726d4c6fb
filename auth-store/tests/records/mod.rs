//! Records for tests.
#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each of the tests that include it uses a part"
)]

use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, ApiKeyId, ApiKeyRecord, Assignment,
    AssignmentKind, AssignmentOrigin, AuditEntry, AuditRecord, Carrier, Email, FactorId,
    FactorKind, FactorRecord, LoginKey, PasswordHash, ProvedFactor, SessionId, SessionRecord,
};
use auth_accounts::secret::{Digest, Sealed, random_bytes};
use auth_accounts::store::{AccountStore, AuditStore, Created};

/// When the tests take place.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) fn digest() -> Digest {
    Digest::from_bytes(random_bytes())
}

pub(crate) fn audit(event: &str) -> AuditEntry {
    AuditEntry::new(NOW, event)
}

pub(crate) fn account(name: &str) -> Account {
    Account {
        id: AccountId::random(),
        kind: AccountKind::Person,
        login: LoginKey::from_prepared(name),
        username: name.to_uppercase(),
        email: Email::parse(&format!("{name}@Shop.test")),
        email_verified_at: Some(NOW),
        status: AccountStatus::Active,
        password: Some(PasswordHash::new("$argon2id$one")),
        password_at: Some(NOW),
        epoch: 1,
        created_at: NOW,
    }
}

/// An account of any name that is in the store.
pub(crate) async fn stored_account(store: &impl AccountStore) -> Account {
    let account = account(&AccountId::random().as_str().to_ascii_lowercase());
    let entry = audit("account_created").about(&account.id);
    let created = store.create(&account, &entry).await;
    assert_eq!(created, Ok(Created::Created));
    account
}

/// An account without a password that is in the store.
pub(crate) async fn account_without_password(store: &impl AccountStore) -> AccountId {
    let account = Account { password: None, password_at: None, ..account("alice") };
    assert_eq!(store.create(&account, &audit("account_created")).await, Ok(Created::Created));
    account.id
}

pub(crate) fn session(of: &AccountId) -> SessionRecord {
    SessionRecord {
        digest: digest(),
        id: SessionId::random(),
        account: of.clone(),
        epoch: 1,
        carrier: Carrier::Cookie,
        factors: vec![ProvedFactor {
            kind: FactorKind::Password,
            at: NOW,
            id: None,
            user_verified: false,
        }],
        started_at: NOW,
        authenticated_at: NOW,
        seen_at: NOW,
        idle_seconds: 600,
        ends_at: NOW + 3_600,
        device: "a test".to_owned(),
    }
}

pub(crate) fn factor(of: &AccountId) -> FactorRecord {
    FactorRecord {
        id: FactorId::random(),
        account: of.clone(),
        kind: FactorKind::Totp,
        name: "telephone".to_owned(),
        sealed: Sealed { key: "2026".to_owned(), bytes: vec![1, 2, 3] },
        last_step: None,
        credential_id: None,
        sign_count: 0,
        created_at: NOW,
        last_used_at: None,
    }
}

pub(crate) fn key(of: &AccountId) -> ApiKeyRecord {
    ApiKeyRecord {
        id: ApiKeyId::random(),
        owner: of.clone(),
        name: "nightly".to_owned(),
        ring_key: "2026".to_owned(),
        digest: digest(),
        previous: None,
        scopes: vec!["notes:read".to_owned()],
        roles: vec![],
        created_at: NOW,
        expires_at: Some(NOW + 3_600),
        revoked_at: None,
        last_used_at: None,
        networks: vec!["10.0.0.0/8".to_owned()],
    }
}

pub(crate) fn role(of: &AccountId, name: &str) -> Assignment {
    Assignment {
        account: of.clone(),
        kind: AssignmentKind::Role,
        name: name.to_owned(),
        origin: AssignmentOrigin::Manual,
        granted_by: None,
        reason: "she asked".to_owned(),
        granted_at: NOW,
        expires_at: None,
    }
}

/// All records of the trail, of which none was changed or left out.
pub(crate) async fn intact_trail(store: &impl AuditStore) -> Vec<AuditRecord> {
    let records = store.records(0, None, 100_000).await.unwrap();
    let mut previous = (0, Digest::ZERO);
    for record in &records {
        assert!(record.is_intact(), "{record:?}");
        assert_eq!((record.position, record.previous), (previous.0 + 1, previous.1));
        previous = (record.position, record.hash);
    }
    records
}
