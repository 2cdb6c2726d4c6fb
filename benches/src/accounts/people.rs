//! Accounts with a session each, made without a sign-in: a million of them would take five hours.

use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, Assignment, AssignmentKind, AssignmentOrigin,
    AuditEntry, Carrier, FactorKind, LoginKey, PasswordHash, ProvedFactor, SessionId,
    SessionRecord,
};
use auth_accounts::secret::{Digest, KeyRing};
use auth_accounts::store::{Store, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What every account has.
pub const PASSWORD: &str = "correct horse battery staple";
/// Its hash with the key of [`keys`].
const HASH: &str = "test$argon2id$v=19$m=19456,t=2,p=1$WA1L6Oxl6teUQWV5vQqFdQ$8j5oGwLUU2w3OV097EmWj7N71e0r/pZTcM5jaFuikxw";

/// The keys outside the store.
///
/// # Panics
/// Never: the name is one.
#[must_use]
pub fn keys() -> KeyRing {
    KeyRing::new([("test", [7; 32])]).expect("a ring of one key")
}

/// A person who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub account: Account,
    /// Its session.
    pub session: SessionRecord,
    /// What its owner keeps: the value of the cookie, or what follows the prefix of the token.
    pub secret: String,
}

impl Person {
    /// The person with this number, who has just signed in.
    ///
    /// # Panics
    /// Never: a number of 22 digits is an identifier.
    #[must_use]
    pub fn new(number: u64, carrier: Carrier, now: u64) -> Self {
        let id = AccountId::parse(&format!("{number:022}")).expect("an identifier");
        let account = Account {
            id: id.clone(),
            kind: AccountKind::Person,
            login: LoginKey::from_prepared(name(number)),
            username: name(number),
            email: None,
            email_verified_at: None,
            status: AccountStatus::Active,
            password: Some(PasswordHash::new(HASH)),
            password_at: Some(now),
            epoch: 0,
            created_at: now,
        };
        let random = Digest::of(&[b"a session of a benchmark", &number.to_be_bytes()]);
        let tag = keys().current_mac("session", random.as_bytes());
        let secret = [&random.as_bytes()[..], &tag.as_bytes()[..8]].concat();
        let factor =
            ProvedFactor { kind: FactorKind::Password, at: now, id: None, user_verified: false };
        let session = SessionRecord {
            digest: Digest::of(&[b"session", random.as_bytes()]),
            id: SessionId::parse(&format!("{number:022}")).expect("an identifier"),
            account: id,
            epoch: 0,
            carrier,
            factors: vec![factor],
            started_at: now,
            authenticated_at: now,
            seen_at: now,
            idle_seconds: 24 * 3_600,
            ends_at: now + 24 * 3_600,
            device: "Firefox on Linux".to_owned(),
        };
        Self { account, session, secret: URL_SAFE_NO_PAD.encode(secret) }
    }

    /// Puts account, role and session into a store.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn join(&self, store: &impl Store) -> Result<(), StoreError> {
        let now = self.account.created_at;
        let entry = AuditEntry::new(now, "benchmark").about(&self.account.id);
        auth_accounts::store::AccountStore::create(store, &self.account, &entry).await?;
        let manager = Assignment {
            account: self.account.id.clone(),
            kind: AssignmentKind::Role,
            name: "manager".to_owned(),
            origin: AssignmentOrigin::Manual,
            granted_by: None,
            reason: "a benchmark".to_owned(),
            granted_at: now,
            expires_at: None,
        };
        store.assign(&manager, &entry).await?;
        auth_accounts::store::SessionStore::create(store, &self.session, &entry).await
    }

    /// The same secret with another tag.
    #[must_use]
    pub fn forged(&self) -> String {
        let last = self.secret.len() - 3;
        let other = if self.secret.as_bytes()[last] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &self.secret[..last], &self.secret[last + 1..])
    }
}

/// The user name with this number.
#[must_use]
pub fn name(number: u64) -> String {
    format!("person{number}")
}
