//! Devices without a browser ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)): they show a code, which
//! their user types on a page of this server.
//!
//! An attacker can send such a code to a victim, who then allows the attacker's device what the page asks for
//! ([RFC 8628 §5.4](https://www.rfc-editor.org/rfc/rfc8628#section-5.4)). So the grant is off, unless it is
//! turned on; the page always names the client, asks, and warns.

mod authorization;
mod grant;
mod guesses;
mod page;
mod user_code;

use auth_core::Router;
use auth_core::routing::{get, post};

use crate::server::{AuthorizationServer, Inner};
use crate::wire::not_allowed;

/// The endpoint for devices, and the page for their users; none, if the grant is off.
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
