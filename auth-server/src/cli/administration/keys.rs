//! `auth-server key ..`

use clap::Subcommand;
use serde_json::json;

use super::super::Failure;
use super::super::output::{Rows, done};
use super::super::setup;
use super::{Common, Desk};
use crate::{AuthorizationServer, KeyState, SigningKeyInfo};

/// Signing keys: those of the database.
#[derive(Debug, Subcommand)]
pub(in super::super) enum KeyCommand {
    /// Lists the keys that are published.
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Makes the next keys. They are published at once, and sign when every verifier has had the time to
    /// read them.
    Rotate {
        /// Lets them sign at once: for a key that may have been stolen. Verifiers that have not read the
        /// new keys reject tokens for a while.
        #[arg(long)]
        at_once: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Removes a key that has leaked: nothing that it signed is valid any more. A key that signs is not removed: use
    /// `rotate --at-once` first.
    Remove {
        /// The id of the key.
        kid: String,
        #[command(flatten)]
        common: Common,
    },
}

/// The key that signs cannot be removed: verifiers would know no key for the next tokens.
fn check_removal(keys: &[SigningKeyInfo], kid: &str) -> Result<(), Failure> {
    match keys.iter().find(|it| it.kid == kid).map(|it| it.state) {
        None => Err(format!("there is no key `{kid}`").into()),
        Some(KeyState::Signing) => Err(format!(
            "the key `{kid}` signs: let another one sign first, by `key rotate --at-once`"
        )
        .into()),
        Some(KeyState::Next | KeyState::Retired) => Ok(()),
    }
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
            Self::Remove { kid, common } => {
                let server = server(&Desk::open(&common).await?).await?;
                check_removal(&server.signing_keys(), &kid)?;
                if !server.remove_signing_key(&kid).await? {
                    return Err(format!("there is no key `{kid}`").into());
                }
                let sentence =
                    format!("the key `{kid}` is removed: nothing that it signed is valid");
                done(common.json, &sentence, &json!({ "kid": kid, "removed": true }))
            }
        }
    }
}

async fn server(desk: &Desk) -> Result<AuthorizationServer, Failure> {
    let builder = setup::server(&desk.config, &desk.issuer, &desk.opened, &desk.accounts)?;
    Ok(builder.build().await?)
}
