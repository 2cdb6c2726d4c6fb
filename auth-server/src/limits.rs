//! How often what fails may be tried.

use auth_accounts::store::Limit;

/// How often what fails may be tried.
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
    /// How often a client may fail to authenticate from one address; 20 times a minute. Those beyond it are
    /// answered with 429. `None`: without a limit.
    ///
    /// What does not fail is never counted or refused: where many share an address, no one can keep a
    /// client out by failing in its name. A secret of 256 bits is not guessed at any rate; the limit
    /// keeps the load and the logs of those who try small.
    pub fn client_failures(mut self, limit: Option<Limit>) -> Self {
        self.client_failures = limit;
        self
    }

    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        if self.client_failures.is_some_and(|it| it.attempts == 0 || it.window_seconds == 0) {
            problems.push(
                "the limit `client_failures` allows nothing: expected attempts and a window of one or more, or none at all"
                    .to_owned(),
            );
        }
    }
}
