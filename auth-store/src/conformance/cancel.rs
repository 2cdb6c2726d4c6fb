//! Callers that go away.

use std::future::Future;
use std::time::Duration;

use super::kit::{Failure, UpTo};

/// How often a call may wait.
const MOST_POLLS: u32 = 500;

/// Makes a call that is dropped where it waits for the first time, another one that is dropped where it
/// waits for the second time, and so on until one finishes by itself. Each has a subject of its own, which
/// is looked at after it; the argument of `look` is whether the call has finished.
pub(super) async fn at_every_await<T, C, S, L>(
    mut start: impl FnMut(u32) -> S,
    call: impl Fn(T) -> C,
    mut look: impl FnMut(T, bool) -> L,
) -> Result<(), Failure>
where
    T: Clone,
    S: Future<Output = Result<T, Failure>>,
    C: Future<Output = Result<(), Failure>> + Send,
    L: Future<Output = Result<(), Failure>>,
{
    for polls in 1..=MOST_POLLS {
        let subject = start(polls).await?;
        let answer = UpTo::new(polls, call(subject.clone())).await;
        look(subject, answer.is_some()).await?;
        if let Some(answer) = answer {
            return answer;
        }
    }
    Err(Failure::new(format!("a call still waits after {MOST_POLLS} polls")))
}

/// Looks until this is so: a statement that was under way when its caller went may still be carried out.
pub(super) async fn until<F>(what: &str, look: impl Fn() -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<bool, Failure>>,
{
    for _ in 0..100 {
        if look().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(Failure::new(format!("after a call was dropped, this does not come true: {what}")))
}
