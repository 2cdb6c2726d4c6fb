//! Tokens for the client itself ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).

use super::issue::{AccessTokenFor, TokenSubject};
use super::{TokenRequest, TokenResponse};
use crate::builder::OPENID_SCOPES;
use crate::server::AuthorizationServer;
use crate::wire::{OAuthError, OAuthErrorCode};

impl AuthorizationServer {
    /// There is no refresh token, since the client can ask again at any time.
    pub(super) async fn client_credentials(
        &self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenResponse, OAuthError> {
        let client = request.client;
        if client.is_public() {
            let text = "this grant_type is for clients that authenticate";
            return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, text));
        }
        let asked = request.form.get("scope");
        // There is no user whom these scopes could be about.
        if asked.is_some_and(|it| it.split(' ').any(|it| OPENID_SCOPES.contains(&it))) {
            let text = "the scopes of OpenID Connect need a user";
            return Err(OAuthError::new(OAuthErrorCode::InvalidScope, text));
        }
        let resource = match self.asked_resource(request)? {
            Some(resource) => resource,
            None => self.targets(client, &[])?.first().copied().ok_or_else(|| {
                let text = "there is no resource to have a token for";
                OAuthError::new(OAuthErrorCode::InvalidTarget, text)
            })?,
        };
        let mut scopes = self.scopes(client, &[resource], asked)?;
        scopes.retain(|it| !OPENID_SCOPES.contains(&it.as_str()));
        let access_token = self.issue_access_token(&AccessTokenFor {
            client,
            subject: TokenSubject::Client,
            scopes: &scopes,
            resource,
            jkt: request.jkt(),
        })?;
        if let Some(proved) = request.proved {
            self.use_proof(proved).await?;
        }
        if let Some(token) = &access_token.opaque {
            self.0.store.keep_opaque_token(token).await?;
        }
        Ok(TokenResponse::new(request, access_token, &scopes))
    }
}
