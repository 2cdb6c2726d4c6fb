//! The page on which users of the program add a passkey. It signs in and adds it by the endpoints of the accounts,
//! which are below `/account`: those to sign in by, and to change one's own factors.

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::AuthorizationServer;
use crate::pages::{Script, Then, document, page_with_script, script_answer};

/// Where the script of the page is, below the issuer.
const SCRIPT: &str = "/passkeys.js";

/// The page, its script, and the endpoints that it uses, below the path of the issuer.
pub(super) fn routes(server: &AuthorizationServer, accounts: &auth_accounts::Accounts) -> Router {
    let pages = Router::<AuthorizationServer>::new()
        .route("/passkeys", get(page))
        .route(SCRIPT, get(script))
        .with_state(server.clone());
    let routes = pages.nest("/account", accounts.factors_router());
    match server.0.issuer.path() {
        "" => routes,
        path => Router::new().nest(path, routes),
    }
}

/// Nothing of it is shown before the script has seen that the browser has passkeys: the form has no address of its
/// own, and without the script a password would go into that of the page.
#[public(reason = "the user signs in on it")]
async fn page(State(server): State<AuthorizationServer>) -> Response {
    let address = server.0.issuer.url(SCRIPT);
    let html = document(&*server.0.pages, "Add a passkey", |out| {
        out.raw(
            "<p>A passkey is kept by your device, and signs you in with a finger, a face or a PIN.</p>\
             <p id=\"cannot\">Your browser has no passkeys, or runs no JavaScript, which they need.</p>\
             <p class=\"problem\" role=\"alert\" id=\"problem\" hidden></p>\
             <div id=\"add\" hidden><form method=\"post\">\
             <label>User name <input name=\"username\" type=\"text\" autocomplete=\"username\" required \
             autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"254\"></label>\
             <label>Password <input name=\"password\" type=\"password\" autocomplete=\"current-password\" \
             required></label>\
             <div id=\"second\" hidden><label>Code <input name=\"code\" type=\"text\" \
             autocomplete=\"one-time-code\" autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\" \
             aria-describedby=\"hint-code\"></label><p class=\"hint\" id=\"hint-code\">From your authenticator \
             app, or one of your recovery codes.</p></div>\
             <label>Name of the passkey <input name=\"name\" type=\"text\" value=\"Passkey\" required \
             maxlength=\"100\"></label>\
             <button>Add a passkey</button></form></div>\
             <div id=\"done\" tabindex=\"-1\" hidden><p class=\"done\" role=\"status\">The passkey was added. \
             You can sign in with it from now on, and after your password it is asked for.</p>\
             <div id=\"recovery\" hidden><h2>Your recovery codes</h2><p>Write them down: each works once in the \
             place of the passkey, and they are not shown again.</p><ul class=\"codes\"></ul></div></div>",
        );
        out.raw("<script src=\"").text(&address).raw("\" defer></script>");
    });
    let script = Script { address: &address, fetches: true };
    page_with_script(StatusCode::OK, html, &Then::Nowhere, Some(script), Vec::new())
}

#[public(reason = "the page loads it")]
async fn script() -> Response {
    script_answer(include_str!("passkeys.js"))
}
