//! What can be revoked.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::identity::{Authentication, Identity};
use crate::jose::base64url;
use crate::token::VerifiedToken;
use crate::token::verified_token::OpaqueToken;

/// What is revoked: one token, or what a subject held until some time, or a session.
///
/// Made from a token or from its caller (`Revocation::from(&identity)`), or of the names
/// that the issuer gave. It can be written as JSON, for a store that nodes share.
///
/// ```
/// use auth_core::revocation::Revocation;
///
/// let logged_out = Revocation::session("https://id.example.com", "f3a1", 1_800_000_000);
/// let json = serde_json::to_string(&logged_out)?;
/// assert_eq!(
///     json,
///     r#"{"session":{"issuer":"https://id.example.com","session_id":"f3a1","revoked_at":1800000000}}"#
/// );
/// assert_eq!(serde_json::from_str::<Revocation>(&json)?, logged_out);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Revocation {
    /// One token, by its `jti`.
    Token {
        /// Who issued it (`iss`).
        issuer: String,
        /// Which it is (`jti`).
        token_id: String,
        /// When it expires (`exp`), in seconds since 1970: how long the revocation has to be kept.
        expires_at: u64,
    },
    /// One token that has no `jti`, by all that it says.
    TokenWithoutId {
        /// SHA-256 of its claims, in base64url, as `Revocation::from(&token)` computes it.
        claims_sha256: String,
        /// When it expires (`exp`), in seconds since 1970: how long the revocation has to be kept.
        expires_at: u64,
    },
    /// One opaque token, by the token itself: what its endpoint says of it may differ from one
    /// answer to the next.
    OpaqueToken {
        /// SHA-256 that names the token at every node, in base64url, as `Revocation::from(&token)`
        /// has it. The token cannot be found from it.
        token_sha256: String,
        /// Who issued it.
        issuer: String,
        /// Its `jti`, if the endpoint says one: a service that verifies the same token as a JWT
        /// rejects it by that.
        token_id: Option<String>,
        /// When it expires as far as the endpoint says so (`exp`), in seconds since 1970. That may
        /// change, so the revocation is kept beyond it.
        expires_at: Option<u64>,
        /// When it was revoked, in seconds since 1970: from then on the revocation has to be kept as
        /// long as a token may live. [`RevocationList::revoke`](crate::revocation::RevocationList::revoke) puts
        /// its own time in the place of an earlier one.
        revoked_at: u64,
    },
    /// What a subject was issued up to a second, and what does not say when it was issued.
    Subject {
        /// Who issued it (`iss`).
        issuer: String,
        /// To whom (`sub`).
        subject: String,
        /// The last `iat` that is revoked, in seconds since 1970.
        issued_until: u64,
    },
    /// Every token of a session.
    Session {
        /// Who issued them (`iss`).
        issuer: String,
        /// Which session it is (`sid`).
        session_id: String,
        /// When it ended, in seconds since 1970: from then on the revocation has to be kept as long
        /// as a token may live.
        revoked_at: u64,
    },
}

impl Revocation {
    /// One token, by `iss` and `jti`, until it has expired. For an `expires_at` that is not known,
    /// take the latest that is possible: when it is over, so is the revocation.
    ///
    /// For the token of a caller take `Revocation::from(&identity)`, which knows whether its issuer
    /// says when it expires, and what names an opaque token.
    pub fn token(issuer: impl Into<String>, token_id: impl Into<String>, expires_at: u64) -> Self {
        Self::Token { issuer: issuer.into(), token_id: token_id.into(), expires_at }
    }

    /// Every token that a subject was issued until a second, that second included, and those
    /// without `iat`.
    ///
    /// `iat` counts in seconds, so a token that was issued just after the revocation and within the
    /// same second is rejected too: a client that is rejected fetches another one, a stolen token
    /// that passed would be no revocation. `iat` is of the issuer's clock: if that may be ahead of
    /// this one, add by how much.
    pub fn subject(
        issuer: impl Into<String>,
        subject: impl Into<String>,
        issued_until: u64,
    ) -> Self {
        Self::Subject { issuer: issuer.into(), subject: subject.into(), issued_until }
    }

