//! How an authenticator is configured.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::accepted::DpopTokens;
use super::accepted::{Accepted, Schemes, Tokens};
use super::grants::AssignmentSettings;
use super::known_tokens::CacheSize;
use super::open_names::OpenNames;
use super::refusals::RefusalLog;
use super::revocations::RevocationSources;
use super::tenant::Tenants;
use super::verifiers::VerifierSettings;
use super::{
    AssignmentCache, AssignmentSource, Authenticator, Inner, IssuerResolverSettings,
    SenderConstraint, Tenant, TokenVerifier, host,
};
use crate::address;
use crate::audit::{AuditLevel, AuditSink, Sinks};
use crate::binding::{ClientCertificates, ClientCertificatesError, Dpop};
use crate::policy::Method;
use crate::response::{ErrorDetail, RejectionBody, RejectionInfo, RejectionRenderer};
use crate::revocation::RevocationCheck;
use crate::scheme::{
    AuthenticationScheme, BearerPrefixes, ErasedScheme, InvalidOrigin, TokenLocation,
    TrustedOrigins, can_be_quoted, is_distinctive, overlap,
};
use crate::time::Clock;
use crate::token::KnownTokens;
use crate::vocabulary::{Vocabulary, VocabularyError, VocabularySet};
use crate::wording::Problems;

/// Configures an [`Authenticator`].
#[derive(Debug, Default)]
#[must_use]
pub struct AuthenticatorBuilder {
    tables: Option<VocabularySet>,
    verifiers: VerifierSettings,
    token_cache: CacheSize,
    revocations: RevocationSources,
    sender_constraint: SenderConstraint,
    grants: AssignmentSettings,
    tenants: Tenants,
    renderer: RejectionRenderer,
    audit: Sinks,
    schemes: Vec<ErasedScheme>,
    methods: Option<Vec<Method>>,
    token_locations: Option<Vec<TokenLocation>>,
    origins: TrustedOrigins,
    problems: Problems<AuthenticatorError>,
}

