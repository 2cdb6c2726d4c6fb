//! The proof that a token was verified.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::claim_map::TokenNames;
use super::claims::Times;
use super::confirmation::Confirmation;
use super::epoch::Stamp;

/// A token whose signature and claims were checked.
///
/// Only [`JwtVerifier::verify`](super::JwtVerifier::verify) makes one, so whoever holds it knows
/// that. `Debug` shows neither claims nor names.
pub struct VerifiedToken {
    pub(crate) issuer: Arc<str>,
    pub(crate) client_id: Option<String>,
    pub(crate) times: Times,
    pub(crate) claims: Map<String, Value>,
    pub(crate) names: TokenNames,
    /// What the sender must prove to hold, if the token is bound to it.
    pub(crate) confirmation: Option<Confirmation>,
    /// The state of keys and configuration that the token was verified with.
    pub(crate) stamp: Stamp,
}

impl VerifiedToken {
    /// The issuer (`iss`): the one the verifier is configured with.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whom the token speaks for (`sub`), never empty. Unique only together with the issuer
    /// ([RFC 7519 §4.1.2](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.2)).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.string("sub").unwrap_or_default()
    }

    /// The client that got the token, from where the [`ClaimMap`](super::ClaimMap) says.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// The id of the token (`jti`).
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.string("jti")
    }

    /// The session that the token belongs to (`sid`,
    /// [OpenID Connect Front-Channel Logout §3](https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout)).
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.string("sid")
    }

    /// How the subject logged in (`acr`, [RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.string("acr")
    }

    /// When the subject logged in (`auth_time`), in seconds since 1970. It may lie in the future:
    /// who measures an age from it must refuse that.
    #[must_use]
    pub fn auth_time(&self) -> Option<u64> {
        self.times.auth_time
    }

    /// When the token was issued (`iat`), in seconds since 1970.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.times.issued_at
    }

    /// When the token expires (`exp`), in seconds since 1970, leeway not added.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.times.expires_at
    }

    /// All claims, as signed.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The names that the token grants.
    #[must_use]
    pub fn names(&self) -> &TokenNames {
        &self.names
    }

    /// What the sender must prove to hold, if the token is bound to it.
    pub(crate) const fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }

    /// Whether keys and configuration are still those that the token was verified with.
    pub(crate) fn is_current(&self) -> bool {
        self.stamp.is_current()
    }

    /// Whether the token would be refused as expired at this time, leeway granted.
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        now >= self.times.refused_from
    }

    fn string(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }
}

impl fmt::Debug for VerifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("issuer", &self.issuer)
            .field("expires_at", &self.times.expires_at)
            .finish_non_exhaustive()
    }
}
