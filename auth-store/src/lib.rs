//! Stores for [`auth_accounts`].

#[cfg(feature = "memory")]
pub mod memory;
