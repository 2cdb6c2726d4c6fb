//! Tokens that leave open which names they grant: `not(..)` lets no caller in by that.

use std::convert::Infallible;
use std::net::SocketAddr;

use auth_core::authenticator::AssignmentQuery;
use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::{
    AssignmentSource, Assignments, Authenticator, AuthorityKind, ClaimMap, Groups, Identity,
    Permissions, Roles, Router, Scopes, requires,
};
use auth_tests::http::{issuer, send_as, serve};
use auth_tests::introspection::{Endpoint, active};
use serde_json::{Value, json};

use crate::logged::Logged;

#[derive(Clone, Copy, Permissions)]
enum Permission {
    #[permission("orders:read")]
    OrdersRead,
    Ledger,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role(grants(OrdersRead))]
    Clerk,
    Suspended,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
    Write,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("staff", role = Clerk)]
    Staff,
    #[group("contractors")]
    Contractors,
}

type Names = (Role, Permission, Scope, Group);

#[requires(not(role = Suspended))]
async fn no_suspended() {}

#[requires(not(role = Clerk))]
async fn no_clerk() {}

#[requires(role = Clerk)]
async fn clerk() {}

#[requires(not(permission = OrdersRead))]
async fn no_orders() {}

#[requires(not(permission = Ledger))]
async fn no_ledger() {}

#[requires(not(scope = Write))]
async fn no_write() {}

#[requires(not(group = Contractors))]
async fn no_contractors() {}

#[requires(scope = Read)]
async fn read() {}

#[requires(any(scope = Read, not(role = Suspended)))]
async fn either() {}

#[requires(authenticated)]
async fn says(caller: Identity) -> String {
    format!("{} {:?}", caller.has(Role::Suspended), caller.look_up(Role::Suspended))
}

const PATHS: [&str; 9] = [
    "/no-suspended",
    "/no-clerk",
    "/clerk",
    "/no-orders",
    "/no-ledger",
    "/no-write",
    "/no-contractors",
    "/read",
    "/either",
];

fn routes() -> Router {
    Router::new()
        .route("/no-suspended", get(no_suspended))
        .route("/no-clerk", get(no_clerk))
        .route("/clerk", get(clerk))
        .route("/no-orders", get(no_orders))
        .route("/no-ledger", get(no_ledger))
        .route("/no-write", get(no_write))
        .route("/no-contractors", get(no_contractors))
        .route("/read", get(read))
        .route("/either", get(either))
        .route("/says", get(says))
}

fn builder(issuer: &TestIssuer, map: ClaimMap) -> auth_core::authenticator::AuthenticatorBuilder {
    let verifier = issuer.verifier().claims(map).build().unwrap();
    Authenticator::builder().vocabulary::<Names>().verifier(verifier)
}

/// The paths that the token does not open.
async fn closed(address: SocketAddr, token: &str) -> Vec<&'static str> {
    let mut closed = Vec::new();
    for path in PATHS {
        match send_as(address, "GET", path, token).await.status {
            200 => {}
            403 => closed.push(path),
            other => panic!("{path}: {other}"),
        }
    }
    closed
}

fn token(issuer: &TestIssuer, claims: &Value) -> String {
    let token = issuer.token("alice");
    let claims = claims.as_object().unwrap().iter();
    claims.fold(token, |token, (name, value)| token.claim(name, value.clone())).sign().unwrap()
}

/// What a token closes whose roles are unknown: roles bring `orders:read` and nothing else.
const WITHOUT_ROLES: [&str; 4] = ["/no-suspended", "/no-clerk", "/clerk", "/no-orders"];

/// Holds P-08.
#[tokio::test]
async fn roles_that_cannot_be_read_are_unknown_and_nothing_else_is() {
    let (issuer, _) = issuer();
    let address =
        serve(routes().protect(builder(&issuer, ClaimMap::rfc9068()).build().unwrap()).unwrap())
            .await;
    for roles in [
        json!({"suspended": true}),
        json!(5),
        json!(null),
        json!([["x"]]),
        json!("clerk suspended"),
        json!("clerk,suspended"),
        json!([null]),
        json!(""),
    ] {
        let token = token(&issuer, &json!({"roles": roles, "scope": "read"}));
        assert_eq!(closed(address, &token).await, WITHOUT_ROLES, "{roles}");
        assert_eq!(send_as(address, "GET", "/says", &token).await.body, "false None");
    }
    for roles in [json!([]), json!(["suspicious"]), json!("nobody")] {
        let token = token(&issuer, &json!({"roles": roles, "scope": "read"}));
        assert_eq!(closed(address, &token).await, ["/clerk"], "{roles}");
        assert_eq!(send_as(address, "GET", "/says", &token).await.body, "false Some(false)");
    }
    // What is certain counts, with all that it brings.
    let partly = token(&issuer, &json!({"roles": ["clerk", 5], "scope": "read"}));
    assert_eq!(closed(address, &partly).await, ["/no-suspended", "/no-clerk", "/no-orders"]);
    // Each kind by itself.
    let scopes = token(&issuer, &json!({"scope": 5}));
    assert_eq!(closed(address, &scopes).await, ["/clerk", "/no-write", "/read"]);
    let groups = token(&issuer, &json!({"groups": {"staff": 1}, "scope": "read"}));
    let by_groups = ["/no-clerk", "/clerk", "/no-orders", "/no-contractors"];
    assert_eq!(closed(address, &groups).await, by_groups);
    let permissions = token(&issuer, &json!({"permissions": null, "scope": "read"}));
    assert_eq!(closed(address, &permissions).await, ["/clerk", "/no-orders", "/no-ledger"]);
}

