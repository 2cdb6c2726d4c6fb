//! Reads requests and writes responses, for all endpoints.

mod answer;
mod cors;
mod error;
mod form;

pub(crate) use answer::{json, json_text, no_store};
pub(crate) use cors::{cors, not_allowed, preflight};
pub(crate) use error::{DPOP_NONCE, OAuthError, OAuthErrorCode, for_log};
pub(crate) use form::{Form, FormError, hex, read_body, read_form};
