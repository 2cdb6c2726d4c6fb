//! From a request to its caller, step by step: all that an authenticator reads of the request is found
//! once, before any I/O; the first step that fails is the answer.

use std::sync::Arc;

use axum::extract::OriginalUri;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::grants::Key;
use super::known_tokens::Copies;
use super::step::Step;
use super::{Accepted, Authenticator, ConstraintInput, Inner, Tenant};
use crate::error::{AuthError, BadRequest, Misconfigured, Unauthenticated, Unavailable};
use crate::identity::{Authentication, Identity};
use crate::policy::Method;
use crate::scheme::{
    CredentialError, CrossSite, ErasedScheme, PresentedCredential, PresentedToken, RawToken,
    SchemeError, TokenScheme,
};
use crate::token::{Unproven, VerifyError};
use crate::vocabulary::AuthoritySet;

/// What decided over the outcome of an authentication: as long as it is the same, the outcome is.
///
/// A step of [`Authenticator::authenticate`] that reads more of a request adds it here. Otherwise
/// an identity would outlive what it was made from, where middleware replaces that.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    found: Found,
    tenant: Tenant,
}

/// The one credential of a request that is accepted where it has come to.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// An access token, and what its sender proves.
    Token {
        token: PresentedToken,
        proof: Option<Box<ConstraintInput>>,
    },
    /// The credential of a scheme of the application.
    OfScheme {
        place: usize,
        presented: Arc<PresentedCredential>,
    },
    /// None that could be used, or more than one.
    Unusable(CredentialError),
    /// One that a browser may have sent because the page of a stranger wanted it to.
    CrossSite(CrossSite),
}

impl Credential {
    pub(crate) const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    pub(super) const fn found(&self) -> &Found {
        &self.found
    }

    /// Whether both present and prove the same, in any tenant.
    pub(crate) fn is_but_for_its_tenant(&self, other: &Self) -> bool {
        self.found == other.found
    }
}

impl Authenticator {
    /// What this authenticator reads of a request at an endpoint that accepts this.
    pub(crate) fn credential(
        &self,
        request: &Parts,
        tenant: Tenant,
        accepted: &Accepted,
    ) -> Credential {
        Credential { found: self.find(request, accepted), tenant }
    }

    /// The tenant that a request is about.
    pub(crate) fn tenant(&self, request: &mut Parts) -> Tenant {
        self.0.tenants.find(request)
    }

    /// Whether the request has no credential that is accepted, as far as its address and its headers
    /// tell: said only where they tell all.
    pub(crate) fn has_no_credential(
        &self,
        address: &Uri,
        headers: &HeaderMap,
        accepted: &Accepted,
    ) -> bool {
        if accepted.ambient().is_some() || accepted.reads_more_than_headers() {
            return false;
        }
        if accepted.reads_authorization() && headers.contains_key(AUTHORIZATION) {
            return false;
        }
        let tokens = &self.0.token_locations;
        // Of `Authorization` it is known by now.
        let mut elsewhere = tokens.iter().filter(|it| !it.is_authorization());
        let has_token = accepted.takes_tokens() && elsewhere.any(|it| it.may_be_in(headers));
        let has = |it: &ErasedScheme| it.count(headers) > 0 || it.is_in_address(address);
        !has_token && !self.accepted_schemes(accepted).any(|(_, scheme)| has(scheme))
    }

