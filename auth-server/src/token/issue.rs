//! Access tokens and ID tokens.

use std::fmt;

use auth_accounts::secret::{Digest, SecretText, random_bytes};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::accounts::AccountClaims;
use crate::client::Client;
use crate::keys::SigningAlgorithm;
use crate::resource::{AccessTokenFormat, Resource};
use crate::server::AuthorizationServer;
use crate::store::{Grant, GrantId, OpaqueToken};
use crate::wire::{OAuthError, OAuthErrorCode};

/// How long a subject may be
/// ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
const MAX_SUBJECT: usize = 255;

/// Whose access token it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TokenSubject<'a> {
    /// A user's, by a grant.
    User {
        /// What the user allowed.
        grant: &'a Grant,
        /// What is known of the user now.
        claims: &'a AccountClaims,
    },
    /// The client's own.
    Client,
}

/// The content of an access token, after all checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccessTokenFor<'a> {
    pub(crate) client: &'a Client,
    pub(crate) subject: TokenSubject<'a>,
    pub(crate) scopes: &'a [String],
    pub(crate) resource: &'a Resource,
    /// The thumbprint of the key that it is bound to
    /// ([RFC 9449 §6](https://www.rfc-editor.org/rfc/rfc9449#section-6)).
    pub(crate) jkt: Option<&'a str>,
}

/// An access token.
#[derive(Clone, Debug)]
pub(crate) struct IssuedAccessToken {
    pub(crate) token: SecretText,
    /// For how many seconds it is valid.
    pub(crate) expires_in: u64,
    /// The row of an opaque one, to be stored.
    pub(crate) opaque: Option<OpaqueToken>,
}

/// The claims of an access token ([RFC 9068 §2.2](https://www.rfc-editor.org/rfc/rfc9068#section-2.2)), and
/// the introspection response of an opaque one
/// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).
#[derive(Serialize)]
struct AccessTokenClaims<'a> {
    iss: &'a str,
    exp: u64,
    aud: &'a str,
    sub: &'a str,
    client_id: &'a str,
    iat: u64,
    jti: TokenId,
    #[serde(skip_serializing_if = "ScopeList::is_empty")]
    scope: ScopeList<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    roles: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    groups: &'a [String],
    /// The id of the grant, by which those who verify access tokens know what was revoked: of one session, some
    /// grants end and others do not. In ID tokens it is the session ([OpenID Connect Front-Channel Logout
    /// §3](https://openid.net/specs/openid-connect-frontchannel-1_0.html#OPLogout)).
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation<'a>>,
    #[serde(flatten)]
    own: Option<&'a Map<String, Value>>,
}

/// The key that a token is bound to ([RFC 7800](https://www.rfc-editor.org/rfc/rfc7800)).
#[derive(Serialize)]
struct Confirmation<'a> {
    jkt: &'a str,
}

/// The claims of an ID token
/// ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken)).
#[derive(Serialize)]
struct IdTokenClaims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: u64,
    iat: u64,
    auth_time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(flatten)]
    profile: ProfileClaims<'a>,
}

/// The claims about a user in ID tokens and userinfo, as far as the scopes allow
/// ([OpenID Connect Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
#[derive(Serialize)]
pub(crate) struct ProfileClaims<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(flatten)]
    own: Option<&'a Map<String, Value>>,
}

impl<'a> ProfileClaims<'a> {
    /// The claims that these scopes allow.
    pub(crate) fn of(claims: &'a AccountClaims, scopes: &[String]) -> Self {
        let has = |name: &str| scopes.iter().any(|it| it == name);
        let email = claims.email.as_deref().filter(|_| has("email"));
        Self {
            preferred_username: claims.username.as_deref().filter(|_| has("profile")),
            email,
            email_verified: email.map(|_| claims.email_verified),
            own: has("profile").then_some(&claims.profile_claims),
        }
    }
}

impl AuthorizationServer {
    /// Issues an access token.
    ///
    /// # Errors
    /// If it cannot be signed, or its subject is invalid.
    pub(crate) fn issue_access_token(
        &self,
        wanted: &AccessTokenFor<'_>,
    ) -> Result<IssuedAccessToken, OAuthError> {
        let now = self.now();
        let lasts = now.saturating_add(self.0.lifetimes.access_token);
        let (exp, grant) = match wanted.subject {
            TokenSubject::User { grant, .. } => {
                self.check_subject(&grant.subject)?;
                (lasts.min(grant.expires_at), Some(&grant.id))
            }
            TokenSubject::Client => (lasts, None),
        };
        let mut claims = AccessTokenClaims {
            iss: self.issuer(),
            exp,
            aud: &wanted.resource.uri,
            sub: &wanted.client.id,
            client_id: &wanted.client.id,
            iat: now,
            jti: TokenId::random(),
            scope: ScopeList(wanted.scopes),
            auth_time: None,
            acr: None,
            amr: &[],
            roles: &wanted.client.roles,
            groups: &[],
            sid: None,
            cnf: wanted.jkt.map(|jkt| Confirmation { jkt }),
            own: None,
        };
        if let TokenSubject::User { grant, claims: account } = wanted.subject {
            claims.sub = &grant.subject;
            claims.auth_time = Some(grant.authentication.auth_time);
            claims.acr = grant.authentication.acr.as_deref();
            claims.amr = &grant.authentication.amr;
            claims.roles = &account.roles;
            claims.groups = &account.groups;
            claims.sid = Some(grant.id.as_str());
            claims.own = Some(&account.access_token_claims);
        }
        let expires_in = exp.saturating_sub(now);
        match wanted.resource.format {
            AccessTokenFormat::Jwt => {
                let token = SecretText::new(self.sign(None, "at+jwt", &claims)?);
                Ok(IssuedAccessToken { token, expires_in, opaque: None })
            }
            AccessTokenFormat::Opaque => opaque(&claims, grant, expires_in),
        }
    }

