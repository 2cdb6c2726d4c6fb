//! Reads that are shared. Apart from their source, which a model includes.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::shared_read::SharedRead;
use crate::sync::Arc;
use crate::sync::atomic::AtomicU64;
use crate::sync::atomic::Ordering::SeqCst;

/// A read that takes a second, and says how many there were before it.
struct Slow {
    read: SharedRead<u64>,
    reads: AtomicU64,
}

impl Slow {
    fn new() -> Arc<Self> {
        Arc::new(Self { read: SharedRead::new(), reads: AtomicU64::new(0) })
    }

    async fn ask(&self) -> u64 {
        let read = || async {
            let number = self.reads.fetch_add(1, SeqCst);
            sleep(Duration::from_secs(1)).await;
            number
        };
        self.read.ask(read).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_began_before_does_not_count_and_the_next_one_serves_all_that_wait() {
    let slow = Slow::new();
    let start = tokio::time::Instant::now();
    let first = slow.ask();
    let others = async {
        sleep(Duration::from_millis(500)).await;
        join_all((0..100).map(|_| slow.ask())).await
    };
    let (first, others) = tokio::join!(first, others);
    assert_eq!((first, others), (0, vec![1; 100]));
    assert_eq!(slow.reads.load(SeqCst), 2);
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(slow.ask().await, 2, "no answer is kept");
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_takes_nothing_from_those_who_wait() {
    let slow = Slow::new();
    let calls: Vec<_> = (0..4)
        .map(|_| {
            let slow = Arc::clone(&slow);
            tokio::spawn(async move { slow.ask().await })
        })
        .collect();
    sleep(Duration::from_millis(500)).await;
    // The one that reads, and one that waits.
    calls[0].abort();
    calls[2].abort();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.ok());
    }
    assert_eq!(answers, [None, Some(1), None, Some(1)]);
}

#[tokio::test]
async fn an_error_reaches_all_that_waited_for_its_read_and_no_one_else() {
    let read = SharedRead::<Result<u64, &'static str>>::new();
    let (go, gone) = oneshot::channel::<()>();
    let first = read.ask(|| async {
        gone.await.unwrap();
        Ok(1)
    });
    let failing = || read.ask(|| async { Err("no store") });
    let (first, second, third, _) =
        tokio::join!(first, failing(), failing(), async { go.send(()) });
    assert_eq!([first, second, third], [Ok(1), Err("no store"), Err("no store")]);
    assert_eq!(format!("{read:?}"), "SharedRead { begun: 2, .. }");
    assert_eq!(read.ask(|| async { Ok(7) }).await, Ok(7));
}
