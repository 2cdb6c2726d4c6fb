//! What is set from outside: the provider, and the names of this service.

use std::env;
use std::fmt;
use std::net::SocketAddr;

use thiserror::Error;

/// The settings, from the environment.
#[derive(Debug)]
pub struct Settings {
    /// `OIDC_ISSUER`: exactly the `iss` of the tokens. Its metadata is fetched from there.
    pub issuer: String,
    /// `OIDC_AUDIENCE`: exactly the `aud` of the tokens for this service.
    pub audience: String,
    /// `OIDC_LISTEN`: where to listen.
    pub listen: SocketAddr,
    /// `OIDC_ORIGIN`: by what address clients know this service, for the proofs that they send.
    pub origin: Option<String>,
    /// `OIDC_CLIENT_ID` and `OIDC_CLIENT_SECRET`: as whom it asks the provider about opaque tokens.
    pub client: Option<Client>,
}

/// Who this service is at the provider.
pub struct Client {
    pub id: String,
    pub secret: String,
}

/// What is missing or wrong, in one sentence for the person who starts the service.
#[derive(Debug, Error)]
pub enum SettingsError {
    #[error("missing setting `{name}`: set it to {meaning}, for example `{name}={example}`")]
    Missing { name: &'static str, meaning: &'static str, example: &'static str },
    #[error(
        "wrong setting `OIDC_LISTEN={0}`: expected an address and a port such as `127.0.0.1:3001`"
    )]
    Listen(String),
}

impl Settings {
    /// Reads the environment.
    pub fn read() -> Result<Self, SettingsError> {
        let issuer = required(
            "OIDC_ISSUER",
            "the issuer of your tokens, exactly as in their `iss`",
            "http://127.0.0.1:3900",
        )?;
        let audience = required(
            "OIDC_AUDIENCE",
            "the name of this service, exactly as in the `aud` of its tokens",
            "https://api.test",
        )?;
        let listen = optional("OIDC_LISTEN").unwrap_or_else(|| "127.0.0.1:3001".to_owned());
        let listen = listen.parse().map_err(|_| SettingsError::Listen(listen))?;
        let client = match optional("OIDC_CLIENT_ID") {
            None => None,
            Some(id) => {
                let meaning = "the secret of the client `OIDC_CLIENT_ID`";
                Some(Client { id, secret: required("OIDC_CLIENT_SECRET", meaning, "..")? })
            }
        };
        Ok(Self { issuer, audience, listen, origin: optional("OIDC_ORIGIN"), client })
    }
}

/// An empty value counts as a missing one.
fn optional(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn required(
    name: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Result<String, SettingsError> {
    optional(name).ok_or(SettingsError::Missing { name, meaning, example })
}

/// Never shows the secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}