    fn accepted_schemes<'a>(
        &'a self,
        accepted: &'a Accepted,
    ) -> impl Iterator<Item = (usize, &'a ErasedScheme)> {
        let schemes = &self.0.schemes.all;
        accepted.schemes().iter().filter_map(|place| Some((*place, schemes.get(*place)?)))
    }

    pub(super) fn find(&self, request: &Parts, accepted: &Accepted) -> Found {
        let address = original_uri(request);
        if self.accepted_schemes(accepted).any(|(_, scheme)| scheme.is_in_address(address)) {
            return Found::Unusable(CredentialError::InAddress);
        }
        let mut foreign = None;
        let token = match self.find_token(request, accepted) {
            Ok(token) => token,
            Err(error) if !error.is_invalid_request() => {
                foreign = Some(error);
                None
            }
            Err(error) => return Found::Unusable(error),
        };
        // Where tokens alone are accepted, the lines were counted on the way to the token.
        if !accepted.schemes().is_empty()
            && accepted.reads_authorization()
            && request.headers.get_all(AUTHORIZATION).iter().nth(1).is_some()
        {
            return Found::Unusable(CredentialError::Duplicate);
        }
        let mut of_scheme = None;
        for (place, scheme) in self.accepted_schemes(accepted) {
            match scheme.count(&request.headers) {
                0 => {}
                1 if of_scheme.is_none() && token.is_none() => of_scheme = Some((place, scheme)),
                _ => return Found::Unusable(CredentialError::Several),
            }
        }
        if let Some(token) = token {
            if token.is_cookie()
                && let Err(reason) = self.check_cross_site(request, accepted)
            {
                return Found::CrossSite(reason);
            }
            let proof = self.0.sender_constraint.input(request, token.scheme());
            return Found::Token { token, proof };
        }
        let ambient = || {
            let place = accepted.ambient()?;
            Some((place, self.0.schemes.all.get(place)?))
        };
        match (of_scheme.or_else(ambient), foreign) {
            (Some((place, scheme)), _) => {
                if scheme.is_sent_by_browser(&request.headers)
                    && let Err(reason) = self.check_cross_site(request, accepted)
                {
                    return Found::CrossSite(reason);
                }
                let presented = PresentedCredential::read(&scheme.locations, request, address);
                Found::OfScheme { place, presented: Arc::new(presented) }
            }
            (None, Some(error)) => Found::Unusable(error),
            (None, None) => Found::Nothing,
        }
    }

    /// Whether the page of a stranger may have caused the request, at an endpoint that does not accept that.
    fn check_cross_site(&self, request: &Parts, accepted: &Accepted) -> Result<(), CrossSite> {
        if accepted.accepts_cross_site(request) { Ok(()) } else { self.0.origins.check(request) }
    }

    /// The token of a request, if one is accepted.
    pub(super) fn find_token(
        &self,
        request: &Parts,
        accepted: &Accepted,
    ) -> Result<Option<PresentedToken>, CredentialError> {
        if !accepted.takes_tokens() {
            return Ok(None);
        }
        let takes = |scheme: TokenScheme| accepted.takes_token(scheme);
        let Inner { token_locations, bearer_prefixes, .. } = &*self.0;
        PresentedToken::find(request, token_locations, takes, bearer_prefixes)
    }

    /// The caller behind what was [found](Self::credential) in this request. Whether the endpoint
    /// accepts their method, [`Accepted::admit`] says.
    ///
    /// Sets `nonce_is_old` if the client needs another nonce for its next DPoP proof, whatever comes of
    /// this one.
    pub(crate) fn authenticate_with<'a>(
        &'a self,
        credential: &'a Credential,
        request: &'a Parts,
        nonce_is_old: &'a mut bool,
    ) -> Step<'a, Identity> {
        match credential.found() {
            Found::Token { token, .. } => {
                let (raw, scheme) = (token.raw(), token.scheme());
                self.by_token(raw, scheme, Some(request), credential.tenant(), nonce_is_old)
            }
            Found::OfScheme { place, presented } => {
                Step::waits(self.by_scheme(*place, presented, credential.tenant()))
            }
            Found::Nothing => Step::Done(Err(NO_CREDENTIAL)),
            Found::Unusable(error) => {
                self.note_credential(*error);
                Step::Done(Err(not_found(*error)))
            }
            Found::CrossSite(reason) => {
                self.note_cross_site(*reason);
                Step::Done(Err(BadRequest::CrossSite.into()))
            }
        }
    }

    /// From a token to its caller.
    pub(super) fn by_token<'a>(
        &'a self,
        token: RawToken<'a>,
        scheme: TokenScheme,
        request: Option<&'a Parts>,
        tenant: &'a Tenant,
        nonce_is_old: &'a mut bool,
    ) -> Step<'a, Identity> {
        let now = self.now();
        let noted = move |error| self.note_refused(error, token);
        match self.known(token, now) {
            Some(known) => Step::Done(known)
                .and_then(move |it| self.sender(it, token, scheme, request, tenant, nonce_is_old))
                .map_err(noted),
            // One wait for all that is left, since each is on the heap.
            None => Step::waits(async move {
                let caller = async {
                    let named = self.verify(token, now).await?;
                    self.sender(named, token, scheme, request, tenant, nonce_is_old).await
                };
                caller.await.map_err(noted)
            }),
        }
    }

    /// From the caller that a token names to the sender of the request, with all that they hold.
    fn sender<'a>(
        &'a self,
        identity: Unproven<Identity>,
        token: RawToken<'a>,
        scheme: TokenScheme,
        request: Option<&'a Parts>,
        tenant: &'a Tenant,
        nonce_is_old: &'a mut bool,
    ) -> Step<'a, Identity> {
        let Inner { tenants, sender_constraint, grants, tables, .. } = &*self.0;
        // Before the proof, which can be given once: a request without its tenant uses none up.
        let tenant = match tenants.accept(tenant, || identity.claimed().now()) {
            Ok(tenant) => tenant,
            Err(error) => return Step::Done(Err(error)),
        };
        sender_constraint.verify(identity, scheme, token, request, nonce_is_old).and_then(
            move |it| {
                grants.complete(it, |_, tenant| Key::new(token.bytes(), tenant), tenant, tables)
            },
        )
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
        if method == Method::Pending {
            return Ok(self.half_finished(&identity, tenant));
        }
        let key =
            |caller: &Identity, tenant: Option<&str>| scheme_key(place, presented, caller, tenant);
        self.0.grants.complete(identity, key, tenant, &self.0.tables).await
    }

    /// A caller whose sign-in is half finished: they hold nothing, not even what is assigned to them.
    fn half_finished(&self, identity: &Identity, tenant: Option<Arc<str>>) -> Identity {
        identity.with(AuthoritySet::empty(&self.0.tables), tenant)
    }

    /// The same caller, who was authenticated in this request, in the tenant that it turned out to be
    /// about.
    pub(crate) async fn move_to_tenant(
        &self,
        known: &Identity,
        credential: &Credential,
    ) -> Result<Identity, AuthError> {
        let tenant = self.0.tenants.accept(credential.tenant(), || self.now())?;
        if known.method() == Method::Pending {
            return Ok(self.half_finished(known, tenant));
        }
        let identity = known.as_its_credential_says(&self.0.tables);
        let key = match credential.found() {
            Found::Token { token, .. } => Key::new(token.raw().bytes(), tenant.as_deref()),
            Found::OfScheme { place, presented } => {
                scheme_key(*place, presented, &identity, tenant.as_deref())
            }
            Found::Nothing | Found::Unusable(_) | Found::CrossSite(_) => return Err(NO_CREDENTIAL),
        };
        self.0.grants.complete(identity, |_, _| key, tenant, &self.0.tables).await
    }

    /// The caller that a known token names: it was read before it was accepted, byte by byte the same.
    /// Whether its sender may use it is not asked.
    fn known(
        &self,
        token: RawToken<'_>,
        now: u64,
    ) -> Option<Result<Unproven<Identity>, AuthError>> {
        let identity = self.0.known_tokens.get(token.bytes(), now, Copies::for_this_thread)?;
        if let Err(problem) = self.0.revocations.check(identity.authentication()) {
            if problem == VerifyError::Revoked {
                self.0.known_tokens.remove(token.bytes());
            }
            return Some(Err(problem.into()));
        }
        Some(Ok(Unproven::new(identity)))
    }

    /// The same for a token that is not known yet.
    async fn verify(&self, token: RawToken<'_>, now: u64) -> Result<Unproven<Identity>, AuthError> {
        let token = token.read().map_err(not_found)?;
        let Inner { tables, verifiers, known_tokens, revocations, .. } = &*self.0;
        let verified = verifiers.verify(token).await?.map(Authentication::from);
        revocations.check(verified.claimed())?;
        let identity = verified.map(|it| Identity::new(it, tables, verifiers.clock()));
        self.0.open_names.note(identity.claimed(), tables, now);
        known_tokens.put(token.as_bytes(), Copies::of(identity.claimed().clone()), now);
        Ok(identity)
    }
}