    /// The same, revoked at this time at the earliest.
    #[must_use]
    pub(crate) fn at(mut self, now: u64) -> Self {
        if let Self::OpaqueToken { revoked_at, .. } = &mut self {
            *revoked_at = now.max(*revoked_at);
        }
        self
    }

    /// Every token of a session, whenever it was issued.
    pub fn session(
        issuer: impl Into<String>,
        session_id: impl Into<String>,
        revoked_at: u64,
    ) -> Self {
        Self::Session { issuer: issuer.into(), session_id: session_id.into(), revoked_at }
    }
}

/// This token. A signed one by its `jti`, or by all of its claims if it has none: two tokens without
/// `jti` that say the same, to the second of their `iat` and `exp`, are revoked together. An opaque
/// one by a digest of the token alone.
impl From<&VerifiedToken> for Revocation {
    fn from(token: &VerifiedToken) -> Self {
        match (&token.opaque, token_id(token.token_id())) {
            (Some(opaque), id) => Self::opaque(opaque, token.issuer(), id, token.stated_expiry()),
            (None, Some(id)) => Self::token(token.issuer(), id, token.expires_at()),
            (None, None) => Self::without_id(token.claims(), token.expires_at()),
        }
    }
}

/// This credential: a token as above, another one by its id, or by all that its scheme says of it if
/// it has none.
impl From<&Authentication> for Revocation {
    fn from(authentication: &Authentication) -> Self {
        if let Some(token) = authentication.token() {
            return token.into();
        }
        let expires_at = authentication.expires_at();
        match token_id(authentication.token_id()) {
            Some(id) => Self::token(authentication.issuer(), id, expires_at),
            None => Self::without_id(&authentication.distinguishing(), expires_at),
        }
    }
}

/// The credential that the caller was authenticated by.
impl From<&Identity> for Revocation {
    fn from(identity: &Identity) -> Self {
        identity.authentication().into()
    }
}

impl Revocation {
    fn opaque(
        opaque: &OpaqueToken,
        issuer: &str,
        token_id: Option<&str>,
        expires_at: Option<u64>,
    ) -> Self {
        Self::OpaqueToken {
            token_sha256: opaque.sha256.as_ref().to_owned(),
            issuer: issuer.to_owned(),
            token_id: token_id.map(str::to_owned),
            expires_at,
            revoked_at: opaque.accepted_at,
        }
    }

    fn without_id(claims: &Map<String, Value>, expires_at: u64) -> Self {
        Self::TokenWithoutId { claims_sha256: claims_sha256(claims), expires_at }
    }
}

/// The `jti` that tells a token from others. An empty one does not.
pub(crate) fn token_id(id: Option<&str>) -> Option<&str> {
    id.filter(|id| !id.is_empty())
}

/// SHA-256 of claims, the same on every node: members in the order of their names.
pub(crate) fn claims_sha256(claims: &Map<String, Value>) -> String {
    let mut hash = Sha256::new();
    add_object(&mut hash, claims);
    base64url::encode(hash.finalize())
}

/// Adds a value with its kind and its length, so that no two values look the same. Nesting is
/// bounded where tokens are parsed.
fn add(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Array(items) => {
            add_text(hash, b'[', &items.len().to_string());
            for item in items {
                add(hash, item);
            }
        }
        Value::Object(members) => add_object(hash, members),
        Value::String(text) => add_text(hash, b'"', text),
        Value::Null | Value::Bool(_) | Value::Number(_) => add_text(hash, b'=', &value.to_string()),
    }
}

fn add_object(hash: &mut Sha256, members: &Map<String, Value>) {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    add_text(hash, b'{', &members.len().to_string());
    for (name, value) in members {
        add_text(hash, b'"', name);
        add(hash, value);
    }
}

fn add_text(hash: &mut Sha256, kind: u8, text: &str) {
    hash.update([kind]);
    hash.update((text.len() as u64).to_le_bytes());
    hash.update(text);
}
