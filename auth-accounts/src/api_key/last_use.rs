//! When keys were last used: noted in memory, written in batches.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::accounts::Accounts;
use crate::model::ApiKeyId;
use crate::store::StoreError;

/// How long uses are gathered before they are written.
const PAUSE: Duration = Duration::from_mins(1);

/// How many keys can be noted before they are written. Of further ones the use is not noted.
const CAPACITY: usize = 100_000;

/// The uses that are not written yet, the last of each key.
///
/// What is noted here is lost if the process dies, which costs a minute of a time that is shown to
/// people. A write for each request would cost more.
#[derive(Debug, Default)]
pub(super) struct LastUses(Mutex<HashMap<ApiKeyId, u64>>);

impl LastUses {
    /// Notes a use at this time. True: it is the first one since the last batch.
    pub(super) fn note(&self, id: &ApiKeyId, now: u64) -> bool {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = noted.get_mut(id) {
            *last = now.max(*last);
            return false;
        }
        let is_first = noted.is_empty();
        if noted.len() < CAPACITY {
            noted.insert(id.clone(), now);
        }
        is_first
    }

    /// What is to be written; nothing of it is noted any more.
    pub(super) fn take(&self) -> Vec<(ApiKeyId, u64)> {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *noted).into_iter().collect()
    }
}

impl Accounts {
    /// Writes when keys were last used, as far as that is noted on this node. If the store fails, the uses
    /// stay noted.
    pub(crate) async fn write_key_uses(&self) -> Result<(), StoreError> {
        let last_uses = &self.0.api_keys.last_uses;
        let batch = last_uses.take();
        if batch.is_empty() {
            return Ok(());
        }
        let written = self.ask(self.0.stores.api_keys.touch_keys(&batch)).await;
        if written.is_err() {
            for (id, at) in &batch {
                last_uses.note(id, *at);
            }
        }
        written
    }

    /// The same in a minute, in a task of its own.
    pub(super) fn write_key_uses_soon(&self) {
        let accounts = self.clone();
        let write = async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                // Why it failed is in the log by now; what was noted is tried again.
                if accounts.write_key_uses().await.is_ok() {
                    return;
                }
            }
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(write);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_the_last_use_of_each_key() {
        let uses = LastUses::default();
        let (one, other) = (ApiKeyId::random(), ApiKeyId::random());
        assert!(uses.note(&one, 10));
        assert!(!uses.note(&one, 12));
        assert!(!uses.note(&one, 11), "a clock that was set back");
        assert!(!uses.note(&other, 11));
        let mut expected = vec![(one.clone(), 12), (other, 11)];
        expected.sort();
        let mut batch = uses.take();
        batch.sort();
        assert_eq!(batch, expected);
        assert!(uses.take().is_empty());
        assert!(uses.note(&one, 13), "the next batch begins");
    }
}
