//! How long codes, tokens and grants last.

use std::time::Duration;

/// How long codes, tokens and grants last.
///
/// ```
/// use std::time::Duration;
///
/// use auth_server::Lifetimes;
///
/// let lifetimes = Lifetimes::default().access_token(Duration::from_secs(300));
/// # let _ = lifetimes;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Lifetimes {
    pub(crate) authorization_code: u64,
    pub(crate) access_token: u64,
    pub(crate) id_token: u64,
    pub(crate) refresh_token_idle: u64,
    pub(crate) refresh_token: u64,
    pub(crate) refresh_retry_window: u64,
    pub(crate) pushed_request: u64,
    pub(crate) interaction: u64,
    pub(crate) device_code: u64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            authorization_code: 60,
            access_token: 600,
            id_token: 600,
            refresh_token_idle: 14 * 24 * 3600,
            refresh_token: 90 * 24 * 3600,
            refresh_retry_window: 10,
            pushed_request: 60,
            interaction: 1_800,
            device_code: 600,
        }
    }
}

impl Lifetimes {
    /// How long an authorization code can be redeemed; 60 seconds, at most 10 minutes
    /// ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)).
    pub fn authorization_code(mut self, time: Duration) -> Self {
        self.authorization_code = time.as_secs();
        self
    }

    /// How long an access token and an ID token are valid; 10 minutes.
    pub fn access_token(mut self, time: Duration) -> Self {
        self.access_token = time.as_secs();
        self.id_token = time.as_secs();
        self
    }

    /// How long a refresh token may be unused; 14 days.
    pub fn refresh_token_idle(mut self, time: Duration) -> Self {
        self.refresh_token_idle = time.as_secs();
        self
    }

    /// How long a grant can be refreshed in total; 90 days.
    pub fn refresh_token(mut self, time: Duration) -> Self {
        self.refresh_token = time.as_secs();
        self
    }

    /// How long after its first use a refresh token returns the same successor again; 10 seconds. With 0 a lost
    /// response, or two tabs that refresh at the same time, end the grant.
    pub fn refresh_retry_window(mut self, time: Duration) -> Self {
        self.refresh_retry_window = time.as_secs();
        self
    }

    /// How long a pushed authorization request can be used; 60 seconds, at most 10 minutes
    /// ([RFC 9126 §2.2](https://www.rfc-editor.org/rfc/rfc9126#section-2.2)).
    pub fn pushed_request(mut self, time: Duration) -> Self {
        self.pushed_request = time.as_secs();
        self
    }

    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        let named = [
            ("authorization_code", self.authorization_code, 600),
            ("access_token", self.access_token, 24 * 3600),
            ("refresh_token_idle", self.refresh_token_idle, 10 * 365 * 24 * 3600),
            ("refresh_token", self.refresh_token, 10 * 365 * 24 * 3600),
            ("pushed_request", self.pushed_request, 600),
        ];
        for (name, seconds, most) in named {
            if !(1..=most).contains(&seconds) {
                problems.push(format!(
                    "the lifetime `{name}` is {seconds} seconds: expected 1 to {most}"
                ));
            }
        }
        if self.refresh_retry_window > 300 {
            problems.push(format!(
                "the lifetime `refresh_retry_window` is {} seconds: expected 0 to 300",
                self.refresh_retry_window
            ));
        }
    }
}
