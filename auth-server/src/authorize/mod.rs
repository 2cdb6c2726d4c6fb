//! The authorization endpoint, up to the code
//! ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
//!
//! - `parameters`: a request as it was sent: what is pushed, and sealed into pages.
//! - `request`: what it means, once it was checked. It is checked each time, since clients change.
//! - `target`: which resources and scopes it is about.
//! - `pushed`: requests that were pushed before.
//! - `response`: the way back to the client.
//! - `endpoint`, `flow`: from a request to the page that comes next; `interaction`: what is sealed into it.
//! - `grant`: what a user has allowed, with its code.

mod endpoint;
mod flow;
mod grant;
mod interaction;
mod parameters;
mod pushed;
mod request;
mod response;
mod target;

pub(crate) use endpoint::routes;
pub(crate) use flow::status_of;
pub(crate) use grant::{Allowed, note_grant};
pub(crate) use interaction::BrowserCookie;
pub(crate) use parameters::Parameters;
#[cfg(feature = "development")]
pub(crate) use request::Prompt;
pub(crate) use request::{AuthorizationRequest, RequestError, Via};
pub(crate) use response::{ReturnTo, append};
