//! Refresh tokens ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6),
//! [RFC 9700 §4.14](https://www.rfc-editor.org/rfc/rfc9700#section-4.14)).
//!
//! Each use puts another one in its place. A client that asks twice at once, or did not get the answer, gets
//! the same successor for a while: a chain never has two ends. Later uses of a spent token end the grant.

use super::issue::{AccessTokenFor, TokenSubject};
use super::secret::{open_successor, seal_successor};
use super::target::granted_scopes;
use super::{TokenRequest, TokenResponse, new_secret, refresh_token_digest, required};
use crate::server::AuthorizationServer;
use crate::store::{Grant, RefreshToken, Rotated, Rotation, StoredRefreshToken};
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
        let account = self.account_of(grant).await?;
        let resource = self.granted_resource(request, grant)?;
        let scopes = granted_scopes(request, grant, resource, request.form.get("scope"))?;
        let access_token = self.issue_access_token(&AccessTokenFor {
            client: request.client,
            subject: TokenSubject::User { grant, claims: &account },
            scopes: &scopes,
            resource,
            jkt: request.jkt(),
        })?;
        let id_token = if scopes.iter().any(|it| it == "openid") {
            let token = Some(access_token.token.expose());
            Some(self.issue_id_token(request.client, grant, &account, None, token)?)
        } else {
            None
        };
        let successor = new_secret();
        let sealed_successor = seal_successor(presented, &successor).ok_or_else(failed)?;
        let rotation = Rotation {
            presented: digest,
            successor: RefreshToken {
                digest: refresh_token_digest(successor.expose()),
                grant: grant.id.clone(),
                number: stored.token.number.saturating_add(1),
                jkt: request.refresh_key(),
                expires_at: self.refresh_token_end(grant, request.now),
            },
            sealed_successor,
            access_token: access_token.opaque.clone(),
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
        let mut answer = TokenResponse::new(request, access_token, &scopes);
        answer.refresh_token = Some(successor.into());
        answer.id_token = id_token;
        Ok(answer)
    }

    /// When a new refresh token expires unless it is used: not later than its grant.
    pub(crate) fn refresh_token_end(&self, grant: &Grant, now: u64) -> u64 {
        now.saturating_add(self.0.lifetimes.refresh_token_idle).min(grant.expires_at)
    }
}

/// Whether a request shows that the token is its own: client and key. What fails here revokes nothing.
fn check(stored: &StoredRefreshToken, request: &TokenRequest<'_>) -> Result<(), OAuthError> {
    let (token, grant) = (&stored.token, &stored.grant);
    if grant.client_id != request.client.id || !grant.is_live(request.now) {
        return Err(refused());
    }
    // Of one that is spent the store says whether it was used again.
    if stored.spent_at.is_none() && request.now >= token.expires_at {
        return Err(refused());
    }
    request.check_key(token.jkt.as_deref())
}

/// The same whatever is wrong with a refresh token.
fn refused() -> OAuthError {
    OAuthError::invalid_grant("the refresh token is invalid")
}

fn failed() -> OAuthError {
    tracing::error!("the successor of a refresh token cannot be sealed or opened");
    OAuthError::new(OAuthErrorCode::ServerError, "the refresh token cannot be made")
}
