//! Whether the parts of a requirement can get in each other's way, as far as tokens tell.
//!
//! Where they cannot, the compiler is spared the analysis of `auth-core`: a formula in which each
//! fact appears once, and says nothing of the others, is sound whatever its form.

use super::{Method, Policy, Requirement, methods};
use crate::kind::AuthorityKind;

/// What a fact is about. Facts about different things say nothing of one another.
#[derive(PartialEq)]
enum Subject {
    /// Groups bring roles, and roles permissions.
    Grant,
    Scope,
    /// Methods by which callers log in.
    Method,
    /// Methods of which one may be no login.
    Key,
    Acr,
    MaxAge,
    Factor,
    Check(usize),
}

/// How many facts are compared here. It also bounds the depth, which the analysis holds against a
/// limit: a list has two parts or more.
const MAX_FACTS: usize = 8;

impl Subject {
    fn is_related(&self, other: &Self) -> bool {
        let is_method = |it: &Self| matches!(it, Self::Method | Self::Key);
        let is_login = |it: &Self| matches!(it, Self::Acr | Self::MaxAge | Self::Factor);
        self == other
            || (is_method(self) && is_method(other))
            || (*self == Self::Key && is_login(other))
            || (*other == Self::Key && is_login(self))
    }
}

/// Whether callers by this method certainly logged in.
fn is_login(method: &Method) -> bool {
    match method {
        Method::BuiltIn(word) => !methods::is_key(&methods::shown(word)),
        Method::Text(text) => !methods::is_key(&text.value()),
        // It may be any.
        Method::Path(_) => false,
    }
}

/// Whether a part asks for a factor: no caller meets the opposite.
fn asks_for_factor(part: &Requirement) -> bool {
    match part {
        Requirement::Mfa | Requirement::Factor(_) => true,
        Requirement::All(parts) | Requirement::Any(parts) => parts.iter().any(asks_for_factor),
        Requirement::Not(part) => asks_for_factor(part),
        _ => false,
    }
}

impl Policy {
    /// Whether the compiler has to look at the requirement as a whole.
    pub(crate) fn needs_analysis(&self) -> bool {
        !self.is_broken()
            && (!self.named.is_empty() || self.meets_again(&self.requirement, &mut Vec::new()))
    }

    /// Whether a part is about something that was `seen` before.
    fn meets_again(&self, part: &Requirement, seen: &mut Vec<Subject>) -> bool {
        let subject = match part {
            Requirement::All(parts) | Requirement::Any(parts) => {
                return parts.iter().any(|part| self.meets_again(part, seen));
            }
            Requirement::Not(part) => return asks_for_factor(part) || self.meets_again(part, seen),
            // Both stand alone.
            Requirement::Nobody | Requirement::Authenticated => return false,
            Requirement::Name(index) => match self.names.get(*index).map(|name| name.kind) {
                Some(AuthorityKind::Scope) => Subject::Scope,
                Some(AuthorityKind::Level) => Subject::Acr,
                _ => Subject::Grant,
            },
            Requirement::Method(methods) if methods.iter().all(is_login) => Subject::Method,
            Requirement::Method(_) => Subject::Key,
            // It is about anything, and is looked into.
            Requirement::Named(_) => return true,
            Requirement::Acr(_) => Subject::Acr,
            Requirement::MaxAge(_) => Subject::MaxAge,
            Requirement::Mfa | Requirement::Factor(_) => Subject::Factor,
            Requirement::Check(slot) => Subject::Check(*slot),
        };
        let again = seen.len() == MAX_FACTS || seen.iter().any(|other| subject.is_related(other));
        seen.push(subject);
        again
    }
}
