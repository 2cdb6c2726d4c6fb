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
    /// Where browsers reach it, if that is not `http://localhost:PORT`.
    #[arg(long, value_name = "URL")]
    pub origin: Option<String>,
    /// `sqlite::memory:`, `sqlite:FILE` or `postgres://..`.
    #[arg(long, default_value = "sqlite::memory:", value_name = "URL")]
    pub database: String,
    /// A Redis server for sessions, one-time secrets and attempts.
    #[arg(long, value_name = "URL")]
    pub redis: Option<String>,
    /// The file with the keys that are kept outside the database. By default beside the file of the
    /// database; for a database server with what programs of the user keep.
    #[arg(long, env = "ACCOUNTS_KEYS", value_name = "FILE")]
    pub keys: Option<std::path::PathBuf>,
    /// Appends the messages to users to this file, with the tokens and codes that are in them.
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
