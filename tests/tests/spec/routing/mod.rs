//! Routers: axum's ways, and requirements for a part of an API.

mod differential;
mod like_axum;
mod require;
mod require_checks;
