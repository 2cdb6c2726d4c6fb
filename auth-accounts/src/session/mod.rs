//! How sessions are carried, and how long they last.
//!
//! A session is a record in the store. What its owner holds is a random secret, in a cookie or as an
//! opaque bearer token; the store knows the digest of it. Each authentication puts a new secret in the
//! place of the one before, and the session stays the same.

mod beside;
mod cache;
mod carried;
mod data;
mod ended;
mod lifecycle;
mod ready;
mod scheme;
mod secret;
mod settings;
mod touches;

pub use data::{SessionData, SessionValue};
pub use settings::{SameSite, SessionMode, SessionSettings};

pub(crate) use carried::{carried, locations};
pub(crate) use lifecycle::{Opening, Rotation, SignedIn};
pub(crate) use scheme::{SessionScheme, is_multi_factor, means_of};
pub(crate) use secret::{Presented, Purpose, Secret, Tags};

use std::borrow::Cow;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

pub(crate) use cache::Hearing;

use cache::Cache;
use ready::Ready;
use tokio::sync::broadcast;
use touches::Touches;

use auth_core::scheme::{Validity, ValidityMode};

use crate::model::{ChangeKind, SessionRecord};

/// How many changes are kept for what is slow to hear of them: it asks the store then.
const CHANGES: usize = 1_024;

/// What a node knows of sessions.
pub(crate) struct Sessions {
    settings: SessionSettings,
    session_cookie: String,
    pending_cookie: String,
    /// `__Host-`, but for development.
    cookie_prefix: &'static str,
    touches: Touches,
    /// In feed mode.
    cache: Option<Cache>,
    /// What changes, for what outlives a request; `None`: it may be anything.
    changes: broadcast::Sender<Option<ChangeKind>>,
    /// What is said of sessions that are kept.
    ready: Option<Ready>,
    /// Whether a task does the work beside the requests.
    is_attended: AtomicBool,
}

/// Whether an origin is this machine itself.
fn is_on_loopback(origin: &str) -> bool {
    let authority = origin.split_once("://").map_or(origin, |(_, it)| it);
    let is_port = |rest: &str| {
        rest.strip_prefix(':')
            .map_or(rest.is_empty(), |it| it.bytes().all(|it| it.is_ascii_digit()))
    };
    ["127.0.0.1", "[::1]", "localhost"]
        .into_iter()
        .any(|host| authority.strip_prefix(host).is_some_and(is_port))
}

impl Sessions {
    /// With the origin of the application, over which cookies are sent.
    pub(crate) fn new(settings: SessionSettings, origin: &str, problems: &mut Vec<String>) -> Self {
        settings.check(problems);
        let cookie_prefix = if settings.without_tls {
            if is_on_loopback(origin) {
                tracing::info!(
                    "cookies of sessions are sent over plain HTTP, on this machine alone"
                );
            } else {
                tracing::error!(
                    "cookies of sessions are sent over plain HTTP, where anybody can read them\nhelp: `.without_tls()` is for development alone"
                );
            }
            "dev-"
        } else {
            "__Host-"
        };
        let cache = (settings.mode == SessionMode::Feed)
            .then(|| Cache::new(settings.cached, seconds(settings.max_silence)));
        Self {
            session_cookie: format!("{cookie_prefix}{}", settings.cookie),
            pending_cookie: format!("{cookie_prefix}pending"),
            cookie_prefix,
            touches: Touches::new(seconds(settings.idle)),
            ready: cache.is_some().then(Ready::new),
            cache,
            changes: broadcast::Sender::new(CHANGES),
            settings,
            is_attended: AtomicBool::new(false),
        }
    }

    /// The name of the cookie of sessions.
    pub(crate) fn session_cookie(&self) -> &str {
        &self.session_cookie
    }

    /// The name of the cookie of sign-ins that wait for their second factor.
    pub(crate) fn pending_cookie(&self) -> &str {
        &self.pending_cookie
    }

    /// What the names of all cookies begin with.
    pub(crate) const fn cookie_prefix(&self) -> &'static str {
        self.cookie_prefix
    }

    /// How bearer tokens of sessions begin.
    pub(crate) fn token_prefix(&self) -> &str {
        &self.settings.token_prefix
    }

    /// How bearer tokens of sign-ins begin that wait for their second factor.
    pub(crate) fn pending_prefix(&self) -> &str {
        &self.settings.pending_prefix
    }

    pub(crate) const fn same_site(&self) -> SameSite {
        self.settings.same_site
    }

    /// Whether cookies are kept from plain HTTP.
    pub(crate) const fn is_secure(&self) -> bool {
        !self.settings.without_tls
    }

    /// For how many seconds a sign-in may wait for its second factor.
    pub(crate) fn pending_seconds(&self) -> u64 {
        seconds(self.settings.pending)
    }

    /// Notes that a session is used now, to be written later.
    pub(crate) fn note_use(&self, session: &SessionRecord, now: u64) {
        self.touches.note(session.digest, session.seen_at, now);
    }

    /// For how many seconds a node may hear nothing of changes.
    fn max_silence_seconds(&self) -> u64 {
        seconds(self.settings.max_silence)
    }

    /// Where people sign in.
    pub(crate) fn sign_in_path(&self) -> Option<Cow<'static, str>> {
        self.settings.sign_in_page.clone()
    }

    /// How a node knows whether a session, or an API key, is still valid.
    pub(crate) fn mode(&self) -> ValidityMode {
        self.settings.mode.into()
    }

    /// The mode and the longest times of a session.
    fn validity(&self) -> Validity {
        let (idle, absolute) = self.lasting(true);
        Validity::default().mode(self.mode()).idle(idle).absolute(absolute)
    }

    /// For how many seconds a session may be unused and how many it lasts; longer, if its owner asks
    /// to be remembered.
    fn lasting(&self, remember: bool) -> (u64, u64) {
        let settings = &self.settings;
        match settings.remember.filter(|_| remember) {
            Some(absolute) => (seconds(settings.remember_idle), seconds(absolute)),
            None => (seconds(settings.idle), seconds(settings.absolute)),
        }
    }
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_on_loopback() {
        for origin in
            ["http://127.0.0.1", "http://127.0.0.1:3000", "http://[::1]:1", "http://localhost"]
        {
            assert!(is_on_loopback(origin), "{origin}");
        }
        for origin in
            ["http://127.0.0.1.example", "http://localhost.example:80", "http://10.0.0.1", ""]
        {
            assert!(!is_on_loopback(origin), "{origin}");
        }
    }
}
