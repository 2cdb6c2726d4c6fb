//! Accounts: what their sessions, keys and sign-ins cost. The targets are T1 to T14.

pub mod application;
pub mod cases;
#[cfg(feature = "account-peers")]
pub mod figures;
pub mod people;
pub mod waiting;

pub use cases::cases;
