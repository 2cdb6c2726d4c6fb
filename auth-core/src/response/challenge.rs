//! The `WWW-Authenticate` headers of a rejection, one for each scheme that is accepted.
//!
//! [RFC 6750 §3](https://www.rfc-editor.org/rfc/rfc6750#section-3),
//! [RFC 9449 §7.1](https://www.rfc-editor.org/rfc/rfc9449#section-7.1),
//! [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3) and
//! [RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728#section-5.1). Every value comes from the
//! program: nothing of the request or of the token is ever repeated to the client, but under
//! [`ErrorDetail::Full`](super::ErrorDetail::Full).

use std::borrow::Borrow;
use std::fmt::Write;
use std::sync::OnceLock;

use http::HeaderValue;

use super::RejectionRenderer;
use super::renderer::Problem;
use crate::error::{AuthError, BadRequest, Forbidden, Unauthenticated};
use crate::scheme::{TokenScheme, can_be_quoted};
use crate::token::Finding;

/// The challenges that a rejection can have: those of the schemes that an endpoint accepts.
///
/// Those that name nothing of the requirement are written once: by kind of rejection, and by the scheme
/// under which the client presented its token.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    bearer: bool,
    dpop: bool,
    /// Those of the application's own schemes, complete.
    others: Vec<HeaderValue>,
    written: [[OnceLock<Vec<HeaderValue>>; 3]; Problem::COUNT],
}

impl Challenges {
    pub(crate) fn new(bearer: bool, dpop: bool, others: Vec<HeaderValue>) -> Self {
        Self { bearer, dpop, others, ..Self::default() }
    }

    /// Hands the challenges of a rejection to `set`, in their order.
    pub(super) fn each(
        &self,
        error: &AuthError,
        finding: Option<&Finding>,
        renderer: &RejectionRenderer,
        used: Option<TokenScheme>,
        set: impl FnMut(HeaderValue),
    ) {
        if finding.is_some() {
            return self.challenges(error, finding, renderer, used).for_each(set);
        }
        let problem = Problem::of(error);
        let place = match used {
            None => 0,
            Some(TokenScheme::Bearer) => 1,
            Some(TokenScheme::Dpop) => 2,
        };
        let kept = self.written.get(problem as usize).and_then(|schemes| schemes.get(place));
        match kept.filter(|_| !problem.names_a_remedy()) {
            Some(kept) => {
                let write = || self.challenges(error, None, renderer, used).collect();
                kept.get_or_init(write).iter().cloned().for_each(set);
            }
            None => self.challenges(error, None, renderer, used).for_each(set),
        }
    }

    /// The challenges of a rejection. None where no credential would help: 500 and 503.
    ///
    /// The error is in the challenge of the scheme that the client used; where that cannot be
    /// determined (two `Authorization` headers), or is not one of ours, in every one.
    fn challenges(
        &self,
        error: &AuthError,
        finding: Option<&Finding>,
        renderer: &RejectionRenderer,
        used: Option<TokenScheme>,
    ) -> impl Iterator<Item = HeaderValue> {
        let is_helped = !is_no_matter_of_credentials(error);
        let tokens =
            [self.bearer.then_some(TokenScheme::Bearer), self.dpop.then_some(TokenScheme::Dpop)];
        let used = used.filter(|scheme| tokens.contains(&Some(*scheme)));
        // The client has to learn from it that another scheme is the right one (RFC 9449 §7.2).
        let concerns_all = Problem::of(error) == Problem::SenderConstrained;
        let of_tokens = tokens.into_iter().flatten().filter_map(move |scheme| {
            let is_told = concerns_all || used.is_none_or(|used| used == scheme);
            challenge(scheme, is_told.then_some(error), finding, renderer)
        });
        of_tokens.chain(self.others.iter().cloned()).filter(move |_| is_helped)
    }
}

/// Whether no credential would help.
const fn is_no_matter_of_credentials(error: &AuthError) -> bool {
    matches!(
        error,
        AuthError::BadRequest(BadRequest::CrossSite)
            | AuthError::Unavailable(_)
            | AuthError::Misconfigured(_)
    )
}

