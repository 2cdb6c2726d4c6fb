//! `auth-server user ..`

use std::io::{self, IsTerminal as _};

use auth_accounts::model::{
    Account, AccountStatus, Assignment, AssignmentKind, AssignmentOrigin, AuditEntry,
};
use auth_accounts::provided::ProvidedAccount;
use auth_accounts::secret::SecretText;
use clap::Subcommand;
use serde_json::{Value, json};

use super::super::Failure;
use super::super::output::{Rows, done};
use super::grants::MOST;
use super::{Common, Desk, now};
use crate::store::GrantSelector;

/// How many accounts are asked for at once.
const PAGE: u32 = 500;

/// Users: those of the database, which those of the file are put into when a server starts.
#[derive(Debug, Subcommand)]
pub(in super::super) enum UserCommand {
    /// Adds a user. The password is read from standard input, or asked for.
    Add {
        /// The name that the user signs in with.
        username: String,
        /// The address, which counts as verified.
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// A role; may be given several times.
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// A group; may be given several times.
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Lists the users.
    List {
        /// Only those whose name or address contains this.
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        #[command(flatten)]
        common: Common,
    },
    /// Locks a user: no sign-in, no session and no grant of the user is valid any more.
    Lock {
        /// The name of the user.
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Unlocks a user. Sessions and grants from before stay ended.
    Unlock {
        /// The name of the user.
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Removes a user with all that belongs to it: sessions, grants, consents, factors, roles. It does not
    /// ask for confirmation. Remove a `[[user]]` of the file from the file first.
    Remove {
        /// The name of the user.
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Sets the password of a user, which ends all sessions and grants. It is read from standard input, or
    /// asked for.
    Password {
        /// The name of the user.
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Gives a user roles and groups, or takes them away.
    Role {
        /// The name of the user.
        username: String,
        /// The roles.
        roles: Vec<String>,
        /// A group; may be given several times.
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
        /// Takes them away.
        #[arg(long)]
        remove: bool,
        #[command(flatten)]
        common: Common,
    },
}

impl UserCommand {
    pub(in super::super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add { username, email, roles, groups, common } => {
                let desk = Desk::open(&common).await?;
                let account = ProvidedAccount::new(&username, password(&username)?)
                    .roles(roles)
                    .groups(groups);
                let account = match email {
                    Some(email) => account.email(email),
                    None => account,
                };
                let added = desk.accounts.add_as_program(&account).await?;
                let id = added.ok_or_else(|| format!("there is a user `{username}` already"))?;
                let object = json!({ "id": id.as_str(), "username": username });
                done(common.json, &format!("added `{username}` ({id})"), &object)
            }
            Self::List { search, common } => {
                list(&Desk::open(&common).await?, &search, &common).await
            }
            Self::Lock { username, common } => {
                let desk = Desk::open(&common).await?;
                let account = desk.account(&username).await?;
                let ended = grants_of(&desk, &account).await?;
                let changed = set_status(&desk, &account, AccountStatus::Locked).await?;
                let object = json!({ "username": username, "locked": true, "changed": changed, "revoked_grants": ended });
                done(
                    common.json,
                    &format!("`{username}` is locked; {ended} grants are revoked"),
                    &object,
                )
            }
            Self::Unlock { username, common } => {
                let desk = Desk::open(&common).await?;
                let account = desk.account(&username).await?;
                let changed = set_status(&desk, &account, AccountStatus::Active).await?;
                let object = json!({ "username": username, "locked": false, "changed": changed });
                done(
                    common.json,
                    &format!(
                        "`{username}` is unlocked: sessions and grants from before stay ended"
                    ),
                    &object,
                )
            }
            Self::Remove { username, common } => {
                let desk = Desk::open(&common).await?;
                let account = desk.account(&username).await?;
                if desk.is_in_the_file(&account) {
                    return Err(format!("`{username}` is a `[[user]]` of the file, so the next start would add it again: remove it there first").into());
                }
                let ended = grants_of(&desk, &account).await?;
                let entry = AuditEntry::new(now(), "account_removed").about(&account.id);
                let entry = entry.with("reason", "console");
                if !desk.accounts.stores().accounts.delete(&account.id, &entry).await? {
                    return Err(format!("there is no user `{username}`").into());
                }
                let object =
                    json!({ "username": username, "removed": true, "revoked_grants": ended });
                let sentence = format!("`{username}` is removed; {ended} grants are revoked");
                done(common.json, &sentence, &object)
            }
            Self::Password { username, common } => {
                let desk = Desk::open(&common).await?;
                let account = desk.account(&username).await?;
                let password = password(&username)?;
                let ended = grants_of(&desk, &account).await?;
                desk.accounts.set_password_as_program(&account, &password).await?;
                let sentence = format!(
                    "`{username}` has another password; all sessions have ended, and {ended} grants are revoked"
                );
                let object =
                    json!({ "username": username, "changed": true, "revoked_grants": ended });
                done(common.json, &sentence, &object)
            }
            Self::Role { username, roles, groups, remove, common } => {
                let desk = Desk::open(&common).await?;
                let account = desk.account(&username).await?;
                if roles.is_empty() && groups.is_empty() {
                    return Err("say a role, or `--group` with a group".into());
                }
                for (kind, names) in
                    [(AssignmentKind::Role, roles), (AssignmentKind::Group, groups)]
                {
                    for name in names {
                        assign(&desk, &account, kind, &name, remove).await?;
                    }
                }
                let (roles, groups) = held(&desk, &account).await?;
                let sentence = format!(
                    "`{username}` has the roles {} and the groups {}",
                    Value::from(roles.clone()),
                    Value::from(groups.clone())
                );
                let object = json!({ "username": username, "roles": roles, "groups": groups });
                done(common.json, &sentence, &object)
            }
        }
    }
}

/// A password from standard input: a line, without what ends it. A person is asked, and it is not shown.
fn password(username: &str) -> Result<SecretText, Failure> {
    if io::stdin().is_terminal() {
        let typed =
            SecretText::new(rpassword::prompt_password(format!("Password of {username}: "))?);
        let again = SecretText::new(rpassword::prompt_password("The same again: ")?);
        if typed != again {
            return Err("the two passwords are not the same".into());
        }
        return Ok(typed);
    }
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let line = SecretText::new(line);
    let text = line.expose().trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err("there is no password on standard input".into());
    }
    Ok(SecretText::from(text))
}

/// How many grants of the account end when it gets another password, is locked or is removed.
async fn grants_of(desk: &Desk, account: &Account) -> Result<usize, Failure> {
    let which = GrantSelector::Subject(account.id.to_string());
    Ok(desk.opened.authorization.list_grants(&which, now(), MOST).await?.len())
}

async fn set_status(
    desk: &Desk,
    account: &Account,
    status: AccountStatus,
) -> Result<bool, Failure> {
    let event = if status == AccountStatus::Locked { "account_locked" } else { "account_unlocked" };
    let entry = AuditEntry::new(now(), event).about(&account.id).with("reason", "console");
    Ok(desk.accounts.stores().accounts.set_status(&account.id, status, &entry).await?)
}

async fn assign(
    desk: &Desk,
    account: &Account,
    kind: AssignmentKind,
    name: &str,
    remove: bool,
) -> Result<(), Failure> {
    let (now, assignments) = (now(), &desk.accounts.stores().assignments);
    let event = if remove { "withdrawn" } else { "assigned" };
    let entry = AuditEntry::new(now, event).about(&account.id).with("kind", kind.as_str());
    let entry = entry.with("name", name).with("reason", "console");
    if remove {
        let origin = AssignmentOrigin::Manual;
        assignments.withdraw(&account.id, kind, name, origin, false, &entry).await?;
        return Ok(());
    }
    let assignment = Assignment {
        account: account.id.clone(),
        kind,
        name: name.to_owned(),
        origin: AssignmentOrigin::Manual,
        granted_by: None,
        reason: "console".to_owned(),
        granted_at: now,
        expires_at: None,
    };
    assignments.assign(&assignment, &entry).await?;
    Ok(())
}

/// Roles and groups of an account.
async fn held(desk: &Desk, account: &Account) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (mut roles, mut groups) = (Vec::new(), Vec::new());
    for held in desk.accounts.assignments_of(&account.id).await? {
        match held.kind {
            AssignmentKind::Role => roles.push(held.name),
            AssignmentKind::Group => groups.push(held.name),
            _ => {}
        }
    }
    Ok((roles, groups))
}

async fn list(desk: &Desk, search: &str, common: &Common) -> Result<(), Failure> {
    let columns = ["username", "id", "email", "status", "roles", "groups", "created_at"];
    let mut rows = Rows::new(&columns);
    let mut after = None;
    loop {
        let accounts = &desk.accounts.stores().accounts;
        let page = accounts.search(search, after.as_ref(), PAGE).await?;
        for account in &page {
            let (roles, groups) = held(desk, account).await?;
            let is_locked = account.status == AccountStatus::Locked;
            rows.push(vec![
                account.username.clone().into(),
                account.id.as_str().into(),
                account.email.as_ref().map(|it| it.as_str().to_owned()).into(),
                if is_locked { "locked" } else { "active" }.into(),
                roles.into(),
                groups.into(),
                account.created_at.into(),
            ]);
        }
        match page.last() {
            Some(last) => after = Some(last.id.clone()),
            None => return rows.print(common.json),
        }
    }
}
