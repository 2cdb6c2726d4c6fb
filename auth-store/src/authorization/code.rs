//! Authorization codes.

use std::fmt;

use auth_accounts::secret::Digest;

use super::{Grant, GrantId, OpaqueToken, RefreshToken};

/// A code challenge by the method `S256`: SHA-256 of the verifier
/// ([RFC 7636 §4.2](https://www.rfc-editor.org/rfc/rfc7636#section-4.2)). Every code has one.
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

/// A code that was issued. It never changes, except that it is redeemed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The digest of the code.
    pub digest: Digest,
    /// Its grant.
    pub grant: GrantId,
    /// The redirect URI of the authorization request, or the registered one if the request had none.
    pub redirect_uri: String,
    /// The challenge for the verifier.
    pub challenge: CodeChallenge,
    /// The `nonce` for the ID token.
    pub nonce: Option<String>,
    /// The thumbprint of the key that is required at the token endpoint
    /// ([RFC 9449 §10](https://www.rfc-editor.org/rfc/rfc9449#section-10)).
    pub jkt: Option<String>,
    /// When it expires, in seconds since 1970.
    pub expires_at: u64,
    /// Until when a redeemed code is kept to detect its reuse, in seconds since 1970: as long as its access token
    /// may be valid.
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

/// A request to redeem a code, after client, verifier, redirect URI and key were checked.
#[derive(Clone, Debug)]
pub struct CodeRedemption {
    /// The digest of the code.
    pub code: Digest,
    /// The first refresh token, if the client gets one.
    pub refresh_token: Option<RefreshToken>,
    /// The access token, if it is an opaque one.
    pub access_token: Option<OpaqueToken>,
    /// The time, in seconds since 1970.
    pub now: u64,
}

/// The result of a redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// The first redemption: its tokens are stored. Of concurrent redemptions, one gets this.
    First,
    /// The code was redeemed before, even if it has expired since: this call has revoked the grant.
    Again,
    /// The code is unknown or has expired, or its grant is revoked or has ended: nothing was stored.
    Invalid,
}
