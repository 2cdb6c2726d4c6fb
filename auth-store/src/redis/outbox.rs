//! Changes that were made here and are to be announced elsewhere.

use auth_accounts::model::{AuditEntry, AuditOutcome, ChangeKind, SessionId};
use auth_accounts::store::StoreError;

use super::{RedisStore, failed};

/// How many changes are announced at once.
const AT_ONCE: isize = 256;

impl RedisStore {
    /// Announces what a script has noted, and crosses it out.
    pub(super) async fn announce(&self, noted: &[String]) -> Result<(), StoreError> {
        let changes: Vec<ChangeKind> = noted.iter().filter_map(|note| change(note)).collect();
        self.changes.announce(&changes).await?;
        let mut cross_out = redis::pipe();
        for note in noted {
            cross_out.lrem(format!("{}q", self.prefix), 1, note).ignore();
        }
        let mut connection = self.connection.clone();
        if let Err(error) = cross_out.exec_async(&mut connection).await {
            // It will be announced once more.
            tracing::warn!(error = error.category(), "a change stays noted after it was announced");
        }
        Ok(())
    }

    /// Announces what others have noted and did not come to announce.
    pub(super) async fn announce_left(&self) -> Result<(), StoreError> {
        loop {
            let mut connection = self.connection.clone();
            let noted: Vec<String> = redis::cmd("LRANGE")
                .arg(format!("{}q", self.prefix))
                .arg(0)
                .arg(AT_ONCE - 1)
                .query_async(&mut connection)
                .await
                .map_err(|error| failed(&error))?;
            if noted.is_empty() {
                return Ok(());
            }
            self.announce(&noted).await?;
        }
    }

    /// Makes the trail say that what it has an entry of was not done after all.
    pub(super) async fn not_done(&self, entry: &AuditEntry) {
        let entry = entry.clone().outcome(AuditOutcome::Failed);
        if let Err(error) = self.audit.append(&entry).await {
            tracing::error!(%error, event = entry.event, "the trail says that this was done: it was not");
        }
    }
}

/// The change that a note is about.
fn change(note: &str) -> Option<ChangeKind> {
    let (_, id) = note.split_once(':')?;
    SessionId::parse(id).ok().map(ChangeKind::Session)
}
