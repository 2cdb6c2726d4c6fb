//! What is required of a caller, and the decision whether it is met. Knows no HTTP.

mod declaration;
mod requirement;

pub use declaration::{Access, Declaration, HandlerInfo, Policy};
pub use requirement::{CheckInfo, Requirement};

mod analysis;
mod decision;
mod evaluate;

pub use analysis::assert_sound;
pub use decision::Decision;
pub use evaluate::{CheckAnswers, Facts, Verdict, evaluate};
