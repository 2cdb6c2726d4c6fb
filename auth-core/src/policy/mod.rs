//! What is required of a caller, and the decision whether it is met. Knows no HTTP.

mod analysis;
mod check_answers;
mod decision;
mod declaration;
mod display;
mod evaluate;
pub(crate) mod method;
mod missing;
mod plan;
mod reason;
mod remediation;
mod requirement;
pub(crate) mod solver;
mod tighten;
mod walk;

pub use analysis::{Analysis, Finding, Flaw, analyse, assert_sound};
pub use check_answers::CheckAnswers;
pub use decision::Decision;
pub use declaration::{Access, Declaration, HandlerInfo, Policy};
pub use display::MaxAge;
pub use evaluate::{EvaluationContext, Verdict, evaluate, next_check};
pub use method::Method;
pub use missing::Missing;
pub use plan::Plan;
pub use reason::Reason;
pub use remediation::Remediation;
pub use requirement::{CheckInfo, Requirement};

#[cfg(test)]
mod decision_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
