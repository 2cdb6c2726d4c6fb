//! A requirement as plain data.

use serde::{Deserialize, Serialize};

use crate::policy::{CheckAnswers, CheckInfo, Factor, Method, RequiredFactor, Requirement};
use crate::vocabulary::{AuthorityKind, AuthorityRef};

/// What is required of a caller who is authenticated, with names instead of references.
///
/// In JSON: `"authenticated"`, `{"role": "clerk"}`, `{"permission": ".."}`, `{"scope": ".."}`,
/// `{"group": ".."}`, `{"method": ["session", "api-key"]}`, `{"acr": ".."}`, `{"max_age": 300}`,
/// `"mfa"`, `{"factor": {"any_of": ["passkey", "totp"], "within": 300}}`, `{"check": "placed_order"}`,
/// `{"all": [..]}`, `{"any": [..]}`, `{"not": ..}`.
///
/// It means what [`Requirement`] means: an empty list, a name that the vocabulary lacks and more
/// than [`Requirement::MAX_DEPTH`] levels are met by no caller, wherever in the tree they are.
///
/// ```
/// use auth_core::access_map::RequirementModel;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let json = r#"{"all": [{"scope": "write"}, {"any": [{"role": "clerk"}, {"max_age": 300}]}]}"#;
/// let requirement: RequirementModel = serde_json::from_str(json)?;
/// let text = r#"scope = "write", any(role = "clerk", max_age = "5m")"#;
/// assert_eq!(requirement.to_string(), text);
/// assert_eq!(text.parse::<RequirementModel>()?, requirement);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequirementModel {
    /// Any caller with a valid credential.
    Authenticated,
    /// The caller holds this role.
    Role(String),
    /// The caller holds this permission.
    Permission(String),
    /// The caller holds this scope.
    Scope(String),
    /// The caller is in this group.
    Group(String),
    /// The caller was authenticated by one of these methods; no caller meets an empty list.
    Method(Vec<String>),
    /// The login reached this authentication context class: it is of this one or, if it is one of the
    /// levels of the vocabulary, of one that includes it.
    Acr(String),
    /// The login is at most this many seconds old.
    MaxAge(u64),
    /// Factors of two categories were proved.
    Mfa,
    /// One of these factors was proved, recently enough.
    Factor(FactorModel),
    /// This check of the application says yes.
    Check(String),
    /// Each of these; no caller meets an empty list.
    All(Vec<RequirementModel>),
    /// At least one of these; no caller meets an empty list.
    Any(Vec<RequirementModel>),
    /// Not this one.
    Not(Box<RequirementModel>),
}

/// One of some factors, proved at most so long ago.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorModel {
    /// The factors of which one will do; no caller meets an empty list.
    pub any_of: Vec<Factor>,
    /// How long ago the proof may be, in seconds; none if any proof of this login will do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<u64>,
}

impl From<RequiredFactor> for FactorModel {
    fn from(required: RequiredFactor) -> Self {
        Self { any_of: required.factors().collect(), within: required.max_age() }
    }
}

impl From<&FactorModel> for RequiredFactor {
    fn from(model: &FactorModel) -> Self {
        let any_of = Self::any_of(&model.any_of);
        model.within.map_or(any_of, |seconds| any_of.within(seconds))
    }
}

impl RequirementModel {
    /// What no caller meets, wherever it is.
    pub(super) const NOBODY: Self = Self::Any(Vec::new());

    /// What `#[pending]` requires.
    pub(super) fn pending() -> Self {
        Self::Method(vec![Method::Pending.as_str().to_owned()])
    }

    /// Whether this is what `#[pending]` requires.
    pub(super) fn is_pending(&self) -> bool {
        *self == Self::pending()
    }

    /// A name of one kind; a level is a class of logins.
    #[must_use]
    pub fn name(kind: AuthorityKind, name: impl Into<String>) -> Self {
        let name = name.into();
        match kind {
            AuthorityKind::Role => Self::Role(name),
            AuthorityKind::Permission => Self::Permission(name),
            AuthorityKind::Scope => Self::Scope(name),
            AuthorityKind::Group => Self::Group(name),
            AuthorityKind::Level => Self::Acr(name),
        }
    }

    /// The kind and the name, if this is a role, permission, scope or group.
    #[must_use]
    pub fn as_name(&self) -> Option<(AuthorityKind, &str)> {
        match self {
            Self::Role(name) => Some((AuthorityKind::Role, name)),
            Self::Permission(name) => Some((AuthorityKind::Permission, name)),
            Self::Scope(name) => Some((AuthorityKind::Scope, name)),
            Self::Group(name) => Some((AuthorityKind::Group, name)),
            _ => None,
        }
    }