/// The challenge of one scheme, with the error if it belongs there.
fn challenge(
    scheme: TokenScheme,
    error: Option<&AuthError>,
    finding: Option<&Finding>,
    renderer: &RejectionRenderer,
) -> Option<HeaderValue> {
    let mut params = Params::default();
    params.add("realm", renderer.realm.as_deref());
    if let (TokenScheme::Dpop, Some(dpop)) = (scheme, &renderer.dpop) {
        params.add("algs", Some(dpop.settings.algs()));
    }
    if let Some(error) = error {
        tell(&mut params, error, finding.map(described).as_deref());
    }
    params.add("resource_metadata", renderer.resource_metadata.as_deref());
    params.finish(scheme)
}

/// What is wrong, and what would help.
///
/// One text for all reasons why a credential is invalid: which of them it was helps only who is
/// probing. Unless the service is under development and says it: `reason`.
fn tell(params: &mut Params, error: &AuthError, reason: Option<&str>) {
    let or = |text| reason.unwrap_or(text);
    match error {
        // No `error` where the client sent nothing to be wrong (RFC 6750 §3.1).
        // Nor do schemes of the application have words for it.
        AuthError::Unauthenticated(
            Unauthenticated::NoCredential | Unauthenticated::InvalidCredential { .. },
        )
        | AuthError::BadRequest(BadRequest::CrossSite)
        | AuthError::Unavailable(_)
        | AuthError::Misconfigured(_) => {}
        AuthError::BadRequest(BadRequest::MalformedCredential) => {
            params.error("invalid_request", or("the credential is malformed"));
        }
        AuthError::BadRequest(BadRequest::SeveralCredentials) => {
            params.error("invalid_request", "the request has more than one credential");
        }
        AuthError::BadRequest(BadRequest::CredentialInAddress) => {
            params.error("invalid_request", "a credential must not be in the address");
        }
        AuthError::BadRequest(BadRequest::InvalidTenant) => {
            params.error("invalid_request", "the tenant is missing or malformed");
        }
        AuthError::Unauthenticated(
            Unauthenticated::InvalidToken(_) | Unauthenticated::InvalidClientCertificate(_),
        ) => params.error("invalid_token", or("the access token is not valid")),
        AuthError::Unauthenticated(Unauthenticated::InvalidDpopProof(_)) => {
            params.error("invalid_dpop_proof", or("the DPoP proof is missing or not valid"));
        }
        AuthError::Unauthenticated(Unauthenticated::UseDpopNonce) => {
            params.error("use_dpop_nonce", "the DPoP proof needs the nonce in DPoP-Nonce");
        }
        AuthError::Unauthenticated(Unauthenticated::InsufficientUserAuthentication(step_up)) => {
            params.error(
                "insufficient_user_authentication",
                "a stronger or more recent login is required",
            );
            params.list("acr_values", &step_up.acr_values);
            params.add("max_age", step_up.max_age.map(|seconds| seconds.to_string()).as_deref());
        }
        AuthError::Forbidden(forbidden) => scopes(params, forbidden),
    }
}

/// A finding as an `error_description`: in the characters that RFC 6750 allows there, and no longer
/// than a header may be anywhere on the way.
fn described(finding: &Finding) -> String {
    const MAX: usize = 500;
    let fitting = |letter: char| match letter {
        '"' => '\'',
        '\\' => '/',
        ' '..='~' => letter,
        _ => '?',
    };
    finding.line().chars().map(fitting).take(MAX).collect()
}

/// `insufficient_scope` only if other scopes are enough: after this error a client asks for a new
/// token, which does not help if a role is missing.
fn scopes(params: &mut Params, forbidden: &Forbidden) {
    if let Some(scopes) = forbidden.scopes() {
        params.error("insufficient_scope", "the access token lacks a scope");
        params.list("scope", scopes);
    }
}

/// The parameters of a challenge, each at most once.
#[derive(Default)]
struct Params(String);

impl Params {
    fn error(&mut self, code: &str, description: &str) {
        self.add("error", Some(code));
        self.add("error_description", Some(description));
    }

    fn list<T: Borrow<str>>(&mut self, name: &str, values: &[T]) {
        if !values.is_empty() {
            self.add(name, Some(&values.join(" ")));
        }
    }

    /// Adds a parameter; leaves it out if its value cannot be between quotes.
    fn add(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| can_be_quoted(value)) {
            let comma = if self.0.is_empty() { "" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(self.0, "{comma} {name}=\"{value}\"");
        }
    }

    fn finish(self, scheme: TokenScheme) -> Option<HeaderValue> {
        // Always a header value: `can_be_quoted` lets nothing else in.
        HeaderValue::try_from(format!("{}{}", scheme.name(), self.0)).ok()
    }
}
