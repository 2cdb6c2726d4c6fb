//! What is set from outside: the provider, and the names of this service.

use std::env;
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
        let listen = env::var("OIDC_LISTEN").unwrap_or_else(|_| "127.0.0.1:3001".to_owned());
        let listen = listen.parse().map_err(|_| SettingsError::Listen(listen))?;
        Ok(Self { issuer, audience, listen })
    }
}

fn required(
    name: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Result<String, SettingsError> {
    let value = env::var(name).ok().filter(|value| !value.is_empty());
    value.ok_or(SettingsError::Missing { name, meaning, example })
}
