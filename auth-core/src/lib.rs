//! Declarative authorization for axum.

pub mod credential;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;
