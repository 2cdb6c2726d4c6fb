//! What one endpoint accepts of what an authenticator has.

use std::fmt;
use std::sync::Arc;

use http::header::UPGRADE;
use http::request::Parts;

use super::verifiers::Verifiers;
use super::{Authenticator, SenderConstraint};
use crate::error::AuthError;
use crate::identity::Identity;
use crate::policy::{CrossSiteExemption, Method};
use crate::response::Challenges;
use crate::scheme::{ErasedScheme, SecurityScheme, TokenLocation, TokenScheme, Validity};
use crate::token::VerifyError;

/// The schemes of one authenticator that an endpoint accepts, found when its router is protected:
/// for a request nothing is left to be compared but numbers.
#[derive(Clone)]
pub(crate) struct Accepted(Arc<Inner>, Option<CrossSiteExemption>);

struct Inner {
    methods: Box<[Method]>,
    /// Whether plain bearer tokens are among them: what nearly every request asks for.
    admits_bearer: bool,
    tokens: AcceptedTokens,
    /// The schemes of the application, by their places.
    schemes: Box<[usize]>,
    /// The one that needs no credential.
    ambient: Option<usize>,
    /// Whether one of them reads `Authorization`.
    reads_authorization: bool,
    /// Whether a credential can be where a look at the headers does not find it.
    reads_more_than_headers: bool,
    challenges: Challenges,
}

/// Under which schemes tokens are looked at.
#[derive(Clone, Copy)]
struct AcceptedTokens {
    /// Plain ones, and those that are bound to a certificate.
    bearer: bool,
    dpop: bool,
}

/// The schemes of an authenticator and the methods that it accepts by default.
#[derive(Debug)]
pub(super) struct Schemes {
    pub(super) all: Box<[ErasedScheme]>,
    /// The challenge of each, ready to be sent.
    pub(super) challenges: Box<[http::HeaderValue]>,
    /// What endpoints accept that name no method.
    pub(super) default: Accepted,
}

/// Whether tokens can be bound to a key of their sender.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DpopTokens {
    None,
    Optional,
    Required,
}

/// What an authenticator has for tokens.
#[derive(Clone, Copy)]
pub(super) struct Tokens {
    pub(super) are_verified: bool,
    pub(super) dpop: DpopTokens,
    pub(super) may_be_in_query: bool,
}

impl Tokens {
    pub(super) fn of(
        verifiers: &Verifiers,
        sender_constraint: &SenderConstraint,
        locations: &[TokenLocation],
    ) -> Self {
        Self {
            are_verified: !verifiers.are_none(),
            dpop: match (sender_constraint.accepts_dpop(), sender_constraint.requires_dpop()) {
                (false, _) => DpopTokens::None,
                (true, false) => DpopTokens::Optional,
                (true, true) => DpopTokens::Required,
            },
            may_be_in_query: locations.iter().any(|it| it.route().is_some()),
        }
    }
}

impl Accepted {
    pub(super) fn new(
        methods: &[Method],
        tokens: Tokens,
        schemes: &[ErasedScheme],
        challenges: &[http::HeaderValue],
    ) -> Self {
        let takes = |method: &Method| methods.contains(method);
        let bearer = tokens.are_verified && [Method::Bearer, Method::Mtls].iter().any(takes);
        let dpop = tokens.are_verified && tokens.dpop != DpopTokens::None && takes(&Method::Dpop);
        let found = || schemes.iter().enumerate().filter(|(_, it)| takes(&it.method));
        let (ambient, others): (Vec<_>, Vec<_>) =
            found().partition(|(_, it)| it.locations.is_ambient());
        let offers_bearer = bearer && !(dpop && tokens.dpop == DpopTokens::Required);
        // `Bearer` is offered once, also if several methods take bearer tokens: that of access tokens says more.
        let mut is_bearer_offered = offers_bearer;
        let mut offered: Vec<http::HeaderValue> = Vec::new();
        for (place, scheme) in &others {
            let is_bearer = scheme.challenge.scheme().eq_ignore_ascii_case("bearer");
            if is_bearer && std::mem::replace(&mut is_bearer_offered, true) {
                continue;
            }
            if let Some(challenge) = challenges.get(*place)
                && !offered.contains(challenge)
            {
                offered.push(challenge.clone());
            }
        }
        if offered.is_empty() && !bearer && !dpop {
            offered.extend(ambient.first().and_then(|(place, _)| challenges.get(*place).cloned()));
        }
        let in_authorization =
            |(_, it): &(usize, &ErasedScheme)| it.locations.are_in_authorization();
        let inner = Inner {
            methods: methods.into(),
            admits_bearer: takes(&Method::Bearer),
            tokens: AcceptedTokens { bearer, dpop },
            ambient: ambient.first().map(|(place, _)| *place),
            reads_authorization: bearer || dpop || others.iter().any(in_authorization),
            reads_more_than_headers: bearer && tokens.may_be_in_query,
            schemes: others.iter().map(|(place, _)| *place).collect(),
            challenges: Challenges::new(offers_bearer, dpop, offered),
        };
        Self(Arc::new(inner), None)
    }

    /// The same at an endpoint that accepts cross-site requests.
    pub(crate) fn exempt(self, exemption: Option<CrossSiteExemption>) -> Self {
        Self(self.0, exemption)
    }

    /// Whether this request is accepted even if it is cross-site. The handshake of a WebSocket opens a
    /// connection that a page can read from, so it is exempt only where that is said.
    pub(super) fn accepts_cross_site(&self, request: &Parts) -> bool {
        // Over HTTP/2 it is an extended CONNECT (RFC 8441).
        let is_handshake =
            request.headers.contains_key(UPGRADE) || request.method == http::Method::CONNECT;
        self.1.is_some_and(|it| it.web_socket || !is_handshake)
    }

