//! What can be set from outside.

use std::net::SocketAddr;

use clap::Parser;

/// Notes: a small web application with accounts, and its API.
#[derive(Debug, Parser)]
#[command(name = "accounts-example", version)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:3000", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Where browsers reach it. By default `http://localhost:PORT` if it listens on loopback, else
    /// `http://ADDRESS:PORT`, where there are no passkeys.
    #[arg(long, value_name = "URL")]
    pub origin: Option<String>,
    /// `sqlite::memory:`, `sqlite:FILE` or `postgres://..`.
    #[arg(long, default_value = "sqlite::memory:", value_name = "URL")]
    pub database: String,
    /// A Redis server for sessions, one-time secrets and attempts.
    #[arg(long, value_name = "URL")]
    pub redis: Option<String>,
    /// The file with the keys that are kept outside the database. By default beside the file of the
    /// database; for PostgreSQL in `$XDG_STATE_HOME/accounts-example`. Nodes that share a database need
    /// the same file.
    #[arg(long, env = "ACCOUNTS_KEYS", value_name = "FILE")]
    pub keys: Option<std::path::PathBuf>,
    /// Appends the messages to users to this file, with the tokens and codes that are in them. By
    /// default they go to standard error.
    #[arg(long, value_name = "FILE")]
    pub messages: Option<std::path::PathBuf>,
    /// Keeps sessions and keys in memory, and follows the feed of changes instead of asking the store
    /// each time.
    #[arg(long)]
    pub feed: bool,
    /// Makes the accounts `alice` and `bob` (role member) and `carol` (role admin), all with the
    /// password `correct horse battery staple`.
    #[arg(long)]
    pub seed: bool,
    /// Writes the first line on standard output as JSON, for programs.
    #[arg(long)]
    pub json: bool,
}

/// Where browsers reach the application.
#[derive(Debug, PartialEq, Eq)]
pub struct Origins {
    /// The one that it names itself by: links lead there, and passkeys belong to it.
    pub own: String,
    /// Another one that its pages may come from.
    pub other: Option<String>,
}

impl Origins {
    /// The one that was said. Otherwise an address of this machine has a name, too: passkeys need one.
    #[must_use]
    pub fn new(said: Option<&str>, listen: SocketAddr) -> Self {
        let address = format!("http://{listen}");
        match said {
            Some(said) => Self { own: said.to_owned(), other: None },
            None if listen.ip().is_loopback() => {
                Self { own: format!("http://localhost:{}", listen.port()), other: Some(address) }
            }
            None => Self { own: address, other: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_machine_has_a_name() {
        let of = |said, listen: &str| Origins::new(said, listen.parse().unwrap());
        let own = of(None, "127.0.0.1:3000");
        assert_eq!(own.own, "http://localhost:3000");
        assert_eq!(own.other.as_deref(), Some("http://127.0.0.1:3000"));
        assert_eq!(of(None, "192.0.2.1:80").own, "http://192.0.2.1:80");
        let said = of(Some("https://notes.example.com"), "127.0.0.1:3000");
        assert_eq!(said, Origins { own: "https://notes.example.com".to_owned(), other: None });
    }
}
