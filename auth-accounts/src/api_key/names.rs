//! Which names a key may have.

use std::collections::HashSet;

use auth_core::AuthorityKind;
use auth_core::vocabulary::{AuthorityRef, AuthorityTable, VocabularySet};

/// The names of the application that can be put into a key.
#[derive(Debug)]
pub(super) struct LendableNames {
    vocabulary: VocabularySet,
    permissions: HashSet<&'static str>,
    scopes: HashSet<&'static str>,
    roles: HashSet<&'static str>,
}

/// What a key can do at most.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Ceiling {
    /// Permissions that it names, or that a lent role brings.
    pub(super) permissions: Vec<&'static str>,
    /// Scopes that it has.
    pub(super) scopes: Vec<&'static str>,
    /// Roles that it was lent, and all that those include.
    pub(super) roles: Vec<&'static str>,
}

/// A name of a key that the application does not have, or not for keys: its place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnknownName {
    Scope(usize),
    Role(usize),
}

impl LendableNames {
    /// The names of a vocabulary, and of its scopes those that may be lent. One that is not in the
    /// vocabulary is added to the problems.
    pub(super) fn new(
        vocabulary: VocabularySet,
        lendable_scopes: &[String],
        problems: &mut Vec<String>,
    ) -> Self {
        let of_kind = |kind| {
            let names = vocabulary.of_kind(kind).flat_map(AuthorityTable::iter);
            names.map(AuthorityRef::name).collect::<HashSet<_>>()
        };
        let mut scopes = of_kind(AuthorityKind::Scope);
        for name in lendable_scopes.iter().filter(|name| !scopes.contains(name.as_str())) {
            problems.push(format!("`{name}` cannot be lent to API keys: there is no such scope"));
        }
        scopes.retain(|known| lendable_scopes.iter().any(|name| name == known));
        Self {
            permissions: of_kind(AuthorityKind::Permission),
            roles: of_kind(AuthorityKind::Role),
            scopes,
            vocabulary,
        }
    }

    /// The names of the application.
    pub(super) const fn vocabulary(&self) -> &VocabularySet {
        &self.vocabulary
    }

    /// What a key with these names can do at most.
    ///
    /// # Errors
    /// With the first name that no key can have.
    pub(super) fn ceiling(
        &self,
        scopes: &[String],
        roles: &[String],
    ) -> Result<Ceiling, UnknownName> {
        let mut ceiling = Ceiling::default();
        for (place, name) in scopes.iter().enumerate() {
            let permission = self.permissions.get(name.as_str());
            let scope = self.scopes.get(name.as_str());
            if permission.is_none() && scope.is_none() {
                return Err(UnknownName::Scope(place));
            }
            ceiling.permissions.extend(permission);
            ceiling.scopes.extend(scope);
        }
        if let Some(place) = roles.iter().position(|name| !self.roles.contains(name.as_str())) {
            return Err(UnknownName::Role(place));
        }
        let lent = roles.iter().map(|name| (AuthorityKind::Role, name.as_str()));
        let lent = self.vocabulary.intern(lent);
        ceiling.roles.extend(lent.iter(AuthorityKind::Role).map(AuthorityRef::name));
        ceiling.permissions.extend(lent.iter(AuthorityKind::Permission).map(AuthorityRef::name));
        Ok(ceiling)
    }
}

#[cfg(test)]
mod tests {
    use auth_core::vocabulary::Vocabulary;
    use auth_core::{Permissions, Roles, Scopes};

    use super::*;

    #[derive(Clone, Copy, Permissions)]
    enum Permission {
        #[permission("notes:read")]
        Read,
        #[permission("notes:write")]
        Write,
    }

    #[derive(Clone, Copy, Roles)]
    enum Role {
        #[role(grants(Read))]
        Reader,
        #[role(includes(Reader), grants(Write))]
        Writer,
    }

    #[derive(Clone, Copy, Scopes)]
    enum Scope {
        #[scope("pay")]
        Pay,
        #[scope("refund")]
        Refund,
    }

    fn names(problems: &mut Vec<String>, lendable: &[&str]) -> LendableNames {
        let _ = (Permission::Read, Role::Writer, Scope::Pay, Scope::Refund);
        let lendable: Vec<String> = lendable.iter().map(|it| (*it).to_owned()).collect();
        LendableNames::new(<(Permission, Role, Scope)>::TABLES, &lendable, problems)
    }

    fn ceiling(scopes: &[&str], roles: &[&str]) -> Result<Ceiling, UnknownName> {
        let owned = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        names(&mut Vec::new(), &["pay"]).ceiling(&owned(scopes), &owned(roles))
    }

    #[test]
    fn a_scope_of_a_key_names_a_permission_or_a_scope_that_may_be_lent() {
        let expected =
            Ceiling { permissions: vec!["notes:read"], scopes: vec!["pay"], roles: Vec::new() };
        assert_eq!(ceiling(&["notes:read", "pay"], &[]), Ok(expected));
        assert_eq!(ceiling(&["notes:read", "refund"], &[]), Err(UnknownName::Scope(1)));
        assert_eq!(ceiling(&["notes:erase"], &[]), Err(UnknownName::Scope(0)));
        assert_eq!(ceiling(&["reader"], &[]), Err(UnknownName::Scope(0)), "a role is no scope");
    }

    #[test]
    fn a_lent_role_brings_what_it_includes_and_grants() {
        let expected = Ceiling {
            permissions: vec!["notes:read", "notes:write"],
            scopes: Vec::new(),
            roles: vec!["reader", "writer"],
        };
        assert_eq!(ceiling(&[], &["writer"]), Ok(expected));
        assert_eq!(ceiling(&[], &["owner"]), Err(UnknownName::Role(0)));
        assert_eq!(ceiling(&[], &[]), Ok(Ceiling::default()));
    }

    #[test]
    fn a_scope_that_does_not_exist_cannot_be_lent() {
        let mut problems = Vec::new();
        names(&mut problems, &["pay", "payments"]);
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
}
