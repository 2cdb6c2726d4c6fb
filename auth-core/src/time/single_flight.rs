//! Questions to other services: each is asked once at a time, so many at once, none for too long.
//!
//! Clients decide what is asked, so without these bounds a flood of invented tokens would become a flood of
//! connections. Some permits are kept for callers that were accepted before: a flood takes those of strangers only.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore};

use super::tasks::within;

/// Questions to other services: callers who ask the same one at the same time wait for one answer.
pub(crate) struct SingleFlight<Q: Eq + Hash + Clone, A> {
    open: Mutex<HashMap<Q, Open<A>>>,
}

/// A question that callers wait for.
struct Open<A> {
    answer: Arc<OnceCell<A>>,
    waiting: usize,
}

impl<Q: Eq + Hash + Clone, A> Default for SingleFlight<Q, A> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<Q: Eq + Hash + Clone, A: Clone> SingleFlight<Q, A> {
    /// The answer to a question, asked by the first that comes; the others wait for it. Where the
    /// first goes away, the next one asks.
    ///
    /// A caller who comes after the answer asks anew: `ask` itself remembers nothing. So an answer that
    /// is to be remembered is noted by `work` itself, which should look there first.
    pub(crate) async fn ask<F: Future<Output = A>>(
        &self,
        question: &Q,
        work: impl FnOnce() -> F,
    ) -> A {
        let waiter = self.wait_for(question);
        let answer = waiter.answer.get_or_init(|| async {
            // Made only now: it may be a large one, and most of a flood never get here.
            let answer = work().await;
            self.close(question, &waiter.answer);
            answer
        });
        answer.await.clone()
    }

    /// Callers who ask from now on get an answer that was not on its way before.
    fn abandon(&self, question: &Q) {
        self.lock().remove(question);
    }