/// Why an authenticator cannot be built.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthenticatorError {
    /// There is no vocabulary.
    #[error(
        "the authenticator has no vocabulary\nhelp: add `.vocabulary::<(Role, Scope)>()` with the enums that your handlers name"
    )]
    MissingVocabulary,
    /// The enums of the vocabulary do not go together.
    #[error("{0}")]
    Vocabulary(VocabularyError),
    /// There is neither a verifier nor another scheme.
    #[error(
        "the authenticator has no verifier\nhelp: add `.verifier(..)` with a `JwtVerifier`, or a `.scheme(..)`"
    )]
    MissingVerifier,
    /// A scheme of half-finished sign-ins was given to `.scheme(..)`, or is to be accepted by
    /// endpoints that name no method.
    #[error(
        "`Method::Pending` is accepted by handlers under `#[pending]` alone\nhelp: give its scheme to `.pending(..)`, and leave it out of `.methods([..])`"
    )]
    ReservedMethod,
    /// A scheme of another method was given to `.pending(..)`.
    #[error(
        "`.pending(..)` was given a scheme of the method `{0}`\nhelp: the scheme of half-finished sign-ins has `Method::Pending`; others go to `.scheme(..)`"
    )]
    NotPending(Method),
    /// A scheme says that its credential is where none can be.
    #[error(
        "the scheme of the method `{0}` has its credential where none can be\nhelp: name a scheme of `Authorization`, another header, or a cookie"
    )]
    InvalidSchemeLocation(Method),
    /// The challenge of a scheme cannot be sent.
    #[error(
        "the challenge of the method `{0}` cannot be sent\nhelp: its name and the names of its parameters are tokens, the values printable ASCII without `\"` and `\\`"
    )]
    InvalidChallenge(Method),
    /// Two schemes have one credential.
    #[error(
        "the schemes of the methods `{0}` and `{1}` have their credential at the same place\nhelp: a request could not say which of them it means"
    )]
    SchemesCollide(Method, Method),
    /// A prefix does not distinguish tokens.
    #[error(
        "bearer tokens of the method `{0}` cannot be told from others by the prefix `{1}`\nhelp: take one that no JWT begins with (`eyJ`), in letters, digits and `-._~+/`: `acme_live_`"
    )]
    InvalidBearerPrefix(Method, String),
    /// A bearer token could begin with two prefixes.
    #[error(
        "a bearer token could begin with both prefixes, `{0}` and `{1}`\nhelp: it could not say which of them it means; take prefixes of which none begins with another"
    )]
    BearerPrefixesOverlap(String, String),
    /// The default list of methods is empty.
    #[error(
        "`.methods([..])` is empty: endpoints that name no method would accept no credential\nhelp: leave it out for `bearer`, `dpop` and `mtls`"
    )]
    NoMethods,
    /// The default list has a method that no scheme has.
    #[error(
        "`.methods([..])` has `{0}`, which no scheme of the authenticator has\nhelp: add the scheme, or leave the method out"
    )]
    MethodWithoutScheme(Method),
    /// The path of the sign-in is not a path of this service.
    #[error(
        "`{0}` is no path of this service\nhelp: it begins with one `/`, and has no host and no space: `/account/sign-in`"
    )]
    InvalidSignInPath(String),
    /// A token cannot be at a location.
    #[error("a token cannot be at a location of `.token_locations([..])`\nhelp: {0}")]
    InvalidTokenLocation(&'static str),
    /// A trusted origin is not a valid origin.
    #[error(
        "`{0}` is not an origin\nhelp: a scheme, a host and a port that is not the default: `https://app.example.com`"
    )]
    InvalidOrigin(String),
    /// A development scheme in a release build.
    #[error(
        "the scheme `testing::as_user(..)` is for development and refuses to be part of a release build\nhelp: add it under `#[cfg(debug_assertions)]` only"
    )]
    DevelopmentScheme,
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
    /// A claim map renames something to a name that the vocabulary does not have.
    #[error("{0}")]
    RenameToUnknown(String),
    /// Two verifiers are for the same tokens of one issuer.
    #[error(
        "there are two verifiers for the tokens of `{0}`, and neither `alg` nor `aud` tells which of them a token is for\nhelp: give one verifier all keys and audiences of the issuer, or each of them its own `.algorithms([..])` or `.audience(..)`"
    )]
    SeveralVerifiersOfIssuer(String),
    /// Two verifiers ask an endpoint about opaque tokens.
    #[error(
        "there are two introspection verifiers\nhelp: an opaque token does not say whose it is, so only one endpoint can be asked about it"
    )]
    SeveralIntrospectionVerifiers,
    /// The clocks of the authenticator and its verifiers show different times.
    #[error(
        "the clocks of the verifiers differ: one shows {first}, another {other}\nhelp: give all of them, and `.clock(..)`, clones of one clock"
    )]
    ClocksDiffer {
        /// What the clock of the authenticator shows, in seconds since 1970.
        first: u64,
        /// What the other clock shows, in seconds since 1970.
        other: u64,
    },
    /// The settings for issuers that come and go are out of their bounds.
    #[error("the settings of `.issuers(..)` are out of their bounds\nhelp: {0}")]
    InvalidIssuers(&'static str),
    /// The realm cannot be in a challenge.
    #[error(
        "the realm `{0}` has characters that a challenge cannot contain\nhelp: use printable ASCII without `\"` and `\\`"
    )]
    InvalidRealm(String),
    /// The address of the resource metadata is not a valid URL.
    #[error(
        "the resource metadata `{0}` is not an absolute `https` URL\nhelp: for example `https://api.example.com/.well-known/oauth-protected-resource`; `http` is accepted for loopback hosts"
    )]
    InvalidResourceMetadata(String),
    /// The cache of verified tokens would be too large.
    #[error(
        "the token cache is to hold {0} tokens, expected at most 1048576\nhelp: 4096 is the default; one entry takes about 5 KB"
    )]
    TokenCacheTooLarge(usize),
    /// Client certificates cannot be taken from where they should be.
    #[error("{0}")]
    ClientCertificates(ClientCertificatesError),
    /// Answers of the assignment source would be kept for too long.
    #[error(
        "answers of the assignment source would be kept for {} seconds\nhelp: `.time_to_live(..)` of the `AssignmentCache` takes at most {} seconds: a changed role should not wait longer than that", .0.as_secs(), AssignmentCache::MAX_TIME_TO_LIVE.as_secs()
    )]
    GrantsKeptTooLong(Duration),
    /// No answers of the assignment source would be kept, or too many.
    #[error(
        "the grant cache would hold {0} answers, expected 1 to {max}\nhelp: to keep none, use `.time_to_live(Duration::ZERO)`", max = AssignmentCache::MAX_CAPACITY
    )]
    InvalidGrantCapacity(usize),
    /// Requests would not wait for the assignment source, or too long.
    #[error(
        "requests would wait {} ms for the assignment source\nhelp: `.assignment_timeout(..)` takes more than nothing and at most a minute", .0.as_millis()
    )]
    InvalidGrantTimeout(Duration),
    /// The assignment source would be asked nothing, or too much at once.
    #[error(
        "the assignment source would be asked {0} questions at once\nhelp: `.assignment_concurrency(..)` takes 1 to 65536; 64 is the default"
    )]
    InvalidGrantConcurrency(usize),
}

