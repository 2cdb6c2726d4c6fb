//! How sessions are carried, and how long they last.

use auth_core::scheme::ValidityMode;
use std::borrow::Cow;
use std::time::Duration;

/// The longest that a cookie is kept, and a session is remembered: 30 days
/// ([NIST SP 800-63B-4 §2.1.3](https://pages.nist.gov/800-63-4/sp800-63b.html)).
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// The longest that a sign-in waits for its second factor.
const LONGEST_PENDING: Duration = Duration::from_mins(10);

/// How a node knows whether a session is still valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionMode {
    /// Each request asks the store: one read. An end is felt from the moment it is written.
    #[default]
    Strict,
    /// The node keeps what it has read, and follows the feed of changes: an end is felt on the node that
    /// wrote it at once, on the others when they hear of it. A node that has heard nothing for
    /// [`max_silence`](SessionSettings::max_silence) rejects with 503.
    Feed,
}

impl From<SessionMode> for ValidityMode {
    fn from(mode: SessionMode) -> Self {
        match mode {
            SessionMode::Strict => Self::Strict,
            SessionMode::Feed => Self::Feed,
        }
    }
}

/// Which requests of other sites a cookie is sent with
/// ([RFC 6265bis §4.1.2.7](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis)). No
/// decision rests on it alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SameSite {
    /// When its user follows a link to the application.
    #[default]
    Lax,
    /// Never: a user who follows a link from a message is not signed in on the first page.
    Strict,
}

/// How sessions are carried, and how long they last.
///
/// ```
/// use std::time::Duration;
/// use auth_accounts::session::{SessionMode, SessionSettings};
///
/// let settings = SessionSettings::default()
///     .idle(Duration::from_secs(30 * 60))
///     .at_most_per_account(10)
///     .mode(SessionMode::Feed);
/// # drop(settings);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionSettings {
    pub(super) cookie: Cow<'static, str>,
    pub(super) token_prefix: Cow<'static, str>,
    pub(super) pending_prefix: Cow<'static, str>,
    pub(super) same_site: SameSite,
    pub(super) without_tls: bool,
    pub(super) idle: Duration,
    pub(super) absolute: Duration,
    pub(super) remember: Option<Duration>,
    pub(super) remember_idle: Duration,
    pub(super) pending: Duration,
    pub(super) per_account: Option<usize>,
    pub(super) mode: SessionMode,
    pub(super) max_silence: Duration,
    pub(super) cached: usize,
    pub(crate) sign_in_page: Option<Cow<'static, str>>,
    pub(super) scopes: Vec<Cow<'static, str>>,
}

impl Default for SessionSettings {
    fn default() -> Self {
        Self {
            cookie: "sid".into(),
            token_prefix: "ses_".into(),
            pending_prefix: "pnd_".into(),
            same_site: SameSite::Lax,
            without_tls: false,
            idle: Duration::from_hours(1),
            absolute: Duration::from_hours(24),
            remember: Some(LONGEST),
            remember_idle: Duration::from_hours(7 * 24),
            pending: LONGEST_PENDING,
            per_account: None,
            mode: SessionMode::Strict,
            max_silence: Duration::from_secs(30),
            cached: 100_000,
            sign_in_page: None,
            scopes: Vec::new(),
        }
    }
}

impl SessionSettings {
    /// The name of the cookie after its prefix `__Host-`; `sid`.
    pub fn cookie(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.cookie = name.into();
        self
    }

    /// How bearer tokens of sessions begin; `ses_`. No two kinds of tokens begin alike.
    pub fn token_prefix(mut self, prefix: impl Into<Cow<'static, str>>) -> Self {
        self.token_prefix = prefix.into();
        self
    }

    /// How bearer tokens of sign-ins begin that wait for their second factor; `pnd_`.
    pub fn pending_prefix(mut self, prefix: impl Into<Cow<'static, str>>) -> Self {
        self.pending_prefix = prefix.into();
        self
    }

    /// Which requests of other sites the cookies are sent with; [`SameSite::Lax`].
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// **For development on plain HTTP alone.** Browsers then send the cookies over connections that
    /// others on the network can read. They have other names, `dev-sid` instead of `__Host-sid`, so that none is ever
    /// taken for the other, and the log says so.
    pub fn without_tls(mut self) -> Self {
        self.without_tls = true;
        self
    }

