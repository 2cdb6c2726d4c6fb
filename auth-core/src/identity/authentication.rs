//! What vouches for an identity: the outcome of an authentication scheme.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value};

use crate::policy::{Factor, Method, ProvedFactors};
use crate::token::confirmation::Confirmation;
use crate::token::verified_token::OpaqueToken;
use crate::token::{KindNames, Unclear, VerifiedToken};
use crate::vocabulary::{AuthorityKind, AuthoritySet, VocabularySet};

/// What vouches for an identity: which scheme authenticated the caller, and what it says of them.
///
/// A verified access token is one kind of it. For any other scheme of the application there is
/// [`vouched_by_scheme`](Self::vouched_by_scheme).
///
/// `Debug` shows neither claims nor authorities.
pub struct Authentication(Kind);

#[expect(clippy::large_enum_variant, reason = "a token would cost one more allocation")]
enum Kind {
    Token(VerifiedToken),
    Vouched(Arc<Vouched>),
}

/// What a scheme of the application says.
struct Vouched {
    method: Method,
    issuer: Cow<'static, str>,
    subject: String,
    authorities: Vec<(AuthorityKind, String)>,
    /// The most that the caller can hold of a kind, also if more is assigned.
    ceilings: Vec<(AuthorityKind, Vec<String>)>,
    acr: Option<String>,
    amr: Vec<String>,
    auth_time: Option<u64>,
    factors: ProvedFactors,
    issued_at: Option<u64>,
    session_id: Option<String>,
    client_id: Option<String>,
    token_id: Option<String>,
    expires_at: Option<u64>,
    credential_digest: Option<[u8; 32]>,
    claims: Map<String, Value>,
    /// The names in the form that is decided by, once they were looked up.
    looked_up: OnceLock<LookedUp>,
}

/// Names of an authentication in a vocabulary.
struct LookedUp {
    vocabulary: VocabularySet,
    authorities: AuthoritySet,
    ceilings: Vec<(AuthorityKind, AuthoritySet)>,
}

impl Authentication {
    /// Starts an authentication that **the application's own scheme vouches for**: nothing checks
    /// it any more. Search a code base for this name to find every place that can say who calls.
    ///
    /// `issuer` is whose names the subjects are: the issuer of a credential, or the realm. A subject
    /// is unique only together with it. Revocations and assignments find the caller by both. If one
    /// of them is empty, the request is answered with 500.
    ///
    /// ```
    /// use auth_core::{Authentication, Factor, Method};
    ///
    /// let authentication =
    ///     Authentication::vouched_by_scheme(Method::Session, "https://shop.example.com", "alice")
    ///         .roles(["clerk"])
    ///         .session_id("f3a1")
    ///         .auth_time(1_800_000_000)
    ///         .factor(Factor::Password, 1_800_000_000)
    ///         .factor(Factor::Totp, 1_800_000_012)
    ///         .build();
    /// assert_eq!(authentication.method(), Method::Session);
    /// assert_eq!(authentication.subject(), "alice");
    /// ```
    pub fn vouched_by_scheme(
        method: Method,
        issuer: impl Into<Cow<'static, str>>,
        subject: impl Into<String>,
    ) -> AuthenticationBuilder {
        AuthenticationBuilder(Box::new(Vouched {
            method,
            issuer: issuer.into(),
            subject: subject.into(),
            authorities: Vec::new(),
            ceilings: Vec::new(),
            acr: None,
            amr: Vec::new(),
            auth_time: None,
            factors: ProvedFactors::NONE,
            issued_at: None,
            session_id: None,
            client_id: None,
            token_id: None,
            expires_at: None,
            credential_digest: None,
            claims: Map::new(),
            looked_up: OnceLock::new(),
        }))
    }

    /// By which kind of credential the caller was authenticated. Of a token that is bound to its
    /// sender: how the sender has to prove that.
    #[must_use]
    pub fn method(&self) -> Method {
        match &self.0 {
            Kind::Token(token) => match token.confirmation() {
                Some(Confirmation { jkt: Some(_), .. }) => Method::Dpop,
                Some(_) => Method::Mtls,
                None => Method::Bearer,
            },
            Kind::Vouched(vouched) => vouched.method,
        }
    }

    /// Who vouches for the subject: the issuer of a token (`iss`), or the realm of a scheme.
    #[must_use]
    pub fn issuer(&self) -> &str {
        match &self.0 {
            Kind::Token(token) => token.issuer(),
            Kind::Vouched(vouched) => &vouched.issuer,
        }
    }

