//! Identities for tests and development: without keys, and the first also without HTTP.

#![expect(clippy::unused_async, reason = "handlers and checks are asynchronous")]

use auth_core::routing::{get, post};
use auth_core::testing::{as_user, identity};
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Guard, Identity, Method, Router, check, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer, serve};

use super::send;

#[requires(permission = OrdersCancel)]
async fn cancel(caller: Identity) -> String {
    format!("cancelled by {}", caller.subject())
}

#[requires(method = Session, max_age = "5m", acr = "mfa")]
async fn pay_out(caller: Identity) -> String {
    format!("paid by {}", caller.subject())
}

#[requires(not(role = Clerk))]
async fn visit() -> &'static str {
    "welcome"
}

#[check("the caller placed the order")]
async fn placed_order(caller: &Identity) -> Result<bool, std::convert::Infallible> {
    Ok(caller.subject() == "alice")
}

#[tokio::test]
async fn a_guarded_handler_and_a_check_are_called_as_functions() {
    let alice = identity("alice").role(Role::Manager).build();
    let guard = Guard::for_identity(&alice).unwrap();
    assert_eq!(cancel(guard, alice.clone()).await, "cancelled by alice");
    assert_eq!(placed_order(&alice).await, Ok(true));
    let bob = identity("bob").role(Role::Clerk).build();
    assert!(Guard::<__requires_cancel>::for_identity(&bob).is_err());
    assert_eq!(placed_order(&bob).await, Ok(false));
}

#[test]
fn what_an_identity_holds_is_closed_as_that_of_a_token() {
    let alice = identity("alice").role(Role::Manager).scope(Scope::Read).build();
    assert!(alice.has(Role::Clerk) && alice.has(Permission::OrdersRead));
    assert!(alice.has(Scope::Read) && !alice.has(Role::Admin));
    assert_eq!(alice.look_up(Role::Admin), Some(false));
}

#[test]
fn what_no_enum_says_is_unknown_until_the_vocabulary_is_given() {
    let nobody = identity("nobody").build();
    assert!(Guard::<__requires_visit>::for_identity(&nobody).is_err());
    let nobody = identity("nobody").vocabulary::<(Role, Permission)>().build();
    assert!(Guard::<__requires_visit>::for_identity(&nobody).is_ok());
}

#[test]
fn a_login_is_judged_by_the_clock_of_the_identity() {
    let login = || {
        identity("alice")
            .method(Method::Session)
            .acr("mfa")
            .auth_time(NOW)
            .session_id("s")
            .tenant("north")
            .claim("email", "alice@shop.test")
    };
    let at = |seconds| login().clock(FixedClock::new(seconds)).build();
    assert!(Guard::<__requires_pay_out>::for_identity(&at(NOW + 300)).is_ok());
    assert!(Guard::<__requires_pay_out>::for_identity(&at(NOW + 301)).is_err());
    let bearer = login().method(Method::Bearer).clock(FixedClock::new(NOW)).build();
    assert!(Guard::<__requires_pay_out>::for_identity(&bearer).is_err());
    let alice = at(NOW);
    assert_eq!((alice.session_id(), alice.tenant()), (Some("s"), Some("north")));
    assert_eq!(alice.claims()["email"], "alice@shop.test");
    let ended = login().expires_at(NOW).clock(FixedClock::new(NOW)).build();
    assert!(Guard::<__requires_pay_out>::for_identity(&ended).is_err());
}

fn routes() -> Router {
    Router::new().route("/cancel", post(cancel)).route("/visit", get(visit))
}

#[tokio::test]
async fn a_development_server_has_one_user() {
    let (issuer, _) = issuer();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .scheme(as_user("alice").role(Role::Manager))
        .build()
        .unwrap();
    let app = serve(routes().protect(authenticator).unwrap()).await;
    assert_eq!(send(app, "POST", "/cancel", &[]).await.body, "cancelled by alice");
    // A token counts before the user does, and a bad one is rejected.
    let token = issuer.token("bob").roles(["clerk"]).sign().unwrap();
    let bearer = format!("Bearer {token}");
    assert_eq!(send(app, "POST", "/cancel", &[("authorization", &bearer)]).await.status, 403);
    let bad = send(app, "POST", "/cancel", &[("authorization", "Bearer x")]).await;
    assert_eq!(bad.status, 401);
    for foreign in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.test")] {
        assert_eq!(send(app, "POST", "/cancel", &[foreign]).await.status, 401, "{foreign:?}");
    }
    let own = send(app, "POST", "/cancel", &[("sec-fetch-site", "same-origin")]).await;
    assert_eq!(own.status, 200);
}
