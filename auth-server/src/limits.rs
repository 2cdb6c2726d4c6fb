//! How many failed attempts are accepted.

use auth_accounts::store::Limit;

/// How many failed attempts are accepted.
///
/// ```
/// use auth_accounts::store::Limit;
/// use auth_server::Limits;
///
/// let limits = Limits::default().client_failures(Some(Limit { attempts: 5, window_seconds: 60 }));
/// # let _ = limits;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Limits {
    pub(crate) client_failures: Option<Limit>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { client_failures: Some(Limit { attempts: 20, window_seconds: 60 }) }
    }
}

impl Limits {
    /// How often a client may fail to authenticate from one network (an IPv4 address, or 64 bits of an IPv6
    /// address); 20 times a minute. Further failures are answered with 429. `None`: no limit.
    ///
    /// Successful requests are neither counted nor rejected, so failures in the name of a client never lock it
    /// out. A secret of 256 bits cannot be guessed; the limit keeps load and logs small.
    pub fn client_failures(mut self, limit: Option<Limit>) -> Self {
        self.client_failures = limit;
        self
    }

    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        if self.client_failures.is_some_and(|it| it.attempts == 0 || it.window_seconds == 0) {
            problems.push(
                "the limit `client_failures` allows nothing: expected one or more attempts and seconds, or no limit"
                    .to_owned(),
            );
        }
    }
}
