//! From an authorization code to tokens
//! ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3),
//! [RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6)).
//!
//! Client, redirect URI, verifier and key are checked first: the code and its grant never change. A request that
//! fails there neither uses up nor revokes anything, so that a stolen code does no harm. The store then decides
//! in one step which of the valid requests is the first.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

use super::{TokenRequest, TokenResponse, code_digest, required};
use crate::server::AuthorizationServer;
use crate::store::{CodeChallenge, CodeRedemption, Redeemed, StoredCode};
use crate::wire::OAuthError;

impl AuthorizationServer {
    pub(crate) async fn redeem_code(
        &self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenResponse, OAuthError> {
        let digest = code_digest(required(request.form, "code")?);
        let stored = self.0.store.find_code(&digest).await?.ok_or_else(refused)?;
        check(&stored, request)?;
        let grant = &stored.grant;
        let without_tokens = CodeRedemption {
            code: digest,
            refresh_token: None,
            access_token: None,
            now: request.now,
        };
        if stored.redeemed_at.is_some() {
            // The store decides again, and revokes the grant.
            return self.redeemed(without_tokens, &stored).await.and(Err(refused()));
        }
        if request.now >= stored.code.expires_at || !grant.is_live(request.now) {
            return Err(refused());
        }
        let nonce = stored.code.nonce.as_deref();
        let tokens = self.user_tokens(request, grant, None, nonce).await?;
        let (refresh_token, row) = self.new_refresh_token(request, grant, 1);
        let redemption = CodeRedemption {
            refresh_token: row,
            access_token: tokens.opaque().cloned(),
            ..without_tokens
        };
        if let Some(proved) = request.proved {
            self.use_proof(proved).await?;
        }
        self.redeemed(redemption, &stored).await?;
        Ok(tokens.answer(request, refresh_token))
    }

    /// Redeems a code; an error unless this is the first time.
    async fn redeemed(
        &self,
        redemption: CodeRedemption,
        stored: &StoredCode,
    ) -> Result<(), OAuthError> {
        match self.0.store.redeem_code(&redemption).await? {
            Redeemed::First => Ok(()),
            Redeemed::Again => {
                tracing::warn!(
                    client = %stored.grant.client_id,
                    grant = %stored.grant.id,
                    "an authorization code was redeemed twice: its grant is revoked"
                );
                Err(refused())
            }
            Redeemed::Invalid => Err(refused()),
        }
    }
}

/// Whether the code belongs to this client, redirect URI, verifier and key.
fn check(stored: &StoredCode, request: &TokenRequest<'_>) -> Result<(), OAuthError> {
    if stored.grant.client_id != request.client.id {
        return Err(refused());
    }
    // OAuth 2.0 clients send it again, those of OAuth 2.1 do not.
    if request.form.get("redirect_uri").is_some_and(|it| it != stored.code.redirect_uri) {
        return Err(OAuthError::invalid_grant("redirect_uri is not that of the request"));
    }
    let verifier = request.form.get("code_verifier");
    if !verifier.is_some_and(|it| is_verifier_of(it, &stored.code.challenge)) {
        return Err(OAuthError::invalid_grant("code_verifier is missing or wrong"));
    }
    request.check_key(stored.code.jkt.as_deref())
}

/// Whether this verifier has the challenge.
fn is_verifier_of(verifier: &str, challenge: &CodeChallenge) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_valid = (43..=128).contains(&verifier.len()) && verifier.bytes().all(fits);
    let hash = digest(&SHA256, verifier.as_bytes());
    is_valid && verify_slices_are_equal(hash.as_ref(), challenge.as_bytes()).is_ok()
}

/// The same error for every invalid code, so that it says nothing about the code.
fn refused() -> OAuthError {
    OAuthError::invalid_grant("the authorization code is invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [RFC 7636 appendix B](https://www.rfc-editor.org/rfc/rfc7636#appendix-B)
    #[test]
    fn a45_a_verifier_is_compared_with_its_challenge() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let challenge: [u8; 32] = [
            19, 211, 30, 150, 26, 26, 216, 236, 47, 22, 177, 12, 76, 152, 46, 8, 118, 168, 120,
            173, 109, 241, 68, 86, 110, 225, 137, 74, 203, 112, 249, 195,
        ];
        let challenge = CodeChallenge::from_bytes(challenge);
        assert!(is_verifier_of(verifier, &challenge));
        let longer = format!("{verifier}a");
        for other in ["", "a", &longer, verifier.trim_start_matches('d'), &verifier.to_lowercase()]
        {
            assert!(!is_verifier_of(other, &challenge), "{other}");
        }
        for (text, is_valid) in [
            ("a".repeat(42), false),
            ("a".repeat(128), true),
            ("a".repeat(129), false),
            ("+".repeat(43), false),
        ] {
            let hash = digest(&SHA256, text.as_bytes());
            let challenge = CodeChallenge::from_bytes(hash.as_ref().try_into().unwrap());
            assert_eq!(is_verifier_of(&text, &challenge), is_valid, "{text}");
        }
    }
}
