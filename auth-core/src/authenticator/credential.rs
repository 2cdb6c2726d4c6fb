//! All that an authenticator reads of a request: found once, before any I/O.

use std::sync::Arc;

use axum::extract::OriginalUri;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, Uri};

use super::{Accepted, Authenticator, ProofInput, Tenant};
use crate::scheme::{
    CredentialError, ErasedScheme, PresentedCredential, PresentedToken, TokenScheme,
};

/// What decided over the outcome of an authentication: as long as it is the same, the outcome is.
///
/// Whatever step of [`Authenticator::authenticate`] reads more of a request adds it here. Otherwise
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
        proof: Option<Box<ProofInput>>,
    },
    /// The credential of a scheme of the application.
    OfScheme {
        place: usize,
        presented: Arc<PresentedCredential>,
    },
    /// None that could be used, or more than one.
    Unusable(CredentialError),
    /// One that a browser may have sent because the page of a stranger wanted it to.
    CrossSite,
}

impl Credential {
    pub(crate) const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    pub(super) const fn found(&self) -> &Found {
        &self.found
    }

    /// Whether both present and prove the same, in whatever tenant.
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

    /// Whether the request has no credential that is accepted, as far as its headers tell: said only
    /// where they tell all.
    pub(crate) fn has_no_credential(&self, headers: &HeaderMap, accepted: &Accepted) -> bool {
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
        !has_token && !self.accepted_schemes(accepted).any(|(_, it)| it.count(headers) > 0)
    }

    fn accepted_schemes<'a>(
        &'a self,
        accepted: &'a Accepted,
    ) -> impl Iterator<Item = (usize, &'a ErasedScheme)> {
        let schemes = &self.0.schemes.all;
        accepted.schemes().iter().filter_map(|place| Some((*place, schemes.get(*place)?)))
    }

    pub(super) fn find(&self, request: &Parts, accepted: &Accepted) -> Found {
        let mut foreign = None;
        let token = match self.find_token(request, accepted) {
            Ok(token) => token,
            Err(error @ CredentialError::UnsupportedScheme) => {
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
            if token.is_cookie() && self.0.origins.is_cross_site(request) {
                return Found::CrossSite;
            }
            let proof = self.0.possession.input(request, token.scheme());
            return Found::Token { token, proof };
        }
        let ambient = || {
            let place = accepted.ambient()?;
            Some((place, self.0.schemes.all.get(place)?))
        };
        match (of_scheme.or_else(ambient), foreign) {
            (Some((_, scheme)), _)
                if scheme.is_sent_by_browser(&request.headers)
                    && self.0.origins.is_cross_site(request) =>
            {
                Found::CrossSite
            }
            (Some((place, scheme)), _) => {
                let original = original_uri(request);
                let presented = PresentedCredential::read(&scheme.locations, request, original);
                Found::OfScheme { place, presented: Arc::new(presented) }
            }
            (None, Some(error)) => Found::Unusable(error),
            (None, None) => Found::Nothing,
        }
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
        PresentedToken::find(request, &self.0.token_locations, takes)
    }
}

/// The target as the client sent it: routers that nest others take parts of its path away.
pub(super) fn original_uri(request: &Parts) -> &Uri {
    match request.extensions.get() {
        Some(OriginalUri(uri)) => uri,
        None => &request.uri,
    }
}
