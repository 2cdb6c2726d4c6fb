//! Who calls: from the headers of a request to an [`Identity`], and how refusals are answered.

mod builder;
mod credential;
mod explain;
mod grants;
mod host;
mod known_tokens;
mod open_names;
mod possession;
mod refusals;
mod revocations;
mod tenant;
mod verifiers;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

pub use builder::{AuthenticatorBuilder, AuthenticatorError};
pub use grants::{AssignmentCache, AssignmentQuery, AssignmentSource, Assignments};
pub use tenant::Tenant;
#[cfg(feature = "http_client")]
pub use verifiers::{EntraTenants, EntraTenantsBuilder, EntraTenantsError};
pub use verifiers::{IssuerResolver, IssuerResolverSettings, ResolveError, TokenVerifier};

pub(crate) use credential::Credential;
use grants::Grants;
use known_tokens::KnownTokens;
use open_names::OpenNames;
pub(crate) use possession::NonceWatch;
use possession::{Possession, ProofInput};
use refusals::RefusalLog;
use revocations::RevocationSources;
use tenant::Tenants;
use verifiers::Verifiers;

use crate::audit::Sinks;
use crate::credential::{CredentialError, Presented, Scheme, Unread};
use crate::error::{AuthError, BadRequest, Unauthenticated};
use crate::identity::Identity;
use crate::token::VerifyError;
use crate::vocabulary::VocabularySet;
use crate::web::Answers;

/// How much a refusal says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorDetail {
    /// What the client needs to get a better token, and no more: missing scopes, and how to log
    /// in again. The default.
    #[default]
    Minimal,
    /// Everything. A 403 says the whole requirement with what was met and what was not; a 401 says
    /// what is wrong with the credential: what came, what is configured, and a hint, in `reason` and
    /// in `error_description`. Meant for development: it shows the roles, the permissions and the
    /// configuration of the API to every caller.
    Full,
}

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
pub struct Authenticator(Arc<Inner>);

struct Inner {
    tables: VocabularySet,
    verifiers: Verifiers,
    known_tokens: KnownTokens,
    open_names: OpenNames,
    revocations: RevocationSources,
    possession: Possession,
    grants: Grants,
    tenants: Tenants,
    answers: Answers,
    audit: Sinks,
    refusal_log: RefusalLog,
}

impl Authenticator {
    /// Starts to configure an authenticator.
    pub fn builder() -> AuthenticatorBuilder {
        AuthenticatorBuilder::default()
    }

