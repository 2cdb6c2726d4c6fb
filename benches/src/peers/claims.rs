//! What the peers read of a token: the same claims that auth-core takes names from.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::access::REQUIRED;

/// The claims.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Claims {
    /// The subject.
    pub sub: String,
    /// The scopes, parted by spaces.
    pub scope: String,
    /// The roles of the realm.
    pub realm_access: Roles,
    /// The roles of each client.
    pub resource_access: HashMap<String, Roles>,
}

/// A list of roles.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Roles {
    /// The roles.
    pub roles: Vec<String>,
}

impl Claims {
    /// The roles of the realm and of this service.
    pub fn roles(&self) -> impl Iterator<Item = &String> {
        let own = self.resource_access.get(crate::claims::AUDIENCE);
        self.realm_access.roles.iter().chain(own.into_iter().flat_map(|own| &own.roles))
    }

    /// Whether they hold what the measured handler requires.
    #[must_use]
    pub fn suffice(&self) -> bool {
        let (role, scope) = REQUIRED;
        self.roles().any(|held| held == role) && self.scope.split(' ').any(|held| held == scope)
    }
}