    /// Who the caller is at the issuer (`sub`).
    #[must_use]
    pub fn subject(&self) -> &str {
        match &self.0 {
            Kind::Token(token) => token.subject(),
            Kind::Vouched(vouched) => &vouched.subject,
        }
    }

    /// How the subject logged in, as a class (`acr`,
    /// [RFC 9470 §6.2](https://www.rfc-editor.org/rfc/rfc9470#section-6.2)).
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        match &self.0 {
            Kind::Token(token) => token.acr(),
            Kind::Vouched(vouched) => vouched.acr.as_deref(),
        }
    }

    /// By which means the subject logged in (`amr`,
    /// [RFC 8176](https://www.rfc-editor.org/rfc/rfc8176)), such as `pwd` and `otp`. Empty if that is
    /// not known.
    #[must_use]
    pub fn amr(&self) -> Vec<&str> {
        match &self.0 {
            Kind::Token(token) => token.amr(),
            Kind::Vouched(vouched) => vouched.amr.iter().map(String::as_str).collect(),
        }
    }

    /// When the subject logged in (`auth_time`), in seconds since 1970.
    #[must_use]
    pub fn auth_time(&self) -> Option<u64> {
        match &self.0 {
            Kind::Token(token) => token.auth_time(),
            Kind::Vouched(vouched) => vouched.auth_time,
        }
    }

    /// The factors that the caller proved in this login, as far as the scheme says so; of a token by the
    /// [`FactorMap`](crate::token::FactorMap) of its issuer.
    #[must_use]
    pub fn factors(&self) -> &ProvedFactors {
        match &self.0 {
            Kind::Token(token) => token.factors(),
            Kind::Vouched(vouched) => &vouched.factors,
        }
    }

    /// When the credential was issued (`iat`), in seconds since 1970.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        match &self.0 {
            Kind::Token(token) => token.issued_at(),
            Kind::Vouched(vouched) => vouched.issued_at,
        }
    }

    /// The session that the credential belongs to (`sid`).
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        match &self.0 {
            Kind::Token(token) => token.session_id(),
            Kind::Vouched(vouched) => vouched.session_id.as_deref(),
        }
    }

    /// The client that sent the request: `client_id`
    /// ([RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2)), or `azp`.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        match &self.0 {
            Kind::Token(token) => token.client_id(),
            Kind::Vouched(vouched) => vouched.client_id.as_deref(),
        }
    }

    /// The identifier of the credential: `jti` of a token, the id of an API key.
    #[must_use]
    pub fn token_id(&self) -> Option<&str> {
        match &self.0 {
            Kind::Token(token) => token.token_id(),
            Kind::Vouched(vouched) => vouched.token_id.as_deref(),
        }
    }

    /// When the credential expires, in seconds since 1970; `u64::MAX` if its scheme sets no end.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        match &self.0 {
            Kind::Token(token) => token.expires_at(),
            Kind::Vouched(vouched) => vouched.expires_at.unwrap_or(u64::MAX),
        }
    }

    /// Every claim of a token; of another credential what its scheme says besides.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        match &self.0 {
            Kind::Token(token) => token.claims(),
            Kind::Vouched(vouched) => &vouched.claims,
        }
    }

    /// The token, if the credential is one.
    pub(crate) const fn token(&self) -> Option<&VerifiedToken> {
        match &self.0 {
            Kind::Token(token) => Some(token),
            Kind::Vouched(_) => None,
        }
    }

    /// What the sender of the credential must prove to hold.
    pub(crate) const fn confirmation(&self) -> Option<&Confirmation> {
        match &self.0 {
            Kind::Token(token) => token.confirmation(),
            Kind::Vouched(_) => None,
        }
    }

    /// What tells the credential from others, if it is an opaque token.
    pub(crate) const fn opaque(&self) -> Option<&OpaqueToken> {
        match &self.0 {
            Kind::Token(token) => token.opaque.as_ref(),
            Kind::Vouched(_) => None,
        }
    }

    /// When the credential expires as far as its issuer says so, in seconds since 1970.
    pub(crate) fn stated_expiry(&self) -> Option<u64> {
        match &self.0 {
            Kind::Token(token) => token.stated_expiry(),
            Kind::Vouched(vouched) => vouched.expires_at,
        }
    }

    /// The earliest time at which the credential can have been issued, in seconds since 1970.
    pub(crate) fn issued_from(&self) -> u64 {
        match &self.0 {
            Kind::Token(token) => token.issued_from(),
            Kind::Vouched(vouched) => vouched.issued_at.unwrap_or(0),
        }
    }

    /// Whether the credential would be rejected as expired at this time, leeway granted.
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        match &self.0 {
            Kind::Token(token) => token.is_expired(now),
            Kind::Vouched(vouched) => vouched.expires_at.is_some_and(|end| now >= end),
        }
    }

    /// What the credential grants by the names of a vocabulary. `open` gets what it leaves open: of
    /// which kind, where, and why.
    pub(crate) fn authorities(
        &self,
        vocabulary: &VocabularySet,
        open: impl FnMut(AuthorityKind, &str, Unclear),
    ) -> AuthoritySet {
        match &self.0 {
            Kind::Token(token) => token.grants(vocabulary, open),
            Kind::Vouched(vouched) => match vouched.looked_up(vocabulary) {
                Some(known) => known.authorities.clone(),
                None => vocabulary.intern(vouched.named()),
            },
        }
    }

    /// What is left of these authorities under the ceilings of the credential.
    pub(crate) fn bounded(&self, authorities: AuthoritySet) -> AuthoritySet {
        let Kind::Vouched(vouched) = &self.0 else { return authorities };
        if vouched.ceilings.is_empty() {
            return authorities;
        }
        let tables = *authorities.tables();
        let cut = |held: AuthoritySet, ceilings: &[(AuthorityKind, AuthoritySet)]| {
            ceilings.iter().fold(held, |held, (kind, ceiling)| held.at_most(*kind, ceiling))
        };
        match vouched.looked_up(&tables) {
            Some(known) => cut(authorities, &known.ceilings),
            None => cut(authorities, &vouched.ceilings_in(&tables)),
        }
    }

    /// What tells the credential from every other one of its scheme, if the scheme says so.
    pub(crate) fn credential_digest(&self) -> Option<&[u8; 32]> {
        match &self.0 {
            Kind::Token(_) => None,
            Kind::Vouched(vouched) => vouched.credential_digest.as_ref(),
        }
    }

    /// The names that the credential carries, held against those that the application knows.
    pub(crate) fn explain_names(&self, vocabulary: &VocabularySet) -> Vec<KindNames> {
        match &self.0 {
            Kind::Token(token) => token.explain_names(vocabulary),
            Kind::Vouched(_) => Vec::new(),
        }
    }

    /// What names the credential where it has no id of its own: two that say the same are one.
    pub(crate) fn distinguishing(&self) -> Cow<'_, Map<String, Value>> {
        match &self.0 {
            Kind::Token(token) => Cow::Borrowed(token.claims()),
            Kind::Vouched(vouched) => Cow::Owned(vouched.distinguishing()),
        }
    }

    /// What is wrong with what a scheme says; nothing, as a rule.
    pub(crate) fn mistake(&self, expected: Method) -> Option<&'static str> {
        if self.method() != expected {
            Some("it authenticated a caller by another method than its own")
        } else if self.issuer().is_empty() {
            Some("it authenticated a caller without issuer")
        } else if self.subject().is_empty() {
            Some("it authenticated a caller without subject")
        } else {
            None
        }
    }
}

