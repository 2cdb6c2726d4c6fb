//! The proof that a token was verified.

use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use super::claim_map::{ClaimMap, TokenAuthorities, Unclear};
use super::claims::Times;
use super::confirmation::Confirmation;
use super::explain::KindNames;
use super::factor_map::FactorMap;
use crate::jose::json::{Document, Value as JsonValue};
use crate::policy::ProvedFactors;
use crate::time::epoch::Stamp;
use crate::vocabulary::{AuthorityKind, AuthoritySet, VocabularySet};

/// A token whose signature and claims were checked.
///
/// Only a verifier makes one (a [`JwtVerifier`](crate::JwtVerifier), or introspection), so code that
/// holds one knows that. `Debug` shows neither claims nor names.
pub struct VerifiedToken {
    issuer: Arc<str>,
    times: Times,
    /// The subject of a token without `sub`.
    subject: Option<Box<str>>,
    /// What the sender must prove to hold, if the token is bound to it.
    confirmation: Option<Confirmation>,
    /// The state of keys and configuration that the token was verified with.
    pub(crate) stamp: Stamp,
    /// From when on it has to be verified again, although it may still be valid: what was
    /// accepted by the word of an endpoint or of a resolver is accepted only for a while, and what
    /// was verified with keys that are fetched until those may be too old. In seconds since 1970; the
    /// end of time for a token whose keys are configured.
    pub(crate) known_until: u64,
    /// What tells the token from others, if it is an opaque one.
    pub(crate) opaque: Option<OpaqueToken>,
    document: Document,
    map: Arc<ClaimMap>,
    /// The claims and the names in the form that applications know, once one asks.
    claims: OnceLock<Map<String, Value>>,
    names: OnceLock<TokenAuthorities>,
    /// What the token proves, once a requirement asks for it.
    factors: OnceLock<Box<ProvedFactors>>,
}

/// What tells an opaque token from others: the token itself, and nothing that its endpoint says of
/// it, since that may differ from one answer to the next.
pub(crate) struct OpaqueToken {
    /// SHA-256 of the token in base64url, the same at every node.
    pub(crate) sha256: Arc<str>,
    /// When it was accepted, in seconds since 1970.
    pub(crate) accepted_at: u64,
}

impl VerifiedToken {
    /// A token whose claims were checked: the result of that are `times` and `confirmation`.
    pub(crate) fn new(
        issuer: Arc<str>,
        times: Times,
        confirmation: Option<Confirmation>,
        stamp: Stamp,
        document: Document,
        map: Arc<ClaimMap>,
    ) -> Self {
        let (claims, names, factors) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self {
            issuer,
            times,
            subject: None,
            confirmation,
            stamp,
            known_until: u64::MAX,
            opaque: None,
            document,
            map,
            claims,
            names,
            factors,
        }
    }

    /// The same token, whose subject is not in `sub`.
    #[must_use]
    pub(crate) fn with_subject(mut self, subject: Option<Box<str>>) -> Self {
        self.subject = subject;
        self
    }