    fn wait_for(&self, question: &Q) -> Waiter<'_, Q, A> {
        let mut open = self.lock();
        let entry = open
            .entry(question.clone())
            .or_insert_with(|| Open { answer: Arc::default(), waiting: 0 });
        entry.waiting += 1;
        Waiter { flights: self, question: question.clone(), answer: Arc::clone(&entry.answer) }
    }

    fn close(&self, question: &Q, answer: &Arc<OnceCell<A>>) {
        let mut open = self.lock();
        if open.get(question).is_some_and(|entry| Arc::ptr_eq(&entry.answer, answer)) {
            open.remove(question);
        }
    }

    fn leave(&self, question: &Q, answer: &Arc<OnceCell<A>>) {
        let mut open = self.lock();
        if let Some(entry) = open.get_mut(question)
            && Arc::ptr_eq(&entry.answer, answer)
        {
            entry.waiting -= 1;
            if entry.waiting == 0 {
                open.remove(question);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Q, Open<A>>> {
        // Nothing panics while it is held, and every change is a whole one.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller that waits for an answer. When it is dropped it leaves, so that a caller who goes away leaves nothing
/// behind.
struct Waiter<'a, Q: Eq + Hash + Clone, A: Clone> {
    flights: &'a SingleFlight<Q, A>,
    question: Q,
    answer: Arc<OnceCell<A>>,
}

impl<Q: Eq + Hash + Clone, A: Clone> Drop for Waiter<'_, Q, A> {
    fn drop(&mut self) {
        self.flights.leave(&self.question, &self.answer);
    }
}

/// A [`SingleFlight`] with bounds: so many questions at once, none for too long.
pub(crate) struct BoundedSingleFlight<Q: Eq + Hash + Clone, A> {
    flights: SingleFlight<Q, A>,
    /// One for each question that is being asked.
    permits: Semaphore,
    /// Those of them that strangers may take. A stranger takes one of these first.
    for_strangers: Semaphore,
    timeout: Duration,
}

/// On whose behalf a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// Any client: what is asked may be made up.
    Stranger,
    /// One that was accepted before, and whose answer has to be renewed.
    Known,
}

/// There was no answer in time, too many questions were ahead of this one, or the runtime has no
/// timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimedOut;

impl<Q: Eq + Hash + Clone, A: Clone> BoundedSingleFlight<Q, A> {
    /// At most so many questions at once; no one waits longer than `timeout` for an answer. `reserved` of
    /// the permits are for callers that are [known](Asker::Known). One is left to strangers in any case.
    pub(crate) fn with_reserve(max_concurrent: usize, reserved: usize, timeout: Duration) -> Self {
        let max_concurrent = max_concurrent.min(Semaphore::MAX_PERMITS);
        let for_strangers = max_concurrent.saturating_sub(reserved).max(1);
        Self {
            flights: SingleFlight::default(),
            permits: Semaphore::new(max_concurrent),
            for_strangers: Semaphore::new(for_strangers),
            timeout,
        }
    }

    /// The answer to a question, as [`SingleFlight::ask`] has it, on behalf of this asker.
    pub(crate) async fn ask_for<F: Future<Output = A>>(
        &self,
        asker: Asker,
        question: &Q,
        work: impl FnOnce() -> F,
    ) -> Result<A, TimedOut> {
        let answer = self.flights.ask(question, || async {
            // Neither is ever closed, so there is always a permit.
            let _for_strangers = match asker {
                Asker::Stranger => Some(self.for_strangers.acquire().await),
                Asker::Known => None,
            };
            let _permit = self.permits.acquire().await;
            work().await
        });
        within(self.timeout, answer).await.map_err(|_| TimedOut)
    }

    /// Callers who ask from now on get an answer that was not on its way before.
    pub(crate) fn abandon(&self, question: &Q) {
        self.flights.abandon(question);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use futures_util::future::join_all;
    use tokio::time::sleep;

    use super::*;

    impl<Q: Eq + Hash + Clone, A: Clone> BoundedSingleFlight<Q, A> {
        async fn ask<F: Future<Output = A>>(
            &self,
            question: &Q,
            work: impl FnOnce() -> F,
        ) -> Result<A, TimedOut> {
            self.ask_for(Asker::Stranger, question, work).await
        }
    }

    fn questions(max_concurrent: usize) -> Arc<BoundedSingleFlight<u32, usize>> {
        Arc::new(BoundedSingleFlight::with_reserve(max_concurrent, 0, Duration::from_secs(5)))
    }

    #[tokio::test(start_paused = true)]
    async fn one_question_is_asked_once_and_all_who_wait_get_its_answer() {
        let (questions, asked) = (questions(4), AtomicUsize::new(0));
        let ask = |question: u32| {
            let (questions, asked) = (&questions, &asked);
            async move {
                let work = async {
                    sleep(Duration::from_secs(1)).await;
                    asked.fetch_add(1, SeqCst)
                };
                questions.ask(&question, || work).await
            }
        };
        let answers = join_all((0..100).map(|_| ask(7))).await;
        assert!(answers.iter().all(|answer| *answer == Ok(0)));
        // What was answered is asked anew.
        assert_eq!(ask(7).await, Ok(1));
        assert!(questions.flights.lock().is_empty());
    }

    /// Otherwise callers that follow each other closely enough would share one answer for ever.
    #[tokio::test]
    async fn an_answer_is_not_given_to_later_callers_even_if_a_waiter_lingers() {
        let questions = questions(1);
        let lingering = questions.flights.wait_for(&7);
        assert_eq!(questions.ask(&7, || async { 1 }).await, Ok(1));
        assert_eq!(questions.ask(&7, || async { 2 }).await, Ok(2));
        drop(lingering);
        assert!(questions.flights.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_asked_at_once_than_allowed() {
        let questions = questions(3);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let ask = |question: u32| {
            let (questions, now, most) = (&questions, &now, &most);
            async move {
                let work = async {
                    most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                    sleep(Duration::from_millis(10)).await;
                    now.fetch_sub(1, SeqCst)
                };
                questions.ask(&question, || work).await
            }
        };
        let answers = join_all((0..100).map(ask)).await;
        assert!(answers.iter().all(Result::is_ok));
        assert_eq!(most.load(SeqCst), 3);
        assert!(questions.flights.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_is_limited() {
        let questions = questions(1);
        let stuck = || async {
            sleep(Duration::from_secs(600)).await;
            0
        };
        let start = tokio::time::Instant::now();
        let (first, second, queued) = tokio::join!(
            questions.ask(&1, stuck),
            questions.ask(&1, stuck),
            questions.ask(&2, stuck)
        );
        assert_eq!([first, second, queued], [Err(TimedOut); 3]);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
        assert!(questions.flights.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn where_the_first_goes_away_the_next_one_asks() {
        let questions = questions(1);
        let first = tokio::spawn({
            let questions = Arc::clone(&questions);
            async move { questions.ask(&1, std::future::pending).await }
        });
        sleep(Duration::from_secs(1)).await;
        let second = questions.ask(&1, || async { 2 });
        first.abort();
        assert_eq!(second.await, Ok(2));
        assert!(questions.flights.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn an_abandoned_answer_is_not_given_to_later_callers() {
        let questions = questions(2);
        let slow = |answer| async move {
            sleep(Duration::from_secs(1)).await;
            answer
        };
        let before = questions.ask(&1, || slow(1));
        let after = async {
            sleep(Duration::from_millis(500)).await;
            questions.abandon(&1);
            questions.ask(&1, || slow(2)).await
        };
        assert_eq!(tokio::join!(before, after), (Ok(1), Ok(2)));
        assert!(questions.flights.lock().is_empty());
    }

    /// Strangers fill every place that they may have, with questions that hang; and queue.
    #[tokio::test(start_paused = true)]
    async fn unknown_callers_do_not_take_the_places_of_known_ones() {
        let questions = Arc::new(BoundedSingleFlight::with_reserve(4, 1, Duration::from_secs(5)));
        for stranger in 0..1000 {
            let questions = Arc::clone(&questions);
            tokio::spawn(async move { questions.ask(&stranger, std::future::pending).await });
        }
        sleep(Duration::from_millis(1)).await;
        let start = tokio::time::Instant::now();
        for known in 1000..1003 {
            let answer = questions.ask_for(Asker::Known, &known, || async {
                sleep(Duration::from_millis(60)).await;
                known
            });
            assert_eq!(answer.await, Ok(known));
        }
        assert_eq!(start.elapsed(), Duration::from_millis(180));
    }

    /// The bound is one for both, however it is divided.
    #[tokio::test(start_paused = true)]
    async fn known_and_unknown_callers_share_one_limit() {
        for (max_concurrent, reserved) in [(1, 0), (1, 1), (4, 1), (4, 9)] {
            let questions = BoundedSingleFlight::with_reserve(
                max_concurrent,
                reserved,
                Duration::from_secs(60),
            );
            let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            let ask = |question: usize| {
                let (questions, now, most) = (&questions, &now, &most);
                let askers = [Asker::Stranger, Asker::Known];
                async move {
                    let work = async {
                        most.fetch_max(now.fetch_add(1, SeqCst) + 1, SeqCst);
                        sleep(Duration::from_millis(10)).await;
                        now.fetch_sub(1, SeqCst)
                    };
                    questions.ask_for(askers[question % 2], &question, || work).await
                }
            };
            assert!(join_all((0..100).map(ask)).await.iter().all(Result::is_ok));
            assert_eq!(most.load(SeqCst), max_concurrent);
        }
    }

    #[test]
    fn without_a_timer_nothing_is_asked() {
        use futures_util::FutureExt;
        let questions = questions(1);
        let asked = |answer: usize| async move { panic!("{answer} was asked for") };
        assert_eq!(questions.ask(&1, || asked(1)).now_or_never(), Some(Err(TimedOut)));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(questions.ask(&2, || asked(2))), Err(TimedOut));
        assert!(questions.flights.lock().is_empty());
    }
}
