//! Authorization codes.

use std::fmt;

use auth_accounts::secret::Digest;

use super::{Grant, GrantId, OpaqueToken, RefreshToken};

/// A code challenge by the method `S256`: SHA-256 of the verifier
/// ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)). There is no code without one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CodeChallenge([u8; 32]);

impl CodeChallenge {
    /// The challenge with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for CodeChallenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeChallenge(..)")
    }
}

/// A code that was issued. Nothing of it changes but whether it was redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The digest of the code.
    pub digest: Digest,
    /// What it is good for.
    pub grant: GrantId,
    /// The redirect URI of the authorization request, as it was sent or, if it was not, as it is registered.
    pub redirect_uri: String,
    /// What the verifier is compared with.
    pub challenge: CodeChallenge,
    /// The `nonce` for the ID token.
    pub nonce: Option<String>,
    /// The thumbprint of the key that has to prove itself at the token endpoint
    /// ([RFC 9449 §10](https://www.rfc-editor.org/rfc/rfc9449#section-10)).
    pub jkt: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: u64,
    /// Until when it is remembered that it was redeemed, in seconds since 1970: as long as a token that
    /// it was redeemed for may live.
    pub kept_until: u64,
}

/// A code as a store finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    /// The code.
    pub code: AuthorizationCode,
    /// Its grant.
    pub grant: Grant,
    /// When it was redeemed, in seconds since 1970, if it was.
    pub redeemed_at: Option<u64>,
}

/// A code that a client has shown to be its own: its client, verifier, redirect URI and key were checked.
#[derive(Clone, Debug)]
pub struct CodeRedemption {
    /// The digest of the code.
    pub code: Digest,
    /// The first refresh token, if there is to be one.
    pub refresh_token: Option<RefreshToken>,
    /// The access token, if it is an opaque one.
    pub access_token: Option<OpaqueToken>,
    /// The time, in seconds since 1970.
    pub now: u64,
}

/// What came of a redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was the first: its tokens are stored. Of those who redeem a code at once, one gets this.
    First,
    /// It was redeemed before, whether or not it has expired since: the grant has been revoked by this
    /// call.
    Again,
    /// There is no such code, it was not redeemed and has expired, or its grant is revoked or over: nothing
    /// was stored.
    Invalid,
}
