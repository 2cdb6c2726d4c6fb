//! Why a requirement is met or not: its tree with a verdict on each part.

use std::fmt;

use super::evaluate::{EvaluationContext, Verdict, evaluate};
use super::method::fmt_methods;
use super::required_factor::Plainly;
use super::{MaxAge, Requirement};

/// One part of a requirement with its verdict and, where it has parts itself, theirs.
///
/// Shown with a mark before each single fact: `✓` met, `✗` not met, `–` not run, `?` a name of which
/// the credential does not say whether the caller holds it.
#[derive(Clone, Debug)]
pub struct Explanation {
    requirement: Requirement,
    verdict: Verdict,
    parts: Vec<Explanation>,
    /// Whether the caller's grants were made with another enum than the one named here.
    foreign: bool,
    /// Whether the credential leaves open whether the caller holds the name here.
    unknown: bool,
}

impl Explanation {
    pub(super) fn of(requirement: Requirement, context: &EvaluationContext<'_>) -> Self {
        if requirement.is_too_deep() {
            // No one meets it, and a tree that holds itself has no end to be shown.
            let verdict = Verdict::Unmet;
            let (foreign, unknown) = (false, false);
            return Self { requirement, verdict, parts: Vec::new(), foreign, unknown };
        }
        let (foreign, unknown) = match &requirement {
            Requirement::Authority(name) if context.grants.look_up(*name).is_none() => {
                let unknown = context.grants.is_unknown(*name);
                (!unknown, unknown)
            }
            Requirement::Level(level) => (!context.grants.tables().has(*level), false),
            _ => (false, false),
        };
        let parts = requirement.parts().iter().map(|part| Self::of(*part, context)).collect();
        Self { requirement, verdict: evaluate(&requirement, context), parts, foreign, unknown }
    }

    /// What is required here.
    #[must_use]
    pub const fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Whether this part, taken alone, is met.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The parts of an `all`, `any` or `not`, in the order written.
    #[must_use]
    pub fn parts(&self) -> &[Explanation] {
        &self.parts
    }

    /// Whether a name is required of another enum than those of the application's vocabulary.
    /// Then no caller meets the whole requirement.
    #[must_use]
    pub const fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Whether a name is required of which the credential does not say whether the caller holds it.
    /// Then neither this part nor the opposite of it is met.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.unknown
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = match self.requirement {
            Requirement::All(_) => "all",
            Requirement::Any(_) => "any",
            Requirement::Not(_) => "not",
            _ => return self.fmt_fact(f),
        };
        if self.parts.is_empty() {
            // An empty list, or one without an end: a fault, met by no caller.
            return write!(f, "✗ {list}()");
        }
        write!(f, "{list}(")?;
        for (place, part) in self.parts.iter().enumerate() {
            if place > 0 {
                f.write_str(", ")?;
            }
            fmt::Display::fmt(part, f)?;
        }
        f.write_str(")")
    }
}

impl Explanation {
    fn fmt_fact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.verdict {
            _ if self.unknown => "? ",
            Verdict::Met => "✓ ",
            Verdict::Unmet => "✗ ",
            Verdict::NeedsCheck => "– ",
        })?;
        match &self.requirement {
            Requirement::Authenticated => f.write_str("authenticated"),
            Requirement::Authority(name) if self.foreign => {
                write!(f, "{name} (`{}` is not in the vocabulary)", (name.table().type_name)())
            }
            Requirement::Authority(name) => fmt::Display::fmt(name, f),
            Requirement::Method(methods) => fmt_methods(f, methods),
            Requirement::Acr(class) => write!(f, "acr {class}"),
            Requirement::Level(level) if self.foreign => {
                let of = (level.table().type_name)();
                write!(f, "acr {} (`{of}` is not in the vocabulary)", level.name())
            }
            Requirement::Level(level) => write!(f, "acr {}", level.name()),
            Requirement::MaxAge(seconds) => write!(f, "max_age {}", MaxAge(*seconds)),
            Requirement::Mfa => f.write_str("mfa"),
            Requirement::Factor(factor) => fmt::Display::fmt(&Plainly(*factor), f),
            Requirement::Check { check, .. } => write!(f, "check {:?}", check.sentence),
            Requirement::All(_) | Requirement::Any(_) | Requirement::Not(_) => Ok(()),
        }
    }
}
