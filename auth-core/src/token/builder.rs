//! Configuring a verifier.

use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use super::claim_map::{ClaimMap, ClaimPlace};
use super::claims::{MAX_LIFETIME, Rules, is_lifetime};
use super::pointer::Pointer;
use super::profile::TokenProfile;
use super::subject::SubjectPlace;
use super::verifier::{Inner, JwtVerifier};
use crate::jose::IntoKeySet;
use crate::jose::algorithm::{Algorithm, AlgorithmSet};
use crate::jose::backend::CryptoBackend;
use crate::jose::key_set::KeySet;
use crate::jose::shared_secret::HmacSecret;
use crate::keys::configure::{KeySources, OpenedKeys};
use crate::keys::{IssuerKeys, KeySourceError};
use crate::time::clock::{Clock, SystemClock};
use crate::wording::Problems;

/// More would keep stolen and revoked tokens alive (OWASP ASVS 9.2.1).
const MAX_LEEWAY: Duration = Duration::from_secs(60);
const DEFAULT_LEEWAY: Duration = Duration::from_secs(30);
/// An HTTP server takes no larger header anyway.
const DEFAULT_TOKEN_BYTES: usize = 16 * 1024;
pub(crate) const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// Configures a [`JwtVerifier`]. An issuer, an audience and a key are required.
#[derive(Debug)]
#[must_use]
pub struct JwtVerifierBuilder {
    issuer: Option<String>,
    audiences: Vec<Box<str>>,
    keys: KeySet,
    /// Why keys that were given cannot be used.
    keys_error: Option<String>,
    backend: Option<CryptoBackend>,
    algorithms: Option<AlgorithmSet>,
    profile: TokenProfile,
    leeway: Duration,
    max_lifetime: Duration,
    max_token_bytes: usize,
    claims: ClaimMap,
    audience_in: Vec<Pointer>,
    subject_in: Option<SubjectPlace>,
    clock: Arc<dyn Clock>,
    pub(super) sources: KeySources,
}

/// Why a verifier cannot be built.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JwtVerifierError {
    /// No issuer, or an empty one.
    #[error("no issuer, expected `.issuer(..)` with the exact `iss` of its tokens")]
    NoIssuer,
    /// No audience, or an empty one.
    #[error("no audience, expected `.audience(..)` with the name of this service in `aud`")]
    NoAudience,
    /// Keys that were given are not keys to verify tokens with: why, in words.
    #[error("the keys cannot be used: {0}")]
    Keys(String),
    /// No key is there that can verify one of the allowed algorithms.
    #[error(
        "no usable key, expected `.discover()`, `.jwks_uri(..)`, `.keys(..)` or `.shared_secret(..)` with a key for an allowed algorithm"
    )]
    NoUsableKey,
    /// Where the keys come from is not configured right.
    #[error(transparent)]
    KeySource(#[from] KeySourceError),
    /// More keys share a `kid` than are tried for one token.
    #[error("more than 4 keys have the `kid` {kid:?}, expected another one for each key")]
    TooManyKeys {
        /// The `kid` that they share.
        kid: String,
    },
    /// `.algorithms(..)` with nothing in it.
    #[error("the list of allowed algorithms is empty, expected at least one or no list at all")]
    NoAlgorithm,
    /// A leeway of more than a minute.
    #[error("the leeway is `{0:?}`, expected at most 60s")]
    LeewayTooLong(Duration),
    /// No token would live for so short a time, or any for so long.
    #[error(
        "the longest lifetime of a token is `{0:?}`, expected between one second and 100 years"
    )]
    MaxLifetime(Duration),
    /// A limit of zero or more than 64 KiB.
    #[error("the token limit is `{0}` bytes, expected between 1 and 65536")]
    TokenLimit(usize),
    /// Not a JSON pointer to a claim, or one that could never find anything.
    #[error("{}", ClaimPlace::why_refused(.0))]
    ClaimPointer(String),
    /// A rename of the claim map that cannot be.
    #[error("{0}")]
    ClaimRename(String),
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(JwtVerifierError);
crate::wording::several_problems!(JwtVerifierError);

