//! The source of the stores on SQL, on a database of the model.

#[path = "../../../src/sql/authorization/mod.rs"]
mod authorization;
mod connections;
mod dialect;
#[expect(unreachable_pub, reason = "the model needs a part of it")]
#[path = "../../../src/sql/error.rs"]
mod error;
#[path = "../../../src/sql/one_time.rs"]
mod one_time;
#[path = "../../../src/sql/row.rs"]
mod row;
#[path = "../../../src/sql/statement.rs"]
mod statement;
#[expect(unreachable_pub, reason = "the model needs a part of it")]
#[path = "../../../src/sql/step.rs"]
mod step;
mod store;

mod changes {
    pub(super) const WAIT: std::time::Duration = std::time::Duration::from_secs(1);
}

pub(crate) use store::{Model, SqlStore, store};
