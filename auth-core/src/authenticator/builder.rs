//! How an authenticator is configured.

use std::time::Duration;

use http::HeaderMap;

use super::grants::AssignmentSettings;
use super::known_tokens::{CacheSize, KnownTokens};
use super::open_names::OpenNames;
use super::refusals::RefusalLog;
use super::revocations::RevocationSources;
use super::tenant::Tenants;
use super::verifiers::VerifierSettings;
use super::{AssignmentCache, Authenticator, ErrorDetail, Inner, Possession};
use crate::address;
use crate::audit::{AuditLevel, AuditSink, Sinks};
use crate::binding::ClientCertificatesError;
use crate::vocabulary::{Vocabulary, VocabularyError, VocabularySet};
use crate::web::{Answers, RejectionBody, RejectionInfo};

/// Configures an [`Authenticator`].
#[derive(Debug, Default)]
#[must_use]
pub struct AuthenticatorBuilder {
    tables: Option<VocabularySet>,
    pub(super) verifiers: VerifierSettings,
    pub(super) token_cache: CacheSize,
    pub(super) revocations: RevocationSources,
    pub(super) possession: Possession,
    pub(super) grants: AssignmentSettings,
    pub(super) tenants: Tenants,
    answers: Answers,
    audit: Sinks,
    pub(super) problem: Option<AuthenticatorError>,
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
    /// There is no verifier.
    #[error("the authenticator has no verifier\nhelp: add `.verifier(..)` with a `JwtVerifier`")]
    MissingVerifier,
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
    /// The realm cannot stand in a challenge.
    #[error(
        "the realm `{0}` has characters that cannot stand in a challenge\nhelp: use printable ASCII without `\"` and `\\`"
    )]
    InvalidRealm(String),
    /// The address of the resource metadata is none.
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
    /// Answers of the grant source would be kept for too long.
    #[error(
        "answers of the grant source would be kept for {} seconds\nhelp: `.time_to_live(..)` of the `AssignmentCache` takes at most {} seconds: a changed role should not wait longer than that", .0.as_secs(), AssignmentCache::MAX_TIME_TO_LIVE.as_secs()
    )]
    GrantsKeptTooLong(Duration),
    /// No answers of the grant source would be kept, or too many.
    #[error(
        "the grant cache would hold {0} answers, expected 1 to {max}\nhelp: to keep none, use `.time_to_live(Duration::ZERO)`", max = AssignmentCache::MAX_CAPACITY
    )]
    InvalidGrantCapacity(usize),
    /// Requests would not wait for the grant source, or too long.
    #[error(
        "requests would wait {} ms for the grant source\nhelp: `.assignment_timeout(..)` takes more than nothing and at most a minute", .0.as_millis()
    )]
    InvalidGrantTimeout(Duration),
    /// The grant source would be asked nothing, or too much at once.
    #[error(
        "the grant source would be asked {0} questions at once\nhelp: `.assignment_concurrency(..)` takes 1 to 65536; 64 is the default"
    )]
    InvalidGrantConcurrency(usize),
}

crate::wording::debug_in_words!(AuthenticatorError);

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

    /// How much a refusal says. By default [`ErrorDetail::Minimal`].
    pub fn error_detail(mut self, error_detail: ErrorDetail) -> Self {
        self.answers.error_detail = error_detail;
        self
    }

    /// The `realm` of the challenges ([RFC 9110 §11.5](https://www.rfc-editor.org/rfc/rfc9110#section-11.5)).
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        let realm = realm.into();
        if Answers::can_be_quoted(&realm) {
            self.answers.realm = Some(realm);
        } else {
            self.problem = Some(AuthenticatorError::InvalidRealm(realm));
        }
        self
    }

    /// Where the metadata of this resource is published: `resource_metadata` of every challenge
    /// ([RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728#section-5.1)). Always this address,
    /// never one made from the `Host` of a request.
    pub fn resource_metadata(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        if Answers::can_be_quoted(&url) && address::is_trustworthy(&url) {
            self.answers.resource_metadata = Some(url);
        } else {
            self.problem = Some(AuthenticatorError::InvalidResourceMetadata(url));
        }
        self
    }

    /// Called with every refusal; may give it another body.
    ///
    /// Status, challenge and caching headers stay as they are: the hook decides how a refusal
    /// reads, not whether it is one.
    ///
    /// ```
    /// # use auth_core::{Authenticator, web::RejectionBody};
    /// let builder = Authenticator::builder().on_rejection(|refusal, headers| {
    ///     let wants_html = headers.get("accept").is_some_and(|accept| accept == "text/html");
    ///     wants_html.then(|| RejectionBody::new("text/html", format!("<h1>{}</h1>", refusal.status())))
    /// });
    /// ```
    pub fn on_rejection(
        mut self,
        hook: impl Fn(&RejectionInfo<'_>, &HeaderMap) -> Option<RejectionBody> + Send + Sync + 'static,
    ) -> Self {
        self.answers.set_hook(hook);
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
    /// If something required is missing or cannot stand in a challenge.
    pub fn build(self) -> Result<Authenticator, AuthenticatorError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let tables = self.tables.ok_or(AuthenticatorError::MissingVocabulary)?;
        tables.check().map_err(AuthenticatorError::Vocabulary)?;
        self.verifiers.check_renames(&tables)?;
        let verifiers = self.verifiers.ready()?;
        let known_tokens = KnownTokens::new(self.token_cache);
        let Self { revocations, possession, grants, tenants, mut answers, audit, .. } = self;
        let grants = grants.ready()?;
        answers.dpop = possession.answers(verifiers.clock());
        Ok(Authenticator(
            Inner {
                tables,
                verifiers,
                known_tokens,
                open_names: OpenNames::default(),
                revocations,
                possession,
                grants,
                tenants,
                answers,
                audit,
                refusal_log: RefusalLog::default(),
            }
            .into(),
        ))
    }
}
