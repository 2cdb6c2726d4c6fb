//! From a device code to tokens ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)).

use super::authorization::device_code_digest;
use crate::client::GrantType;
use crate::server::AuthorizationServer;
use crate::store::{DevicePoll, Grant, RefreshToken};
use crate::token::issue::{AccessTokenFor, TokenSubject};
use crate::token::{
    TokenRequest, TokenResponse, granted_scopes, new_secret, refresh_token_digest, required,
};
use crate::wire::{OAuthError, OAuthErrorCode};

impl AuthorizationServer {
    /// What a device hears, and its tokens once its user has allowed them.
    pub(crate) async fn poll_device(
        &self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenResponse, OAuthError> {
        let digest = device_code_digest(required(request.form, "device_code")?);
        self.asked_resource(request)?;
        // The store gives the grant out once, so all that can fail for another reason comes before.
        if let Some(proved) = request.proved {
            self.use_proof(proved).await?;
        }
        let client = &request.client.id;
        let error = |code, text: &'static str| Err(OAuthError::new(code, text));
        match self.0.store.poll_device_request(&digest, client, request.now).await? {
            DevicePoll::Pending => {
                error(OAuthErrorCode::AuthorizationPending, "the user has not decided yet")
            }
            DevicePoll::SlowDown => {
                error(OAuthErrorCode::SlowDown, "the interval is 5 seconds longer from now on")
            }
            DevicePoll::Denied => error(OAuthErrorCode::AccessDenied, "the user has denied it"),
            DevicePoll::Expired => error(OAuthErrorCode::ExpiredToken, "the code has expired"),
            DevicePoll::Invalid => Err(refused()),
            DevicePoll::Allowed(grant) => self.tokens_of_device(request, &grant).await,
        }
    }

    async fn tokens_of_device(
        &self,
        request: &TokenRequest<'_>,
        grant: &Grant,
    ) -> Result<TokenResponse, OAuthError> {
        let account = self.account_of(grant).await?;
        let resource = self.granted_resource(request, grant)?;
        let scopes = granted_scopes(request, grant, resource, None)?;
        let access_token = self.issue_access_token(&AccessTokenFor {
            client: request.client,
            subject: TokenSubject::User { grant, claims: &account },
            scopes: &scopes,
            resource,
            jkt: request.jkt(),
        })?;
        let id_token = if grant.scopes.iter().any(|it| it == "openid") {
            let token = Some(access_token.token.expose());
            Some(self.issue_id_token(request.client, grant, &account, None, token)?)
        } else {
            None
        };
        let refresh_token = request.client.may(GrantType::RefreshToken).then(new_secret);
        let stored = refresh_token.as_ref().map(|it| RefreshToken {
            digest: refresh_token_digest(it.expose()),
            grant: grant.id.clone(),
            number: 1,
            jkt: request.refresh_key(),
            expires_at: self.refresh_token_end(grant, request.now),
        });
        let opaque = access_token.opaque.as_ref();
        let begun = self.0.store.begin_grant(&grant.id, stored.as_ref(), opaque, request.now);
        if !begun.await? {
            return Err(refused());
        }
        let mut answer = TokenResponse::new(request, access_token, &scopes);
        answer.refresh_token = refresh_token.map(Into::into);
        answer.id_token = id_token;
        Ok(answer)
    }
}

fn refused() -> OAuthError {
    OAuthError::invalid_grant("the device code is invalid, or was used before")
}