const NO_CREDENTIAL: AuthError = AuthError::Unauthenticated(Unauthenticated::NoCredential);

/// What tells the credential of a scheme in a tenant from every other: no token has such bytes.
fn scheme_key(
    place: usize,
    presented: &PresentedCredential,
    caller: &Identity,
    tenant: Option<&str>,
) -> Key {
    if let (Some(digest), None) = (caller.authentication().credential_digest(), tenant) {
        return Key::of_scheme(place, *digest);
    }
    let mut key = vec![0];
    key.extend((place as u64).to_be_bytes());
    key.extend(presented.digest());
    Key::new(&key, tenant)
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
pub(super) const fn not_found(error: CredentialError) -> AuthError {
    match error {
        CredentialError::Malformed | CredentialError::Duplicate => {
            AuthError::BadRequest(BadRequest::MalformedCredential)
        }
        CredentialError::Several => AuthError::BadRequest(BadRequest::SeveralCredentials),
        CredentialError::InAddress => AuthError::BadRequest(BadRequest::CredentialInAddress),
        // Another scheme is no credential (RFC 6750 §3.1).
        CredentialError::UnsupportedScheme | CredentialError::UnsupportedToken => NO_CREDENTIAL,
    }
}

/// The target as the client sent it: routers that nest others take parts of its path away.
pub(super) fn original_uri(request: &Parts) -> &Uri {
    match request.extensions.get() {
        Some(OriginalUri(uri)) => uri,
        None => &request.uri,
    }
}
