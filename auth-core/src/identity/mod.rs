//! Who calls: the outcome of authentication.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::AuthError;
use crate::policy::Method;
use crate::time::Clock;
use crate::token::{VerifiedToken, VerifyError};
use crate::vocabulary::{Authority, AuthorityKind, AuthorityRef, AuthoritySet, VocabularySet};

/// A caller whose credential was verified.
///
/// Cheap to clone. It has no public constructor: one comes from an `Authenticator` only, so a
/// function that takes `&Identity` knows that somebody checked.
#[derive(Clone)]
pub struct Identity(Arc<Caller>);

/// Aligned so that no two counts of callers stand in one line of a processor's cache.
#[repr(align(64))]
struct Caller {
    token: Arc<VerifiedToken>,
    grants: AuthoritySet,
    tenant: Option<Arc<str>>,
    clock: Arc<dyn Clock>,
}

impl Identity {
    /// The identity behind a verified token, its names interned once.
    pub(crate) fn new(token: VerifiedToken, tables: &VocabularySet, clock: Arc<dyn Clock>) -> Self {
        let grants = token.grants(tables, |_, _, _| {});
        Self(Arc::new(Caller { token: Arc::new(token), grants, tenant: None, clock }))
    }

    /// The same caller outside of tenants, holding what the token says and no more.
    pub(crate) fn as_its_token_says(&self, tables: &VocabularySet) -> Self {
        self.with(self.0.token.grants(tables, |_, _, _| {}), None)
    }

    /// The same caller in a request about this tenant.
    pub(crate) fn in_tenant(&self, tenant: Arc<str>) -> Self {
        self.with(self.0.grants.clone(), Some(tenant))
    }

    /// The same caller, holding this.
    pub(crate) fn holding(&self, grants: AuthoritySet) -> Self {
        self.with(grants, self.0.tenant.clone())
    }

    /// The same caller, whose clones are counted apart.
    pub(crate) fn counted_anew(&self) -> Self {
        self.with(self.0.grants.clone(), self.0.tenant.clone())
    }

    fn with(&self, grants: AuthoritySet, tenant: Option<Arc<str>>) -> Self {
        let Caller { token, clock, .. } = &*self.0;
        Self(Arc::new(Caller {
            token: Arc::clone(token),
            grants,
            tenant,
            clock: Arc::clone(clock),
        }))
    }

    /// Whether both are the outcome of one authentication.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The token that the caller was known by.
    pub(crate) fn token(&self) -> &VerifiedToken {
        &self.0.token
    }

    /// By which kind of credential the caller was authenticated: a token that is bound to its
    /// sender is another method than one that works for any bearer.
    #[must_use]
    pub fn method(&self) -> Method {
        match self.0.token.confirmation() {
            None => Method::Bearer,
            Some(bound) if bound.jkt.is_some() => Method::Dpop,
            Some(_) => Method::Mtls,
        }
    }

    /// Who the caller is at its issuer: the `sub` claim (RFC 7519, section 4.1.2). Of a machine
    /// whose token has none, [`client_subject`](crate::token::client_subject) of its client id,
    /// which is no person's: see
    /// [`JwtVerifierBuilder::subject_in`](crate::token::JwtVerifierBuilder::subject_in).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.token.subject()
    }

    /// Who vouches for the caller: the `iss` claim (RFC 7519, section 4.1.1).
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.token.issuer()
    }

    /// The client that sent the request: `client_id` (RFC 9068, section 2.2), or `azp`.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.token.client_id()
    }

    /// The identifier of the token: `jti` (RFC 7519, section 4.1.7).
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.0.token.token_id()
    }

    /// The tenant that the request is about, where the authenticator was told
    /// [how to find it](crate::authenticator::AuthenticatorBuilder::tenant). It is the request's
    /// word: what the caller may do there, the grants say.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant.as_deref()
    }

    /// When the credential expires, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.0.token.expires_at()
    }

    /// How the caller logged in: the `acr` claim (RFC 9470, section 6.2).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.0.token.acr()
    }

    /// When the caller logged in, in seconds since 1970: the `auth_time` claim (RFC 9470, section 6.2).
    #[must_use]
    pub fn auth_time(&self) -> Option<u64> {
        self.0.token.auth_time()
    }

    /// Every claim of the token.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        self.0.token.claims()
    }

    /// The claims of the token as a type of the application, read without a copy of them. As an
    /// argument of a handler: [`Claims`](crate::Claims).
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] with [`VerifyError::ClaimsMismatch`] if they do not fit.
    pub fn claims_as<'de, T: Deserialize<'de>>(&'de self) -> Result<T, AuthError> {
        // The error of `serde` quotes values, so it goes no further.
        T::deserialize(self.claims()).map_err(|_| VerifyError::ClaimsMismatch.into())
    }

    /// Whether the caller holds a role, permission, scope or group, directly or by inclusion.
    ///
    /// For what depends on the answer inside of a handler; whether it may run at all is what
    /// `#[requires]` decides. False also where the credential leaves that open, so never take it for
    /// "certainly does not": [`look_up`](Self::look_up) tells the two apart.
    #[must_use]
    pub fn has<N: Authority>(&self, name: N) -> bool {
        self.0.grants.holds(name.reference())
    }

    /// Whether the caller holds a role, permission, scope or group; `None` if the credential leaves
    /// that open (see [`ClaimMap`](crate::ClaimMap)) or the name is of another vocabulary. Whoever
    /// is let in for *not* holding a name is one for whom this is `Some(false)`.
    #[must_use]
    pub fn look_up<N: Authority>(&self, name: N) -> Option<bool> {
        self.0.grants.look_up(name.reference())
    }

    /// Every name of one kind that the caller holds, in the order of the vocabulary and its enums.
    pub fn names(&self, kind: AuthorityKind) -> impl Iterator<Item = AuthorityRef> {
        self.0.grants.iter(kind)
    }

    /// What the caller holds.
    #[must_use]
    pub fn authorities(&self) -> &AuthoritySet {
        &self.0.grants
    }

    /// Whether the credential has expired since it was believed, with the leeway of its verifier.
    pub(crate) fn is_expired(&self) -> bool {
        self.0.token.is_expired(self.now())
    }

    /// The time by the clock of the authenticator, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }
}

impl fmt::Debug for Identity {
    /// Shows who and what, never the claims: they may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .field("grants", &self.0.grants)
            .finish_non_exhaustive()
    }
}
