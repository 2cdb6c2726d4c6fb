//! Client authentication, the same for all endpoints
//! ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)).
//!
//! Only the registered method of a client is accepted. An unknown client, another method and a wrong secret get
//! the same response after the same work.

use std::sync::{Arc, LazyLock};

use auth_accounts::secret::Digest;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use zeroize::Zeroizing;

use super::assertion::{self, ASSERTION_TYPE};
use super::basic;
use super::{Client, ClientAuthentication, ClientSecret};
use crate::server::AuthorizationServer;
use crate::wire::{Form, OAuthError, for_log};

/// The challenge after a failed Basic authentication
/// ([RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2)).
const BASIC_CHALLENGE: &str = "Basic realm=\"token\", charset=\"UTF-8\"";

/// The secret that the secrets of unknown clients are compared with.
static NO_SECRET: LazyLock<ClientSecret> =
    LazyLock::new(|| ClientSecret::from_digests(vec![Digest::ZERO]));

/// How a request authenticates its client.
enum Presented {
    /// Only by its id.
    None,
    Basic(Zeroizing<String>),
    Post(Zeroizing<String>),
    Assertion {
        text: Zeroizing<String>,
        kid: Option<String>,
    },
}

impl Presented {
    /// The name of the method in metadata.
    const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic(_) => "client_secret_basic",
            Self::Post(_) => "client_secret_post",
            Self::Assertion { .. } => "private_key_jwt",
        }
    }
}

/// Why a client is not authenticated, for the log.
fn why_not(client: Option<&Client>, presented: &Presented) -> String {
    let Some(client) = client else { return "no client has this id".to_owned() };
    let (registered, presented) = (client.authentication.name(), presented.name());
    if registered == presented {
        "its secret or its assertion is wrong".to_owned()
    } else {
        format!("it authenticates by `{presented}`, and is registered with `{registered}`")
    }
}

/// The client of a request, before it is authenticated.
struct Claim {
    client_id: String,
    presented: Presented,
}

impl AuthorizationServer {
    /// Authenticates the client of a request: by HTTP Basic, by a secret in the form, by an assertion, or,
    /// if it is public, by its `client_id`.
    ///
    /// # Errors
    /// `invalid_request` if it uses more than one method, `invalid_client` if it does not authenticate by its
    /// registered method; 429 if it fails too often, 503 if the store fails.
    pub(crate) async fn authenticate_client(
        &self,
        request: &Parts,
        form: &Form,
    ) -> Result<Arc<Client>, OAuthError> {
        let by_header = request.headers.contains_key(AUTHORIZATION);
        let refused = || {
            let error = OAuthError::invalid_client();
            if by_header { error.with_challenge(BASIC_CHALLENGE) } else { error }
        };
        let Some(claim) = read(&request.headers, form)? else {
            tracing::info!("a request names no client: neither by `client_id` nor by HTTP Basic");
            return Err(refused());
        };
        let client = self.client(&claim.client_id).await?;
        if let Some(client) = self.authenticate(client.clone(), &claim).await? {
            return Ok(client);
        }
        let why = why_not(client.as_deref(), &claim.presented);
        // Clients of the settings are found without the store. The response must not be faster for them.
        if client.is_some_and(|it| it.is_vetted()) {
            self.0.store.find_client(&claim.client_id).await?;
        }
        tracing::info!(client = for_log(&claim.client_id), why, "a client did not authenticate");
        if let Some(limit) = self.0.limits.client_failures {
            let purpose = "failures of clients";
            self.count_request(purpose, &claim.client_id, request, limit).await?;
        }
        Err(refused())
    }

    /// The client, if it is authenticated by its registered method.
    async fn authenticate(
        &self,
        client: Option<Arc<Client>>,
        claim: &Claim,
    ) -> Result<Option<Arc<Client>>, OAuthError> {
        use ClientAuthentication as Method;

        let method = client.as_ref().map(|it| &it.authentication);
        let is_right = match (&claim.presented, method) {
            (Presented::Basic(presented), Some(Method::ClientSecretBasic(secret)))
            | (Presented::Post(presented), Some(Method::ClientSecretPost(secret))) => {
                secret.matches(presented)
            }
            (Presented::Basic(presented) | Presented::Post(presented), _) => {
                NO_SECRET.matches(presented);
                false
            }
            (Presented::None, Some(Method::None)) => true,
            (Presented::Assertion { text, kid }, Some(Method::PrivateKeyJwt(_))) => {
                let Some(client) = &client else { return Ok(None) };
                self.assertion_is_right(client, text, kid.as_deref()).await?
            }
            (Presented::None | Presented::Assertion { .. }, _) => false,
        };
        Ok(client.filter(|_| is_right))
    }

    async fn assertion_is_right(
        &self,
        client: &Client,
        text: &str,
        kid: Option<&str>,
    ) -> Result<bool, OAuthError> {
        let Some(keys) = self.client_keys(client, kid).await? else { return Ok(false) };
        let clock = Arc::clone(&self.0.clock);
        match assertion::verify(text, &client.id, &keys, self.issuer(), clock) {
            Ok(verified) => self.claim_assertion(client, &verified).await,
            Err(why) => {
                tracing::info!(client = for_log(&client.id), %why, "an assertion was refused");
                Ok(false)
            }
        }
    }
}

/// The client of a request, and its credential. `None`: there is no client, or it cannot be read.
fn read(headers: &HeaderMap, form: &Form) -> Result<Option<Claim>, OAuthError> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let line = lines.next();
    let more_than_one =
        || OAuthError::invalid_request("the client uses more than one authentication method");
    if lines.next().is_some() {
        return Err(more_than_one());
    }
    let secret = form.get("client_secret");
    let asserted = form.get("client_assertion");
    let asserted_type = form.get("client_assertion_type");
    let ways = [line.is_some(), secret.is_some(), asserted.is_some() || asserted_type.is_some()];
    if ways.into_iter().filter(|it| *it).count() > 1 {
        return Err(more_than_one());
    }
    let named = form.get("client_id");
    let claim = if let Some(line) = line {
        let text = line.to_str().ok();
        let basic = text.and_then(|it| it.split_once(' '));
        let basic = basic.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"));
        let Some(credential) = basic.and_then(|(_, it)| basic::parse(it.trim_matches(' '))) else {
            return Ok(None);
        };
        Claim { client_id: credential.client_id, presented: Presented::Basic(credential.secret) }
    } else if let Some(secret) = secret {
        let Some(client_id) = named else { return Ok(None) };
        let presented = Presented::Post(Zeroizing::new(secret.to_owned()));
        Claim { client_id: client_id.to_owned(), presented }
    } else if let Some(text) = asserted {
        if asserted_type != Some(ASSERTION_TYPE) {
            return Err(OAuthError::invalid_request("client_assertion_type is not supported"));
        }
        let Some(claimed) = assertion::claimed(text) else { return Ok(None) };
        let text = Zeroizing::new(text.to_owned());
        let presented = Presented::Assertion { text, kid: claimed.kid };
        Claim { client_id: claimed.client_id, presented }
    } else if asserted_type.is_some() {
        return Err(OAuthError::invalid_request("client_assertion is missing"));
    } else {
        let Some(client_id) = named else { return Ok(None) };
        Claim { client_id: client_id.to_owned(), presented: Presented::None }
    };
    if named.is_some_and(|it| it != claim.client_id) {
        return Err(OAuthError::invalid_request("client_id is not the client that authenticates"));
    }
    Ok(Some(claim))
}
