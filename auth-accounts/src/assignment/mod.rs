//! Roles and groups: who has which, by whom, and until when.
//!
//! | origin | assigned by |
//! |---|---|
//! | by hand | an account that [`may_assign`](AssignmentSettings::may_assign) the name, with a reason ([`Accounts::assign`]), an [`Invitation`] of such an account, or the bootstrap token |
//! | rule | a [`Rule`] of the application, for as long as its condition holds |
//! | provider | a rule for a group of a provider, at the last sign-in there |
//!
//! Every change is written with its entry in the audit trail and its place in the feed of changes, in
//! one transaction, and counts on all nodes with the next request. Rights are never kept in a session
//! or a key: [`Accounts::assignment_source`] asks for them.
//!
//! [`Accounts::assign`]: crate::Accounts::assign
//! [`Accounts::assignment_source`]: crate::Accounts::assignment_source

mod bootstrap;
mod by_hand;
mod cache;
mod invitation;
mod rule;
mod run_rules;
mod settings;
mod source;

pub use by_hand::{AssignmentError, ByHand};
pub use invitation::Invitation;
pub use rule::Rule;
pub use settings::AssignmentSettings;
pub use source::StoredAssignments;

pub(crate) use settings::Assigning;
