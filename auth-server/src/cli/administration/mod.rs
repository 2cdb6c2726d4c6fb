//! What administrators do with the database of a server, also while it runs.

mod clients;
mod grants;
mod keys;
mod users;

use std::path::PathBuf;

use auth_accounts::Accounts;
use auth_accounts::model::{Account, LoginKey};
use clap::Args;

pub(super) use clients::ClientCommand;
pub(super) use grants::GrantCommand;
pub(super) use keys::KeyCommand;
pub(super) use users::UserCommand;

use super::Failure;
use super::config::Config;
use super::serve::default_issuer;
use super::setup::{self, Opened};

/// The arguments of every command.
#[derive(Clone, Debug, Args)]
pub(super) struct Common {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Answers in JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// The database of a server.
struct Desk {
    config: Config,
    issuer: String,
    opened: Opened,
    accounts: Accounts,
}

impl Desk {
    async fn open(common: &Common) -> Result<Self, Failure> {
        let config = Config::read(&common.config)?;
        if config.is_in_memory() {
            return Err("`database`: it is in the memory of the server, where no other program reaches it: expected `sqlite:FILE` or `postgres://..`".into());
        }
        let issuer = default_issuer(&config);
        let opened = Opened::open(&config).await?;
        let accounts = setup::accounts(&config, &issuer, &opened)?;
        Ok(Self { config, issuer, opened, accounts })
    }

    /// The account with this name.
    async fn account(&self, username: &str) -> Result<Account, Failure> {
        let login = LoginKey::prepare(username);
        let login = login.ok_or_else(|| format!("`{username}` can be no user's name"))?;
        let found = self.accounts.stores().accounts.find(&login).await?;
        found.ok_or_else(|| format!("there is no user `{username}`").into())
    }

    /// Whether the file has this user, so that each start of the server writes it to the database.
    fn is_in_the_file(&self, account: &Account) -> bool {
        let name = LoginKey::prepare(&account.username);
        self.config.user.iter().any(|it| LoginKey::prepare(&it.username) == name)
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    use auth_core::time::Clock as _;
    auth_core::time::SystemClock.now()
}
