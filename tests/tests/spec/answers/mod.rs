//! What a client reads when it is refused, and what the log says of it.

mod explanations;
mod refused;
mod resource_metadata;
mod responses;
