//! How often user codes may be tried ([RFC 8628 §5.1](https://www.rfc-editor.org/rfc/rfc8628#section-5.1)): in a
//! session, from an address, and by all together. A code has 34 bits and lives for minutes.

use std::net::{IpAddr, SocketAddr};

use auth_accounts::secret::Digest;
use auth_accounts::store::{Attempt, Limit, StoreError};
use axum::extract::ConnectInfo;
use http::request::Parts;

use crate::server::AuthorizationServer;

const WINDOW: u64 = 600;
const IN_A_SESSION: Limit = Limit { attempts: 10, window_seconds: WINDOW };
const FROM_AN_ADDRESS: Limit = Limit { attempts: 50, window_seconds: WINDOW };
const BY_ALL: Limit = Limit { attempts: 1_000, window_seconds: WINDOW };

/// Who tries a code.
pub(super) struct Guess {
    session: Digest,
    /// The address of the connection; `None` where the application does not say it.
    address: Option<Digest>,
}

impl Guess {
    pub(super) fn of(session: &str, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // Whoever has an address of IPv6 has a whole network of them.
        let network = peer.map(|it| match it.0.ip().to_canonical() {
            IpAddr::V4(it) => it.octets().to_vec(),
            IpAddr::V6(it) => it.octets().iter().take(8).copied().collect(),
        });
        Self {
            session: Digest::of(&[b"user-code session", session.as_bytes()]),
            address: network.map(|it| Digest::of(&[b"user-code address", &it])),
        }
    }
}

impl AuthorizationServer {
    /// Counts a guess before it is made; when there were too many, for how many seconds no more are taken.
    pub(super) async fn count_guess(&self, guess: &Guess) -> Result<Option<u64>, StoreError> {
        let now = self.now();
        let all = Digest::of(&[b"user-code all"]);
        let limits = [
            (Some(guess.session), IN_A_SESSION),
            (guess.address, FROM_AN_ADDRESS),
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

    /// A code was right: this session may type more of them. Those of the address and of all stay counted,
    /// or who has one right code could try without end.
    pub(super) async fn forgive_guesses(&self, guess: &Guess) -> Result<(), StoreError> {
        self.0.attempts.forgive(&guess.session).await
    }
}
