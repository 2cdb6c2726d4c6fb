//! The authenticator as an application holds it: what is configured, behind a handle that clones share.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use http::request::Parts;

use super::AuthenticatorBuilder;
use super::accepted::{Schemes, Tokens};
use super::grants::Grants;
use super::known_tokens::Copies;
use super::open_names::OpenNames;
use super::pipeline::not_found;
use super::refusals::RefusalLog;
use super::revocations::RevocationSources;
use super::sender_constraint::SenderConstraint;
use super::tenant::{Tenant, Tenants};
use super::verifiers::Verifiers;
use crate::audit::Sinks;
use crate::error::AuthError;
use crate::identity::Identity;
use crate::response::RejectionRenderer;
use crate::scheme::{
    BearerPrefixes, CredentialError, RawToken, TokenLocation, TokenScheme, TrustedOrigins,
};
use crate::token::KnownTokens;
use crate::vocabulary::VocabularySet;

/// Tells who calls, by the credential in a request.
///
/// Given to [`Router::protect`](crate::Router::protect). A clone shares everything.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use auth_core::testing::TestIssuer;
/// use auth_core::{Authenticator, Scopes};
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
///     Write,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
/// let authenticator = Authenticator::builder()
///     .vocabulary::<(Scope,)>()
///     .verifier(issuer.verifier().build()?)
///     .realm("orders")
///     .build()?;
/// # Ok(()) } main().unwrap() }
/// ```
#[derive(Clone)]
pub struct Authenticator(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) tables: VocabularySet,
    pub(super) verifiers: Verifiers,
    pub(super) known_tokens: KnownTokens<Copies>,
    pub(super) open_names: OpenNames,
    pub(super) revocations: RevocationSources,
    pub(super) sender_constraint: SenderConstraint,
    pub(super) grants: Grants,
    pub(super) tenants: Tenants,
    pub(super) renderer: RejectionRenderer,
    pub(super) audit: Sinks,
    pub(super) refusal_log: RefusalLog,
    pub(super) schemes: Schemes,
    pub(super) token_locations: Box<[TokenLocation]>,
    pub(super) bearer_prefixes: BearerPrefixes,
    pub(super) origins: TrustedOrigins,
}

impl Inner {
    pub(super) fn tokens(&self) -> Tokens {
        Tokens::of(&self.verifiers, &self.sender_constraint, &self.token_locations)
    }
}

impl Authenticator {
    /// Starts to configure an authenticator.
    pub fn builder() -> AuthenticatorBuilder {
        AuthenticatorBuilder::default()
    }

    /// The caller behind the credential of this request, as at an endpoint that names no method.
    ///
    /// Guards and extractors, and not this, answer a client that needs another nonce for its DPoP proofs.
    ///
    /// # Errors
    /// If there is no credential, or a malformed one, or one that is invalid; if the sender of a bound
    /// token does not prove to be the one it is bound to; if that cannot be determined now.
    pub async fn authenticate(&self, request: &Parts) -> Result<Identity, AuthError> {
        let accepted = self.default_accepted();
        let tenant = self.0.tenants.find_in(request);
        let credential = self.credential(request, tenant, accepted);
        let caller = self.authenticate_with(&credential, request, &mut false).await?;
        accepted.admit(caller)
    }

    /// The caller behind this access token, about which there is no request: outside of tenants.
    /// For messages of a queue, or of a connection that is open already.
    ///
    /// # Errors
    /// Those of [`authenticate`](Self::authenticate). A token that is bound to its sender is rejected:
    /// without a request nothing can be proved. So is the bearer token of a
    /// [scheme](crate::scheme::Location::BearerWithPrefix): it is no access token.
    pub async fn authenticate_bearer(&self, token: &str) -> Result<Identity, AuthError> {
        let token = RawToken::new(token.as_bytes());
        if self.0.bearer_prefixes.claim(token.bytes()) {
            return Err(not_found(CredentialError::UnsupportedToken));
        }
        self.by_token(token, TokenScheme::Bearer, None, &Tenant::Absent, &mut false).await
    }

    /// The rejection of a request that was decided for one tenant and is then about another.
    pub(crate) fn tenant_changed(&self) -> AuthError {
        self.0.tenants.changed(self.now())
    }

    /// The path parameter in which the tenant is.
    pub(crate) fn tenant_parameter(&self) -> Option<&str> {
        self.0.tenants.parameter().map(|parameter| &**parameter)
    }

    /// Whether a request may be about no tenant.
    pub(crate) fn has_optional_tenant(&self) -> bool {
        self.0.tenants.are_optional()
    }

    /// Whether both share everything.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The names that this application knows.
    #[must_use]
    pub fn vocabulary(&self) -> &VocabularySet {
        &self.0.tables
    }

    /// How rejections are answered.
    pub(crate) fn renderer(&self) -> &RejectionRenderer {
        &self.0.renderer
    }

    pub(crate) fn audit(&self) -> &Sinks {
        &self.0.audit
    }

    /// The scheme under which a request presents a token, where there is more than one.
    pub(crate) fn scheme_used(&self, headers: &HeaderMap) -> Option<TokenScheme> {
        self.0.sender_constraint.accepts_dpop().then(|| TokenScheme::of(headers)).flatten()
    }

    /// The time by the clock of the authenticator, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.0.verifiers.clock().now()
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("tables", &self.0.tables)
            .field("verifiers", &self.0.verifiers)
            .field("known_tokens", &self.0.known_tokens)
            .field("revocations", &self.0.revocations)
            .field("schemes", &self.0.schemes)
            .field("sender_constraint", &self.0.sender_constraint)
            .field("renderer", &self.0.renderer)
            .field("audit", &self.0.audit)
            .finish()
    }
}
