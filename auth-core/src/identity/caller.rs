//! The caller whose credential was authenticated.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Authentication;
use crate::error::AuthError;
use crate::policy::{Method, ProvedFactors};
use crate::time::Clock;
use crate::token::VerifyError;
use crate::vocabulary::{Authority, AuthorityKind, AuthorityRef, AuthoritySet, VocabularySet};

/// A caller whose credential was authenticated.
///
/// Cheap to clone. It has no public constructor: one comes from an `Authenticator` only, so a
/// function that takes `&Identity` knows that the caller is authenticated.
#[derive(Clone)]
pub struct Identity(Arc<Known>);

/// Aligned so that no two counts of callers are in one line of a processor's cache.
#[repr(align(64))]
struct Known {
    evidence: Arc<Evidence>,
    authorities: AuthoritySet,
    tenant: Option<Arc<str>>,
}

/// What vouches for a caller, and the clock that it is judged by.
struct Evidence {
    authentication: Authentication,
    clock: Arc<dyn Clock>,
}

impl Identity {
    /// The identity behind an authentication, its names interned once: outside of tenants, holding
    /// what the credential says and no more.
    pub(crate) fn new(
        authentication: impl Into<Authentication>,
        vocabulary: &VocabularySet,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let authentication = authentication.into();
        let authorities = authentication.authorities(vocabulary, |_, _, _| {});
        Self::holding(authentication, authorities, clock)
    }

    /// The identity behind an authentication, holding this.
    pub(crate) fn holding(
        authentication: Authentication,
        authorities: AuthoritySet,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let authorities = authentication.bounded(authorities);
        let evidence = Arc::new(Evidence { authentication, clock });
        Self(Arc::new(Known { evidence, authorities, tenant: None }))
    }

    /// The same caller outside of tenants, holding what the credential says and no more.
    pub(crate) fn as_its_credential_says(&self, vocabulary: &VocabularySet) -> Self {
        self.with(self.authentication().authorities(vocabulary, |_, _, _| {}), None)
    }

    /// The same caller in a request about this tenant, holding this there.
    pub(crate) fn with(&self, authorities: AuthoritySet, tenant: Option<Arc<str>>) -> Self {
        let authorities = self.authentication().bounded(authorities);
        let evidence = Arc::clone(&self.0.evidence);
        Self(Arc::new(Known { evidence, authorities, tenant }))
    }

    /// The same, in the place of this one where it has no clones.
    pub(crate) fn into_holding(
        mut self,
        authorities: AuthoritySet,
        tenant: Option<Arc<str>>,
    ) -> Self {
        let authorities = self.authentication().bounded(authorities);
        match Arc::get_mut(&mut self.0) {
            Some(known) => {
                known.authorities = authorities;
                known.tenant = tenant;
                self
            }
            None => self.with(authorities, tenant),
        }
    }

    /// The same caller, whose clones are counted apart.
    pub(crate) fn counted_anew(&self) -> Self {
        self.with(self.0.authorities.clone(), self.0.tenant.clone())
    }

    /// Whether both are the outcome of one authentication.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// What vouches for the caller.
    #[must_use]
    pub fn authentication(&self) -> &Authentication {
        &self.0.evidence.authentication
    }

    /// By which kind of credential the caller was authenticated: a token that is bound to its
    /// sender is another method than one that works for any bearer.
    #[must_use]
    pub fn method(&self) -> Method {
        self.authentication().method()
    }

    /// Who the caller is at its issuer: the `sub` claim (RFC 7519, section 4.1.2). Of a machine
    /// whose token has none, [`client_subject`](crate::token::client_subject) of its client id,
    /// which is no person's: see
    /// [`JwtVerifierBuilder::subject_in`](crate::token::JwtVerifierBuilder::subject_in).
    #[must_use]
    pub fn subject(&self) -> &str {
        self.authentication().subject()
    }

    /// Who vouches for the caller: the `iss` claim (RFC 7519, section 4.1.1).
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.authentication().issuer()
    }

    /// The client that sent the request: `client_id` (RFC 9068, section 2.2), or `azp`.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.authentication().client_id()
    }

    /// The identifier of the token: `jti` (RFC 7519, section 4.1.7).
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        self.authentication().token_id()
    }

    /// The tenant that the request is about, where the authenticator is configured
    /// [to find it](crate::authenticator::AuthenticatorBuilder::tenant). It is the request's
    /// word: what the caller may do there, the grants say.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.0.tenant.as_deref()
    }

    /// When the credential expires, in seconds since 1970; `u64::MAX` if its scheme sets no end.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.authentication().expires_at()
    }

    /// How the caller logged in: the `acr` claim (RFC 9470, section 6.2).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.authentication().acr()
    }

    /// By which means the caller logged in: the `amr` claim (RFC 8176). Empty if that is not known.
    #[must_use]
    pub fn amr(&self) -> Vec<&str> {
        self.authentication().amr()
    }

    /// The factors that the caller proved, with their times, as far as that is known.
    #[must_use]
    pub fn factors(&self) -> &ProvedFactors {
        self.authentication().factors()
    }

    /// The session that the credential belongs to: the `sid` claim.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.authentication().session_id()
    }

    /// When the caller logged in, in seconds since 1970: the `auth_time` claim (RFC 9470, section 6.2).
    #[must_use]
    pub fn auth_time(&self) -> Option<u64> {
        self.authentication().auth_time()
    }

    /// Every claim of the token; of another credential what its scheme says besides.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        self.authentication().claims()
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
        self.0.authorities.holds(name.reference())
    }

    /// Whether the caller holds a role, permission, scope or group; `None` if the credential leaves
    /// that open (see [`ClaimMap`](crate::ClaimMap)) or the name is of another vocabulary. A caller
    /// who is let in for *not* holding a name is one for whom this is `Some(false)`.
    #[must_use]
    pub fn look_up<N: Authority>(&self, name: N) -> Option<bool> {
        self.0.authorities.look_up(name.reference())
    }

    /// Every name of one kind that the caller holds, in the order of the vocabulary and its enums.
    pub fn names(&self, kind: AuthorityKind) -> impl Iterator<Item = AuthorityRef> {
        self.0.authorities.iter(kind)
    }

    /// What the caller holds.
    #[must_use]
    pub fn authorities(&self) -> &AuthoritySet {
        &self.0.authorities
    }

    /// Whether the credential has expired since it was accepted, with the leeway of its verifier.
    pub(crate) fn is_expired(&self) -> bool {
        self.authentication().is_expired(self.now())
    }

    /// The time by the clock of the authenticator, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.0.evidence.clock.now()
    }
}

impl fmt::Debug for Identity {
    /// Shows who and what, never the claims: they may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .field("authorities", &self.0.authorities)
            .finish_non_exhaustive()
    }
}
