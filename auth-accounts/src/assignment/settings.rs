//! Which roles and groups are assigned by rules, and who may assign which by hand.

use auth_core::authenticator::AssignmentCache;
use auth_core::vocabulary::{Authority, AuthorityRef, VocabularySet};
use auth_core::{AuthorityKind, Requirement, Roles};

use super::Rule;
use crate::model::AssignmentKind;

/// Which roles and groups are assigned by rules, and who may assign which by hand.
///
/// By default nothing is assigned by itself, and no account may assign anything.
///
/// ```
/// use auth_accounts::assignment::{AssignmentSettings, Rule};
/// use auth_core::{Permissions, Roles, requirement};
///
/// #[derive(Clone, Copy, Permissions)]
/// enum Permission {
///     #[permission("accounts:manage")]
///     ManageAccounts,
/// }
///
/// #[derive(Clone, Copy, Roles)]
/// enum Role {
///     Member,
///     #[role(includes(Member), grants(ManageAccounts))]
///     Admin,
/// }
///
/// let settings = AssignmentSettings::new()
///     .administrator(Role::Admin)
///     .may_assign(Role::Admin, [Role::Member, Role::Admin])
///     .rule(Rule::everyone().assigns(Role::Member))
///     .administration(requirement!(permission = Permission::ManageAccounts));
/// # drop(settings);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct AssignmentSettings {
    pub(crate) administrator: Option<AuthorityRef>,
    pub(super) may_assign: Vec<(AuthorityRef, Vec<AuthorityRef>)>,
    pub(super) rules: Vec<Rule>,
    pub(crate) administration: Option<Requirement>,
}

impl AssignmentSettings {
    /// Nothing is assigned by itself, and no account may assign anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// The role that at least one active account always has: it cannot be withdrawn from the last one,
    /// and the bootstrap token gives it to the first.
    pub fn administrator(mut self, role: impl Roles) -> Self {
        self.administrator = Some(role.reference());
        self
    }

    /// Holders of this role, permission or group may assign these roles and groups, and withdraw them.
    ///
    /// Nothing else allows it: a role that includes others may not assign them for that reason.
    pub fn may_assign<N: Authority>(
        mut self,
        holder: impl Authority,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let names = names.into_iter().map(Authority::reference).collect();
        self.may_assign.push((holder.reference(), names));
        self
    }

    /// Adds a rule.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Mounts the endpoints below `admin/` for callers who meet this, and have signed in lately.
    /// Without it there are no such endpoints.
    pub const fn administration(mut self, requirement: Requirement) -> Self {
        self.administration = Some(requirement);
        self
    }
}

/// The same, held against the names of the application.
#[derive(Debug)]
pub(crate) struct Assigning {
    pub(crate) settings: AssignmentSettings,
    pub(crate) vocabulary: VocabularySet,
    pub(crate) cache: AssignmentCache,
}

impl Assigning {
    /// What is wrong with the settings is added to the problems.
    pub(crate) fn new(
        settings: AssignmentSettings,
        vocabulary: VocabularySet,
        problems: &mut Vec<String>,
    ) -> Self {
        let given = settings.may_assign.iter().flat_map(|(_, names)| names);
        let given = given.chain(settings.rules.iter().flat_map(|rule| &rule.names));
        for name in given.clone() {
            if kind_of(*name).is_none() {
                problems.push(format!("{name} cannot be assigned: roles and groups can"));
            }
        }
        let holders = settings.may_assign.iter().map(|(holder, _)| holder);
        let known = |name: &AuthorityRef| vocabulary.contains(name.table());
        let mut unknown: Vec<&'static str> = given
            .chain(holders)
            .chain(&settings.administrator)
            .filter(|name| !known(name))
            .map(|name| name.table().enum_name)
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            problems
                .push(format!("`{name}` is not in the vocabulary: say `.vocabulary::<(..)>()`"));
        }
        problems.extend(settings.rules.iter().filter_map(Rule::problem));
        Self { settings, vocabulary, cache: AssignmentCache::new() }
    }

    /// The role or group of this name, if the application has it.
    pub(super) fn name(&self, kind: AssignmentKind, name: &str) -> Option<AuthorityRef> {
        let kind = authority_kind(kind);
        self.vocabulary.of_kind(kind).find_map(|table| table.get(table.find(name)?))
    }

    /// Whether it is the role that at least one active account always has.
    pub(super) fn is_administrator(&self, kind: AssignmentKind, name: &str) -> bool {
        kind == AssignmentKind::Role
            && self.settings.administrator.is_some_and(|role| role.name() == name)
    }

    /// Whether holders of these names may assign that one.
    pub(super) fn may_assign<'a>(
        &self,
        held: impl Iterator<Item = (AuthorityKind, &'a str)>,
        name: AuthorityRef,
    ) -> bool {
        let held = self.vocabulary.intern(held);
        self.settings
            .may_assign
            .iter()
            .any(|(holder, names)| names.contains(&name) && held.holds(*holder))
    }
}

/// How a name is assigned; `None`: it cannot be.
pub(super) const fn kind_of(name: AuthorityRef) -> Option<AssignmentKind> {
    match name.kind() {
        AuthorityKind::Role => Some(AssignmentKind::Role),
        AuthorityKind::Group => Some(AssignmentKind::Group),
        AuthorityKind::Permission | AuthorityKind::Scope | AuthorityKind::Level => None,
    }
}

/// The kind of names that is assigned so.
pub(super) const fn authority_kind(kind: AssignmentKind) -> AuthorityKind {
    match kind {
        AssignmentKind::Role => AuthorityKind::Role,
        AssignmentKind::Group => AuthorityKind::Group,
    }
}
