//! Configuring the verifier of opaque tokens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use zeroize::Zeroizing;

use super::answer::{AnswerRules, MAX_TIME_TO_LIVE};
use super::client_authentication::ClientAuthentication;
use super::endpoint::Endpoint;
use super::known_answers::KnownAnswers;
use super::location::Location;
use super::token_digest::TokenDigests;
use super::verifier::{Inner, IntrospectionVerifier};
use crate::keys::http_settings::HttpSettings;
use crate::keys::remote::{self, HttpClient, HttpError};
use crate::time::clock::{Clock, SystemClock};
use crate::time::epoch::Epoch;
use crate::time::log_throttle::LogThrottle;
use crate::time::single_flight::BoundedSingleFlight;
use crate::token::claim_map::{ClaimMap, ClaimPlace};
use crate::token::claims::{MAX_LIFETIME, Rules, is_lifetime};
use crate::token::subject::SubjectPlace;
use crate::wording::Problems;

/// How far the clocks of issuer and service may differ, in seconds: as for signed tokens.
const LEEWAY: u64 = 30;
const MAX_CAPACITY: usize = 1 << 20;
const MAX_AT_ONCE: usize = 1_024;
const MAX_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Configures an [`IntrospectionVerifier`]. An issuer, an endpoint, a client authentication and an
/// audience are required.
#[must_use]
pub struct IntrospectionVerifierBuilder {
    issuer: Option<String>,
    endpoint: Option<Where>,
    http: HttpSettings,
    authentication: Option<ClientAuthentication>,
    audiences: Vec<Box<str>>,
    allow_missing_audience: bool,
    subject_in: Option<SubjectPlace>,
    token_types: Vec<Box<str>>,
    dates_as_text: bool,
    claims: ClaimMap,
    time_to_live: Duration,
    max_lifetime: Duration,
    capacity: usize,
    at_once: usize,
    max_token_bytes: usize,
    clock: Arc<dyn Clock>,
}

/// Where the endpoint is to be found.
#[derive(Debug)]
enum Where {
    At(String),
    InMetadata,
    InMetadataAt(String),
}

/// Why a verifier of opaque tokens cannot be built. Contains nothing of a secret.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IntrospectionVerifierError {
    /// No issuer, or an empty one.
    #[error("no issuer, expected `.issuer(..)` with the `iss` that its tokens have")]
    NoIssuer,
    /// No endpoint.
    #[error(
        "no endpoint, expected `.endpoint(..)` with the address of the introspection endpoint, or `.discover()`"
    )]
    NoEndpoint,
    /// The endpoint is not an address that can be trusted.
    #[error(
        "the endpoint `{0}` is not an absolute `https` URL\nhelp: for example `https://id.example.com/oauth2/introspect`; `http` is accepted for loopback hosts"
    )]
    InvalidEndpoint(String),
    /// The issuer is no address, so that its metadata cannot be looked up.
    #[error(
        "the issuer `{0}` (or the address of its metadata) is not an absolute `https` URL, so that its metadata cannot be discovered\nhelp: add `.endpoint(..)` with the address of the introspection endpoint; `http` is accepted for loopback hosts"
    )]
    NotDiscoverable(String),
    /// The endpoint would not know who asks.
    #[error(
        "no client authentication, or an empty one\nhelp: add `.client_secret_basic(..)`, `.client_secret_post(..)` or `.bearer_token(..)`: an endpoint that answers every client lets every client try tokens (RFC 7662 §2.1)"
    )]
    NoClientAuthentication,
    /// No audience, or an empty one.
    #[error(
        "no audience, expected `.audience(..)` with the name of this service in `aud`\nhelp: for an endpoint that says nothing of audiences, add `.allow_missing_audience()`"
    )]
    NoAudience,
    /// Not a JSON pointer to a claim, or one that could never find anything.
    #[error("{}", ClaimPlace::why_refused(.0))]
    ClaimPointer(String),
    /// A `token_type` that says that the token is no access token.
    #[error(
        "the token type `{0}` is not one of an access token\nhelp: what a client sends to an API is an access token; `Bearer` and `DPoP` need no setting"
    )]
    TokenType(String),
    /// A rename of the claim map that cannot be.
    #[error("{0}")]
    ClaimRename(String),
    /// No time to wait for an answer, or too much.
    #[error("the timeout is `{0:?}`, expected more than nothing and at most 60s")]
    Timeout(Duration),
    /// Answers would be known for too long.
    #[error(
        "answers are to be known for `{0:?}`, expected at most 60s\nhelp: for that long a token is still accepted after it was revoked"
    )]
    TimeToLive(Duration),
    /// No token would live for so short a time, or any for so long.
    #[error(
        "the longest lifetime of a token is `{0:?}`, expected between one second and 100 years"
    )]
    MaxLifetime(Duration),
    /// No place for answers, or too much.
    #[error(
        "{0} answers are to be known, expected 1 to 1048576\nhelp: to keep none, use `.time_to_live(Duration::ZERO)`"
    )]
    Capacity(usize),
    /// No question could be asked, or too many at once.
    #[error("{0} questions are to be asked at once, expected 1 to 1024")]
    AtOnce(usize),
    /// A limit of zero or more than 64 KiB.
    #[error("the token limit is `{0}` bytes, expected between 1 and 65536")]
    TokenLimit(usize),
    /// There is no client for `https`.
    #[error("the client for HTTP could not be made: {0}")]
    HttpClient(String),
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(IntrospectionVerifierError);
crate::wording::several_problems!(IntrospectionVerifierError);