impl JwtVerifierBuilder {
    pub(crate) fn new() -> Self {
        Self {
            issuer: None,
            audiences: Vec::new(),
            keys: KeySet::default(),
            keys_error: None,
            backend: None,
            algorithms: None,
            profile: TokenProfile::default(),
            leeway: DEFAULT_LEEWAY,
            max_lifetime: MAX_LIFETIME,
            max_token_bytes: DEFAULT_TOKEN_BYTES,
            claims: ClaimMap::rfc9068(),
            audience_in: Vec::new(),
            subject_in: None,
            clock: Arc::new(SystemClock),
            sources: KeySources::default(),
        }
    }

    /// The issuer, compared exactly with `iss`
    /// ([RFC 8725 §3.8](https://www.rfc-editor.org/rfc/rfc8725#section-3.8)). Required.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// A name of this service, compared exactly with `aud`
    /// ([RFC 8725 §3.9](https://www.rfc-editor.org/rfc/rfc8725#section-3.9)). At least one is
    /// required; with several, one of them is enough.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audiences.push(audience.into().into_boxed_str());
        self
    }

    /// Accepts a token without `aud` that names one of the audiences in another claim, by its JSON
    /// pointer ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)): `/azp` for Clerk and for
    /// service accounts of Keycloak without an audience mapper. Called several times, the first of
    /// the claims that is there counts.
    ///
    /// Such a claim says who got the token, not for whom it is: a token that the same client got for
    /// another service opens this one too. Prefer an issuer that writes `aud`. An `aud` that is
    /// there must still name an [`audience`](Self::audience).
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use auth_core::testing::TestIssuer;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = TestIssuer::new("https://issuer.test", "https://shop.example")?;
    /// let verifier = issuer.verifier().audience_in("/azp").build()?;
    /// let token = issuer.token("alice").without("aud").claim("azp", "https://shop.example");
    /// assert!(verifier.verify(&token.sign()?).is_ok());
    /// # Ok(()) } main().unwrap() }
    /// ```
    pub fn audience_in(mut self, pointer: impl Into<String>) -> Self {
        self.audience_in.push(Pointer::parse(pointer.into()));
        self
    }

    /// Accepts a token without `aud` whose `client_id` is one of the audiences:
    /// [`audience_in("/client_id")`](Self::audience_in).
    ///
    /// For Amazon Cognito, whose access tokens have no `aud` unless resource binding is used.
    pub fn client_id_as_audience(self) -> Self {
        self.audience_in("/client_id")
    }

    /// Accepts a token without `sub` and takes its subject from another claim, by its JSON pointer:
    /// `/client_id` or `/azp` for machines, whose tokens have no `sub` at Duende and at Keycloak
    /// without the scope `basic`. Without it such a token is rejected.
    ///
    /// Machines and people never share a subject: that of the client `billing` is
    /// `urn:auth-core:client:billing` ([`client_subject`](super::client_subject)), and a `sub` that
    /// begins with `urn:auth-core:` is rejected, of every issuer. A `sub` that is there counts alone.
    ///
    /// At Keycloak without the scope `basic`, tokens of **people** have no `sub` either: all of them
    /// would be the client that they use. Give such clients the scope instead.
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use auth_core::testing::TestIssuer;
    /// use auth_core::token::client_subject;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
    /// let verifier = issuer.verifier().subject_in("/client_id").build()?;
    /// let token = issuer.token("").without("sub").claim("client_id", "billing").sign()?;
    /// assert_eq!(verifier.verify(&token)?.subject(), client_subject("billing"));
    /// # Ok(()) } main().unwrap() }
    /// ```
    pub fn subject_in(mut self, pointer: impl Into<String>) -> Self {
        self.subject_in = Some(SubjectPlace::new(pointer.into()));
        self
    }

    /// Adds keys: a [`Jwks`](crate::Jwks), or of `jsonwebtoken` a
    /// [`JwkSet`](jsonwebtoken::jwk::JwkSet) or a [`DecodingKey`](jsonwebtoken::DecodingKey).
    ///
    /// A `JwkSet` is read as strictly as a text is. A `DecodingKey` has no name and says no more of its
    /// algorithm than its family, so it verifies tokens of any `kid`; name the algorithm with
    /// [`algorithms`](Self::algorithms).
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    /// use auth_core::jose::Algorithm;
    /// use jsonwebtoken::DecodingKey;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = DecodingKey::from_ed_components("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")?;
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://id.example.com")
    ///     .audience("orders-api")
    ///     .keys(key)
    ///     .algorithms([Algorithm::EdDSA])
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn keys(mut self, keys: impl IntoKeySet) -> Self {
        match keys.into_key_set() {
            Ok(keys) => self.keys.add(keys),
            Err(error) => self.keys_error = self.keys_error.or_else(|| Some(error.to_string())),
        }
        self
    }

    /// Verifies signatures with another library than the default: one of those that this crate is built
    /// with, or a [`CryptoProvider`](jsonwebtoken::crypto::CryptoProvider) of the application's own,
    /// such as one for FIPS or for an HSM. It is used for this verifier alone; the default of the
    /// process is neither asked nor set. A key that it does not take is left out.
    ///
    /// Keys that several verifiers [share](Self::shared_keys) cannot be combined with it.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    /// use jsonwebtoken::crypto::CryptoProvider;
    ///
    /// # fn verifier(of_the_vendor: CryptoProvider) -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://id.example.com")
    ///     .audience("orders-api")
    ///     .keys(auth_core::Jwks::from_file("jwks.json")?)
    ///     .crypto_provider(of_the_vendor)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn crypto_provider(mut self, provider: impl Into<CryptoBackend>) -> Self {
        self.backend = Some(provider.into());
        self
    }

    /// Adds a secret shared with the issuer.
    pub fn shared_secret(self, secret: HmacSecret) -> Self {
        self.keys(secret)
    }

    /// Allows only these algorithms
    /// ([RFC 8725 §3.1](https://www.rfc-editor.org/rfc/rfc8725#section-3.1)). Without a list, those
    /// of the keys: a key never verifies an algorithm that is not its own.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Which tokens count as access tokens. By default [`TokenProfile::Rfc9068`].
    pub fn profile(mut self, profile: TokenProfile) -> Self {
        self.profile = profile;
        self
    }

    /// How far the clocks of issuer and service may differ: by default 30 s, at most 60 s, whole
    /// seconds. It is granted at `exp`, `nbf` and `iat`.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How long a token may live, from `iat` to `exp`, or from now to `exp` where it has no `iat`: by
    /// default and at most 100 years, whole seconds, with the [`leeway`](Self::leeway) added. What
    /// lives longer is rejected ([`VerifyError::LifetimeTooLong`](super::VerifyError)): as a rule,
    /// its `exp` is in milliseconds.
    ///
    /// The default rejects mistakes, and no token of a real provider: some sign for a year, or for
    /// ten. If yours signs for an hour, say so: a token that is valid for years is then rejected, too.
    /// Set it to [`max_token_lifetime`](crate::revocation::RevocationListBuilder::max_token_lifetime) of
    /// your revocation list or less: then no token outlives a revocation that it was meant by.
    pub fn max_lifetime(mut self, lifetime: Duration) -> Self {
        self.max_lifetime = lifetime;
        self
    }

    /// The longest token that is looked at, in bytes: by default 16 KiB, at most 64 KiB.
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// Where the names are. By default [`ClaimMap::rfc9068`].
    pub fn claims(mut self, claims: ClaimMap) -> Self {
        self.claims = claims;
        self
    }

    /// The clock. By default [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Builds the verifier.
    ///
    /// # Errors
    /// If something required is missing or a limit is out of its bounds. All mistakes are reported at
    /// once.
    pub fn build(self) -> Result<JwtVerifier, JwtVerifierError> {
        let mut problems = Problems::default();
        self.check(&mut problems);
        let Self { issuer, keys, keys_error, backend, algorithms, sources, .. } = self;
        let issuer = issuer.filter(|issuer| !issuer.is_empty());
        let allowed = algorithms.unwrap_or_else(AlgorithmSet::all);
        let opened = if sources.are_wanted() {
            let are_only_source = keys.is_empty() && keys_error.is_none();
            problems.unless(are_only_source, || KeySourceError::SeveralKeySources.into());
            let opened = sources.open(issuer.as_deref(), allowed, backend);
            problems.right_of(opened, JwtVerifierError::KeySource).flatten().map(Keys::Fetched)
        } else if keys_error.is_none() && allowed != AlgorithmSet::EMPTY {
            problems.right(fixed(bound(keys, backend), allowed)).map(Keys::Fixed)
        } else {
            // What is wrong was said.
            None
        };
        let (issuer, opened) = problems.finish(issuer.zip(opened))?;
        let (keys, usable) = match opened {
            Keys::Fixed(keys) => {
                keys.warn_of_crowds(&issuer);
                let usable =
                    keys.algorithms().iter().filter(|own| allowed.contains(*own)).collect();
                (IssuerKeys::fixed(keys), usable)
            }
            // No secret is ever fetched.
            Keys::Fetched(opened) => (
                opened.start(),
                allowed.iter().filter(|algorithm| !algorithm.is_symmetric()).collect(),
            ),
        };
        Ok(JwtVerifier::new(Inner {
            issuer: issuer.as_str().into(),
            rules: Rules {
                issuer: issuer.into_boxed_str(),
                audiences: self.audiences,
                audience_in: self.audience_in,
                requires_audience: true,
                subject_in: self.subject_in,
                leeway: self.leeway.as_secs(),
                max_lifetime: self.max_lifetime.as_secs(),
            },
            profile: self.profile,
            keys,
            allowed,
            usable,
            max_token_bytes: self.max_token_bytes,
            claims: Arc::new(self.claims),
            clock: self.clock,
        }))
    }

    /// Everything but where keys come from.
    pub(crate) fn check(&self, problems: &mut Problems<JwtVerifierError>) {
        use JwtVerifierError as Problem;

        let has_issuer = self.issuer.as_ref().is_some_and(|issuer| !issuer.is_empty());
        problems.unless(has_issuer, || Problem::NoIssuer);
        let has_audience =
            !self.audiences.is_empty() && self.audiences.iter().all(|name| !name.is_empty());
        problems.unless(has_audience, || Problem::NoAudience);
        problems.unless(self.leeway <= MAX_LEEWAY, || Problem::LeewayTooLong(self.leeway));
        problems.unless(is_lifetime(self.max_lifetime), || Problem::MaxLifetime(self.max_lifetime));
        problems.unless((1..=MAX_TOKEN_BYTES).contains(&self.max_token_bytes), || {
            Problem::TokenLimit(self.max_token_bytes)
        });
        if let Some(pointer) = self.claims.invalid_pointer() {
            problems.add(Problem::ClaimPointer(pointer.to_owned()));
        }
        if let Some(problem) = self.claims.rename_problem() {
            problems.add(Problem::ClaimRename(problem.to_owned()));
        }
        for place in self.subject_in.iter().map(SubjectPlace::pointer).chain(&self.audience_in) {
            problems.unless(place.is_valid(), || Problem::ClaimPointer(place.as_str().to_owned()));
        }
        if let Some(error) = &self.keys_error {
            problems.add(Problem::Keys(error.clone()));
        }
        problems.unless(self.algorithms != Some(AlgorithmSet::EMPTY), || Problem::NoAlgorithm);
    }
}

/// Keys that can be used, before the first of them is fetched.
enum Keys {
    Fixed(KeySet),
    Fetched(OpenedKeys),
}

/// The keys for the library that verifies with them.
fn bound(keys: KeySet, backend: Option<CryptoBackend>) -> KeySet {
    match backend {
        Some(backend) => keys.bound_to(backend),
        None => keys,
    }
}

/// Keys that are configured and stay.
fn fixed(keys: KeySet, allowed: AlgorithmSet) -> Result<KeySet, JwtVerifierError> {
    if !keys.can_verify(allowed) {
        return Err(JwtVerifierError::NoUsableKey);
    }
    match keys.crowded_kid() {
        Some(kid) => Err(JwtVerifierError::TooManyKeys { kid: kid.to_owned() }),
        None => Ok(keys),
    }
}
