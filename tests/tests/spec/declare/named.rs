//! A requirement that is said once, under a name, and used anywhere: every listing sees through it.

use auth_core::routing::{delete, get};
use auth_core::{Method, Requirement, Roles, Router, Scopes, requirement, requires};
use auth_tests::http::{authenticator, issuer, send_as, serve};

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

/// The names and the requirements of another crate.
mod elsewhere {
    use auth_core::Router;
    use auth_core::routing::get;
    use auth_core::{Requirement, requirement, requires};
    use auth_tests::http::{Role, Scope};
    use auth_tests::policies::{self, AT_THE_COUNTER};

    const NOT_STAFF: Requirement = requirement!(not(auth_tests::policies::STAFF));

    #[requires(auth_tests::policies::STAFF, scope = Write)]
    async fn shelf() {}

    #[requires(any(role = Admin, all(not(policies::STAFF), policies::WRITERS)))]
    async fn stock() {}

    #[requires(any(AT_THE_COUNTER, all(method = ApiKey, policies::WRITERS)))]
    async fn till() {}

    #[requires(NOT_STAFF, scope = Read)]
    async fn guests() {}

    pub(super) fn app() -> Router {
        let guests = Router::new().route("/", get(guests)).require(policies::WRITERS);
        Router::new()
            .route("/shelf", get(shelf))
            .route("/stock", get(stock))
            .nest("/guests", guests)
    }

    pub(super) fn with_methods() -> Router {
        app().route("/till", get(till))
    }
}

#[test]
fn the_named_requirement_of_another_crate_is_seen_through() {
    let map = elsewhere::with_methods().access_map();
    let shown: Vec<String> = map
        .iter()
        .map(|endpoint| format!("{endpoint}: {}", endpoint.requirement().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            r#"GET /guests: scope = "write", not(any(role = "clerk", permission = "orders:cancel")), scope = "read""#,
            r#"GET /shelf: any(role = "clerk", permission = "orders:cancel"), scope = "write""#,
            r#"GET /stock: any(role = "admin", all(not(any(role = "clerk", permission = "orders:cancel")), scope = "write"))"#,
            r#"GET /till: any(all(method = "session", any(role = "clerk", permission = "orders:cancel")), all(method = "api-key", scope = "write"))"#,
        ]
    );
    let lock = map.lock_text();
    assert!(lock.contains(r#"any(role = "admin", all(not(any(role = "clerk", permission = "orders:cancel")), scope = "write"))"#), "{lock}");
    for name in ["STAFF", "WRITERS", "AT_THE_COUNTER"] {
        assert!(!lock.contains(name), "{lock}");
    }
    let till = map.model().endpoints.iter().find(|it| it.path == "/till").unwrap();
    assert_eq!(till.methods, ["session", "api-key"]);
}

#[tokio::test]
async fn the_named_requirement_of_another_crate_decides() {
    let (issuer, _) = issuer();
    let app = serve(elsewhere::app().protect(authenticator(&issuer)).unwrap()).await;
    let clerk = issuer.token("clerk").roles(["clerk"]).scopes(["read", "write"]).sign().unwrap();
    let guest = issuer.token("guest").scopes(["read", "write"]).sign().unwrap();
    let reader = issuer.token("reader").roles(["clerk"]).scopes(["read"]).sign().unwrap();
    for (token, statuses) in
        [(clerk, [200, 403, 403]), (guest, [403, 200, 200]), (reader, [403; 3])]
    {
        for (path, status) in ["/shelf", "/stock", "/guests"].into_iter().zip(statuses) {
            assert_eq!(send_as(app, "GET", path, &token).await.status, status, "{path}");
        }
    }
}
