//! The functions that start a [`MethodRouter`], under axum's names.
//!
//! ```
//! use auth_core::routing::get;
//! use auth_core::{Router, public, requires};
//!
//! #[public(reason = "everybody may look")]
//! async fn list() {}
//!
//! #[requires(authenticated)]
//! async fn create() {}
//!
//! let orders: Router = Router::new().route("/orders", get(list).post(create));
//! ```
//!
//! A handler without `#[requires(..)]` or `#[public]` does not compile here:
//!
//! ```compile_fail,E0277
//! async fn list() {}
//!
//! let orders: auth_core::Router =
//!     auth_core::Router::new().route("/orders", auth_core::routing::get(list));
//! ```

pub use axum::routing::MethodFilter;

pub use crate::web::method_router::MethodRouter;
pub use crate::web::routing::{
    any, any_service, connect, connect_service, delete, delete_service, get, get_service, head,
    head_service, on, on_service, options, options_service, patch, patch_service, post,
    post_service, put, put_service, trace, trace_service,
};