crate::wording::debug_in_words!(AuthenticatorError);
crate::wording::several_problems!(AuthenticatorError);

impl AuthenticatorBuilder {
    /// The enums that the application's handlers name, for example `(Role, Permission, Scope)`.
    /// Required. There may be several of a kind: see [`Vocabulary`].
    pub fn vocabulary<V: Vocabulary>(mut self) -> Self {
        self.tables = Some(V::TABLES);
        self
    }

    #[cfg(feature = "testing")]
    pub(crate) fn tables(mut self, tables: VocabularySet) -> Self {
        self.tables = Some(tables);
        self
    }

    /// What verifies access tokens, for example a [`JwtVerifier`](crate::JwtVerifier): the short form for the scheme
    /// that is built in. At least one is required, unless there are [`issuers`](Self::issuers) or another
    /// [`scheme`](Self::scheme).
    ///
    /// Several may be given. A signed JWT goes to the `JwtVerifier` of its `iss`, before any key is
    /// looked up, and no verifier ever sees the keys of another; a token of an issuer that none is
    /// for is rejected. A token that is no signed JWT goes to the introspection verifier, if there is
    /// one, and so does everything if it is the only one.
    ///
    /// Several may be for the tokens of one issuer, if any two of them have no algorithm or no
    /// audience in common: a shared secret beside a key set while an issuer moves, or one profile
    /// for each audience. The `alg` and the `aud` of a token choose one of them, and what that one
    /// rejects is rejected. Of a token for the audiences of two, the first that was given decides.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// # use auth_core::testing::TestIssuer;
    /// # use auth_core::{Authenticator, Scopes};
    /// # #[derive(Clone, Copy, Scopes)]
    /// # enum Scope { Read }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (employees, customers) = (
    /// #     TestIssuer::new("https://id.example.com", "orders-api")?,
    /// #     TestIssuer::new("https://login.shop.example", "orders-api")?,
    /// # );
    /// let authenticator = Authenticator::builder()
    ///     .vocabulary::<(Scope,)>()
    ///     .verifier(employees.verifier().build()?)
    ///     .verifier(customers.verifier().build()?)
    ///     .build()?;
    /// # Ok(()) } main().unwrap() }
    /// ```
    pub fn verifier(mut self, verifier: impl Into<TokenVerifier>) -> Self {
        self.verifiers.add(verifier.into());
        self
    }

    /// The issuers of tenants that come and go at run time: an
    /// [`IssuerResolver`](super::IssuerResolver), or [`IssuerResolverSettings`] where its answers are to be kept
    /// for another time than by default. It is asked only for issuers that no
    /// [`verifier`](Self::verifier) is for.
    pub fn issuers(mut self, issuers: impl Into<IssuerResolverSettings>) -> Self {
        self.verifiers.issuers = Some(issuers.into());
        self
    }