    /// The caller, if their method is accepted: a token says only once it is verified whether it is
    /// bound to its sender.
    pub(crate) fn admit(&self, caller: Identity) -> Result<Identity, AuthError> {
        let is_admitted = match caller.method() {
            Method::Bearer => self.0.admits_bearer,
            method => self.0.methods.contains(&method),
        };
        if is_admitted { Ok(caller) } else { Err(VerifyError::BindingMismatch.into()) }
    }

    /// Whether a token under this scheme is looked at.
    pub(super) fn takes_token(&self, scheme: TokenScheme) -> bool {
        match scheme {
            TokenScheme::Bearer => self.0.tokens.bearer,
            TokenScheme::Dpop => self.0.tokens.dpop,
        }
    }

    pub(super) fn takes_tokens(&self) -> bool {
        self.0.tokens.bearer || self.0.tokens.dpop
    }

    pub(super) fn schemes(&self) -> &[usize] {
        &self.0.schemes
    }

    pub(super) fn ambient(&self) -> Option<usize> {
        self.0.ambient
    }

    pub(super) fn reads_authorization(&self) -> bool {
        self.0.reads_authorization
    }

    pub(super) fn reads_more_than_headers(&self) -> bool {
        self.0.reads_more_than_headers
    }

    /// The challenges of what is accepted.
    pub(crate) fn challenges(&self) -> &Challenges {
        &self.0.challenges
    }
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Accepted").field(&self.0.methods).finish()
    }
}

impl super::Inner {
    /// How tokens of a method are described.
    fn token_scheme(&self, method: Method) -> SecurityScheme {
        match method {
            Method::Dpop => SecurityScheme::http("dpop").description(
                "An access token that is bound to a key of the client, with a proof in the header `DPoP` (RFC 9449).",
            ),
            Method::Mtls => SecurityScheme::mutual_tls().description(
                "An access token that is bound to the client's certificate (RFC 8705).",
            ),
            _ => {
                let first = self.token_locations.first();
                let scheme = match first.map(|it| (it.cookie_name(), it.header_name())) {
                    Some((Some(cookie), _)) => SecurityScheme::cookie(cookie),
                    Some((_, Some(header))) => SecurityScheme::header(header.as_str()),
                    _ => SecurityScheme::http("bearer"),
                };
                scheme.description("An access token (RFC 6750).")
            }
        }
    }
}

impl Authenticator {
    /// The addresses of the routes at which a token may be in the query.
    pub(crate) fn routes_with_query(&self) -> impl Iterator<Item = &str> {
        self.0.token_locations.iter().filter_map(TokenLocation::route)
    }

    /// What an endpoint accepts that names these methods; the default list if it names none.
    pub(crate) fn accepting(&self, methods: Option<&[Method]>) -> Accepted {
        match methods {
            None => self.default_accepted().clone(),
            Some(methods) => {
                let schemes = &self.0.schemes;
                Accepted::new(methods, self.0.tokens(), &schemes.all, &schemes.challenges)
            }
        }
    }

    /// What an endpoint accepts that names no method.
    pub(crate) fn default_accepted(&self) -> &Accepted {
        &self.0.schemes.default
    }

    /// The methods that an endpoint accepts that names none: [`Method::DEFAULT`], unless the
    /// [builder](super::AuthenticatorBuilder::methods) has others.
    #[must_use]
    pub fn default_methods(&self) -> &[Method] {
        &self.default_accepted().0.methods
    }

    /// How an OpenAPI document describes each method of this authenticator: for
    /// `components.securitySchemes`, under the method's name. A method has several descriptions, one
    /// after the other, if its credential can be presented in several ways, such as in a cookie or as
    /// a bearer token.
    #[must_use]
    pub fn security_schemes(&self) -> Vec<(Method, SecurityScheme)> {
        let mut described: Vec<(Method, SecurityScheme)> = Vec::new();
        for method in self.methods() {
            let schemes = self.0.schemes.all.iter().filter(|it| it.method == method);
            let own = schemes.flat_map(|it| it.security.iter().cloned());
            let own: Vec<_> = own.map(|scheme| (method, scheme)).collect();
            if own.is_empty() {
                described.push((method, self.0.token_scheme(method)));
            }
            for scheme in own {
                if !described.contains(&scheme) {
                    described.push(scheme);
                }
            }
        }
        described
    }

    /// How long the credentials of each scheme are valid, by method.
    pub(crate) fn validity(&self) -> Vec<(Method, Validity)> {
        self.0.schemes.all.iter().map(|it| (it.method, it.validity)).collect()
    }

    /// The origins whose pages may send requests with what browsers send on their own.
    #[must_use]
    pub fn trusted_origins(&self) -> Vec<String> {
        self.0.origins.iter().map(str::to_owned).collect()
    }

    /// The methods that some scheme of this authenticator has.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let tokens = self.0.tokens();
        let mut methods = Vec::new();
        if tokens.are_verified {
            methods.push(Method::Bearer);
            if tokens.dpop != DpopTokens::None {
                methods.push(Method::Dpop);
            }
            if self.0.sender_constraint.accepts_certificates() {
                methods.push(Method::Mtls);
            }
        }
        for scheme in &self.0.schemes.all {
            if !methods.contains(&scheme.method) {
                methods.push(scheme.method);
            }
        }
        methods
    }
}