    /// The direct parts of an `all`, `any` or `not`; empty for all others.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::All(parts) | Self::Any(parts) => parts,
            Self::Not(part) => std::slice::from_ref(part),
            _ => &[],
        }
    }

    /// Whether it is a single fact about the login.
    pub(super) const fn is_about_login(&self) -> bool {
        matches!(self, Self::Acr(_) | Self::MaxAge(_) | Self::Mfa | Self::Factor(_))
    }

    /// Everything that has no parts, in the order written, and whether it is outside of
    /// `not` (or under two of them).
    #[must_use]
    pub fn leaves(&self) -> Vec<(&Self, bool)> {
        fn walk<'a>(
            it: &'a RequirementModel,
            wanted: bool,
            depth: usize,
            found: &mut Vec<(&'a RequirementModel, bool)>,
        ) {
            let inner = wanted != matches!(it, RequirementModel::Not(_));
            match it {
                _ if depth > Requirement::MAX_DEPTH => {}
                RequirementModel::All(_) | RequirementModel::Any(_) | RequirementModel::Not(_) => {
                    for part in it.parts() {
                        walk(part, inner, depth + 1, found);
                    }
                }
                leaf => found.push((leaf, wanted)),
            }
        }
        let mut found = Vec::new();
        walk(self, true, 0, &mut found);
        found
    }

    /// The authentication methods that the requirement accepts, in the order written; `None` if it
    /// says nothing about them: see
    /// [`Requirement::accepted_methods`](crate::Requirement::accepted_methods).
    #[must_use]
    pub fn accepted_methods(&self) -> Option<Vec<String>> {
        self.accepted(0)
    }

    fn accepted(&self, depth: usize) -> Option<Vec<String>> {
        let each = |parts: &[Self]| {
            parts.iter().map(|part| part.accepted(depth + 1)).collect::<Vec<Option<Vec<String>>>>()
        };
        match self {
            _ if depth > Requirement::MAX_DEPTH => None,
            Self::Method(methods) => Some(without_doubles(methods.clone())),
            Self::All(parts) => each(parts)
                .into_iter()
                .flatten()
                .reduce(|one, two| one.into_iter().filter(|it| two.contains(it)).collect()),
            Self::Any(parts) => {
                let statements = each(parts).into_iter().collect::<Option<Vec<_>>>()?;
                (!statements.is_empty())
                    .then(|| without_doubles(statements.into_iter().flatten().collect()))
            }
            _ => None,
        }
    }

    /// With names that no caller can hold replaced by what no caller meets, which means the same
    /// in every place, and with checks named by `check`.
    pub(super) fn of(
        requirement: &Requirement,
        can_hold: &dyn Fn(AuthorityRef) -> bool,
        check: &dyn Fn(&'static CheckInfo) -> String,
    ) -> Self {
        if requirement.is_too_deep() {
            return Self::NOBODY;
        }
        let list =
            |parts: &[Requirement]| parts.iter().map(|it| Self::of(it, can_hold, check)).collect();
        match requirement {
            Requirement::Authenticated => Self::Authenticated,
            // A level is reached and not held.
            Requirement::Authority(name)
                if name.kind() != AuthorityKind::Level && can_hold(*name) =>
            {
                Self::name(name.kind(), name.name())
            }
            Requirement::Method([]) => Self::NOBODY,
            Requirement::Method(methods) => {
                Self::Method(methods.iter().map(|method| method.as_str().to_owned()).collect())
            }
            Requirement::Acr(class) => Self::Acr((*class).to_owned()),
            Requirement::Level(level) if can_hold(*level) => Self::Acr(level.name().to_owned()),
            Requirement::MaxAge(seconds) => Self::MaxAge(*seconds),
            Requirement::Mfa => Self::Mfa,
            Requirement::Factor(factor) if factor.is_empty() => Self::NOBODY,
            Requirement::Factor(factor) => Self::Factor((*factor).into()),
            Requirement::Check { slot, check: info } if *slot < CheckAnswers::SLOTS => {
                Self::Check(check(info))
            }
            Requirement::Authority(_) | Requirement::Level(_) | Requirement::Check { .. } => {
                Self::NOBODY
            }
            Requirement::All(parts) => Self::All(list(parts)),
            Requirement::Any(parts) => Self::Any(list(parts)),
            Requirement::Not(part) => Self::Not(Box::new(Self::of(part, can_hold, check))),
        }
    }
}

/// Whether callers by the method of this name logged in.
pub(super) fn is_login(method: &str) -> bool {
    ![Method::ApiKey, Method::Basic].iter().any(|key| key.as_str() == method)
}

fn without_doubles(methods: Vec<String>) -> Vec<String> {
    let mut seen = Vec::new();
    for method in methods {
        if !seen.contains(&method) {
            seen.push(method);
        }
    }
    seen
}

/// Takes every name as one that the vocabulary holds.
impl From<&Requirement> for RequirementModel {
    fn from(requirement: &Requirement) -> Self {
        Self::of(requirement, &|name| name.info().is_some(), &|check| check.name.to_owned())
    }
}