    /// The clock of the authenticator. By default that of the first verifier, or the system's if
    /// there are only [`issuers`](Self::issuers).
    ///
    /// It has to show the time that the clocks of the verifiers show, which is checked once, here
    /// and when a verifier is resolved: a token that is fresh by one clock and expired by another
    /// would be both.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.verifiers.clock = Some(Arc::new(clock));
        self
    }

    /// Adds an [authentication scheme](crate::scheme): another way than access tokens in which a
    /// request says who sends it.
    ///
    /// That opens nothing. An endpoint accepts the scheme if its requirement names the scheme's
    /// method, as in `#[requires(method = Session | ApiKey)]`, or if [`methods`](Self::methods) does
    /// for those that name none.
    pub fn scheme(mut self, scheme: impl AuthenticationScheme) -> Self {
        let scheme = ErasedScheme::new(scheme);
        self.problems
            .unless(scheme.method != Method::Pending, || AuthenticatorError::ReservedMethod);
        self.schemes.push(scheme);
        self
    }

    /// Adds the scheme of half-finished sign-ins: of those whose password was right, and whose second
    /// factor is still to come. Its method is [`Method::Pending`], and its credential is accepted by
    /// handlers under [`#[pending]`](macro@crate::pending) alone, also if an endpoint names other methods.
    ///
    /// What it says of the caller's authorities counts nowhere, and the assignment source is not
    /// asked. Everything else is done for it as for every [`scheme`](Self::scheme).
    pub fn pending(mut self, scheme: impl AuthenticationScheme) -> Self {
        let scheme = ErasedScheme::new(scheme);
        let method = scheme.method;
        self.problems.unless(method == Method::Pending, || AuthenticatorError::NotPending(method));
        self.schemes.push(scheme);
        self
    }

    /// The methods that an endpoint accepts that names none. By default [`Method::DEFAULT`]: access
    /// tokens, be they bound to their sender or not. This replaces the list.
    ///
    /// ```
    /// use auth_core::{Authenticator, Method};
    ///
    /// // Access tokens, as by default, and sessions.
    /// let methods = Method::DEFAULT.into_iter().chain([Method::Session]);
    /// let builder = Authenticator::builder().methods(methods);
    /// # drop(builder);
    /// ```
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        let mut list: Vec<Method> = Vec::new();
        for method in methods {
            if !list.contains(&method) {
                list.push(method);
            }
        }
        self.methods = Some(list);
        self
    }

    /// Where access tokens are. By default in [`Authorization`](TokenLocation::AUTHORIZATION) alone.
    /// This replaces the list.
    ///
    /// A request with tokens at two of these places is rejected with 400
    /// ([RFC 6750 §2](https://www.rfc-editor.org/rfc/rfc6750#section-2)). Each place but the default
    /// has a danger of its own: see [`TokenLocation`].
    pub fn token_locations(mut self, locations: impl IntoIterator<Item = TokenLocation>) -> Self {
        self.token_locations = Some(locations.into_iter().collect());
        self
    }

    /// The origins of the pages that may send requests with credentials that browsers send on their
    /// own: cookies and `Basic`. For pages on another host or port than the API. May be called
    /// several times.
    ///
    /// A request that could change something (every method but `GET`, `HEAD` and `OPTIONS`, and the
    /// handshake of a WebSocket) is accepted with such a credential only if the browser says that it
    /// comes from a page of the API's own origin or from the user themselves (`Sec-Fetch-Site` is
    /// `same-origin` or `none`), or if its `Origin` is one of these. Where neither header speaks for
    /// it, it is rejected with 403 `cross_site_request`. Another host of the same site is not the own
    /// origin. [`TrustedOrigins`] has the same rules for endpoints that take no credential, such as
    /// a sign-in.
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// let builder = Authenticator::builder().trusted_origins(["https://app.example.com"]);
    /// # drop(builder);
    /// ```
    pub fn trusted_origins<O: AsRef<str>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        for origin in origins {
            if let Err(InvalidOrigin(origin)) = self.origins.add(origin.as_ref()) {
                self.problems.add(AuthenticatorError::InvalidOrigin(origin));
            }
        }
        self
    }

    /// Where a caller by [`Method::Session`] signs in again: a path of this service, such as
    /// `/account/sign-in`. It is the member `start` of the problem of a 401
    /// `insufficient_user_authentication`, for a page that lacks a factor or whose sign-in is too old. A client
    /// with a token does not get it: it goes to its issuer.
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// let builder = Authenticator::builder().sign_in_path("/account/sign-in");
    /// # drop(builder);
    /// ```
    pub fn sign_in_path(mut self, path: impl Into<String>) -> Self {
        let path = path.into();
        if is_path(&path) {
            self.renderer.sign_in_path = Some(path);
        } else {
            self.problems.add(AuthenticatorError::InvalidSignInPath(path));
        }
        self
    }

    /// Accepts tokens that are bound to a key of their sender, with a proof of it in each request:
    /// DPoP ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
    ///
    /// A request then carries `Authorization: DPoP <token>` and a header `DPoP` with a proof that was
    /// made for this request. Challenges name the scheme beside `Bearer`. A bound token under
    /// `Bearer` is rejected, with and without this setting; a token that is not bound is still
    /// accepted there, unless [`DpopBuilder::required`](crate::binding::DpopBuilder::required) says
    /// otherwise.
    ///
    /// Clients in browsers have to see two headers of the answers: let the CORS layer of the
    /// application expose `WWW-Authenticate` and `DPoP-Nonce`, and allow the request header `DPoP`.
    ///
    /// ```
    /// use auth_core::Authenticator;
    /// use auth_core::binding::Dpop;
    ///
    /// let dpop = Dpop::builder("https://api.example.com").build()?;
    /// let builder = Authenticator::builder().dpop(dpop);
    /// # drop(builder);
    /// # Ok::<(), auth_core::binding::DpopError>(())
    /// ```
    pub fn dpop(mut self, dpop: Dpop) -> Self {
        self.sender_constraint.dpop = Some(dpop);
        self
    }

    /// Accepts tokens that are bound to a client certificate, from clients that show it
    /// ([RFC 8705 §3](https://www.rfc-editor.org/rfc/rfc8705#section-3)).
    ///
    /// ```
    /// use auth_core::Authenticator;
    /// use auth_core::binding::ClientCertificates;
    ///
    /// let proxy = ClientCertificates::from_header("client-cert").trusted_peers(["10.0.0.0/8"]);
    /// let builder = Authenticator::builder().client_certificates(proxy);
    /// # drop(builder);
    /// ```
    pub fn client_certificates(mut self, certificates: ClientCertificates) -> Self {
        let source = certificates.build();
        let source = self.problems.right_of(source, AuthenticatorError::ClientCertificates);
        self.sender_constraint.certificates = source;
        self
    }

    /// How many verified tokens are remembered, so that one that is seen again costs a look-up
    /// and no signature: by default 4,096, at most 1,048,576; 0 turns it off.
    ///
    /// The number is rounded up to a multiple of eight. The empty table takes 16 bytes for each; a
    /// token in it takes its own length and that of its claims in memory: about 5 KB for one of
    /// 1.2 KB, so that 4,096 of them take some 20 MB. The longest that the verifier accepts
    /// ([`max_token_bytes`](crate::token::JwtVerifierBuilder::max_token_bytes)) bounds them all.
    ///
    /// A token is forgotten when it expires, when the keys or the configuration of its issuer
    /// change, and when it is found to be revoked. Only tokens that were accepted are remembered.
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// let small = Authenticator::builder().token_cache(256);
    /// let off = Authenticator::builder().token_cache(0);
    /// ```
    pub fn token_cache(mut self, entries: usize) -> Self {
        match CacheSize::of(entries) {
            Ok(size) => self.token_cache = size,
            Err(problem) => self.problems.add(problem),
        }
        self
    }

    /// Asks for every request whether its token was revoked, be the token known already or not.
    ///
    /// May be called several times: a token passes only if all of them say that it is valid. Keep
    /// a clone of the list, for the code that revokes.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use auth_core::testing::TestIssuer;
    /// use auth_core::revocation::RevocationList;
    /// use auth_core::{Authenticator, Scopes};
    ///
    /// #[derive(Clone, Copy, Scopes)]
    /// enum Scope {
    ///     Read,
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
    /// let revocations = RevocationList::default();
    /// let authenticator = Authenticator::builder()
    ///     .vocabulary::<(Scope,)>()
    ///     .verifier(issuer.verifier().build()?)
    ///     .revocations(revocations.clone())
    ///     .build()?;
    ///
    /// // Elsewhere, for example in the handler of `DELETE /session`:
    /// revocations.revoke_subject("https://issuer.test", "alice")?;
    /// # Ok(()) } main().unwrap() }
    /// ```
    pub fn revocations(mut self, revocations: impl RevocationCheck + 'static) -> Self {
        self.revocations.add(Box::new(revocations));
        self
    }

    /// How the tenant of a request is found. The
    /// [assignment source](Self::assignment_source) receives it, and handlers read it as
    /// [`Identity::tenant`](crate::Identity::tenant).
    ///
    /// Ready-made are [`tenant_in_path`](Self::tenant_in_path),
    /// [`tenant_in_host`](Self::tenant_in_host) and [`tenant_in_header`](Self::tenant_in_header). The
    /// last one that is given counts.
    ///
    /// A request for which this returns `None` or [`Tenant::Absent`] is answered with 400 as soon as
    /// someone asks who calls, as are an empty name and one longer than [`Tenant::MAX_BYTES`]; a
    /// `#[public]` handler that asks nothing is not concerned. Where there are endpoints outside of
    /// all tenants, call [`optional_tenant`](Self::optional_tenant).
    ///
    /// What it reads comes from the request, where a caller may write anything. A
    /// tenant counts for what the source says of this caller *in* it, and for nothing else: the
    /// roles, permissions and groups of a token count in no tenant, unless the source says
    /// [`keep_token_authorities`](crate::Assignments::keep_token_authorities). Without a source the token
    /// alone says what a caller holds, in every tenant.
    ///
    /// It is called for every look at the caller, so it should be quick. A request that was decided
    /// for one tenant is rejected with 500 if it is about another afterwards. The path in
    /// `parts.uri` lacks the prefix of a nested router: do not read a tenant from there.
    ///
    /// ```
    /// use auth_core::Authenticator;
    /// use auth_core::authenticator::Tenant;
    ///
    /// let builder = Authenticator::builder().tenant(|request| {
    ///     let mut values = request.headers.get_all("x-tenant").iter();
    ///     match (values.next().map(|value| value.to_str()), values.next()) {
    ///         (None, _) => Tenant::Absent,
    ///         (Some(Ok(name)), None) => Tenant::Named(name.into()),
    ///         _ => Tenant::Malformed,
    ///     }
    /// });
    /// # drop(builder);
    /// ```
    pub fn tenant<F, T>(mut self, find: F) -> Self
    where
        F: Fn(&Parts) -> T + Send + Sync + 'static,
        T: Into<Tenant>,
    {
        self.tenants.find_by(move |request| find(request).into());
        self
    }

    /// The tenant of a request is in a parameter of its route: `"tenant"` for
    /// `/t/{tenant}/projects`.
    ///
    /// It is the value that a handler reads with axum's `Path`, decoded in the same way. See
    /// [`tenant`](Self::tenant) for what a tenant means.
    ///
    /// A route that asks who calls needs the parameter: [`Router::protect`](crate::Router::protect)
    /// rejects one without it, unless the tenant is [optional](Self::optional_tenant), and a
    /// parameter that no route has. It also rejects an [`axum::Router`] as a service
    /// (`nest_service`, `route_service`, `fallback_service`) below a path without the parameter: its
    /// own parameters are not known yet where the requirement is decided. Use
    /// [`Router::nest`](crate::Router::nest) or [`Router::merge_axum`](crate::Router::merge_axum),
    /// where they are. What cannot be seen at the start is answered with 500.
    pub fn tenant_in_path(mut self, parameter: impl Into<Arc<str>>) -> Self {
        self.tenants.find_in_path(parameter.into());
        self
    }

    /// The tenant of a request is the first label of its host, below this domain: `north` for
    /// `https://north.example.com` with `tenant_in_host("example.com")`.
    ///
    /// The host is read from `:authority` (HTTP/2 and 3), an absolute request target or the `Host`
    /// header, in lower case, without its port. `X-Forwarded-Host` is not read. A host that is not
    /// below the domain names no tenant; two that differ, one that cannot be read and one with
    /// several labels before the domain are malformed (400).
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// let builder = Authenticator::builder().tenant_in_host("example.com");
    /// # drop(builder);
    /// ```
    pub fn tenant_in_host(self, domain: impl AsRef<str>) -> Self {
        let domain = host::normal(domain.as_ref().trim_start_matches('.'));
        self.tenant(move |request| host::tenant(request, &domain))
    }

    /// The tenant of a request is in this header. Several values, and one that is not text, are
    /// malformed (400).
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// use axum::http::HeaderName;
    ///
    /// let builder = Authenticator::builder().tenant_in_header(HeaderName::from_static("x-tenant"));
    /// # drop(builder);
    /// ```
    pub fn tenant_in_header(self, name: HeaderName) -> Self {
        self.tenant(move |request| {
            let mut values = request.headers.get_all(&name).iter();
            match (values.next().map(|value| value.to_str()), values.next()) {
                (None, _) => Tenant::Absent,
                (Some(Ok(name)), None) => Tenant::Named(name.into()),
                _ => Tenant::Malformed,
            }
        })
    }

    /// A request may be about no tenant, for endpoints outside of all: the
    /// [assignment source](Self::assignment_source) is asked without one, and
    /// [`Identity::tenant`](crate::Identity::tenant) is `None`.
    ///
    /// By default a request without a tenant is rejected where someone asks who calls: with 400
    /// where the client should have named one, and with 500 where its route lacks the parameter of
    /// [`tenant_in_path`](Self::tenant_in_path). With this, an endpoint that is about a tenant has
    /// to make sure itself that there is one. With `tenant_in_path` nothing is lost: a route has the
    /// parameter or not.
    pub const fn optional_tenant(mut self) -> Self {
        self.tenants.allow_none();
        self
    }

    /// Where else the roles, permissions and groups of a caller come from, for example the
    /// application's database. By default the token says all.
    pub fn assignment_source(mut self, source: impl AssignmentSource) -> Self {
        self.grants.set_source(source);
        self
    }

    /// How long the answers of the [assignment source](Self::assignment_source) are kept, and the handle to
    /// forget them. By default [`AssignmentCache::new`].
    pub fn assignment_cache(mut self, cache: AssignmentCache) -> Self {
        self.grants.cache = cache;
        self
    }

    /// How many questions the [assignment source](Self::assignment_source) is asked at once, 1 to 65,536. By
    /// default 64: not more than a pool of database connections can use. A request that gets no turn
    /// within [`assignment_timeout`](Self::assignment_timeout) is answered with 503.
    ///
    /// One caller (issuer and subject) has at most an eighth of the places at a time, however many
    /// tenants they ask for, and a quarter is left for callers whose kept answer has to be renewed:
    /// callers who were served before are still served while many others ask.
    pub const fn assignment_concurrency(mut self, questions: usize) -> Self {
        self.grants.at_once = Some(questions);
        self
    }

    /// How long a request waits for the [assignment source](Self::assignment_source) before it is answered
    /// with 503. By default two seconds, at most a minute.
    pub const fn assignment_timeout(mut self, timeout: Duration) -> Self {
        self.grants.timeout = Some(timeout);
        self
    }

    /// How much a rejection says. By default [`ErrorDetail::Minimal`].
    pub fn error_detail(mut self, error_detail: ErrorDetail) -> Self {
        self.renderer.error_detail = error_detail;
        self
    }

    /// The `realm` of the challenges ([RFC 9110 §11.5](https://www.rfc-editor.org/rfc/rfc9110#section-11.5)).
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        let realm = realm.into();
        if can_be_quoted(&realm) {
            self.renderer.realm = Some(realm);
        } else {
            self.problems.add(AuthenticatorError::InvalidRealm(realm));
        }
        self
    }

    /// Where the metadata of this resource is published: `resource_metadata` of every challenge
    /// ([RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728#section-5.1)). Always this address,
    /// never one made from the `Host` of a request.
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        if can_be_quoted(&url) && address::is_trustworthy(&url) {
            self.renderer.resource_metadata = Some(url);
        } else {
            self.problems.add(AuthenticatorError::InvalidResourceMetadata(url));
        }
        self
    }

    /// Called with every rejection; may give it another body.
    ///
    /// Status, challenge and caching headers stay as they are: the hook decides how a rejection
    /// reads, not whether it is one.
    ///
    /// ```
    /// # use auth_core::{Authenticator, response::RejectionBody};
    /// let builder = Authenticator::builder().on_rejection(|refusal, headers| {
    ///     let wants_html = headers.get("accept").is_some_and(|accept| accept == "text/html");
    ///     wants_html.then(|| RejectionBody::new("text/html", format!("<h1>{}</h1>", refusal.status())))
    /// });
    /// ```
    pub fn on_rejection(
        mut self,
        hook: impl Fn(&RejectionInfo<'_>, &HeaderMap) -> Option<RejectionBody> + Send + Sync + 'static,
    ) -> Self {
        self.renderer.set_hook(hook);
        self
    }

    /// Adds a sink for [audit events](crate::audit). They go to `tracing` in any case.
    pub fn audit(mut self, sink: impl AuditSink) -> Self {
        self.audit.add(sink);
        self
    }

    /// Which decisions are noted. By default every one.
    pub fn audit_level(mut self, level: AuditLevel) -> Self {
        self.audit.level = level;
        self
    }

    /// Builds the authenticator.
    ///
    /// # Errors
    /// If something required is missing, or a setting is invalid. All mistakes are reported at once.
    pub fn build(self) -> Result<Authenticator, AuthenticatorError> {
        let Self {
            tables,
            verifiers,
            token_cache,
            revocations,
            sender_constraint,
            grants,
            tenants,
            mut renderer,
            audit,
            schemes,
            methods,
            token_locations,
            origins,
            mut problems,
        } = self;
        let tables = problems.right(tables.ok_or(AuthenticatorError::MissingVocabulary));
        if let Some(tables) = &tables {
            problems.right(tables.check().map_err(AuthenticatorError::Vocabulary));
            verifiers.check_renames(tables, &mut problems);
        }
        let verifiers = verifiers.ready(&mut problems);
        let grants = grants.ready(&mut problems);
        let locations = token_locations.unwrap_or_else(|| vec![TokenLocation::AUTHORIZATION]);
        for location in &locations {
            if let Some(help) = location.mistake() {
                problems.add(AuthenticatorError::InvalidTokenLocation(help));
            }
        }
        let challenges = challenges(&schemes, renderer.realm.as_deref(), &mut problems);
        collisions(&schemes, &locations, &mut problems);
        let bearer_prefixes = bearer_prefixes(&schemes, &mut problems);
        if let Some(verifiers) = &verifiers {
            let tokens = Tokens::of(verifiers, &sender_constraint, &locations);
            if !tokens.are_verified && schemes.is_empty() {
                problems.add(AuthenticatorError::MissingVerifier);
            }
            check_methods(methods.as_deref(), tokens, &sender_constraint, &schemes, &mut problems);
        }
        let ((tables, verifiers), grants) = problems.finish(tables.zip(verifiers).zip(grants))?;
        renderer.dpop = sender_constraint.challenge(verifiers.clock());
        let methods = methods.unwrap_or_else(|| Method::DEFAULT.to_vec());
        let tokens = Tokens::of(&verifiers, &sender_constraint, &locations);
        let default = Accepted::new(&methods, tokens, &schemes, &challenges);
        let schemes = Schemes { all: schemes.into(), challenges: challenges.into(), default };
        Ok(Authenticator(
            Inner {
                tables,
                verifiers,
                known_tokens: KnownTokens::new(token_cache.entries()),
                open_names: OpenNames::default(),
                revocations,
                sender_constraint,
                grants,
                tenants,
                renderer,
                audit,
                refusal_log: RefusalLog::default(),
                schemes,
                token_locations: locations.into(),
                bearer_prefixes,
                origins,
            }
            .into(),
        ))
    }
}

