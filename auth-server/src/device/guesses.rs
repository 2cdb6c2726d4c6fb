//! How often user codes may be tried ([RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1)): in a
//! session, from a network, and in total. A code has 34 bits and is valid for minutes.

use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, Limit, StoreError};
use http::request::Parts;

use crate::server::AuthorizationServer;

const WINDOW: u64 = 600;
const IN_A_SESSION: Limit = Limit { attempts: 10, window_seconds: WINDOW };
const FROM_A_NETWORK: Limit = Limit { attempts: 50, window_seconds: WINDOW };
const BY_ALL: Limit = Limit { attempts: 1_000, window_seconds: WINDOW };

/// The session and the network in which a code is tried.
pub(super) struct Guess {
    session: Digest,
    /// `None`: unknown.
    network: Option<Digest>,
}

impl AuthorizationServer {
    pub(super) fn guess(&self, session: &str, parts: &Parts) -> Guess {
        Guess {
            session: Digest::of(&[b"user-code session", session.as_bytes()]),
            network: self.network_of(parts).map(|it| Digest::of(&[b"user-code address", &it])),
        }
    }

    /// Counts a guess before it is made. Beyond a limit: after how many seconds the next one is accepted.
    pub(super) async fn count_guess(&self, guess: &Guess) -> Result<Option<u64>, StoreError> {
        let now = self.now();
        let all = Digest::of(&[b"user-code all"]);
        let limits = [
            (Some(guess.session), IN_A_SESSION),
            (guess.network, FROM_A_NETWORK),
            (Some(all), BY_ALL),
        ];
        for (key, limit) in limits {
            let Some(key) = key else { continue };
            if let Attempt::Refused { until } = self.0.attempts.hit(&key, limit, now).await? {
                return Ok(Some(until.saturating_sub(now).max(1)));
            }
        }
        Ok(None)
    }

    /// Forgets the guesses of this session after a right code. The other counts stay: otherwise a client that
    /// has one right code could guess others without a limit.
    pub(super) async fn forgive_guesses(&self, guess: &Guess) -> Result<(), StoreError> {
        self.0.attempts.forgive(&guess.session).await
    }
}
