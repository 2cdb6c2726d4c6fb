//! A grant: what a user allowed a client.

use std::fmt;

use auth_accounts::secret::random_base62;
use serde::{Deserialize, Serialize};

/// The id of a grant. It is in access tokens (`sid`), so it may be shown and logged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GrantId(Box<str>);

impl GrantId {
    /// How many letters and digits it has.
    pub const LENGTH: usize = 22;

    /// A new one, by the random generator of the operating system.
    #[must_use]
    pub fn random() -> Self {
        Self(random_base62(Self::LENGTH).into())
    }

    /// The one with this text; `None` if it is not 22 letters and digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_valid =
            text.len() == Self::LENGTH && text.bytes().all(|it| it.is_ascii_alphanumeric());
        is_valid.then(|| Self(text.into()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for GrantId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("the id of a grant is 22 letters and digits")
    }
}

impl From<GrantId> for String {
    fn from(id: GrantId) -> Self {
        id.0.into()
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantId({})", self.0)
    }
}

/// The sign-in of the user of a grant. It does not change when the grant is refreshed
/// ([OpenID Connect Core §12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Its time, in seconds since 1970 (`auth_time`).
    pub auth_time: u64,
    /// Its class (`acr`).
    pub acr: Option<String>,
    /// Its methods ([RFC 8176](https://www.rfc-editor.org/rfc/rfc8176), `amr`).
    pub amr: Vec<String>,
    /// The session at the authorization server (`sid` of ID tokens; that of access tokens is the id of the grant).
    pub session_id: Option<String>,
}

/// What a user has allowed a client. A revocation changes only this row: codes and tokens are valid only with
/// their grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The user (`sub`).
    pub subject: String,
    /// The client.
    pub client_id: String,
    /// The scopes that were granted.
    pub scopes: Vec<String>,
    /// The resources that were granted ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)).
    pub resources: Vec<String>,
    /// The sign-in of the user.
    pub authentication: Authentication,
    /// When it was granted, in seconds since 1970.
    pub granted_at: u64,
    /// When it ends, in seconds since 1970. No token of it is valid for longer: the grant and its revocation are
    /// removed then.
    pub expires_at: u64,
    /// Its revocation, if it was revoked.
    pub revoked: Option<GrantRevocation>,
}

impl Grant {
    /// Whether it is neither revoked nor over at this time.
    #[must_use]
    pub const fn is_live(&self, now: u64) -> bool {
        self.revoked.is_none() && now < self.expires_at
    }

    /// Whether it lasts when its session ends: it has the scope `offline_access`
    /// ([OpenID Connect Core §11](https://openid.net/specs/openid-connect-core-1_0.html#OfflineAccess)).
    #[must_use]
    pub fn outlives_session(&self) -> bool {
        self.scopes.iter().any(|it| it == "offline_access")
    }
}

/// The revocation of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantRevocation {
    /// Its time, in seconds since 1970.
    pub at: u64,
    /// Its reason.
    pub reason: RevocationReason,
}

/// Why a grant was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RevocationReason {
    /// Its code was redeemed a second time.
    CodeReused,
    /// A refresh token was reused after its retry window.
    RefreshTokenReused,
    /// The client revoked its token ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).
    RevokedByClient,
    /// The user has withdrawn the consent.
    ConsentWithdrawn,
    /// The user has signed out, or the session in which it was made was ended.
    SignedOut,
    /// The account is locked or deleted.
    AccountBlocked,
    /// The account has another password.
    PasswordChanged,
    /// The client was removed.
    ClientRemoved,
    /// An administrator has revoked it.
    RevokedByAdministrator,
}

/// Selects grants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantSelector {
    /// Those of a subject.
    Subject(String),
    /// Those of a client.
    Client(String),
    /// Those of a subject at a client.
    SubjectAtClient {
        /// The subject.
        subject: String,
        /// The client.
        client_id: String,
    },
    /// Those that were made in a session of the authorization server.
    Session(String),
    /// Those that end with a session: made in it, without the scope `offline_access`.
    EndsWithSession(String),
    /// Those of a subject that end with all sessions but this one: not made in it, without the scope
    /// `offline_access`.
    EndsOutsideSession {
        /// The subject.
        subject: String,
        /// The session that goes on; empty: none does.
        session: String,
    },
}
