//! Who holds which role in which tenant: asked of the database, once the token is accepted.

use auth_core::authenticator::AssignmentQuery;
use auth_core::{AssignmentSource, Assignments};

use crate::store::Store;

/// The assignments in the database.
pub struct StoredRoles(pub Store);

impl AssignmentSource for StoredRoles {
    type Error = sqlx::Error;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> sqlx::Result<Assignments> {
        // The database alone says who is what: a role in the token counts for nothing. In a tenant
        // that is the default, and here outside of tenants too.
        let granted = Assignments::none().replace_token_authorities();
        let Some(tenant) = caller.tenant() else {
            return Ok(granted);
        };
        let role = self.0.role(tenant, caller.issuer(), caller.subject()).await?;
        Ok(granted.roles(role))
    }
}