    /// The caller behind the credential in these headers.
    ///
    /// Where the rest of the request counts too, as it does for a token that is bound to its
    /// sender and for a tenant, there is [`authenticate_request`](Self::authenticate_request): here
    /// the request is about no tenant.
    ///
    /// # Errors
    /// [`AuthError::Unauthenticated`] if there is no credential, or a malformed one, or one that is
    /// not believed; [`AuthError::Unavailable`] if that cannot be told now.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Identity, AuthError> {
        self.caller(headers.get_all(AUTHORIZATION), None, &Tenant::Absent).await
    }

    /// The caller behind the credential of this request.
    ///
    /// # Errors
    /// Those of [`authenticate`](Self::authenticate), and if the sender of a bound token does not
    /// prove to be the one it is bound to.
    pub async fn authenticate_request(&self, request: &Parts) -> Result<Identity, AuthError> {
        let lines = request.headers.get_all(AUTHORIZATION);
        self.caller(lines, Some(request), &self.0.tenants.find_in(request)).await
    }

    /// The caller behind what was [read](Self::credential) of this request.
    pub(crate) async fn authenticate_with(
        &self,
        credential: &Credential,
        request: &Parts,
    ) -> Result<Identity, AuthError> {
        self.caller(credential.lines(), Some(request), credential.tenant()).await
    }

    /// From a request to its caller, step by step; the first step that fails is the answer.
    async fn caller<'a>(
        &self,
        lines: impl IntoIterator<Item = &'a HeaderValue>,
        request: Option<&Parts>,
        tenant: &Tenant,
    ) -> Result<Identity, AuthError> {
        let presented = Presented::find(lines, self.0.possession.accepts_dpop());
        let presented = presented
            .map_err(|error| {
                self.note_credential(error);
                not_found(error)
            })?
            .ok_or(NO_CREDENTIAL)?;
        let noted = |error| self.note_refused(error, presented.token);
        let identity = self.believe(presented.token).await.map_err(noted)?;
        // Before the proof, which can be given once: a request without its tenant uses none up.
        let tenant = self.0.tenants.accept(tenant, || self.now()).map_err(noted)?;
        self.0.possession.prove(&identity, &presented, request).await.map_err(noted)?;
        let token = presented.token.bytes();
        self.0.grants.add(identity, token, tenant, &self.0.tables).await.map_err(noted)
    }

    /// The same caller, whose credential was believed and proven in this request, in the tenant that
    /// it turned out to be about.
    pub(crate) async fn move_to_tenant(
        &self,
        known: &Identity,
        credential: &Credential,
    ) -> Result<Identity, AuthError> {
        let tenant = self.0.tenants.accept(credential.tenant(), || self.now())?;
        let presented = Presented::find(credential.lines(), self.0.possession.accepts_dpop());
        let presented = presented.map_err(not_found)?.ok_or(NO_CREDENTIAL)?;
        let identity = known.as_its_token_says(&self.0.tables);
        self.0.grants.add(identity, presented.token.bytes(), tenant, &self.0.tables).await
    }

    /// The refusal of a request that was decided for one tenant and is then about another.
    pub(crate) fn tenant_changed(&self) -> AuthError {
        self.0.tenants.changed(self.now())
    }

    /// The path parameter in which the tenant stands.
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

    /// Whom a token names, if it is to be believed. Whether its sender may use it is not asked.
    async fn believe(&self, token: Unread<'_>) -> Result<Identity, AuthError> {
        let now = self.now();
        // What is known was read before it was believed, byte by byte the same.
        let Some(identity) = self.0.known_tokens.get(token.bytes(), now) else {
            let token = token.read().map_err(not_found)?;
            // On the heap: each request carries the way to here, and few go it. Its type ends here
            // too: it leads down to the runtime, and a caller's compiler has a limit of its depth.
            let unknown: Pin<Box<dyn Future<Output = Result<Identity, AuthError>> + Send + '_>> =
                Box::pin(self.verify(token, now));
            return unknown.await;
        };
        if let Err(problem) = self.0.revocations.check(identity.token()) {
            if problem == VerifyError::Revoked {
                self.0.known_tokens.remove(token.bytes());
            }
            return Err(problem.into());
        }
        Ok(identity)
    }

    /// Whom a token names that is not known yet.
    async fn verify(&self, token: &str, now: u64) -> Result<Identity, AuthError> {
        let Inner { tables, verifiers, known_tokens, revocations, .. } = &*self.0;
        let verified = verifiers.verify(token).await?;
        revocations.check(&verified)?;
        let identity = Identity::new(verified, tables, verifiers.clock());
        self.0.open_names.note(&identity, tables, now);
        known_tokens.put(token.as_bytes(), &identity, now);
        Ok(identity)
    }

    /// The names that this application knows.
    #[must_use]
    pub fn tables(&self) -> &VocabularySet {
        &self.0.tables
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.0.answers
    }

    pub(crate) fn audit(&self) -> &Sinks {
        &self.0.audit
    }

    /// The scheme under which a request presents a token, where there is more than one.
    pub(crate) fn scheme_used(&self, headers: &HeaderMap) -> Option<Scheme> {
        self.0.possession.accepts_dpop().then(|| Scheme::of(headers)).flatten()
    }

    /// The time by the clock of the authenticator, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.0.verifiers.clock().now()
    }
}

const NO_CREDENTIAL: AuthError = AuthError::Unauthenticated(Unauthenticated::NoCredential);

/// The refusal of a request in which no token was found.
const fn not_found(error: CredentialError) -> AuthError {
    if error.is_invalid_request() {
        AuthError::BadRequest(BadRequest::MalformedCredential)
    } else {
        // Another scheme is no credential (RFC 6750 §3.1).
        NO_CREDENTIAL
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("tables", &self.0.tables)
            .field("verifiers", &self.0.verifiers)
            .field("known_tokens", &self.0.known_tokens)
            .field("revocations", &self.0.revocations)
            .field("possession", &self.0.possession)
            .field("answers", &self.0.answers)
            .field("audit", &self.0.audit)
            .finish()
    }
}