impl Vouched {
    /// The names in this vocabulary, looked up once; `None` if another one was asked for first.
    fn looked_up(&self, vocabulary: &VocabularySet) -> Option<&LookedUp> {
        let known = self.looked_up.get_or_init(|| LookedUp {
            vocabulary: *vocabulary,
            authorities: vocabulary.intern(self.named()),
            ceilings: self.ceilings_in(vocabulary),
        });
        known.vocabulary.is(vocabulary).then_some(known)
    }

    fn ceilings_in(&self, vocabulary: &VocabularySet) -> Vec<(AuthorityKind, AuthoritySet)> {
        let ceiling = |(kind, names): &(AuthorityKind, Vec<String>)| {
            (*kind, vocabulary.intern(names.iter().map(|name| (*kind, name.as_str()))))
        };
        self.ceilings.iter().map(ceiling).collect()
    }

    fn named(&self) -> impl Iterator<Item = (AuthorityKind, &str)> {
        self.authorities.iter().map(|(kind, name)| (*kind, name.as_str()))
    }

    fn distinguishing(&self) -> Map<String, Value> {
        let mut map = self.claims.clone();
        let mut add = |name: &str, value: Value| {
            map.insert(name.to_owned(), value);
        };
        add("method", self.method.as_str().into());
        add("iss", self.issuer.as_ref().into());
        add("sub", self.subject.as_str().into());
        add("sid", self.session_id.as_deref().into());
        add("client_id", self.client_id.as_deref().into());
        add("auth_time", self.auth_time.into());
        add("iat", self.issued_at.into());
        add("exp", self.expires_at.into());
        for (kind, names) in &self.ceilings {
            add(&format!("at_most_{}", kind.plural()), names.clone().into());
        }
        map
    }
}

