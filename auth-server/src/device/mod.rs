//! Devices without a browser ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)): they show a code, which
//! the user types on a page of this server.
//!
//! An attacker can send the code of their device to a victim, who then gives it access
//! ([RFC 8628 §5.4](https://www.rfc-editor.org/rfc/rfc8628#section-5.4)). So the grant is off by default, and
//! the page always names the client, asks, and warns.

mod authorization;
mod grant;
mod guesses;
mod page;
mod user_code;

use auth_core::Router;
use auth_core::routing::{get, post};

use crate::server::{AuthorizationServer, Inner};
use crate::wire::not_allowed;

/// The endpoint for devices, and the page for their users; no routes if the grant is off.
pub(crate) fn routes(server: &Inner) -> Router<AuthorizationServer> {
    if !server.device_authorization {
        return Router::new();
    }
    let devices = post(authorization::device_authorization).fallback(not_allowed);
    Router::new()
        .route("/device_authorization", devices)
        .route("/device", get(page::show).post(page::answer))
        .route("/device/sign-in", post(page::sign_in))
}