    /// The issuer (`iss`): the one the verifier is configured with.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The subject of the token (`sub`), never empty. Unique only together with the issuer
    /// ([RFC 7519 §4.1.2](https://www.rfc-editor.org/rfc/rfc7519#section-4.1.2)).
    ///
    /// Of a token without `sub`, where the verifier accepts that, it is a name that no `sub` has:
    /// see [`client_subject`](super::client_subject).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.subject.as_deref().or_else(|| self.string("sub")).unwrap_or_default()
    }

    /// The client that got the token, from where the [`ClaimMap`](crate::ClaimMap) says.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.map.find_client_id(self.document.root())
    }

    /// The id of the token (`jti`).
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.string("jti")
    }

    /// The session that the token belongs to (`sid`, [OpenID Connect Front-Channel Logout
    /// §3](https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout)).
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.string("sid")
    }

    /// How the subject logged in (`acr`, [RFC 9470](https://www.rfc-editor.org/rfc/rfc9470)).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.string("acr")
    }

    /// By which means the subject logged in (`amr`, [RFC 8176](https://www.rfc-editor.org/rfc/rfc8176)).
    /// Empty if the token does not say so in an array of strings.
    #[must_use]
    pub fn amr(&self) -> Vec<&str> {
        match self.document.root().get("amr") {
            Some(JsonValue::Array(means)) => means.iter().filter_map(JsonValue::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The factors that the subject proved, by the [`FactorMap`](super::FactorMap) of its issuer. None
    /// without one.
    #[must_use]
    pub fn factors(&self) -> &ProvedFactors {
        let map = self.map.factor_map();
        if map.is_empty() {
            return &ProvedFactors::NONE;
        }
        let read = || Box::new(map.factors(self.amr(), self.acr(), self.auth_time()));
        self.factors.get_or_init(read)
    }

    pub(crate) fn factor_map(&self) -> &FactorMap {
        self.map.factor_map()
    }

    /// When the subject logged in (`auth_time`), in seconds since 1970. It may lie in the future:
    /// who measures an age from it must reject that.
    #[must_use]
    pub fn auth_time(&self) -> Option<u64> {
        self.times.auth_time
    }

    /// When the token was issued (`iat`), in seconds since 1970.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.times.issued_at
    }

    /// When the token expires (`exp`), in seconds since 1970, leeway not added. For an opaque token
    /// of which the endpoint does not say that: until when its answer is accepted, at most 60 s
    /// after the question. Then the endpoint is asked again, and the token may be valid for longer.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.times.expires_at
    }

    /// When the token expires (`exp`) as far as its issuer says so, in seconds since 1970. A signed
    /// token always does; the answer about an opaque one may not
    /// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)), and may say another
    /// time with every answer.
    #[must_use]
    pub fn stated_expiry(&self) -> Option<u64> {
        self.times.has_exp.then_some(self.times.expires_at)
    }

    /// The earliest time at which the token can have been issued, in seconds since 1970. What an
    /// endpoint says of the end of an opaque token may change, so that tells nothing of it.
    pub(crate) fn issued_from(&self) -> u64 {
        match self.times.issued_at {
            None if self.opaque.is_some() => 0,
            _ => self.times.issued_from,
        }
    }

    /// All claims, as signed.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        self.claims.get_or_init(|| self.document.root().to_map())
    }

    /// The names that the token grants, copied at the first call. To look at them once,
    /// [`authorities`](Self::authorities) costs less.
    #[must_use]
    pub fn names(&self) -> &TokenAuthorities {
        self.names.get_or_init(|| self.map.extract(self.document.root()))
    }

    /// The names of one kind that the token grants, where they are in it: nothing is copied.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use auth_core::AuthorityKind;
    /// use auth_core::testing::TestIssuer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
    /// let token = issuer.token("alice").scopes(["read", "write"]).sign()?;
    /// let verified = issuer.verifier().build()?.verify(&token)?;
    ///
    /// assert!(verified.authorities(AuthorityKind::Scope).eq(["read", "write"]));
    /// assert_eq!(verified.authorities(AuthorityKind::Role).count(), 0);
    /// # Ok(()) } main().unwrap() }
    /// ```
    pub fn authorities(&self, kind: AuthorityKind) -> impl Iterator<Item = &str> {
        self.map.names(kind, self.document.root())
    }

    /// What the token grants by the names of a vocabulary. `open` gets what it leaves open: of which
    /// kind, where, and why.
    pub(crate) fn grants(
        &self,
        tables: &VocabularySet,
        open: impl FnMut(AuthorityKind, &str, Unclear),
    ) -> AuthoritySet {
        self.map.grants(self.document.root(), tables, open)
    }

    /// The names that the token carries, held against those that the application knows.
    pub(crate) fn explain_names(&self, tables: &VocabularySet) -> Vec<KindNames> {
        KindNames::of(&self.map, self.document.root(), tables)
    }

    /// What the sender must prove to hold, if the token is bound to it.
    pub(crate) const fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }

    /// Whether the token may still be known at this time, in seconds since 1970: keys and
    /// configuration are those that it was verified with, and the word that it was accepted by is
    /// not too old.
    pub(crate) fn is_current(&self, now: u64) -> bool {
        now < self.known_until && self.stamp.is_current()
    }

    /// The same token, as long as this stamp is current too, and known no longer than this.
    #[must_use]
    pub(crate) fn limited(mut self, stamp: Stamp, known_until: u64) -> Self {
        self.stamp = self.stamp.and(stamp);
        self.known_until = self.known_until.min(known_until);
        self
    }

    /// Whether the token would be rejected as expired at this time, leeway granted.
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        now >= self.times.refused_from
    }

    fn string(&self, name: &str) -> Option<&str> {
        self.document.root().get(name)?.as_str()
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
