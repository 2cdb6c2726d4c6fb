//! `auth-server client ..`

use auth_accounts::secret::{SecretText, random_base62};
use clap::Subcommand;
use serde_json::{Value, json};

use super::super::Failure;
use super::super::config::{Authentication, ClientSection, Config, ConsentChoice};
use super::super::output::{Rows, done, print};
use super::grants::MOST;
use super::{Common, Desk, now};
use crate::registration::metadata_of;
use crate::store::{GrantSelector, RegisteredClient};

/// Clients: those of the file, and those that registered themselves.
#[derive(Debug, Subcommand)]
pub(in super::super) enum ClientCommand {
    /// Lists the clients of the configuration, and those that registered themselves, with their last use and
    /// when they are removed unless they are used.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Removes a client that registered itself, with its grants and what users have consented to.
    Remove {
        /// The id of the client.
        id: String,
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
/// How many clients are asked for at once.
const PAGE: u32 = 500;

const COLUMNS: [&str; 11] = [
    "id",
    "origin",
    "name",
    "authentication",
    "grants",
    "scopes",
    "resources",
    "consent",
    "registered_at",
    "last_used_at",
    "expires_at",
];

impl ClientCommand {
    pub(in super::super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { common } => {
                let config = Config::read(&common.config)?;
                let mut rows = Rows::new(&COLUMNS);
                for client in &config.client {
                    rows.push(of_file(client));
                }
                // Clients that are registered in the memory of a server are known to this server alone.
                if !config.is_in_memory() {
                    add_registered(&Desk::open(&common).await?, &mut rows).await?;
                }
                rows.print(common.json)
            }
            Self::Remove { id, common } => {
                let desk = Desk::open(&common).await?;
                if desk.config.client.iter().any(|it| it.id == id) {
                    return Err(format!(
                        "`{id}` is a client of the file: take it out there, and `grant revoke --client {id}`"
                    )
                    .into());
                }
                let (store, which) =
                    (&desk.opened.authorization, GrantSelector::Client(id.clone()));
                let grants = store.list_grants(&which, now(), MOST).await?.len();
                if !store.remove_client(&id, now()).await? {
                    return Err(format!("no client has registered itself as `{id}`").into());
                }
                let sentence = format!("the client `{id}` is removed; {grants} grants are revoked");
                let object = json!({ "id": id, "removed": true, "revoked_grants": grants });
                done(common.json, &sentence, &object)
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

async fn add_registered(desk: &Desk, rows: &mut Rows) -> Result<(), Failure> {
    let mut after: Option<String> = None;
    loop {
        let page = desk.opened.authorization.list_clients(after.as_deref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.client_id.clone());
        // An expired one waits to be swept.
        for client in page.iter().filter(|it| now() < it.expires_at) {
            rows.push(registered(client)?);
        }
    }
}

fn of_file(client: &ClientSection) -> Vec<Value> {
    let grants = client.grants();
    let grants: Vec<_> = grants.iter().map(|it| it.as_str()).collect();
    let consent = match client.consent {
        ConsentChoice::Ask => "ask",
        ConsentChoice::FirstParty => "first_party",
    };
    vec![
        client.id.clone().into(),
        "file".into(),
        client.name.clone().into(),
        Authentication::as_str(client.authentication()).into(),
        grants.into(),
        client.scopes.clone().into(),
        client.resources.clone().into(),
        consent.into(),
        Value::Null,
        Value::Null,
        Value::Null,
    ]
}

/// It can have what the file allows to clients that register themselves, at the resources with such scopes.
fn registered(client: &RegisteredClient) -> Result<Vec<Value>, Failure> {
    let said = metadata_of(client)?;
    let scopes: Vec<&str> = said.scope.split_ascii_whitespace().collect();
    Ok(vec![
        client.client_id.clone().into(),
        "registered".into(),
        said.client_name.into(),
        serde_json::to_value(said.token_endpoint_auth_method)?,
        serde_json::to_value(said.grant_types)?,
        scopes.into(),
        Value::Null,
        "ask".into(),
        client.registered_at.into(),
        client.last_used_at.into(),
        client.expires_at.into(),
    ])
}
