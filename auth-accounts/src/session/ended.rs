//! When a session is over, for what outlives a request: a WebSocket, a stream of events.

use std::time::Duration;

use auth_core::{Identity, Method};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::sleep;

use crate::accounts::Accounts;
use crate::model::{AccountId, AccountStatus, ChangeKind, SessionId};
use crate::store::StoreError;

/// How often it is asked without a sign of a change: sessions end by the clock, too.
const ASKED_EACH: Duration = Duration::from_mins(1);
/// The same after a question that failed, and how many may fail in a row.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const FAILURES: u32 = 10;

impl Accounts {
    /// Waits until the session of this caller is over: signed out here or on another node, too old or too
    /// long unused, its account locked or gone. A guard checks a request once; what goes on afterwards,
    /// such as a WebSocket, ends with this.
    ///
    /// A change that is in the feed of the store is known within a second; what ends by the clock, within a
    /// minute. Where the store cannot be asked for ten seconds, the session counts as over. So does that of
    /// a caller who has none, such as one with an API key.
    ///
    /// ```
    /// use auth_accounts::Accounts;
    /// use auth_core::Identity;
    ///
    /// async fn serve(accounts: Accounts, caller: Identity, events: impl Future<Output = ()>) {
    ///     tokio::select! {
    ///         () = accounts.session_ended(&caller) => {}
    ///         () = events => {}
    ///     }
    /// }
    /// ```
    pub fn session_ended(&self, caller: &Identity) -> impl Future<Output = ()> + Send + use<> {
        let is_ours = caller.method() == Method::Session && caller.issuer() == self.issuer();
        let account = is_ours.then(|| AccountId::parse(caller.subject()).ok()).flatten();
        let session = caller.session_id().and_then(|it| SessionId::parse(it).ok());
        let watched = account.zip(session);
        // From now on, not from when it is first waited for.
        let mut changes = self.0.sessions.changes.subscribe();
        let accounts = self.clone();
        async move {
            let Some((account, session)) = watched else { return };
            let mut failures = 0;
            loop {
                match accounts.is_valid_now(&account, &session).await {
                    Ok(true) => failures = 0,
                    Err(_) if failures < FAILURES => failures += 1,
                    Ok(false) | Err(_) => return,
                }
                let wait = if failures == 0 { ASKED_EACH } else { AFTER_FAILURE };
                tokio::select! {
                    () = concerned(&mut changes, &account, &session) => {}
                    () = sleep(wait) => {}
                }
            }
        }
    }

    async fn is_valid_now(
        &self,
        account: &AccountId,
        session: &SessionId,
    ) -> Result<bool, StoreError> {
        let state = self.ask(self.0.stores.accounts.state(account)).await?;
        let Some(state) = state.filter(|it| it.status == AccountStatus::Active) else {
            return Ok(false);
        };
        let sessions = self.sessions_in(account, &state, self.now()).await?;
        Ok(sessions.iter().any(|it| it.id == *session))
    }
}

/// Waits for a change of this session or its account, or of which it is not known what it is.
async fn concerned(
    changes: &mut Receiver<Option<ChangeKind>>,
    account: &AccountId,
    session: &SessionId,
) {
    loop {
        match changes.recv().await {
            Ok(Some(ChangeKind::Session(id))) if id == *session => return,
            Ok(Some(ChangeKind::Account(id))) if id == *account => return,
            Ok(Some(_)) => {}
            Ok(None) | Err(RecvError::Lagged(_)) => return,
            // The accounts are gone, and no change is heard of any more.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
