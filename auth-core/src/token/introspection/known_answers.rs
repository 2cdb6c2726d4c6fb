//! What the endpoint said a moment ago.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quick_cache::sync::Cache;

use super::token_digest::{TokenDigest, TokenName};
use crate::jose::json::Document;
use crate::token::error::VerifyError;

/// For how long an answer that a token is invalid holds, in seconds, at most: a token
/// that the endpoint learns of a moment too late should not wait longer.
const REFUSED_FOR: u64 = 10;

/// What the endpoint said of a token that was to be valid then.
#[derive(Clone)]
pub(super) struct ActiveToken {
    /// Whether the endpoint says that it is active.
    pub(super) is_active: bool,
    /// The members of the answer, with what it may leave out.
    pub(super) claims: Document,
    /// Which token it is.
    pub(super) token: TokenName,
    /// Until when the token is accepted if the answer does not say when it expires, in seconds since
    /// 1970. Beside the claims: it is no word of the issuer.
    pub(super) accepted_until: u64,
    /// From when on the endpoint is asked again before the token is accepted, in seconds since 1970.
    pub(super) known_until: u64,
    /// Whether this answer is to be renewed ahead of its end, and when.
    pub(super) renewal: Renewal,
}

/// When an answer that still holds is renewed beside the requests, at most once.
#[derive(Clone)]
pub(super) struct Renewal {
    /// In seconds since 1970.
    pub(super) due: u64,
    begun: Arc<AtomicBool>,
}

impl Renewal {
    /// In the last quarter of the time for which the answer of this question is known.
    pub(super) fn of(asked_at: u64, time_to_live: u64) -> Self {
        let due = asked_at.saturating_add(time_to_live - time_to_live / 4);
        Self { due, begun: Arc::default() }
    }

    pub(super) const fn is_due(&self, now: u64) -> bool {
        now >= self.due
    }

    /// Whether it is due and no other call has begun it: then this one has.
    pub(super) fn begin(&self, now: u64) -> bool {
        self.is_due(now) && !self.begun.swap(true, Ordering::Relaxed)
    }
}

/// The answers that are known, bounded. Tokens that are invalid are kept apart: a client can
/// invent any number of them, and they must not move a valid one out.
pub(super) struct KnownAnswers {
    active: Cache<TokenDigest, ActiveToken>,
    refused: Cache<TokenDigest, Refused>,
    refused_for: u64,
    /// The tokens that were accepted when they were last asked about, whether that is still known or
    /// not: a flood of invented ones does not delay them.
    accepted: Cache<TokenDigest, ()>,
}

#[derive(Clone, Copy)]
struct Refused {
    reason: VerifyError,
    known_until: u64,
}

impl KnownAnswers {
    /// As many of each, known for at most so many seconds.
    pub(super) fn new(capacity: usize, time_to_live: u64) -> Self {
        Self {
            active: Cache::new(capacity),
            refused: Cache::new(capacity),
            refused_for: time_to_live.min(REFUSED_FOR),
            accepted: Cache::new(capacity),
        }
    }

    pub(super) fn get(
        &self,
        token: &TokenDigest,
        now: u64,
    ) -> Option<Result<ActiveToken, VerifyError>> {
        if let Some(active) = self.active.get(token)
            && now < active.known_until
        {
            return Some(Ok(active));
        }
        let refused = self.refused.get(token)?;
        (now < refused.known_until).then_some(Err(refused.reason))
    }

    /// Whether the token was accepted when the endpoint was last asked about it.
    pub(super) fn was_accepted(&self, token: &TokenDigest) -> bool {
        self.accepted.get(token).is_some()
    }

    pub(super) fn put_active(&self, token: &TokenDigest, answer: ActiveToken, now: u64) {
        self.refused.remove(token);
        self.accepted.insert(*token, ());
        if now < answer.known_until {
            self.active.insert(*token, answer);
        } else {
            self.active.remove(token);
        }
    }

