//! What a client reads when it is rejected, and what the log says of it.

mod explanations;
mod refused;
mod resource_metadata;
mod responses;
