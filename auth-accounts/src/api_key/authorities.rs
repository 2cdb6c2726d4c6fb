//! What a key can do, by the names of its owner.

use auth_core::{AuthorityKind, AuthoritySet};

use super::ApiKeys;

impl ApiKeys {
    /// What the caller of a key with these names holds, whose owner holds those: the same as the
    /// authenticator makes of what the scheme says. `None` if the key is not accepted.
    pub(crate) fn authorities<'a>(
        &self,
        owner: impl Iterator<Item = (AuthorityKind, &'a str)>,
        scopes: &[String],
        roles: &[String],
    ) -> Option<AuthoritySet> {
        let vocabulary = self.names.vocabulary();
        let ceiling = self.names.ceiling(scopes, roles).ok()?;
        let of_kind = |kind, names: &[&'static str]| {
            vocabulary.intern(names.iter().map(|name| (kind, *name)))
        };
        let own = ceiling.scopes.iter().map(|name| (AuthorityKind::Scope, *name));
        let held = vocabulary.intern(owner.chain(own));
        let held = [
            (AuthorityKind::Scope, ceiling.scopes.as_slice()),
            (AuthorityKind::Permission, ceiling.permissions.as_slice()),
            (AuthorityKind::Role, ceiling.roles.as_slice()),
            (AuthorityKind::Group, &[]),
        ]
        .into_iter()
        .fold(held, |held, (kind, names)| held.at_most(kind, &of_kind(kind, names)));
        Some(held)
    }
}
