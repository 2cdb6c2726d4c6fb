//! The clock that decides over tokens, and what goes with time: limits, epochs, one question at a time, answers
//! that are not older than their question.

pub(crate) mod clock;
pub(crate) mod epoch;
#[cfg(test)]
mod epoch_tests;
pub(crate) mod log_throttle;
mod shared_read;
#[cfg(test)]
mod shared_read_tests;
pub(crate) mod single_flight;
pub(crate) mod tasks;

pub use clock::{Clock, FixedClock, SystemClock};
pub use shared_read::SharedRead;

pub(crate) use epoch::{Epoch, Stamp};
pub(crate) use log_throttle::LogThrottle;
pub(crate) use single_flight::{Asker, BoundedSingleFlight, SingleFlight, TimedOut};

pub(crate) use tasks::{NotDone, beside, within};

/// When to ask again what could not be determined, in seconds: the `Retry-After` of an answer where
/// nothing else is known.
pub(crate) const RETRY_AFTER: u64 = 5;