/// The challenge of each scheme, in its place.
fn challenges(
    schemes: &[ErasedScheme],
    realm: Option<&str>,
    problems: &mut Problems<AuthenticatorError>,
) -> Vec<HeaderValue> {
    let challenge = |scheme: &ErasedScheme| {
        if scheme.locations.impossible().is_some() {
            problems.add(AuthenticatorError::InvalidSchemeLocation(scheme.method));
        }
        if scheme.is_refused_in_release && !cfg!(debug_assertions) {
            problems.add(AuthenticatorError::DevelopmentScheme);
        }
        let value = scheme.challenge.clone().in_realm(realm).header_value();
        value.unwrap_or_else(|| {
            problems.add(AuthenticatorError::InvalidChallenge(scheme.method));
            HeaderValue::from_static("")
        })
    };
    schemes.iter().map(challenge).collect()
}

/// No two schemes have their credential at one place.
fn collisions(
    schemes: &[ErasedScheme],
    tokens: &[TokenLocation],
    problems: &mut Problems<AuthenticatorError>,
) {
    for (place, scheme) in schemes.iter().enumerate() {
        if tokens.iter().any(|it| scheme.locations.collide_with(it)) {
            problems.add(AuthenticatorError::SchemesCollide(Method::Bearer, scheme.method));
        }
        for other in schemes.iter().skip(place + 1) {
            if scheme.locations.collide(&other.locations) {
                problems.add(AuthenticatorError::SchemesCollide(scheme.method, other.method));
            }
        }
    }
}

