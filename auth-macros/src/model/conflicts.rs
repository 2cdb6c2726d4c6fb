//! Whether the parts of a requirement can get in each other's way, as far as tokens tell.
//!
//! Where they cannot, the compiler is spared the analysis of `auth-core`: a formula in which each
//! fact appears once, and says nothing of the others, is sound whatever its form.

use super::{Policy, Requirement};
use crate::kind::AuthorityKind;

/// What a fact is about. Facts about different things say nothing of one another.
#[derive(PartialEq)]
enum Subject {
    /// Groups bring roles, and roles permissions.
    Grant,
    Scope,
    Method,
    Acr,
    MaxAge,
    Check(usize),
}

/// How many facts are compared here. It also bounds the depth, which the analysis holds against a
/// limit: a list has two parts or more.
const MAX_FACTS: usize = 8;

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
            Requirement::Not(part) => return self.meets_again(part, seen),
            // Both stand alone.
            Requirement::Nobody | Requirement::Authenticated => return false,
            Requirement::Name(index) => match self.names.get(*index).map(|name| name.kind) {
                Some(AuthorityKind::Scope) => Subject::Scope,
                _ => Subject::Grant,
            },
            Requirement::Method(_) => Subject::Method,
            // It is about anything, and is looked into.
            Requirement::Named(_) => return true,
            Requirement::Acr(_) => Subject::Acr,
            Requirement::MaxAge(_) => Subject::MaxAge,
            Requirement::Check(slot) => Subject::Check(*slot),
        };
        let again = seen.len() == MAX_FACTS || seen.contains(&subject);
        seen.push(subject);
        again
    }
}