impl From<VerifiedToken> for Authentication {
    fn from(token: VerifiedToken) -> Self {
        Self(Kind::Token(token))
    }
}

impl fmt::Debug for Authentication {
    /// Shows who and how, never the claims: they may hold personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentication")
            .field("method", &self.method())
            .field("issuer", &self.issuer())
            .field("subject", &self.subject())
            .finish_non_exhaustive()
    }
}

/// An [`Authentication`] that a scheme of the application vouches for, in the making.
#[must_use]
pub struct AuthenticationBuilder(Box<Vouched>);

/// An [`Authentication`] that a scheme vouches for again and again, as long as it knows that it holds:
/// made once, and given away at the price of a count.
///
/// ```
/// use auth_core::identity::KnownAuthentication;
/// use auth_core::{Authentication, Method};
///
/// let alice = Authentication::vouched_by_scheme(Method::Session, "https://shop.example.com", "alice");
/// let known: KnownAuthentication = alice.session_id("f3a1").build_known();
/// assert_eq!(known.authentication().subject(), "alice");
/// ```
#[derive(Clone)]
pub struct KnownAuthentication(Arc<Vouched>);

impl KnownAuthentication {
    /// The authentication, for one more request.
    #[must_use]
    pub fn authentication(&self) -> Authentication {
        Authentication(Kind::Vouched(Arc::clone(&self.0)))
    }
}

impl fmt::Debug for KnownAuthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.authentication(), f)
    }
}

