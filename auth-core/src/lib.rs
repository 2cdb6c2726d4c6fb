//! Declarative authorization for axum.
