//! A requirement that is said once, under a name, and used anywhere: every listing sees through it.

use auth_core::routing::{delete, get};
use auth_core::{Method, Requirement, Roles, Router, Scopes, requirement, requires};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
enum Role {
    Clerk,
    Auditor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
enum Scope {
    Read,
    Write,
}

const STAFF: Requirement = requirement!(any(role = Clerk, role = Auditor));

mod rules {
    use super::{Requirement, STAFF, Scope, requirement};

    pub(super) const WRITERS: Requirement = requirement!(scope = Write);
    pub(super) const BY_HAND: Requirement = requirement!(method = Session, STAFF);
}

#[requires(STAFF, scope = Write)]
async fn shelf() {}

#[requires(any(rules::WRITERS, all(not(STAFF), scope = Read)))]
async fn stock() {}

#[requires(any(rules::BY_HAND, all(method = ApiKey, rules::WRITERS)))]
async fn order() {}

#[requires(STAFF)]
fn close_books(_: &auth_core::Identity) -> Result<(), auth_core::AuthError> {
    Ok(())
}

fn app() -> Router {
    Router::new()
        .route("/shelf", get(shelf))
        .route("/stock", get(stock))
        .route("/order", delete(order))
        .require(rules::WRITERS)
}

#[test]
fn a_named_requirement_is_part_of_the_one_that_names_it() {
    let map = app().access_map();
    let text = |path: &str| {
        let endpoint = map.endpoints().iter().find(|it| it.path() == path).unwrap();
        endpoint.requirement().unwrap().to_string()
    };
    assert_eq!(text("/shelf"), r#"scope = "write", role = "clerk" | "auditor", scope = "write""#);
    assert_eq!(
        text("/stock"),
        r#"scope = "write", any(scope = "write", all(not(role = "clerk" | "auditor"), scope = "read"))"#
    );
    assert_eq!(
        requirement!(STAFF, scope = Read).to_string(),
        r#"role = "clerk" | "auditor", scope = "read""#
    );
    let _ = close_books;
}

#[test]
fn the_map_and_the_lock_see_through_the_name() {
    let map = app().access_map();
    let order = map.model().endpoints.iter().find(|it| it.path == "/order").unwrap();
    assert_eq!(order.methods, ["session", "api-key"]);
    let lock = map.lock_text();
    assert!(lock.contains(r#"any(all(method = "session", role = "clerk" | "auditor"), all(method = "api-key", scope = "write"))"#), "{lock}");
    assert!(!lock.contains("BY_HAND"));
}

/// The words of the attribute are those of [`Method`].
#[test]
fn each_built_in_method_has_a_word() {
    const ALL: Requirement =
        requirement!(method = Bearer | Dpop | Mtls | Basic | ApiKey | Session | "corporate-sso");
    let methods = ALL.accepted_methods().unwrap();
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    assert_eq!(names, ["bearer", "dpop", "mtls", "basic", "api-key", "session", "corporate-sso"]);
    assert_eq!(requirement!(method = "session"), requirement!(method = Session));
    assert_eq!(methods[6], Method::custom("corporate-sso"));
}