impl IntrospectionVerifierBuilder {
    pub(super) fn new() -> Self {
        Self {
            issuer: None,
            endpoint: None,
            http: HttpSettings::default(),
            authentication: None,
            audiences: Vec::new(),
            allow_missing_audience: false,
            subject_in: None,
            token_types: Vec::new(),
            dates_as_text: false,
            claims: ClaimMap::rfc9068(),
            time_to_live: Duration::from_secs(MAX_TIME_TO_LIVE),
            max_lifetime: MAX_LIFETIME,
            capacity: 10_000,
            at_once: 64,
            max_token_bytes: 4 * 1024,
            clock: Arc::new(SystemClock),
        }
    }

    /// The issuer: what [`Identity::issuer`](crate::Identity::issuer) says, and compared exactly
    /// with `iss` where the answer has one. Required.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// The address of the introspection endpoint: `https`, or `http` of a loopback host. This or
    /// [`discover`](Self::discover) is required.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(Where::At(url.into()));
        self
    }

    /// Looks the address up in the metadata of the issuer (`introspection_endpoint` of
    /// [RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2), or of OpenID Connect
    /// Discovery): when the first token comes, and then once an hour.
    pub fn discover(mut self) -> Self {
        self.endpoint = Some(Where::InMetadata);
        self
    }

    /// [`discover`](Self::discover), with the metadata at this address: for an issuer that does not
    /// serve it where its own address says. The document must still name the configured issuer.
    pub fn discover_at(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(Where::InMetadataAt(url.into()));
        self
    }

    remote::http_setters! {
        /// **An attacker on the network path to such a host can say that any token is active, and reads every
        /// token that is asked about, and the secret of this client.** Only for a network in which no other
        /// host can listen or answer. The log warns of each host at start.
    }

    /// Authenticates with a client id and its secret in the `Authorization` header
    /// (`client_secret_basic`,
    /// [RFC 6749 §2.3.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1)).
    pub fn client_secret_basic(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        let (id, secret) = (id.into(), Zeroizing::new(secret.into()));
        self.authentication = Some(ClientAuthentication::Basic { id, secret });
        self
    }

    /// Authenticates with a client id and its secret in the form (`client_secret_post`, the same
    /// section). Prefer [`client_secret_basic`](Self::client_secret_basic) where there is a choice.
    pub fn client_secret_post(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        let (id, secret) = (id.into(), Zeroizing::new(secret.into()));
        self.authentication = Some(ClientAuthentication::Post { id, secret });
        self
    }

    /// Authenticates with an access token of this service
    /// ([RFC 7662 §2.1](https://www.rfc-editor.org/rfc/rfc7662#section-2.1)). It is never renewed:
    /// for one that does not expire.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        self.authentication = Some(ClientAuthentication::Bearer { token });
        self
    }

    /// A name of this service, compared exactly with `aud`. At least one is required; with several,
    /// one of them is enough.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into().into_boxed_str());
        self
    }

    /// Accepts a token whose answer has no `aud`.
    ///
    /// Only for an issuer whose tokens are for this service alone: otherwise a token for another
    /// service opens this one too ([RFC 7662 §4](https://www.rfc-editor.org/rfc/rfc7662#section-4)).
    /// An `aud` that is there must still name an [`audience`](Self::audience) of this service.
    pub fn allow_missing_audience(mut self) -> Self {
        self.allow_missing_audience = true;
        self
    }

    /// Takes `client_id` as the subject of a token whose answer has no `sub`, as some endpoints
    /// answer for tokens of the client credentials grant.
    ///
    /// Machines and people never share a subject: that of the client `billing` is
    /// `urn:auth-core:client:billing` ([`client_subject`](crate::token::client_subject)), and a
    /// `sub` that begins with `urn:auth-core:` is rejected. The same as
    /// [`JwtVerifierBuilder::subject_in`](crate::token::JwtVerifierBuilder::subject_in).
    pub fn client_id_as_subject(self) -> Self {
        self.subject_in("/client_id")
    }

    /// Takes another member, a JSON pointer to it, as the subject of a token whose answer has no
    /// `sub`: `/username` where an endpoint names people by that
    /// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)). One place counts, the
    /// last that is said.
    ///
    /// Only where the member is never given to someone else. The user `alice` has the subject
    /// `urn:auth-core:claim:/username:alice`, so no one gets what belongs to a `sub` or a client of
    /// that name.
    pub fn subject_in(mut self, pointer: impl Into<String>) -> Self {
        self.subject_in = Some(SubjectPlace::new(pointer.into()));
        self
    }

    /// A `token_type` that the endpoint has for access tokens besides `Bearer` and `DPoP`, compared
    /// in any case: `access_token`, for example. May be called several times. Everything else is
    /// rejected as another kind of token.
    pub fn token_type(mut self, token_type: impl Into<String>) -> Self {
        self.token_types.push(token_type.into().into_boxed_str());
        self
    }

    /// Reads dates that are text: seconds since 1970 in digits, or ISO 8601 with its zone, such as
    /// `2027-01-15T08:00:00Z` or `2027-01-15T09:00:00+0100`. Anything else is rejected as before.
    pub fn dates_as_text(mut self) -> Self {
        self.dates_as_text = true;
        self
    }

    /// Where the names are in an answer. By default [`ClaimMap::rfc9068`].
    pub fn claims(mut self, claims: ClaimMap) -> Self {
        self.claims = claims;
        self
    }

    /// How long a request waits for an answer, from the question to its last byte: by default 5 s,
    /// at most 60 s. Then it is answered with 503.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.http.timeout = timeout;
        self
    }

    /// How long an answer is known, in whole seconds: by default and at most 60 s, never past
    /// `exp`, and 10 s at most that a token is *not* to be valid. So long a token is still
    /// accepted after it was revoked. Zero asks about every request.
    pub fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = time;
        self
    }

    /// How long a token may live, from `iat` to `exp`, or from now to `exp` where its answer has no
    /// `iat`: by default and at most 100 years, whole seconds. What lives longer is rejected
    /// ([`VerifyError::LifetimeTooLong`](crate::token::VerifyError)): as a rule, its `exp` is in
    /// milliseconds. A token without `exp` lives as long as its endpoint says that it is active.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// How many active tokens are known, and apart from them how many others: by default 10,000,
    /// at most 1,048,576. An active token takes about twice the size of its answer, the others 100
    /// bytes each.
    pub fn capacity(mut self, tokens: usize) -> Self {
        self.capacity = tokens;
        self
    }

    /// How many questions are asked at once: by default 64, at most 1,024. The others wait for
    /// their turn within the [`timeout`](Self::timeout), so that invented tokens cannot use up the
    /// connections of this service, or of the endpoint. A quarter of the places is for tokens that
    /// were accepted before, so that invented ones do not delay them; with one place, none is kept.
    pub fn max_concurrent_requests(mut self, questions: usize) -> Self {
        self.at_once = questions;
        self
    }

    /// The longest token that is asked about, in bytes: by default 4 KiB, at most 64 KiB.
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// The clock. By default [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the verifier. Asks no one yet.
    ///
    /// # Errors
    /// If something required is missing or a limit is out of its bounds. All mistakes are reported at
    /// once.
    pub fn build(self) -> Result<IntrospectionVerifier, IntrospectionVerifierError> {
        use IntrospectionVerifierError as Problem;

        let mut problems = Problems::default();
        self.check(&mut problems);
        let issuer = self.issuer.filter(|issuer| !issuer.is_empty()).map(Arc::<str>::from);
        let (timeout, hosts) = (self.http.timeout, &self.http.insecure_hosts);
        let is_accepted = |url: &str| remote::parse_or_named(url, hosts).is_some();
        let location = match (self.endpoint, &issuer) {
            (None, _) => Err(Problem::NoEndpoint),
            (Some(Where::At(url)), _) if is_accepted(&url) => Ok(Location::Fixed(url.into())),
            (Some(Where::At(url)), _) => Err(Problem::InvalidEndpoint(url)),
            (Some(Where::InMetadataAt(url)), _) if !is_accepted(&url) => {
                Err(Problem::NotDiscoverable(url))
            }
            // Where the metadata is and what is in it depends on the issuer.
            (Some(_), None) => Err(Problem::NoIssuer),
            (Some(Where::InMetadataAt(url)), Some(issuer)) => {
                Ok(Location::discovered(Arc::clone(issuer), Some(url.into()), timeout))
            }
            (Some(Where::InMetadata), Some(issuer)) if remote::is_discoverable(issuer, hosts) => {
                Ok(Location::discovered(Arc::clone(issuer), None, timeout))
            }
            (Some(Where::InMetadata), Some(issuer)) => {
                Err(Problem::NotDiscoverable(issuer.to_string()))
            }
        };
        let location = match location {
            // The check above reports it.
            Err(Problem::NoIssuer) => None,
            location => problems.right(location),
        };
        let authentication = self.authentication.filter(ClientAuthentication::is_complete);
        let authentication = problems.right(authentication.ok_or(Problem::NoClientAuthentication));
        let name = location.as_ref().map_or("", Location::name);
        let http = HttpClient::for_address(name, &self.http).map_err(|errors| {
            let problem = |error: HttpError| Problem::HttpClient(error.to_string());
            Problem::Several(errors.into_iter().map(problem).collect())
        });
        let http = problems.right(http);
        let built = issuer.zip(location).zip(authentication.zip(http));
        let ((issuer, location), (authentication, http)) = problems.finish(built)?;
        let time_to_live = self.time_to_live.as_secs();
        Ok(IntrospectionVerifier::new(Inner {
            digests: TokenDigests::new(location.name()),
            endpoint: Endpoint { location, authentication, http },
            rules: AnswerRules {
                rules: Rules {
                    issuer: Box::from(&*issuer),
                    audiences: self.audiences,
                    audience_in: Vec::new(),
                    requires_audience: !self.allow_missing_audience,
                    subject_in: self.subject_in,
                    leeway: LEEWAY,
                    max_lifetime: self.max_lifetime.as_secs(),
                },
                issuer,
                claims: Arc::new(self.claims),
                token_types: self.token_types,
                dates_as_text: self.dates_as_text,
                time_to_live,
            },
            max_token_bytes: self.max_token_bytes,
            known: KnownAnswers::new(self.capacity, time_to_live),
            questions: BoundedSingleFlight::with_reserve(self.at_once, self.at_once / 4, timeout),
            stamp: Epoch::default().stamp(),
            clock: self.clock,
            endpoint_failed: LogThrottle::default(),
        }))
    }

    fn check(&self, problems: &mut Problems<IntrospectionVerifierError>) {
        use IntrospectionVerifierError as Problem;

        let has_issuer = self.issuer.as_ref().is_some_and(|issuer| !issuer.is_empty());
        problems.unless(has_issuer, || Problem::NoIssuer);
        let named = !self.audiences.is_empty() || self.allow_missing_audience;
        let has_audience = named && self.audiences.iter().all(|name| !name.is_empty());
        problems.unless(has_audience, || Problem::NoAudience);
        if let Some(pointer) = self.claims.invalid_pointer() {
            problems.add(Problem::ClaimPointer(pointer.to_owned()));
        }
        if let Some(place) = self.subject_in.as_ref().map(SubjectPlace::pointer) {
            problems.unless(place.is_valid(), || Problem::ClaimPointer(place.as_str().to_owned()));
        }
        for kind in self.token_types.iter().filter(|kind| is_of_another_kind(kind)) {
            problems.add(Problem::TokenType(kind.to_string()));
        }
        if let Some(problem) = self.claims.rename_problem() {
            problems.add(Problem::ClaimRename(problem.to_owned()));
        }
        let timeout = self.http.timeout;
        problems.unless(!timeout.is_zero() && timeout <= MAX_TIMEOUT, || Problem::Timeout(timeout));
        problems.unless(self.time_to_live <= Duration::from_secs(MAX_TIME_TO_LIVE), || {
            Problem::TimeToLive(self.time_to_live)
        });
        problems.unless(is_lifetime(self.max_lifetime), || Problem::MaxLifetime(self.max_lifetime));
        problems.unless((1..=MAX_CAPACITY).contains(&self.capacity), || {
            Problem::Capacity(self.capacity)
        });
        problems
            .unless((1..=MAX_AT_ONCE).contains(&self.at_once), || Problem::AtOnce(self.at_once));
        problems.unless((1..=MAX_TOKEN_BYTES).contains(&self.max_token_bytes), || {
            Problem::TokenLimit(self.max_token_bytes)
        });
    }
}

/// Whether a `token_type` says that the token is not one for an API, or nothing
/// ([RFC 8693 §2.2.1](https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1), §3).
fn is_of_another_kind(kind: &str) -> bool {
    const PREFIX: &str = "urn:ietf:params:oauth:token-type:";
    let kind = kind.to_ascii_lowercase();
    let name = kind.strip_prefix(PREFIX).unwrap_or(&kind).replace('-', "_");
    matches!(&*name, "" | "n_a" | "refresh_token" | "refresh" | "id_token" | "id" | "dpop")
}

/// Shows no secret.
impl fmt::Debug for IntrospectionVerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionVerifierBuilder")
            .field("issuer", &self.issuer)
            .field("endpoint", &self.endpoint)
            .field("authentication", &self.authentication)
            .field("audiences", &self.audiences)
            .finish_non_exhaustive()
    }
}
