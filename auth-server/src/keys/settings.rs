//! Which keys sign, and for how long.

use std::time::Duration;

use super::SigningAlgorithm;
use super::schedule::Schedule;
use crate::client::Client;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// Which keys sign tokens, and how long each of them does. They are in the store from the first start, the
/// private halves sealed by the [`KeyRing`](auth_accounts::secret::KeyRing) outside of it; all nodes have the
/// same.
///
/// A key is published before it signs: for twice as long as verifiers keep a key set, and an hour. It stays
/// published until everything that it signed has expired.
///
/// ```
/// use std::time::Duration;
///
/// use auth_server::{SigningAlgorithm, SigningKeys};
///
/// let keys = SigningKeys::default()
///     .algorithms([SigningAlgorithm::Es256, SigningAlgorithm::Rs256])
///     .rotate_every(Duration::from_secs(30 * 24 * 3600));
/// # let _ = keys;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SigningKeys {
    pub(crate) algorithms: Vec<SigningAlgorithm>,
    rotate_every: u64,
    jwks_max_age: u64,
}

impl Default for SigningKeys {
    /// `ES256` and `RS256`, rotated every 30 days.
    fn default() -> Self {
        Self {
            algorithms: SigningAlgorithm::ALL.to_vec(),
            rotate_every: 30 * DAY,
            jwks_max_age: 300,
        }
    }
}

impl SigningKeys {
    /// The algorithms, of each of which there is a key. The first is that of access tokens. ID tokens are signed with
    /// `RS256` if it is among them and their client says nothing else: relying parties of OpenID Connect expect it
    /// ([Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)). `ES256`
    /// alone is against [Discovery §3](https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata),
    /// which demands `RS256`. FAPI 2.0 forbids `RS256`. Use `ES256` alone if all clients know it.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = SigningAlgorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// How long a key signs until the next one does; 30 days. If it is shorter than the time for which
    /// keys are published before they sign, they sign for that time.
    pub fn rotate_every(mut self, time: Duration) -> Self {
        self.rotate_every = time.as_secs();
        self
    }

    /// For how long verifiers may keep the key set (`Cache-Control: max-age`); 5 minutes, at most a day. All
    /// nodes read the keys of the store twice in this time.
    pub fn jwks_max_age(mut self, time: Duration) -> Self {
        self.jwks_max_age = time.as_secs();
        self
    }

    pub(crate) const fn max_age(&self) -> u64 {
        self.jwks_max_age
    }

    /// When keys are made, begin to sign, and are removed.
    pub(crate) const fn schedule(&self) -> Schedule {
        Schedule {
            rotate_every: self.rotate_every,
            lead: self.jwks_max_age.saturating_mul(2).saturating_add(HOUR),
            // Every node has read the store by then, and the longest token that it may have signed just
            // before, by any settings, has expired.
            kept: self.jwks_max_age.saturating_add(HOUR).saturating_add(DAY),
        }
    }

    /// Whether there is a key for the ID tokens of a client.
    pub(crate) fn check_client(&self, client: &Client, problems: &mut Vec<String>) {
        let Some(name) = client.id_token_algorithm.as_deref() else { return };
        let algorithm = SigningAlgorithm::parse(name);
        if !algorithm.is_some_and(|it| self.algorithms.contains(&it)) {
            problems.push(format!(
                "the ID tokens of the client `{}` are to be signed with `{name}`, which is not among the signing algorithms",
                client.id
            ));
        }
    }

    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        let mut seen = Vec::new();
        for algorithm in &self.algorithms {
            if seen.contains(algorithm) {
                problems.push(format!("the signing algorithm {} comes twice", algorithm.as_str()));
            }
            seen.push(*algorithm);
        }
        if seen.is_empty() {
            problems.push("there is no signing algorithm: expected `ES256` or `RS256`".to_owned());
        }
        if self.rotate_every == 0 {
            problems
                .push("signing keys are rotated after 0 seconds: expected 1 or more".to_owned());
        }
        if !(1..=DAY).contains(&self.jwks_max_age) {
            problems.push(format!(
                "the key set may be kept for {} seconds: expected 1 to {DAY}",
                self.jwks_max_age
            ));
        }
    }
}
