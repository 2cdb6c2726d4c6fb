//! From a device code to tokens ([RFC 8628 §3.4](https://www.rfc-editor.org/rfc/rfc8628#section-3.4)).

use auth_accounts::secret::Digest;

use super::authorization::device_code_digest;
use crate::server::AuthorizationServer;
use crate::store::{DevicePoll, Grant};
use crate::token::{TokenRequest, TokenResponse, required};
use crate::wire::{OAuthError, OAuthErrorCode};

impl AuthorizationServer {
    /// The response to a poll: the tokens once the user has allowed them.
    pub(crate) async fn poll_device(
        &self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenResponse, OAuthError> {
        let digest = device_code_digest(required(request.form, "device_code")?);
        self.asked_resource(request)?;
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
                error(OAuthErrorCode::SlowDown, "wait 5 seconds longer between polls")
            }
            DevicePoll::Denied => error(OAuthErrorCode::AccessDenied, "the user has denied it"),
            DevicePoll::Expired => error(OAuthErrorCode::ExpiredToken, "the code has expired"),
            DevicePoll::Invalid => Err(refused()),
            DevicePoll::Allowed(grant) => self.tokens_of_device(request, &digest, &grant).await,
        }
    }

    /// The tokens for the grant. They use the device code up, last of all: a request that is refused does not.
    async fn tokens_of_device(
        &self,
        request: &TokenRequest<'_>,
        device_code: &Digest,
        grant: &Grant,
    ) -> Result<TokenResponse, OAuthError> {
        let tokens = self.user_tokens(request, grant, None, None).await?;
        let (refresh_token, row) = self.new_refresh_token(request, grant, 1);
        let (store, opaque) = (&self.0.store, tokens.opaque());
        let begun = store.begin_grant(device_code, &grant.id, row.as_ref(), opaque, request.now);
        if !begun.await? {
            return Err(refused());
        }
        Ok(tokens.answer(request, refresh_token))
    }
}

fn refused() -> OAuthError {
    OAuthError::invalid_grant("the device code is invalid, or was used before")
}
