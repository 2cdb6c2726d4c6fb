//! What threads share, imported from one place: the models of the tests put a scheduler's in.

#[cfg(feature = "http_client")]
pub(crate) use std::sync::{Mutex, PoisonError};

pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use arc_swap::{ArcSwapOption, Guard};
