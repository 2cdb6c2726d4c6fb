//! The authorization endpoint, up to the code
//! ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)).
//!
//! - `parameters`: a request as it was sent. This is what is pushed, and sealed into pages.
//! - `request`: a request after all checks. They are repeated on each page, since clients change.
//! - `target`: the resources and scopes of a request.
//! - `pushed`: pushed authorization requests.
//! - `response`: the redirect back to the client.
//! - `endpoint`, `flow`: from a request to the next page; `interaction`: the state that is sealed into pages.
//! - `grant`: the grant of a user, with its code.

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
pub(crate) use grant::{Allowed, GivenConsent, note_grant};
pub(crate) use interaction::BrowserCookie;
pub(crate) use parameters::Parameters;
#[cfg(feature = "development")]
pub(crate) use request::Prompt;
pub(crate) use request::{AuthorizationRequest, RequestError, Via};
pub(crate) use response::{ReturnTo, append};
