//! Who calls: from a request to an [`Identity`], and how rejections are answered.

mod accepted;
mod builder;
mod credential;
mod explain;
pub(crate) mod grants;
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

use http::HeaderMap;
use http::request::Parts;

pub use builder::{AuthenticatorBuilder, AuthenticatorError};
pub use grants::{AssignmentCache, AssignmentQuery};
pub use tenant::Tenant;
#[cfg(feature = "http_client")]
pub use verifiers::{EntraTenants, EntraTenantsBuilder, EntraTenantsError};
pub use verifiers::{IssuerResolver, IssuerResolverSettings, ResolveError, TokenVerifier};

pub(crate) use accepted::Accepted;
use accepted::{Schemes, Tokens};
pub(crate) use credential::Credential;
use credential::Found;
pub(crate) use grants::AssignmentSource;
use grants::Grants;
use known_tokens::KnownTokens;
use open_names::OpenNames;
use possession::{Possession, ProofInput};
use refusals::RefusalLog;
use revocations::RevocationSources;
use tenant::Tenants;
use verifiers::Verifiers;

use crate::audit::Sinks;
use crate::error::{AuthError, BadRequest, Misconfigured, Unauthenticated, Unavailable};
use crate::identity::{Authentication, Identity};
use crate::policy::Method;
use crate::response::RejectionRenderer;
use crate::scheme::{
    CredentialError, PresentedCredential, RawToken, SchemeError, TokenLocation, TokenScheme,
    TrustedOrigins,
};
use crate::token::{Unproven, VerifyError};
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
    renderer: RejectionRenderer,
    audit: Sinks,
    refusal_log: RefusalLog,
    schemes: Schemes,
    token_locations: Box<[TokenLocation]>,
    origins: TrustedOrigins,
}

/// The caller behind a credential.
pub(crate) struct Authenticated {
    pub(crate) identity: Identity,
    /// Whether the client needs another nonce for its next DPoP proof.
    pub(crate) nonce_is_old: bool,
}

impl Inner {
    fn tokens(&self) -> Tokens {
        Tokens::of(&self.verifiers, &self.possession, &self.token_locations)
    }
}

impl Authenticator {
    /// Starts to configure an authenticator.
    pub fn builder() -> AuthenticatorBuilder {
        AuthenticatorBuilder::default()
    }

    /// The caller behind the credential of this request, as at an endpoint that names no method.
    ///
    /// # Errors
    /// If there is no credential, or a malformed one, or one that is invalid; if the sender of a bound
    /// token does not prove to be the one it is bound to; if that cannot be determined now.
    pub async fn authenticate(&self, request: &Parts) -> Result<Identity, AuthError> {
        let accepted = self.default_accepted();
        let tenant = self.0.tenants.find_in(request);
        let credential = self.credential(request, tenant, accepted);
        let caller = self.authenticate_with(&credential, request).await?;
        accepted.admit(caller.identity)
    }

    /// The caller behind this access token, about which there is no request: outside of tenants.
    /// For messages of a queue, or of a connection that is open already.
    ///
    /// # Errors
    /// Those of [`authenticate`](Self::authenticate). A token that is bound to its sender is rejected:
    /// without a request nothing can be proved.
    pub async fn authenticate_bearer(&self, token: &str) -> Result<Identity, AuthError> {
        let token = RawToken::new(token.as_bytes());
        let caller = self.by_token(token, TokenScheme::Bearer, None, &Tenant::Absent).await?;
        Ok(caller.identity)
    }

    /// The caller behind what was [found](Self::credential) in this request. Whether the endpoint
    /// accepts their method, [`Accepted::admit`] says.
    pub(crate) async fn authenticate_with(
        &self,
        credential: &Credential,
        request: &Parts,
    ) -> Result<Authenticated, AuthError> {
        match credential.found() {
            Found::Token { token, .. } => {
                let (raw, scheme) = (token.raw(), token.scheme());
                self.by_token(raw, scheme, Some(request), credential.tenant()).await
            }
            Found::OfScheme { place, presented } => {
                // On the heap: each request carries the way to here, and few go it.
                let identity = Box::pin(self.by_scheme(*place, presented, credential.tenant()));
                Ok(Authenticated { identity: identity.await?, nonce_is_old: false })
            }
            Found::Nothing => Err(NO_CREDENTIAL),
            Found::Unusable(error) => {
                self.note_credential(*error);
                Err(not_found(*error))
            }
            Found::CrossSite => {
                self.note_cross_site();
                Err(BadRequest::CrossSite.into())
            }
        }
    }

    /// From a token to its caller, step by step; the first step that fails is the answer.
    async fn by_token(
        &self,
        token: RawToken<'_>,
        scheme: TokenScheme,
        request: Option<&Parts>,
        tenant: &Tenant,
    ) -> Result<Authenticated, AuthError> {
        let noted = |error| self.note_refused(error, token);
        let identity = self.authenticate_token(token).await.map_err(noted)?;
        // Before the proof, which can be given once: a request without its tenant uses none up.
        let tenant = self.0.tenants.accept(tenant, || self.now()).map_err(noted)?;
        let proven = self.0.possession.prove(identity, scheme, token, request);
        let Authenticated { identity, nonce_is_old } = proven.await.map_err(noted)?;
        let completed = self.0.grants.complete(identity, token.bytes(), tenant, &self.0.tables);
        Ok(Authenticated { identity: completed.await.map_err(noted)?, nonce_is_old })
    }