/// Microsoft Entra ID, for a user in more groups than fit in a token.
#[tokio::test]
async fn groups_that_were_left_out_are_unknown() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer, ClaimMap::entra().scopes("/scope")).build().unwrap();
    let address = serve(routes().protect(authenticator).unwrap()).await;
    let by_groups = ["/no-clerk", "/clerk", "/no-orders", "/no-contractors"];
    for mark in [
        json!({
            "_claim_names": {"groups": "src1"},
            "_claim_sources": {"src1": {"endpoint": "https://graph.windows.net/x/getMemberObjects"}},
        }),
        json!({"hasgroups": true}),
    ] {
        let mut claims = mark.clone();
        claims["scope"] = json!("read");
        assert_eq!(closed(address, &token(&issuer, &claims)).await, by_groups, "{mark}");
    }
    let none = token(&issuer, &json!({"groups": [], "scope": "read", "hasgroups": false}));
    assert_eq!(closed(address, &none).await, ["/clerk"]);
}

#[tokio::test]
async fn an_answer_of_introspection_is_read_alike() {
    let endpoint = Endpoint::start().await;
    let verifier = endpoint.verifier().build().unwrap();
    let authenticator = Authenticator::builder().vocabulary::<Names>().verifier(verifier).build();
    let address = serve(routes().protect(authenticator.unwrap()).unwrap()).await;
    let mut answer = active("alice");
    answer["roles"] = json!({"suspended": true});
    endpoint.say("opaque", 200, answer.to_string());
    assert_eq!(closed(address, "opaque").await, WITHOUT_ROLES);
    answer["roles"] = json!([]);
    endpoint.say("another", 200, answer.to_string());
    assert_eq!(closed(address, "another").await, ["/clerk"]);
}

/// Asks the directory only for those whose token does not say.
struct Directory;

impl AssignmentSource for Directory {
    type Error = Infallible;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, Infallible> {
        Ok(match caller.subject() {
            "alice" if caller.leaves_open(AuthorityKind::Group) => {
                Assignments::none().groups(["staff"])
            }
            "bob" => Assignments::none().groups(Vec::<String>::new()),
            "carol" => Assignments::none().permissions(["ledger"]),
            "erin" => Assignments::none().roles(["suspended "]),
            "dave" => Assignments::none().replace_token_authorities(),
            _ => Assignments::none(),
        })
    }
}

#[tokio::test]
async fn a_source_answers_for_what_it_names() {
    let (issuer, _) = issuer();
    let builder = builder(&issuer, ClaimMap::rfc9068()).assignment_source(Directory);
    let address = serve(routes().protect(builder.build().unwrap()).unwrap()).await;
    let token = |subject: &str, claims: Value| {
        let token = issuer.token(subject).claim("scope", "read");
        let claims = claims.as_object().unwrap().clone().into_iter();
        claims.fold(token, |token, (name, value)| token.claim(&name, value)).sign().unwrap()
    };
    let left_out = || json!({"_claim_names": {"groups": "src1"}});
    assert_eq!(closed(address, &token("alice", left_out())).await, ["/no-clerk", "/no-orders"]);
    assert_eq!(closed(address, &token("bob", left_out())).await, ["/clerk"]);
    let by_groups = ["/no-clerk", "/clerk", "/no-orders", "/no-ledger", "/no-contractors"];
    assert_eq!(closed(address, &token("carol", left_out())).await, by_groups);
    // It answers for groups, so the roles of the token stay as unknown as they were.
    assert_eq!(closed(address, &token("bob", json!({"roles": 5}))).await, WITHOUT_ROLES);
    // Nor is it "no" what a source says and can be no name.
    assert_eq!(closed(address, &token("erin", json!({}))).await, WITHOUT_ROLES);
    // What counts for nothing leaves nothing open; scopes are the token's in any case.
    assert_eq!(closed(address, &token("dave", json!({"roles": 5}))).await, ["/clerk"]);
    let scopes = token("dave", json!({"scope": 5}));
    assert_eq!(closed(address, &scopes).await, ["/clerk", "/no-write", "/read"]);
}

#[tokio::test]
async fn the_log_says_so_once_in_a_while() {
    Logged::listen();
    let (issuer, clock) = issuer();
    let authenticator = builder(&issuer, ClaimMap::rfc9068()).build().unwrap();
    let lines = async |claims: Value| {
        authenticator.authenticate_bearer(&token(&issuer, &claims)).await.unwrap();
        let lines = Logged::take().into_iter();
        lines.filter(|line| line.contains("leaves open")).collect::<Vec<_>>()
    };
    assert!(lines(json!({"roles": ["clerk"]})).await.is_empty());
    let said = lines(json!({"roles": {"s3cret": [1]}, "scope": [5, 6]})).await;
    let [roles, scopes] = said.as_slice() else { panic!("{said:?}") };
    assert!(roles.starts_with("WARN") && roles.contains("/roles"), "{roles}");
    assert!(roles.contains("it is an object") && !roles.contains("s3cret"), "{roles}");
    assert!(
        scopes.contains("/scope") && scopes.contains("something in it is not a name"),
        "{scopes}"
    );
    assert!(lines(json!({"roles": 6})).await.is_empty(), "one line in ten seconds");
    clock.advance(11);
    assert_eq!(lines(json!({"roles": 7})).await.len(), 1);
}
