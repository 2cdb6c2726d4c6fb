//! What can be set from outside.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use auth_core::ClaimMap;
use auth_core::response::ErrorDetail;
use clap::{Parser, Subcommand};

use crate::listing::Format;

/// A small orders service whose every endpoint is guarded by one attribute.
///
/// Without an issuer of your own, it starts an authorization server for development in the same
/// program, with keys made at start.
#[derive(Debug, Parser)]
#[command(name = "orders-api", version)]
pub struct Settings {
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where to listen; port 0 takes a free one.
    #[arg(
        long,
        env = "ORDERS_LISTEN",
        default_value = "127.0.0.1:3000",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,
    /// The address that clients know the service by, if it is not the one it listens on.
    #[arg(long, env = "ORDERS_RESOURCE", value_name = "URL")]
    pub resource: Option<String>,
    /// The file of the database, or `:memory:`.
    #[arg(long, env = "ORDERS_DATABASE", default_value = ":memory:")]
    pub database: String,
    /// The issuer whose tokens are accepted, exactly as in their `iss`.
    #[arg(long, env = "ORDERS_ISSUER")]
    pub issuer: Option<String>,
    /// The audience that tokens must be made for, exactly as in their `aud`.
    #[arg(long, env = "ORDERS_AUDIENCE")]
    pub audience: Option<String>,
    /// A file with the issuer's public keys (JWKS, RFC 7517).
    #[arg(long, env = "ORDERS_JWKS", value_name = "FILE")]
    pub jwks: Option<PathBuf>,
    /// Whose tokens they are: where names are in them, and whether they say `at+jwt`. Keycloak's
    /// roles are those of the realm and of the client named like the audience.
    #[arg(long, env = "ORDERS_PROVIDER", value_enum, default_value_t)]
    pub provider: Provider,
    /// Say in a 401 and a 403 what is wrong, and explain tokens at `/docs/explain`; for development.
    #[arg(long, env = "ORDERS_EXPLAIN", value_parser = clap::builder::FalseyValueParser::new())]
    pub explain: bool,
}

/// Who issues tokens of one's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Provider {
    #[default]
    Rfc9068,
    Keycloak,
    Auth0,
    Entra,
    Okta,
    Cognito,
}

impl Provider {
    /// Where this provider writes roles, permissions, scopes and groups.
    pub fn claims(self, audience: &str) -> ClaimMap {
        match self {
            Self::Rfc9068 => ClaimMap::rfc9068(),
            Self::Keycloak => ClaimMap::keycloak(audience),
            Self::Auth0 => ClaimMap::auth0(),
            Self::Entra => ClaimMap::entra(),
            Self::Okta => ClaimMap::okta(),
            Self::Cognito => ClaimMap::cognito(),
        }
    }
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes who may call what to standard output.
    Access {
        /// How it is written.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Reads a token from standard input and writes what becomes of it, step by step.
    Explain,
}

/// What to print instead of starting: the help, or what is wrong with the settings.
pub struct Answer(clap::Error);

impl Settings {
    pub fn read() -> Result<Self, Answer> {
        Self::try_parse().map_err(Answer)
    }

    /// The identifier of the service as a protected resource (RFC 9728), given where it listens.
    pub fn resource(&self, listening: SocketAddr) -> String {
        match &self.resource {
            Some(resource) => resource.clone(),
            None if listening.ip().is_loopback() => format!("http://{listening}"),
            // Clients need `https` from elsewhere, and no one said under which name.
            None => format!("http://127.0.0.1:{}", listening.port()),
        }
    }

    pub const fn error_detail(&self) -> ErrorDetail {
        if self.explain { ErrorDetail::Full } else { ErrorDetail::Minimal }
    }
}

impl Answer {
    /// Help goes to standard output with exit code 0, mistakes to standard error with 1.
    pub fn print(&self) -> ExitCode {
        let text = self.0.render();
        if self.0.use_stderr() {
            let _ = write!(io::stderr(), "{text}");
            ExitCode::from(1)
        } else {
            let _ = write!(io::stdout(), "{text}");
            ExitCode::SUCCESS
        }
    }
}
