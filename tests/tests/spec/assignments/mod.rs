//! Roles from the application's own database: what counts, for how long, and what an outage does.

pub(crate) mod desk;
mod flood;
mod guards;
mod kept;
mod model;
mod names;
mod outage;

use std::time::Duration;

use auth_core::authenticator::{AssignmentCache, AuthenticatorError};
use auth_core::routing::get;
use auth_core::{Assignments, Identity, Router, requires};
use auth_tests::http::{NOW, Role, issuer, send, send_as, serve};
use desk::{CLERK, Desk, MANAGER, builder, names};

#[requires(role = Manager)]
pub(crate) async fn manage() -> &'static str {
    "managed"
}

#[requires(authenticated)]
pub(crate) async fn held(caller: Identity) -> String {
    names(&caller).join(" ")
}

fn routes() -> Router {
    Router::new().route("/manage", get(manage)).route("/held", get(held))
}

#[tokio::test]
async fn a_role_in_the_database_counts_with_all_that_it_includes() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    desk.assign("", "alice", Assignments::none().roles(["manager"]));
    let address = serve(routes().protect(builder(&issuer, &desk).build().unwrap()).unwrap()).await;
    let alice = issuer.token("alice").scopes(["read"]).sign().unwrap();
    let bob = issuer.token("bob").scopes(["read"]).sign().unwrap();
    assert_eq!(send_as(address, "GET", "/manage", &alice).await.status, 200);
    assert_eq!(send_as(address, "GET", "/manage", &bob).await.status, 403);
    let held = send_as(address, "GET", "/held", &alice).await.body;
    assert_eq!(held, format!("{} read", MANAGER.join(" ")));
    assert_eq!(send_as(address, "GET", "/held", &bob).await.body, "read");
}

#[tokio::test]
async fn permissions_and_groups_count_too() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    desk.assign("", "alice", Assignments::none().permissions(["orders:cancel"]));
    desk.assign("", "bob", Assignments::none().groups(["/leads"]));
    let authenticator = builder(&issuer, &desk).build().unwrap();
    let token = |subject: &str| issuer.token(subject).roles(["clerk"]).sign().unwrap();
    let alice = authenticator.authenticate_bearer(&token("alice")).await.unwrap();
    assert_eq!(names(&alice), [&CLERK[..], &["orders:cancel"]].concat());
    let bob = authenticator.authenticate_bearer(&token("bob")).await.unwrap();
    assert_eq!(names(&bob), [&MANAGER[..], &["/leads"]].concat());
}

#[tokio::test]
async fn the_database_may_count_instead_of_the_token_but_scopes_are_the_tokens() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    desk.assign("", "alice", Assignments::none().roles(["clerk"]).replace_token_authorities());
    desk.assign("", "bob", Assignments::none().replace_token_authorities());
    let authenticator = builder(&issuer, &desk).build().unwrap();
    let token = |subject: &str| {
        let token = issuer.token(subject).roles(["admin"]).permissions(["orders:cancel"]);
        token.groups(["/leads"]).scopes(["write"]).sign().unwrap()
    };
    let alice = authenticator.authenticate_bearer(&token("alice")).await.unwrap();
    assert_eq!(names(&alice), [&CLERK[..], &["write"]].concat());
    let bob = authenticator.authenticate_bearer(&token("bob")).await.unwrap();
    assert_eq!(names(&bob), ["write"]);
    let carla = authenticator.authenticate_bearer(&token("carla")).await.unwrap();
    assert!(carla.has(Role::Admin), "who has no row keeps what the token says");
}

#[tokio::test]
async fn assignments_are_queried_only_for_valid_tokens() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let address = serve(routes().protect(builder(&issuer, &desk).build().unwrap()).unwrap()).await;
    let expired = issuer.token("alice").claim("exp", NOW - 60).sign().unwrap();
    assert_eq!(send_as(address, "GET", "/held", &expired).await.status, 401);
    assert_eq!(send(address, "GET", "/held", &[]).await.status, 401);
    assert_eq!(desk.asked(), 0);
}

#[tokio::test]
async fn a_guard_and_an_extractor_share_one_question() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let cache = AssignmentCache::new().time_to_live(Duration::ZERO);
    let authenticator = builder(&issuer, &desk).assignment_cache(cache).build().unwrap();
    let address = serve(routes().protect(authenticator).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    send_as(address, "GET", "/held", &alice).await;
    assert_eq!(desk.asked(), 1);
}

#[test]
fn settings_out_of_range_are_errors_of_the_builder() {
    let (issuer, _) = issuer();
    let desk = Desk::default();
    let problem = |cache| builder(&issuer, &desk).assignment_cache(cache).build().unwrap_err();
    let hours = Duration::from_secs(3 * 60 * 60);
    let error = problem(AssignmentCache::new().time_to_live(hours));
    assert_eq!(error, AuthenticatorError::GrantsKeptTooLong(hours));
    assert!(error.to_string().contains("at most 3600 seconds"), "{error}");
    for capacity in [0, AssignmentCache::MAX_CAPACITY + 1] {
        let error = problem(AssignmentCache::new().capacity(capacity));
        assert_eq!(error, AuthenticatorError::InvalidGrantCapacity(capacity));
        assert!(error.to_string().contains("1 to 1000000"), "{error}");
    }
    for timeout in [Duration::ZERO, Duration::from_secs(61)] {
        let error = builder(&issuer, &desk).assignment_timeout(timeout).build().unwrap_err();
        assert_eq!(error, AuthenticatorError::InvalidGrantTimeout(timeout));
        assert!(error.to_string().contains("help: `.assignment_timeout(..)`"), "{error}");
    }
    let most = AssignmentCache::new().time_to_live(AssignmentCache::MAX_TIME_TO_LIVE);
    let most = most.capacity(AssignmentCache::MAX_CAPACITY);
    assert!(builder(&issuer, &desk).assignment_cache(most).build().is_ok());
}