    /// From the credential of a scheme of the application to its caller, by the same steps.
    async fn by_scheme(
        &self,
        place: usize,
        presented: &PresentedCredential,
        tenant: &Tenant,
    ) -> Result<Identity, AuthError> {
        // Always there: the place comes from the same list.
        let scheme = self.0.schemes.all.get(place).ok_or(NO_CREDENTIAL)?;
        let method = scheme.method;
        let outcome = scheme.authenticate(presented).await;
        let noted = |error| self.note_scheme(method, error);
        let authentication = outcome.map_err(|error| noted(of_scheme(method, error)))?;
        let refused =
            |reason| Err(noted(Unauthenticated::InvalidCredential { method, reason }.into()));
        if let Some(reason) = authentication.mistake(method) {
            return Err(noted(Misconfigured::Scheme { method, reason }.into()));
        }
        if authentication.is_expired(self.now()) {
            return refused("it has expired");
        }
        match self.0.revocations.check(&authentication) {
            Ok(()) => {}
            Err(VerifyError::Unavailable { retry_after }) => {
                return Err(Unavailable::NotReachable { retry_after }.into());
            }
            Err(_) => return refused("it was revoked"),
        }
        let tenant = self.0.tenants.accept(tenant, || self.now()).map_err(noted)?;
        let identity = Identity::new(authentication, &self.0.tables, self.0.verifiers.clock());
        let key = scheme_key(place, presented);
        self.0.grants.complete(identity, &key, tenant, &self.0.tables).await
    }

    /// The same caller, who was authenticated in this request, in the tenant that it turned out to be
    /// about.
    pub(crate) async fn move_to_tenant(
        &self,
        known: &Identity,
        credential: &Credential,
    ) -> Result<Identity, AuthError> {
        let tenant = self.0.tenants.accept(credential.tenant(), || self.now())?;
        let identity = known.as_its_credential_says(&self.0.tables);
        let key = match credential.found() {
            Found::Token { token, .. } => token.raw().bytes().to_vec(),
            Found::OfScheme { place, presented } => scheme_key(*place, presented),
            Found::Nothing | Found::Unusable(_) | Found::CrossSite => return Err(NO_CREDENTIAL),
        };
        self.0.grants.complete(identity, &key, tenant, &self.0.tables).await
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

    /// The caller that a token names, if it is valid. Whether its sender may use it is not asked.
    async fn authenticate_token(
        &self,
        token: RawToken<'_>,
    ) -> Result<Unproven<Identity>, AuthError> {
        let now = self.now();
        // What is known was read before it was accepted, byte by byte the same.
        let Some(identity) = self.0.known_tokens.get(token.bytes(), now) else {
            let token = token.read().map_err(not_found)?;
            // On the heap: each request carries the way to here, and few go it. Its type ends here
            // too: it leads down to the runtime, and a caller's compiler has a limit of its depth.
            let unknown: Pin<Box<dyn Future<Output = _> + Send + '_>> =
                Box::pin(self.verify(token, now));
            return unknown.await;
        };
        if let Err(problem) = self.0.revocations.check(identity.authentication()) {
            if problem == VerifyError::Revoked {
                self.0.known_tokens.remove(token.bytes());
            }
            return Err(problem.into());
        }
        Ok(Unproven::new(identity))
    }

    /// Whom a token names that is not known yet.
    async fn verify(&self, token: &str, now: u64) -> Result<Unproven<Identity>, AuthError> {
        let Inner { tables, verifiers, known_tokens, revocations, .. } = &*self.0;
        let verified = verifiers.verify(token).await?.map(Authentication::from);
        revocations.check(verified.claimed())?;
        let identity = verified.map(|it| Identity::new(it, tables, verifiers.clock()));
        self.0.open_names.note(identity.claimed(), tables, now);
        known_tokens.put(token.as_bytes(), identity.claimed(), now);
        Ok(identity)
    }

    /// The names that this application knows.
    #[must_use]
    pub fn tables(&self) -> &VocabularySet {
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
        self.0.possession.accepts_dpop().then(|| TokenScheme::of(headers)).flatten()
    }

    /// The time by the clock of the authenticator, in seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.0.verifiers.clock().now()
    }
}

const NO_CREDENTIAL: AuthError = AuthError::Unauthenticated(Unauthenticated::NoCredential);

/// What tells the credential of a scheme from every other: no token has such bytes.
fn scheme_key(place: usize, presented: &PresentedCredential) -> Vec<u8> {
    let mut key = vec![0];
    key.extend((place as u64).to_be_bytes());
    key.extend(presented.digest());
    key
}

/// What a scheme of the application says, as the rejection of a request.
fn of_scheme(method: Method, error: SchemeError) -> AuthError {
    match error {
        SchemeError::Malformed(_) => BadRequest::MalformedCredential.into(),
        SchemeError::Refused(reason) => {
            Unauthenticated::InvalidCredential { method, reason }.into()
        }
        SchemeError::Unavailable { retry_after } => {
            Unavailable::NotReachable { retry_after }.into()
        }
        SchemeError::Misconfigured(reason) => Misconfigured::Scheme { method, reason }.into(),
    }
}

/// The rejection of a request in which no token was found.
const fn not_found(error: CredentialError) -> AuthError {
    match error {
        CredentialError::Malformed | CredentialError::Duplicate => {
            AuthError::BadRequest(BadRequest::MalformedCredential)
        }
        CredentialError::Several => AuthError::BadRequest(BadRequest::SeveralCredentials),
        // Another scheme is no credential (RFC 6750 §3.1).
        CredentialError::UnsupportedScheme => NO_CREDENTIAL,
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
            .field("possession", &self.0.possession)
            .field("renderer", &self.0.renderer)
            .field("audit", &self.0.audit)
            .finish()
    }
}
