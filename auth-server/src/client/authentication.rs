//! The authentication method of a client.

use auth_core::Jwks;

use super::ClientSecret;

/// How a client authenticates
/// ([RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3)). No other method is accepted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientAuthentication {
    /// Not at all: a public client sends its id.
    None,
    /// By a secret in HTTP Basic.
    ClientSecretBasic(ClientSecret),
    /// By a secret in the form.
    ClientSecretPost(ClientSecret),
    /// By a signed assertion.
    PrivateKeyJwt(ClientKeys),
}

/// The public keys of a client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientKeys {
    /// These.
    Fixed(Jwks),
    /// Those at this address, fetched when needed.
    At(String),
}

impl ClientAuthentication {
    /// Its name in metadata (`token_endpoint_auth_method`).
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic(_) => "client_secret_basic",
            Self::ClientSecretPost(_) => "client_secret_post",
            Self::PrivateKeyJwt(_) => "private_key_jwt",
        }
    }

    pub(crate) fn check(&self, client: &str, problems: &mut Vec<String>) {
        match self {
            Self::ClientSecretBasic(secret) | Self::ClientSecretPost(secret)
                if !secret.is_long_enough() =>
            {
                problems.push(format!(
                    "the secret of the client `{client}` is too short: expected 32 random bytes or more"
                ));
            }
            _ => {}
        }
    }
}
