//! Who holds which role in which tenant: asked of the database, once the token is believed.

use auth_core::{GrantQuery, GrantSource, Granted};

use crate::store::Store;

/// The assignments in the database.
pub struct Assignments(pub Store);

impl GrantSource for Assignments {
    type Error = sqlx::Error;

    async fn grants(&self, caller: GrantQuery<'_>) -> sqlx::Result<Granted> {
        // The database alone says who is what: a role in the token counts for nothing. In a tenant
        // that is the default, and here outside of tenants too.
        let granted = Granted::nothing().replacing_token_roles();
        let Some(tenant) = caller.tenant() else {
            return Ok(granted);
        };
        let role = self.0.role(tenant, caller.issuer(), caller.subject()).await?;
        Ok(granted.roles(role))
    }
}
