//! What an application keeps with a session.

use auth_core::{Identity, Method};

use crate::accounts::Accounts;
use crate::model::SessionId;
use crate::store::{DataWritten, StoreError};

/// A value and its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionValue {
    /// The value.
    pub value: Vec<u8>,
    /// Its version, which changes with each write.
    pub version: u64,
}

/// What an application keeps with one session: values under keys, each with a version of its own. They
/// go with the session, and a value that is written late finds no session any more.
///
/// ```no_run
/// # use auth_accounts::{Accounts, store::{DataWritten, StoreError}};
/// # async fn f(accounts: Accounts, caller: auth_core::Identity) -> Result<(), StoreError> {
/// if let Some(data) = accounts.session_data(&caller) {
///     let before = data.get("cart").await?;
///     let version = before.as_ref().map(|it| it.version);
///     match data.set("cart", b"two apples", version).await? {
///         DataWritten::Done { .. } => {}
///         DataWritten::Changed => {} // another request was faster: read it again
///         DataWritten::Gone => {}    // its owner has signed out
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct SessionData {
    accounts: Accounts,
    session: SessionId,
}

impl SessionData {
    /// How many bytes a key may have.
    pub const MAX_KEY: usize = 64;
    /// How many bytes a value may have.
    pub const MAX_VALUE: usize = 64 * 1024;

    /// The value under this key.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn get(&self, key: &str) -> Result<Option<SessionValue>, StoreError> {
        let sessions = &self.accounts.0.stores.sessions;
        let found = self.accounts.ask(sessions.data(&self.session, key)).await?;
        Ok(found.map(|(value, version)| SessionValue { value, version }))
    }

    /// Writes a value, if it still has the version that was seen (`None`: there was none).
    ///
    /// # Errors
    /// If key or value is too long, or the store fails.
    pub async fn set(
        &self,
        key: &str,
        value: &[u8],
        seen: Option<u64>,
    ) -> Result<DataWritten, StoreError> {
        if key.len() > Self::MAX_KEY {
            return Err(StoreError::TooLong("the key of a session's data"));
        }
        if value.len() > Self::MAX_VALUE {
            return Err(StoreError::TooLong("a session's data"));
        }
        let (sessions, now) = (&self.accounts.0.stores.sessions, self.accounts.now());
        self.accounts.ask(sessions.set_data(&self.session, key, value, seen, now)).await
    }
}

impl Accounts {
    /// What the application keeps with the session of this caller; `None` if they come by another
    /// method, or were signed in elsewhere.
    #[must_use]
    pub fn session_data(&self, caller: &Identity) -> Option<SessionData> {
        let is_ours = caller.method() == Method::Session && caller.issuer() == self.issuer();
        let session = SessionId::parse(caller.session_id().filter(|_| is_ours)?).ok()?;
        Some(SessionData { accounts: self.clone(), session })
    }
}