    /// Issues an ID token for a client, about the user of a grant, with the claims of these of its scopes. Its
    /// `auth_time`, `acr` and `amr` are those of the sign-in, also after refreshes.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub(crate) fn issue_id_token(
        &self,
        client: &Client,
        grant: &Grant,
        account: &AccountClaims,
        scopes: &[String],
        nonce: Option<&str>,
        access_token: Option<&str>,
    ) -> Result<String, OAuthError> {
        self.check_subject(&grant.subject)?;
        let now = self.now();
        let claims = IdTokenClaims {
            iss: self.issuer(),
            sub: &grant.subject,
            aud: &client.id,
            exp: now.saturating_add(self.0.lifetimes.id_token),
            iat: now,
            auth_time: grant.authentication.auth_time,
            nonce,
            acr: grant.authentication.acr.as_deref(),
            amr: &grant.authentication.amr,
            sid: grant.authentication.session_id.as_deref(),
            at_hash: access_token.map(half_hash),
            profile: ProfileClaims::of(account, scopes),
        };
        let algorithm = self.id_token_algorithm(client.id_token_algorithm.as_deref());
        self.sign(Some(algorithm.as_str()), "JWT", &claims)
    }

    /// The algorithm of the ID tokens of a client that has registered this one, or none, which means `RS256` ([OpenID
    /// Connect Registration §2](https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata)). Where
    /// there are no such keys it is the first of the others.
    pub(crate) fn id_token_algorithm(&self, registered: Option<&str>) -> SigningAlgorithm {
        let algorithms = &self.0.keys.settings().algorithms;
        let wanted = registered.and_then(SigningAlgorithm::parse);
        let wanted = wanted.unwrap_or(SigningAlgorithm::Rs256);
        let other = algorithms.first().filter(|_| !algorithms.contains(&wanted));
        other.copied().unwrap_or(wanted)
    }

    /// Whether this can be the subject of a user's token: short, ASCII, and no client's
    /// ([RFC 9700 §4.15](https://www.rfc-editor.org/rfc/rfc9700#section-4.15)).
    fn check_subject(&self, subject: &str) -> Result<(), OAuthError> {
        let is_valid = !subject.is_empty() && subject.len() <= MAX_SUBJECT && subject.is_ascii();
        if is_valid && self.0.configured_client(subject).is_none() {
            return Ok(());
        }
        tracing::error!(
            "an account has a subject that is too long, not ASCII, or the id of a client: it gets no tokens"
        );
        Err(OAuthError::new(OAuthErrorCode::ServerError, "the account cannot have tokens"))
    }
}

/// An opaque access token: 256 random bits, and the row with its claims.
fn opaque(
    claims: &AccessTokenClaims<'_>,
    grant: Option<&GrantId>,
    expires_in: u64,
) -> Result<IssuedAccessToken, OAuthError> {
    let token = SecretText::new(URL_SAFE_NO_PAD.encode(random_bytes::<32>()));
    let failed = |_| OAuthError::new(OAuthErrorCode::ServerError, "the token cannot be written");
    let row = OpaqueToken {
        digest: opaque_token_digest(token.expose()),
        grant: grant.cloned(),
        resource: claims.aud.to_owned(),
        expires_at: claims.exp,
        claims: serde_json::to_string(claims).map_err(failed)?,
    };
    Ok(IssuedAccessToken { token, expires_in, opaque: Some(row) })
}

/// The digest under which an opaque access token is stored.
pub(crate) fn opaque_token_digest(token: &str) -> Digest {
    Digest::of(&[b"access-token", token.as_bytes()])
}

/// The left half of the hash of an access token (`at_hash`,
/// [OpenID Connect Core §3.1.3.6](https://openid.net/specs/openid-connect-core-1_0.html#CodeIDToken)). Both
/// algorithms hash with SHA-256.
fn half_hash(token: &str) -> String {
    let hash = digest(&SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..16).unwrap_or_default())
}

/// 128 random bits, in base64url, not on the heap.
struct TokenId([u8; 22]);

impl TokenId {
    fn random() -> Self {
        let mut text = [b'A'; 22];
        // It fits: 16 bytes are 22 letters.
        if URL_SAFE_NO_PAD.encode_slice(random_bytes::<16>(), &mut text).is_err() {
            tracing::error!("a token has no id of its own");
        }
        Self(text)
    }
}

impl Serialize for TokenId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// Scopes, separated by spaces
/// ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
#[derive(Clone, Copy)]
pub(crate) struct ScopeList<'a>(pub(crate) &'a [String]);

impl ScopeList<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ScopeList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut scopes = self.0.iter();
        if let Some(first) = scopes.next() {
            f.write_str(first)?;
        }
        scopes.try_for_each(|scope| write!(f, " {scope}"))
    }
}

impl Serialize for ScopeList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
