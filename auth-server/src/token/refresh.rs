//! Refresh tokens ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6),
//! [RFC 9700 §4.14](https://www.rfc-editor.org/rfc/rfc9700#section-4.14)).
//!
//! Each use replaces it by a successor. A client that asks twice at the same time, or did not get the response,
//! gets the same successor within the retry window, so a chain never branches. A later use of a spent token
//! revokes the grant.

use super::secret::{open_successor, seal_successor};
use super::{TokenRequest, TokenResponse, refresh_token_digest, required};
use crate::server::AuthorizationServer;
use crate::store::{Rotated, Rotation, StoredRefreshToken};
use crate::wire::{OAuthError, OAuthErrorCode};

impl AuthorizationServer {
    pub(super) async fn refresh(
        &self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenResponse, OAuthError> {
        let presented = required(request.form, "refresh_token")?;
        let digest = refresh_token_digest(presented);
        let stored = self.0.store.find_refresh_token(&digest).await?.ok_or_else(refused)?;
        check(&stored, request)?;
        let grant = &stored.grant;
        let tokens = self.user_tokens(request, grant, request.form.get("scope"), None).await?;
        let number = stored.token.number.saturating_add(1);
        let (Some(successor), Some(row)) = self.new_refresh_token(request, grant, number) else {
            return Err(refused());
        };
        let rotation = Rotation {
            presented: digest,
            successor: row,
            sealed_successor: seal_successor(presented, &successor).ok_or_else(failed)?,
            access_token: tokens.opaque().cloned(),
            retry_window: self.0.lifetimes.refresh_retry_window,
            now: request.now,
        };
        if let Some(proved) = request.proved {
            self.use_proof(proved).await?;
        }
        let successor = match self.0.store.rotate_refresh_token(&rotation).await? {
            Rotated::First => successor,
            Rotated::Retried { sealed_successor } => {
                open_successor(presented, &sealed_successor).ok_or_else(failed)?
            }
            Rotated::Reused => {
                tracing::warn!(
                    client = %grant.client_id,
                    grant = %grant.id,
                    number = stored.token.number,
                    "a spent refresh token was used again: its grant is revoked"
                );
                return Err(refused());
            }
            Rotated::Invalid => return Err(refused()),
        };
        Ok(tokens.answer(request, Some(successor)))
    }
}

/// Whether the token belongs to this client and key. A failure here revokes nothing.
fn check(stored: &StoredRefreshToken, request: &TokenRequest<'_>) -> Result<(), OAuthError> {
    let (token, grant) = (&stored.token, &stored.grant);
    if grant.client_id != request.client.id || !grant.is_live(request.now) {
        return Err(refused());
    }
    // For a spent token the store decides whether it was used again.
    if stored.spent_at.is_none() && request.now >= token.expires_at {
        return Err(refused());
    }
    request.check_key(token.jkt.as_deref())
}

/// The same error for every invalid refresh token.
fn refused() -> OAuthError {
    OAuthError::invalid_grant("the refresh token is invalid")
}

fn failed() -> OAuthError {
    tracing::error!("the successor of a refresh token cannot be sealed or opened");
    OAuthError::new(OAuthErrorCode::ServerError, "the refresh token cannot be issued")
}
