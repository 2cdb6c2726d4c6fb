//! What can be said of a requirement without a caller.
//!
//! The same `const fn`s run twice: in the build, where a finding is an error at the attribute, and
//! at run time for requirements that are put together there. A requirement is taken as a formula
//! over its single facts (a name, a check, the age of a login), and all ways in which a caller
//! can have or lack them are looked at, 64 of them in each step. What an enum says of its names
//! (`admin` includes `clerk`) rules some of these ways out.

mod atoms;
mod cause;
mod outline;
mod plain;
mod search;
mod space;
mod wording;

use std::fmt;

use super::Requirement;
use cause::Cause;
use outline::Fault;
use search::{Defect, Outcome};

/// What the analysis says of a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Analysis {
    /// Some caller meets it, another does not, and each part decides something.
    Sound,
    /// There is something wrong with it.
    Flawed(RequirementFlaw),
    /// It names too many different facts to be analysed in full; what was looked at is sound.
    Inconclusive,
}

/// What is wrong with a requirement, in the words of the build error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementFlaw {
    flaw: Flaw,
    message: String,
}

/// What can be wrong with a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// No caller meets it, or one of its parts.
    Unsatisfiable,
    /// Every authenticated caller meets it, or one of its parts.
    Tautology,
    /// A part decides nothing, since another part of the same list does already.
    Redundant,
    /// It names authentication methods in a way that does not say which ones it accepts: under
    /// `not`, or in some alternatives of an `any` and not in others.
    Ambiguous,
}

impl RequirementFlaw {
    /// What is wrong.
    #[must_use]
    pub const fn flaw(&self) -> Flaw {
        self.flaw
    }
}

impl fmt::Display for RequirementFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Fails the build where no caller, or any caller, meets the requirement, or a part of it is idle.
///
/// Called by generated code in a constant: the error is at that constant. A name that
/// does not exist has an error of its own, at the name, and nothing is said of the whole.
///
/// # Panics
/// With the finding, if [`analyse`] has one. In const evaluation that is a build error.
#[track_caller]
#[expect(clippy::panic, reason = "const evaluation: this is the build error")]
pub const fn assert_sound(requirement: &Requirement) {
    if let Outcome::Flawed(defect) = search::run(requirement)
        && !matches!(defect.cause, Cause::Fault(Fault::NoName(_)))
    {
        panic!("{}", wording::of(&defect).as_str());
    }
}

/// Whether some caller meets the requirement, another does not, and each part decides something.
///
/// As far as the enums tell that the requirement itself names: that no one is ever given a role
/// is for the whole application to know.
///
/// ```
/// use auth_core::Requirement;
/// use auth_core::policy::{Analysis, analyse};
///
/// let never = Requirement::Not(&Requirement::Authenticated);
/// let Analysis::Flawed(finding) = analyse(&never) else { unreachable!() };
/// assert!(finding.to_string().starts_with("no caller can satisfy this requirement"));
/// ```
#[must_use]
pub fn analyse(requirement: &Requirement) -> Analysis {
    match search::run(requirement) {
        Outcome::Sound => Analysis::Sound,
        Outcome::Bounded => Analysis::Inconclusive,
        Outcome::Flawed(defect) => {
            let Defect { flaw, .. } = defect;
            Analysis::Flawed(RequirementFlaw {
                flaw,
                message: wording::of(&defect).as_str().to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests;
