//! What the request of a sign-in says beside who signs in.

use auth_core::scheme::bearer_token;
use http::HeaderMap;

use super::device::Devices;
use crate::accounts::Accounts;
use crate::model::{AuditEntry, Carrier, SessionRecord};
use crate::secret::Digest;
use crate::session::{Purpose, Secret};
use crate::store::StoreError;

/// What the request of a sign-in says beside who signs in.
#[derive(Debug)]
pub(crate) struct Visit {
    /// How the session is to be carried: as a cookie, unless the body asks for a token.
    pub(crate) carrier: Carrier,
    /// Whether it is to last longer.
    pub(crate) remember: bool,
    /// When it ends at the latest, in seconds since 1970: with the session at a provider.
    pub(crate) ends_by: Option<u64>,
    /// What its owner will see of the device.
    pub(crate) device: String,
    /// The address of the client, where it is known for sure.
    pub(crate) source: Option<String>,
    /// The accounts that were used on the device before.
    pub(crate) devices: Devices,
    /// The session that the request has already, if it is valid.
    pub(crate) current: Option<SessionRecord>,
}

/// A secret of a request, and how it was carried.
pub(crate) struct Carried<'a> {
    pub(crate) text: &'a str,
    pub(crate) carrier: Carrier,
}

/// Why nothing is made of what a request carries.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// There is more than one secret of a kind.
    Several,
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Unusable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The one secret that is in this cookie, or is a bearer token with this prefix.
pub(crate) fn carried<'a>(
    headers: &'a HeaderMap,
    cookie: &str,
    prefix: &str,
) -> Result<Option<Carried<'a>>, Unusable> {
    let in_cookie = crate::web::cookie::read(headers, cookie).map_err(|_| Unusable::Several)?;
    let as_token = bearer_token(headers).ok().flatten().and_then(|it| it.strip_prefix(prefix));
    match (in_cookie, as_token) {
        (Some(_), Some(_)) => Err(Unusable::Several),
        (Some(text), None) => Ok(Some(Carried { text, carrier: Carrier::Cookie })),
        (None, Some(text)) => Ok(Some(Carried { text, carrier: Carrier::Token })),
        (None, None) => Ok(None),
    }
}

impl Accounts {
    /// What the session of a request is found by, and how it is carried.
    pub(crate) fn carried_session(&self, headers: &HeaderMap) -> Option<(Digest, Carrier)> {
        let sessions = &self.0.sessions;
        let found = carried(headers, sessions.session_cookie(), sessions.token_prefix()).ok()??;
        let secret = Secret::parse(Purpose::Session, &self.0.tags, found.text)?;
        Some((secret.digest(), found.carrier))
    }

    /// The session that a request has already, at an endpoint that needs none.
    pub(crate) async fn current_session(
        &self,
        headers: &HeaderMap,
    ) -> Result<Option<SessionRecord>, Unusable> {
        let sessions = &self.0.sessions;
        let found = carried(headers, sessions.session_cookie(), sessions.token_prefix())?;
        let Some(Carried { text, carrier }) = found else { return Ok(None) };
        let Some(secret) = Secret::parse(Purpose::Session, &self.0.tags, text) else {
            return Ok(None);
        };
        // All of it, which no node keeps.
        let now = self.now();
        let session = self.load_session(&secret.digest(), now).await?;
        Ok(session.filter(|it| it.carrier == carrier && !it.is_over(now)))
    }
}

impl Visit {
    /// An event of this visit.
    pub(crate) fn entry(&self, now: u64, event: &str) -> AuditEntry {
        AuditEntry { source: self.source.clone(), ..AuditEntry::new(now, event) }
    }
}
