//! `auth-server grant ..`

use clap::{Args, Subcommand};
use serde_json::json;

use super::super::Failure;
use super::super::output::{Rows, done};
use super::{Common, Desk, now};
use crate::store::{GrantId, GrantSelector, RevocationReason};

/// How many grants are listed at most.
pub(super) const MOST: u32 = 10_000;

/// Grants: what users have allowed clients.
#[derive(Debug, Subcommand)]
pub(in super::super) enum GrantCommand {
    /// Lists grants of a user, of a client, or of a user at a client, the newest first.
    List {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        common: Common,
    },
    /// Revokes a grant, or all of a user or a client: their codes and tokens are invalid from then on. With a user
    /// and a client the consent is withdrawn, too: the client has to ask again.
    Revoke {
        /// The id of the grant.
        #[arg(conflicts_with_all = ["user", "client"])]
        id: Option<String>,
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        common: Common,
    },
}

/// Which grants are meant.
#[derive(Clone, Debug, Args)]
pub(in super::super) struct Which {
    /// Those of this user.
    #[arg(long, value_name = "USERNAME")]
    user: Option<String>,
    /// Those of this client.
    #[arg(long, value_name = "CLIENT")]
    client: Option<String>,
}

impl Which {
    async fn selector(&self, desk: &Desk) -> Result<GrantSelector, Failure> {
        let subject = match &self.user {
            Some(user) => Some(desk.account(user).await?.id.to_string()),
            None => None,
        };
        match (subject, self.client.clone()) {
            (Some(subject), None) => Ok(GrantSelector::Subject(subject)),
            (None, Some(client_id)) => Ok(GrantSelector::Client(client_id)),
            (Some(subject), Some(client_id)) => {
                Ok(GrantSelector::SubjectAtClient { subject, client_id })
            }
            (None, None) => {
                Err("say which grants: `--user`, `--client` or both, or to revoke one, its id"
                    .into())
            }
        }
    }
}

impl GrantCommand {
    pub(in super::super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { which, common } => {
                let desk = Desk::open(&common).await?;
                let selector = which.selector(&desk).await?;
                let grants = desk.opened.authorization.list_grants(&selector, now(), MOST).await?;
                let columns = [
                    "id",
                    "subject",
                    "client_id",
                    "scopes",
                    "resources",
                    "granted_at",
                    "expires_at",
                ];
                let mut rows = Rows::new(&columns);
                for grant in grants {
                    rows.push(vec![
                        grant.id.as_str().into(),
                        grant.subject.into(),
                        grant.client_id.into(),
                        grant.scopes.into(),
                        grant.resources.into(),
                        grant.granted_at.into(),
                        grant.expires_at.into(),
                    ]);
                }
                rows.print(common.json)
            }
            Self::Revoke { id, which, common } => {
                let desk = Desk::open(&common).await?;
                let (store, reason) =
                    (&desk.opened.authorization, RevocationReason::RevokedByAdministrator);
                let revoked = match id {
                    Some(id) => {
                        let wrong = || format!("`{id}` is no id of a grant: 22 letters and digits");
                        let id = GrantId::parse(&id).ok_or_else(wrong)?;
                        if !store.revoke_grant(&id, reason, now()).await? {
                            return Err(
                                format!("there is no grant `{id}` that is not revoked").into()
                            );
                        }
                        1
                    }
                    None => match which.selector(&desk).await? {
                        GrantSelector::SubjectAtClient { subject, client_id } => {
                            store.withdraw_consents(&subject, &client_id, now()).await?
                        }
                        which => store.revoke_grants(&which, reason, now()).await?,
                    },
                };
                let sentence = format!("{revoked} grants are revoked");
                done(common.json, &sentence, &json!({ "revoked": revoked }))
            }
        }
    }
}