    pub(super) fn put_refused(&self, token: &TokenDigest, reason: VerifyError, now: u64) {
        self.active.remove(token);
        self.accepted.remove(token);
        if self.refused_for > 0 {
            let known_until = now.saturating_add(self.refused_for);
            self.refused.insert(*token, Refused { reason, known_until });
        }
    }
}

impl fmt::Debug for KnownAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownAnswers")
            .field("active", &self.active.len())
            .field("refused", &self.refused.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn digest(number: u32) -> TokenDigest {
        let mut digest = [0; 32];
        for (place, byte) in digest.iter_mut().zip(number.to_be_bytes()) {
            *place = byte;
        }
        digest
    }

    fn active(known_until: u64) -> ActiveToken {
        ActiveToken {
            is_active: true,
            claims: Document::default(),
            token: "".into(),
            accepted_until: known_until,
            known_until,
            renewal: Renewal::of(50, known_until - 50),
        }
    }

    #[test]
    fn an_answer_holds_until_its_time_and_no_longer() {
        let answers = KnownAnswers::new(16, 60);
        answers.put_active(&digest(1), active(100), 50);
        answers.put_refused(&digest(2), VerifyError::Inactive, 50);
        assert!(matches!(answers.get(&digest(1), 99), Some(Ok(_))));
        assert!(answers.get(&digest(1), 100).is_none());
        assert!(matches!(answers.get(&digest(2), 59), Some(Err(VerifyError::Inactive))));
        assert!(answers.get(&digest(2), 60).is_none());
    }

    #[test]
    fn the_last_answer_counts() {
        let answers = KnownAnswers::new(16, 60);
        answers.put_active(&digest(1), active(100), 50);
        answers.put_refused(&digest(1), VerifyError::Inactive, 50);
        assert!(matches!(answers.get(&digest(1), 51), Some(Err(_))));
        answers.put_active(&digest(1), active(100), 50);
        assert!(matches!(answers.get(&digest(1), 51), Some(Ok(_))));
    }

    #[test]
    fn an_answer_is_renewed_once_in_the_last_quarter_of_its_time() {
        let renewal = Renewal::of(100, 60);
        assert_eq!(
            (renewal.begin(144), renewal.begin(145), renewal.begin(146)),
            (false, true, false)
        );
        assert!(!Renewal::of(100, 3).is_due(102), "what ends that soon is not renewed ahead");
    }

    #[test]
    fn an_accepted_token_is_remembered_even_without_a_cached_answer() {
        for time_to_live in [0, 60] {
            let answers = KnownAnswers::new(16, time_to_live);
            answers.put_active(&digest(1), active(50 + time_to_live), 50);
            answers.put_refused(&digest(2), VerifyError::Inactive, 50);
            let accepted = [1, 2, 3].map(|token| answers.was_accepted(&digest(token)));
            assert_eq!(accepted, [true, false, false]);
            answers.put_refused(&digest(1), VerifyError::Inactive, 50);
            assert!(!answers.was_accepted(&digest(1)));
        }
    }

    #[test]
    fn nothing_is_known_where_that_is_turned_off() {
        let answers = KnownAnswers::new(16, 0);
        answers.put_active(&digest(1), active(50), 50);
        answers.put_refused(&digest(2), VerifyError::Inactive, 50);
        assert!(answers.get(&digest(1), 50).is_none() && answers.get(&digest(2), 50).is_none());
        assert_eq!((answers.active.len(), answers.refused.len()), (0, 0));
    }

    #[test]
    fn a_flood_of_rejected_tokens_evicts_no_accepted_one() {
        let answers = KnownAnswers::new(100, 60);
        for token in 0..10 {
            answers.put_active(&digest(token), active(100), 50);
        }
        for token in 10..100_000 {
            answers.put_refused(&digest(token), VerifyError::Inactive, 50);
        }
        assert!((0..10).all(|token| matches!(answers.get(&digest(token), 51), Some(Ok(_)))));
        assert!(answers.refused.len() <= 200, "{}", answers.refused.len());
    }
}
