//! What the endpoint said a moment ago.

use std::fmt;
use std::sync::Arc;

use quick_cache::sync::Cache;
use serde_json::{Map, Value};

use super::token_digest::TokenDigest;
use crate::verify::error::VerifyError;

/// For how long an answer that a token is not to be believed holds, in seconds, at most: a token
/// that the endpoint learns of a moment too late should not wait longer.
const REFUSED_FOR: u64 = 10;

/// What the endpoint said of a token that was to be believed then.
#[derive(Clone)]
pub(super) struct ActiveToken {
    /// The members of the answer.
    pub(super) claims: Arc<Map<String, Value>>,
    /// When the question was asked, in seconds since 1970.
    pub(super) asked_at: u64,
    /// From when on the endpoint is asked again, in seconds since 1970.
    pub(super) known_until: u64,
}

/// The answers that are known, bounded. Tokens that are not to be believed stand apart: anybody can
/// invent them without end, and they must not move a good one out.
pub(super) struct KnownAnswers {
    active: Cache<TokenDigest, ActiveToken>,
    refused: Cache<TokenDigest, Refused>,
    refused_for: u64,
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

    pub(super) fn put_active(&self, token: &TokenDigest, answer: ActiveToken, now: u64) {
        self.refused.remove(token);
        if now < answer.known_until {
            self.active.insert(*token, answer);
        } else {
            self.active.remove(token);
        }
    }

    pub(super) fn put_refused(&self, token: &TokenDigest, reason: VerifyError, now: u64) {
        self.active.remove(token);
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
        ActiveToken { claims: Arc::default(), asked_at: 0, known_until }
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
    fn nothing_is_known_where_that_is_turned_off() {
        let answers = KnownAnswers::new(16, 0);
        answers.put_active(&digest(1), active(50), 50);
        answers.put_refused(&digest(2), VerifyError::Inactive, 50);
        assert!(answers.get(&digest(1), 50).is_none() && answers.get(&digest(2), 50).is_none());
        assert_eq!((answers.active.len(), answers.refused.len()), (0, 0));
    }

    #[test]
    fn a_flood_of_refused_tokens_moves_no_good_one_out() {
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
