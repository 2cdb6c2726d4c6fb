//! What becomes of a token whose key is not there.

use std::time::Duration;

use super::permit::{Ask, Refresh, RefreshPermit};
use super::schedule::Refusal;
use crate::sync::Arc;

/// Waits for other keys, as far as it makes sense, and tries again with them.
///
/// The keys were looked at after `seen` refreshes. `start` has a refresh done beside this; `again`
/// looks at the keys anew and answers nothing if the key is still not there. Waits for two refreshes
/// at most: one that was in flight already may have been answered before the key was published, and
/// one that was begun since then has the last word.
pub(crate) async fn wait_for_key<T>(
    refresh: &Arc<Refresh>,
    mut seen: u64,
    now: impl Fn() -> Duration,
    start: impl Fn(RefreshPermit),
    mut again: impl FnMut() -> Option<T>,
) -> Result<T, Refusal> {
    let mut waits = 0;
    while waits < 2 {
        match refresh.ask(now(), seen) {
            Ask::Refuse(refusal) => return Err(refusal),
            Ask::Again => {}
            Ask::Join(done) => {
                done.await;
                waits += 1;
            }
            Ask::Start(permit, done) => {
                start(permit);
                done.await;
                waits = 2;
            }
        }
        // Before the keys are looked at, so that none comes in between unseen.
        seen = refresh.completed();
        if let Some(found) = again() {
            return Ok(found);
        }
    }
    Err(refresh.refusal(now()))
}