    /// For how long a session may be unused; 1 hour.
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// How long a session lasts however it is used; 24 hours.
    pub fn absolute(mut self, absolute: Duration) -> Self {
        self.absolute = absolute;
        self
    }

    /// How long a session lasts whose owner asks to be remembered, and for how long it may be unused;
    /// 30 days and 7 days. 30 days is the most. Factors age all the same.
    pub fn remember(mut self, absolute: Duration, idle: Duration) -> Self {
        self.remember = Some(absolute);
        self.remember_idle = idle;
        self
    }

    /// No session is remembered: asking for it changes nothing.
    pub fn never_remember(mut self) -> Self {
        self.remember = None;
        self
    }

    /// For how long a sign-in may wait for its second factor; 10 minutes, which is the most.
    pub fn pending(mut self, pending: Duration) -> Self {
        self.pending = pending;
        self
    }

    /// How many sessions an account can have; one more ends the oldest. Without it as many as it
    /// likes.
    pub fn at_most_per_account(mut self, sessions: usize) -> Self {
        self.per_account = Some(sessions);
        self
    }

    /// How a node knows whether a session is still valid; [`SessionMode::Strict`].
    pub fn mode(mut self, mode: SessionMode) -> Self {
        self.mode = mode;
        self
    }

    /// For how long a node may hear nothing of changes in [`SessionMode::Feed`] and still answer from
    /// what it keeps; 30 seconds.
    pub fn max_silence(mut self, silence: Duration) -> Self {
        self.max_silence = silence;
        self
    }

    /// How many sessions a node keeps in [`SessionMode::Feed`]; 100,000.
    pub fn keep_at_most(mut self, sessions: usize) -> Self {
        self.cached = sessions;
        self
    }

    /// Where people sign in, as an absolute path: the challenge of a 401 names it, and its body as `start`
    /// where the login is too weak or too old. By default the [page](crate::AccountsBuilder::pages) of the
    /// accounts, if they have pages.
    pub fn sign_in_page(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.sign_in_page = Some(path.into());
        self
    }

    /// The scopes that every session has: a signed-in caller acts for themselves, and no client was
    /// limited. By default none.
    pub fn scopes<N: Into<Cow<'static, str>>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.scopes.extend(names.into_iter().map(Into::into));
        self
    }

    /// Says what is wrong.
    pub(super) fn check(&self, problems: &mut Vec<String>) {
        let mut unless = |fine: bool, problem: &str| {
            if !fine {
                problems.push(problem.to_owned());
            }
        };
        let is_token = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        };
        unless(is_token(&self.cookie), "no cookie can have the name of `.sessions(..)`");
        unless(self.cookie != "pending", "`pending` is the cookie of sign-ins that are half done");
        let (token, pending) = (&*self.token_prefix, &*self.pending_prefix);
        unless(is_token(token) && is_token(pending), "a prefix of tokens is letters and digits");
        let overlap = token.starts_with(pending) || pending.starts_with(token);
        unless(!overlap, "tokens of sessions and of half-done sign-ins begin alike");
        let second = Duration::from_secs(1);
        unless(self.idle >= second, "a session has to last longer than a second");
        unless(self.absolute >= self.idle, "a session may be unused for longer than it lasts");
        unless(self.absolute <= LONGEST, "a session lasts 30 days at most");
        if let Some(remember) = self.remember {
            unless(remember <= LONGEST, "a session is remembered for 30 days at most");
            unless(
                self.remember_idle >= second && self.remember_idle <= remember,
                "a remembered session may be unused for longer than it lasts",
            );
        }
        unless(
            (second..=LONGEST_PENDING).contains(&self.pending),
            "a sign-in waits for its second factor between 1 second and 10 minutes",
        );
        unless(self.per_account != Some(0), "an account needs at least one session");
        unless(self.max_silence >= second, "a node hears of changes once a second at best");
        unless(self.cached > 0, "a node has to keep at least one session in feed mode");
        let page = self.sign_in_page.as_deref().unwrap_or("/");
        let is_path = page.starts_with('/')
            && !page.starts_with("//")
            && page.bytes().all(|it| it.is_ascii_graphic() && !b"\"\\".contains(&it));
        unless(is_path, "the page for signing in is a path of the application: `/sign-in`");
    }
}
