//! Named requirements that other crates use.

use auth_core::{Requirement, requirement};

use crate::http::{Permission, Role, Scope};

/// Who works in the shop.
pub const STAFF: Requirement = requirement!(any(role = Clerk, permission = OrdersCancel));

/// Who may change something.
pub const WRITERS: Requirement = requirement!(scope = Write);

/// A browser session of a user of the shop.
pub const AT_THE_COUNTER: Requirement = requirement!(method = Session, STAFF);
