//! Why a token is rejected, in words for the person who has to mend it.
//!
//! Nothing in here decides anything. It looks once more at a token that was rejected, only where
//! someone reads what comes out: a line of the log that is due, a report, an answer of a service
//! under development. So it costs a rejection nothing, and may take its time.

mod finding;
mod names;
mod reasons;
mod report;
mod seen;
mod steps;

pub use finding::Finding;
pub use report::{StepOutcome, TokenReport, TokenStep};

pub(crate) use names::KindNames;
pub(crate) use reasons::describe;
pub(crate) use seen::{Expected, Seen};
pub(crate) use steps::{form, header, step_of};
