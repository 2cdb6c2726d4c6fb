//! Secrets of clients.

use std::fmt;

use auth_accounts::secret::Digest;

/// How many bytes a secret has at least.
const LEAST: usize = 32;

/// The digest of a client secret. The secret is long and random, so a fast digest is enough.
///
/// `Debug` does not show it.
#[derive(Clone)]
pub struct ClientSecret {
    digests: Vec<Digest>,
    is_long_enough: bool,
}

impl ClientSecret {
    /// A secret of at least 32 bytes, from a random generator.
    #[must_use]
    pub fn new(secret: impl AsRef<str>) -> Self {
        let secret = secret.as_ref();
        Self { digests: vec![digest(secret)], is_long_enough: secret.len() >= LEAST }
    }

    /// The secret in a variable of the environment.
    ///
    /// # Errors
    /// If there is no such variable; the error names it.
    pub fn from_env(name: &str) -> Result<Self, String> {
        std::env::var(name)
            .map(Self::new)
            .map_err(|_| format!("the environment has no variable `{name}` with a client secret"))
    }

    /// The secrets with these digests. Each is accepted.
    pub(crate) const fn from_digests(digests: Vec<Digest>) -> Self {
        Self { digests, is_long_enough: true }
    }

    /// Accepts another secret, too, while a client changes its secret.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.is_long_enough &= other.is_long_enough;
        self.digests.extend(other.digests);
        self
    }

    /// Whether this is one of the secrets. It takes the same time whether one matches or not.
    pub(crate) fn matches(&self, presented: &str) -> bool {
        let presented = digest(presented);
        self.digests.iter().fold(false, |found, it| it.matches(&presented) | found)
    }

    pub(crate) const fn is_long_enough(&self) -> bool {
        self.is_long_enough
    }
}

/// The digest of a secret.
pub(crate) fn digest(secret: &str) -> Digest {
    Digest::of(&[b"client-secret", secret.as_bytes()])
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}
