//! The token endpoint ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).

use std::sync::Arc;

use auth_accounts::secret::SecretText;
use auth_core::binding::ProvedKey;
use auth_core::public;
use axum::extract::{Request, State};
use axum::response::Response;
use http::HeaderValue;
use serde::{Serialize, Serializer};

use super::issue::IssuedAccessToken;
use super::{read, required};
use crate::accounts::AccountClaims;
use crate::client::{Client, GrantType};
use crate::server::AuthorizationServer;
use crate::store::Grant;
use crate::wire::{DPOP_NONCE, Form, OAuthError, OAuthErrorCode, cors, json};

/// A request for tokens, of a client that has authenticated.
pub(crate) struct TokenRequest<'a> {
    pub(crate) client: &'a Arc<Client>,
    pub(crate) form: &'a Form,
    /// The key of its DPoP proof. The proof is marked as used last.
    pub(crate) proved: Option<&'a ProvedKey>,
    /// The time of the request, in seconds since 1970.
    pub(crate) now: u64,
}

impl TokenRequest<'_> {
    /// The thumbprint of the key that access tokens are bound to.
    pub(crate) fn jkt(&self) -> Option<&str> {
        self.proved.map(ProvedKey::thumbprint)
    }

    /// The key that a refresh token is bound to, for a public client. A confidential client authenticates, and
    /// may change its key
    /// ([RFC 9449 §5](https://www.rfc-editor.org/rfc/rfc9449#section-5)).
    pub(crate) fn refresh_key(&self) -> Option<String> {
        self.jkt().filter(|_| self.client.is_public()).map(str::to_owned)
    }

    /// Whether the request proves the key that a code or a refresh token is bound to.
    pub(crate) fn check_key(&self, bound_to: Option<&str>) -> Result<(), OAuthError> {
        match (bound_to, self.jkt()) {
            (None, _) => Ok(()),
            (Some(bound), Some(proved)) if bound == proved => Ok(()),
            (Some(_), Some(_)) => Err(OAuthError::invalid_grant("it is bound to another key")),
            (Some(_), None) => Err(proof_is_missing()),
        }
    }
}

/// The response with tokens ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).
#[derive(Serialize)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: TokenText,
    pub(crate) token_type: &'static str,
    /// In seconds.
    pub(crate) expires_in: u64,
    pub(crate) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<TokenText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<String>,
}

impl TokenResponse {
    /// A response with an access token only. Its type is `DPoP` exactly if it is bound to a key.
    pub(crate) fn new(
        request: &TokenRequest<'_>,
        access_token: IssuedAccessToken,
        scopes: &[String],
    ) -> Self {
        Self {
            access_token: access_token.token.into(),
            token_type: if request.proved.is_some() { "DPoP" } else { "Bearer" },
            expires_in: access_token.expires_in,
            scope: scopes.join(" "),
            refresh_token: None,
            id_token: None,
        }
    }
}

/// A token in a response: the one place where it is written out.
pub(crate) struct TokenText(SecretText);

impl From<SecretText> for TokenText {
    fn from(token: SecretText) -> Self {
        Self(token)
    }
}

impl From<TokenText> for SecretText {
    fn from(token: TokenText) -> Self {
        token.0
    }
}

impl Serialize for TokenText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose())
    }
}

#[public(reason = "clients authenticate here by credentials of their own")]
pub(super) async fn token(State(server): State<AuthorizationServer>, request: Request) -> Response {
    cors(match server.token(request).await {
        Ok((answer, nonce)) => {
            let mut response = json(&answer);
            if let Some(nonce) = nonce.and_then(|it| HeaderValue::try_from(it).ok()) {
                response.headers_mut().insert(DPOP_NONCE, nonce);
            }
            response
        }
        Err(error) => axum::response::IntoResponse::into_response(error),
    })
}

impl AuthorizationServer {
    /// The response to a request for tokens, and the nonce for the next proof if it has changed.
    async fn token(&self, request: Request) -> Result<(TokenResponse, Option<String>), OAuthError> {
        let (parts, form) = read(request).await?;
        let client = self.authenticate_client(&parts, &form).await?;
        let name = required(&form, "grant_type")?;
        let features = self.0.features();
        let known = GrantType::parse(name).filter(|it| features.have_grant(*it));
        let Some(grant_type) = known else {
            let text = "this grant_type is not supported";
            return Err(OAuthError::new(OAuthErrorCode::UnsupportedGrantType, text));
        };
        if !client.may(grant_type) {
            let text = "the client may not use this grant_type";
            return Err(OAuthError::new(OAuthErrorCode::UnauthorizedClient, text));
        }
        let proved = self.check_proof(&parts)?;
        if client.dpop_bound_access_tokens && proved.is_none() {
            return Err(proof_is_missing());
        }
        let request =
            TokenRequest { client: &client, form: &form, proved: proved.as_ref(), now: self.now() };
        let answer = match grant_type {
            GrantType::AuthorizationCode => self.redeem_code(&request).await?,
            GrantType::RefreshToken => self.refresh(&request).await?,
            GrantType::ClientCredentials => self.client_credentials(&request).await?,
            GrantType::DeviceCode if self.0.device_authorization => {
                self.poll_device(&request).await?
            }
            GrantType::DeviceCode => {
                let text = "this grant_type is not supported";
                return Err(OAuthError::new(OAuthErrorCode::UnsupportedGrantType, text));
            }
        };
        // The tokens are stored: they are returned even if this fails.
        if let Err(error) = self.note_use_of_client(&client).await {
            tracing::warn!(%error, "the use of a client was not noted");
        }
        crate::measure::token_issued(grant_type);
        let nonce = proved.as_ref().and_then(ProvedKey::next_nonce).map(str::to_owned);
        Ok((answer, nonce))
    }

    /// The claims of the user of a grant, as they are now: a locked user gets no more tokens.
    pub(crate) async fn account_of(&self, grant: &Grant) -> Result<AccountClaims, OAuthError> {
        let claims = self.claims_of(&grant.subject).await?;
        claims.ok_or_else(|| OAuthError::invalid_grant("the account is locked or deleted"))
    }

    /// The claims of a user as they are now; `None` if there is no such user any more.
    pub(crate) async fn claims_of(
        &self,
        subject: &str,
    ) -> Result<Option<AccountClaims>, OAuthError> {
        let claims = self.0.accounts.claims(subject).await?;
        if let Some(claim) = claims.as_ref().and_then(AccountClaims::reserved) {
            tracing::error!(
                claim,
                "a claim of the accounts has a reserved name: the user gets no token"
            );
            let text = "the account cannot have tokens";
            return Err(OAuthError::new(OAuthErrorCode::ServerError, text));
        }
        Ok(claims)
    }
}

/// A proof is required, and the client has sent none.
fn proof_is_missing() -> OAuthError {
    OAuthError::new(OAuthErrorCode::InvalidDpopProof, "a DPoP proof is required")
}
