//! What every endpoint does with HTTP: forms in, answers and errors out.

mod answer;
mod error;
mod form;

pub(crate) use answer::{json, no_store};
pub(crate) use error::{OAuthError, OAuthErrorCode};
pub(crate) use form::{Form, FormError, read_form};
