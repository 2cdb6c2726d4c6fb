//! `auth-server client ..`

use auth_accounts::secret::{SecretText, random_base62};
use clap::Subcommand;
use serde_json::json;

use super::super::Failure;
use super::super::config::{Authentication, Config, ConsentChoice};
use super::super::output::{Rows, print};
use super::Common;

/// Clients: those of the file.
#[derive(Debug, Subcommand)]
pub(in super::super) enum ClientCommand {
    /// Lists the clients of the configuration.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Draws a secret for a client, to be put into the configuration or the environment.
    Secret {
        /// Answers in JSON.
        #[arg(long)]
        json: bool,
    },
}

/// How many letters and digits a secret has: 43 are 256 bits.
const SECRET_LETTERS: usize = 43;

impl ClientCommand {
    pub(in super::super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { common } => {
                let config = Config::read(&common.config)?;
                let columns = ["id", "authentication", "grants", "scopes", "resources", "consent"];
                let mut rows = Rows::new(&columns);
                for client in &config.client {
                    let grants = client.grants();
                    let grants: Vec<_> = grants.iter().map(|it| it.as_str()).collect();
                    let consent = match client.consent {
                        ConsentChoice::Ask => "ask",
                        ConsentChoice::FirstParty => "first_party",
                    };
                    rows.push(vec![
                        client.id.clone().into(),
                        Authentication::as_str(client.authentication()).into(),
                        grants.into(),
                        client.scopes.clone().into(),
                        client.resources.clone().into(),
                        consent.into(),
                    ]);
                }
                rows.print(common.json)
            }
            Self::Secret { json } => {
                let secret = SecretText::new(random_base62(SECRET_LETTERS));
                let text = secret.expose();
                print(&if json {
                    format!("{}\n", json!({ "secret": text }))
                } else {
                    format!("{text}\n")
                })
            }
        }
    }
}