/// The prefixes of the bearer tokens that belong to schemes: each tells its tokens from all others.
fn bearer_prefixes(
    schemes: &[ErasedScheme],
    problems: &mut Problems<AuthenticatorError>,
) -> BearerPrefixes {
    let mut prefixes: Vec<Cow<'static, str>> = Vec::new();
    for scheme in schemes {
        for prefix in scheme.locations.bearer_prefixes() {
            if !is_distinctive(prefix) {
                let prefix = prefix.clone().into_owned();
                problems.add(AuthenticatorError::InvalidBearerPrefix(scheme.method, prefix));
                continue;
            }
            for other in prefixes.iter().filter(|other| overlap(other, prefix)) {
                let (one, other) = (other.clone().into_owned(), prefix.clone().into_owned());
                problems.add(AuthenticatorError::BearerPrefixesOverlap(one, other));
            }
            prefixes.push(prefix.clone());
        }
    }
    BearerPrefixes::new(prefixes)
}

/// A list of methods that was given names only what there is.
fn check_methods(
    methods: Option<&[Method]>,
    tokens: Tokens,
    sender_constraint: &SenderConstraint,
    schemes: &[ErasedScheme],
    problems: &mut Problems<AuthenticatorError>,
) {
    let Some(methods) = methods else { return };
    if methods.is_empty() {
        problems.add(AuthenticatorError::NoMethods);
    }
    problems.unless(!methods.contains(&Method::Pending), || AuthenticatorError::ReservedMethod);
    for method in methods {
        let is_there = match method {
            Method::Bearer => tokens.are_verified,
            // The default list has both, whether they are set up or not.
            Method::Dpop | Method::Mtls
                if Method::DEFAULT.iter().all(|it| methods.contains(it)) =>
            {
                true
            }
            Method::Dpop => tokens.are_verified && tokens.dpop != DpopTokens::None,
            Method::Mtls => tokens.are_verified && sender_constraint.accepts_certificates(),
            _ => false,
        };
        if !is_there && !schemes.iter().any(|it| it.method == *method) {
            problems.add(AuthenticatorError::MethodWithoutScheme(*method));
        }
    }
}

/// Whether a browser that goes there stays at this service. To browsers `\` is a `/`, and `//host` another host.
fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}
