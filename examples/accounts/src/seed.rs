//! Accounts to try it with.

use auth_accounts::Accounts;
use auth_accounts::model::LoginKey;
use auth_accounts::secret::SecretText;
use auth_accounts::sign_in::Client;

use crate::access::Role;
use crate::error::StartError;

/// The password of each.
pub const PASSWORD: &str = "correct horse battery staple";

/// Makes `alice` and `bob`, who are members, and `carol`, who is an administrator, unless they are
/// there.
pub async fn seed(accounts: &Accounts) -> Result<(), StartError> {
    let password = SecretText::from(PASSWORD);
    for name in ["alice", "bob", "carol"] {
        let Some(login) = LoginKey::prepare(name) else { continue };
        if accounts.stores().accounts.find(&login).await?.is_some() {
            continue;
        }
        let failed = |error: &dyn std::error::Error| StartError::Seed(error.to_string());
        let signed_up = accounts.sign_up(name, &password, None, &Client::default()).await;
        signed_up.map_err(|error| failed(&error))?;
        let Some(account) = accounts.stores().accounts.find(&login).await? else { continue };
        accounts.run_rules(&account.id).await?;
        if name == "carol" {
            let assigned = accounts.assign_as_program(&account.id, Role::Admin, "an example").await;
            assigned.map_err(|error| failed(&error))?;
        }
    }
    Ok(())
}
