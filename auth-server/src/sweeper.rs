//! Removes expired rows.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use auth_accounts::secret::random_bytes;
use tokio::time::sleep;

use crate::server::{AuthorizationServer, Inner};

/// How many rows of a kind are removed in one step: few enough that requests hardly wait for it. At the 99th
/// percentile a rotation beside it takes half as long again on SQLite, and ten times as long with a thousand.
const BATCH: u32 = 20;

/// The same in a round that has not ended after [`ROUND`]: more expires than goes. A rotation beside it takes twice
/// as long.
const LARGE_BATCH: u32 = 100;

/// The pause between two rounds.
const ROUND: Duration = Duration::from_mins(1);

/// The pause between two steps of a round, so that requests run between them.
const STEP: Duration = Duration::from_millis(20);

impl AuthorizationServer {
    /// Removes expired rows in the background, until the server is dropped. Several nodes may do so at the same
    /// time: each row is removed by one of them.
    pub(crate) fn keep_sweeping(&self) {
        let inner = Arc::downgrade(&self.0);
        tokio::spawn(sweep(inner));
    }

    /// Removes so many rows of each kind. False: there may be more.
    async fn sweep_once(&self, batch: u32) -> bool {
        let (now, inner) = (self.now(), &self.0);
        let swept = [
            inner.store.sweep_authorization(now, batch).await,
            inner.one_time.sweep_one_time(now, batch).await,
            inner.attempts.sweep_attempts(now, batch).await,
        ];
        let mut is_all = true;
        for swept in swept {
            match swept {
                Ok(rows) => is_all &= rows < u64::from(batch),
                Err(error) => tracing::error!(%error, "expired rows cannot be removed"),
            }
        }
        is_all
    }
}

async fn sweep(inner: Weak<Inner>) {
    // Nodes that were started together do not sweep together.
    let [jitter] = random_bytes();
    sleep(ROUND * u32::from(jitter) / 256).await;
    let mut round = Instant::now();
    loop {
        let Some(inner) = inner.upgrade() else { return };
        let batch = if round.elapsed() < ROUND { BATCH } else { LARGE_BATCH };
        if AuthorizationServer(inner).sweep_once(batch).await {
            sleep(ROUND).await;
            round = Instant::now();
        } else {
            sleep(STEP).await;
        }
    }
}
