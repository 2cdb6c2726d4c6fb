//! ID tokens that clients send back (`id_token_hint`).

use auth_core::time::FixedClock;
use auth_core::{JwtVerifier, TokenProfile};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::server::AuthorizationServer;

/// The user and the client of an ID token of this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdTokenHint {
    pub(crate) subject: String,
    pub(crate) client_id: String,
    /// The session at the server.
    pub(crate) session_id: Option<String>,
}

/// The unverified claims that the verifier is made from.
#[derive(Deserialize)]
struct UnverifiedClaims {
    aud: String,
    iat: u64,
}

#[derive(Deserialize)]
struct Header {
    typ: String,
}

impl AuthorizationServer {
    /// Reads an ID token that this server has issued, also one that has expired ([RP-Initiated Logout
    /// §4](https://openid.net/specs/openid-connect-rpinitiated-1_0.html#ValidationAndErrorHandling)): signed by a key
    /// that is still published, and not a token of another kind.
    pub(crate) fn read_id_token(&self, token: &str) -> Option<IdTokenHint> {
        let mut parts = token.split('.');
        let header: Header = unverified(parts.next()?)?;
        let claims: UnverifiedClaims = unverified(parts.next()?)?;
        if header.typ != "JWT" {
            return None;
        }
        // Any client and any time are expected: the signature proves both.
        let verifier = JwtVerifier::builder()
            .issuer(self.issuer())
            .audience(claims.aud.clone())
            .profile(TokenProfile::IdTokenAsAccessToken)
            .clock(FixedClock::new(claims.iat))
            .shared_keys(self.0.keys.verifying().shared())
            .build()
            .ok()?;
        let token = verifier.verify(token).ok()?;
        Some(IdTokenHint {
            subject: token.subject().to_owned(),
            client_id: claims.aud,
            session_id: token.session_id().map(str::to_owned),
        })
    }
}

fn unverified<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}
