//! What is required of a caller, and the decision whether it is met. Knows no HTTP.

pub(crate) mod analysis;
mod check_answers;
pub(crate) mod compiled_requirement;
mod decision;
mod declaration;
mod display;
mod evaluate;
mod explanation;
pub(crate) mod factor;
pub(crate) mod method;
mod missing;
mod outlook;
mod proved_factors;
mod remediation;
mod required_factor;
pub(crate) mod requirement;
pub(crate) mod solver;
mod tighten;
mod walk;

pub use analysis::{Analysis, Flaw, RequirementFlaw, analyse};
pub use check_answers::CheckAnswers;
pub use decision::Decision;
pub use declaration::{Access, CrossSiteExemption, Declaration, HandlerInfo, Policy};
pub use evaluate::{EvaluationContext, Verdict, evaluate, next_check};
pub use explanation::Explanation;
pub(crate) use factor::Factor;
pub use factor::FactorCategory;
pub use missing::Missing;
pub use proved_factors::{ProvedFactor, ProvedFactors};
pub use remediation::{Remediation, StepUp};
pub use required_factor::RequiredFactor;
pub use requirement::CheckInfo;

pub(crate) use compiled_requirement::CompiledRequirement;
pub(crate) use display::MaxAge;
pub(crate) use method::Method;
pub(crate) use outlook::Outlook;
pub(crate) use requirement::Requirement;

#[cfg(test)]
mod compiled_requirement_tests;
#[cfg(test)]
mod decision_tests;
#[cfg(test)]
pub(crate) mod testing_fixtures;
#[cfg(test)]
mod tests;
