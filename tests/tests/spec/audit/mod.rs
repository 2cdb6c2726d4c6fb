//! What is recorded of each decision.

mod counters;
mod events;
