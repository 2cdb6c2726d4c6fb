//! `auth-server key ..`

use clap::Subcommand;
use serde_json::json;

use super::super::Failure;
use super::super::output::{Rows, done};
use super::super::setup;
use super::{Common, Desk};
use crate::{AuthorizationServer, KeyState};

/// Signing keys: those of the database.
#[derive(Debug, Subcommand)]
pub(in super::super) enum KeyCommand {
    /// Lists the keys that are published.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Makes the next keys. They are published at once, and sign once everybody can know them.
    Rotate {
        /// Lets them sign at once: for a key that may have been stolen. Verifiers that have not read the
        /// new keys reject tokens for a while.
        #[arg(long)]
        at_once: bool,
        #[command(flatten)]
        common: Common,
    },
}

impl KeyCommand {
    pub(in super::super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { common } => {
                let server = server(&Desk::open(&common).await?).await?;
                let mut rows = Rows::new(&["kid", "algorithm", "state", "sign_at"]);
                for key in server.signing_keys() {
                    let state = match key.state {
                        KeyState::Next => "next",
                        KeyState::Signing => "signing",
                        KeyState::Retired => "retired",
                    };
                    rows.push(vec![
                        key.kid.into(),
                        key.algorithm.as_str().into(),
                        state.into(),
                        key.sign_at.into(),
                    ]);
                }
                rows.print(common.json)
            }
            Self::Rotate { at_once, common } => {
                let server = server(&Desk::open(&common).await?).await?;
                if at_once {
                    server.rotate_signing_keys_at_once().await?;
                } else {
                    server.rotate_signing_keys().await?;
                }
                let count = server.signing_keys().len();
                let sentence = format!("the next keys are made; {count} keys are published");
                done(common.json, &sentence, &json!({ "rotated": true, "published": count }))
            }
        }
    }
}

async fn server(desk: &Desk) -> Result<AuthorizationServer, Failure> {
    let builder = setup::server(&desk.config, &desk.issuer, &desk.opened, &desk.accounts)?;
    Ok(builder.build().await?)
}
