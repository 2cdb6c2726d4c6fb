//! The tokens for a grant, for all grant types: an access token, an ID token if the scope `openid` was granted,
//! and a refresh token.

use auth_accounts::secret::SecretText;

use super::issue::{AccessTokenFor, IssuedAccessToken, TokenSubject};
use super::secret::{new_secret, refresh_token_digest};
use super::target::granted_scopes;
use super::{TokenRequest, TokenResponse};
use crate::client::GrantType;
use crate::server::AuthorizationServer;
use crate::store::{Grant, OpaqueToken, RefreshToken};
use crate::wire::OAuthError;

/// The tokens for a grant. They are not stored yet.
pub(crate) struct UserTokens {
    access_token: IssuedAccessToken,
    id_token: Option<String>,
    scopes: Vec<String>,
}

impl UserTokens {
    /// The row of the access token, if it is an opaque one.
    pub(crate) const fn opaque(&self) -> Option<&OpaqueToken> {
        self.access_token.opaque.as_ref()
    }

    /// The response with them.
    pub(crate) fn answer(
        self,
        request: &TokenRequest<'_>,
        refresh_token: Option<SecretText>,
    ) -> TokenResponse {
        let mut answer = TokenResponse::new(request, self.access_token, &self.scopes);
        answer.refresh_token = refresh_token.map(Into::into);
        answer.id_token = self.id_token;
        answer
    }
}

impl AuthorizationServer {
    /// Issues the access token of a grant with these of its scopes, and the ID token. The account is looked up
    /// each time.
    pub(crate) async fn user_tokens(
        &self,
        request: &TokenRequest<'_>,
        grant: &Grant,
        scope: Option<&str>,
        nonce: Option<&str>,
    ) -> Result<UserTokens, OAuthError> {
        let account = self.account_of(grant).await?;
        let resource = self.granted_resource(request, grant)?;
        let scopes = granted_scopes(request, grant, resource, scope)?;
        let access_token = self.issue_access_token(&AccessTokenFor {
            client: request.client,
            subject: TokenSubject::User { grant, claims: &account },
            scopes: &scopes,
            resource,
            jkt: request.jkt(),
        })?;
        let id_token = if scopes.iter().any(|it| it == "openid") {
            let token = Some(access_token.token.expose());
            Some(self.issue_id_token(request.client, grant, &account, &scopes, nonce, token)?)
        } else {
            None
        };
        Ok(UserTokens { access_token, id_token, scopes })
    }

    /// A refresh token and its row, if the client may have one. `number` is its place in the chain.
    pub(crate) fn new_refresh_token(
        &self,
        request: &TokenRequest<'_>,
        grant: &Grant,
        number: u64,
    ) -> (Option<SecretText>, Option<RefreshToken>) {
        let token = request.client.may(GrantType::RefreshToken).then(new_secret);
        let row = token.as_ref().map(|it| RefreshToken {
            digest: refresh_token_digest(it.expose()),
            grant: grant.id.clone(),
            number,
            jkt: request.refresh_key(),
            expires_at: self.refresh_token_end(grant, request.now),
        });
        (token, row)
    }

    /// When a new refresh token expires if it is not used: not later than its grant.
    fn refresh_token_end(&self, grant: &Grant, now: u64) -> u64 {
        now.saturating_add(self.0.lifetimes.refresh_token_idle).min(grant.expires_at)
    }
}