impl AuthenticationBuilder {
    /// Adds roles by their names on the wire. Here and below: a name that the vocabulary does not
    /// have grants nothing.
    pub fn roles<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.authorities(AuthorityKind::Role, names)
    }

    /// Adds permissions by their names on the wire.
    pub fn permissions<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.authorities(AuthorityKind::Permission, names)
    }

    /// Adds scopes by their names on the wire.
    pub fn scopes<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.authorities(AuthorityKind::Scope, names)
    }

    /// Adds groups by their names on the wire.
    pub fn groups<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.authorities(AuthorityKind::Group, names)
    }

    /// Adds authorities of one kind by their names on the wire.
    pub fn authorities<N: Into<String>>(
        mut self,
        kind: AuthorityKind,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.0.authorities.extend(names.into_iter().map(|name| (kind, name.into())));
        self
    }

    /// Sets a ceiling: of this kind the caller holds at most these names and what they include, whatever
    /// the credential, an assignment source or another kind brings. For credentials that lend a part of
    /// their owner's rights, such as API keys.
    ///
    /// ```
    /// use auth_core::{AuthorityKind, Authentication, Method};
    ///
    /// // The key may read notes as long as its owner may. None of the owner's roles is lent to it.
    /// let authentication =
    ///     Authentication::vouched_by_scheme(Method::ApiKey, "https://notes.example.com", "alice")
    ///         .at_most(AuthorityKind::Permission, ["notes:read"])
    ///         .at_most(AuthorityKind::Role, [""; 0])
    ///         .build();
    /// # drop(authentication);
    /// ```
    pub fn at_most<N: Into<String>>(
        mut self,
        kind: AuthorityKind,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.0.ceilings.push((kind, names));
        self
    }

    /// How the subject logged in, as a class: what `acr = ..` of a requirement is compared with.
    pub fn acr(mut self, acr: impl Into<String>) -> Self {
        self.0.acr = Some(acr.into());
        self
    }

    /// By which means the subject logged in
    /// ([RFC 8176 §2](https://www.rfc-editor.org/rfc/rfc8176#section-2)), such as `pwd` and `otp`.
    pub fn amr<N: Into<String>>(mut self, means: impl IntoIterator<Item = N>) -> Self {
        self.0.amr.extend(means.into_iter().map(Into::into));
        self
    }

    /// When the subject logged in, in seconds since 1970: what `max_age = ..` of a requirement is
    /// compared with.
    pub fn auth_time(mut self, seconds: u64) -> Self {
        self.0.auth_time = Some(seconds);
        self
    }

    /// Adds a factor that the caller proved in this login, at that time in seconds since 1970: what
    /// `factor(..)` and `mfa` of a requirement ask for. Of one that was proved several times the last
    /// one counts. A remembered device is no factor.
    pub fn factor(mut self, factor: Factor, at: u64) -> Self {
        self.0.factors = self.0.factors.with(factor, at);
        self
    }

    /// Adds a passkey whose authenticator verified its user: two factors in one. One that did not is
    /// [`factor(Factor::Passkey, at)`](Self::factor).
    pub fn user_verified_passkey(mut self, at: u64) -> Self {
        self.0.factors = self.0.factors.with_user_verified_passkey(at);
        self
    }

    /// The factors that the caller proved in this login, instead of those that were added before: for a
    /// scheme that keeps them as they are.
    pub fn factors(mut self, factors: ProvedFactors) -> Self {
        self.0.factors = factors;
        self
    }

    /// When the credential was issued, in seconds since 1970. Without it, a revocation of all that a
    /// subject holds always means this credential too.
    pub fn issued_at(mut self, seconds: u64) -> Self {
        self.0.issued_at = Some(seconds);
        self
    }

    /// The session that the credential belongs to. A revocation of the session ends it.
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.0.session_id = Some(id.into());
        self
    }

    /// The client that sends the request, where that is another than the subject.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.0.client_id = Some(id.into());
        self
    }

    /// What names the credential, such as the id of an API key. Never the credential itself: it is
    /// written to audit events.
    pub fn token_id(mut self, id: impl Into<String>) -> Self {
        self.0.token_id = Some(id.into());
        self
    }

    /// When the credential expires, in seconds since 1970. From then on it is rejected.
    pub fn expires_at(mut self, seconds: u64) -> Self {
        self.0.expires_at = Some(seconds);
        self
    }

    /// What tells the credential from every other one of its scheme: a digest of all that makes it, such
    /// as SHA-256 of a session's secret. What is kept for the credential is found by it; without it,
    /// each request makes a digest of all that the scheme reads.
    pub fn credential_digest(mut self, sha256: [u8; 32]) -> Self {
        self.0.credential_digest = Some(sha256);
        self
    }

    /// What else is known of the caller, for handlers that read [`Claims`](crate::Claims).
    pub fn claims(mut self, claims: Map<String, Value>) -> Self {
        self.0.claims = claims;
        self
    }

    /// The authentication.
    #[must_use]
    pub fn build(self) -> Authentication {
        Authentication(Kind::Vouched(Arc::from(self.0)))
    }

    /// The authentication for a scheme that keeps it: see [`KnownAuthentication`].
    #[must_use]
    pub fn build_known(self) -> KnownAuthentication {
        KnownAuthentication(Arc::from(self.0))
    }
}

impl fmt::Debug for AuthenticationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationBuilder")
            .field("method", &self.0.method)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> AuthenticationBuilder {
        Authentication::vouched_by_scheme(Method::Session, "https://shop.test", "alice")
    }

    #[test]
    fn a_scheme_authenticates_only_named_subjects_by_its_own_method() {
        assert_eq!(session().build().mistake(Method::Session), None);
        assert!(session().build().mistake(Method::ApiKey).is_some());
        for (issuer, subject) in [("", "alice"), ("https://shop.test", "")] {
            let unnamed = Authentication::vouched_by_scheme(Method::Session, issuer, subject);
            assert!(unnamed.build().mistake(Method::Session).is_some());
        }
    }

    #[test]
    fn a_credential_is_expired_from_its_end_on() {
        let ending = session().expires_at(100).build();
        assert_eq!((ending.is_expired(99), ending.is_expired(100)), (false, true));
        assert_eq!(ending.expires_at(), 100);
        let endless = session().build();
        assert!(!endless.is_expired(u64::MAX));
        assert_eq!(endless.expires_at(), u64::MAX);
    }

    #[test]
    fn credentials_without_an_id_are_distinguished_by_all_their_members() {
        let one = session().session_id("a").build();
        let other = session().session_id("b").build();
        assert_ne!(one.distinguishing(), other.distinguishing());
        let again = session().session_id("a").build();
        assert_eq!(one.distinguishing(), again.distinguishing());
    }

    #[test]
    fn debug_shows_no_claims() {
        let mut claims = Map::new();
        claims.insert("email".to_owned(), "alice@shop.test".into());
        let text = format!("{:?}", session().claims(claims).roles(["admin"]).build());
        assert!(text.contains("alice") && !text.contains('@') && !text.contains("admin"), "{text}");
    }
}
