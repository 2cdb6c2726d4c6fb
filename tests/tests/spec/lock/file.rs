//! The lock: written, read back, and failing when who may call changes.

use std::fs;
use std::path::PathBuf;

use auth_core::access_map::{AccessModel, Change, LockError};
use auth_core::routing::get;
use auth_core::{AccessMap, Permissions, Roles, Router, Scopes, public, requirement, requires};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
enum Permission {
    #[permission("orders:read")]
    OrdersRead,
    #[permission("it's \"odd\"")]
    Odd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
enum Role {
    #[role(grants(OrdersRead))]
    Clerk,
    #[role(includes(Clerk), grants(Odd))]
    Manager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
enum Scope {
    Read,
}

#[requires(permission = OrdersRead, scope = Read, max_age = "5m")]
async fn show() {}

#[requires(role = Clerk, permission = Odd)]
async fn odd() {}

#[public(reason = "it's up")]
async fn health() {}

fn router() -> Router {
    Router::new().route("/orders/{id}", get(show)).route("/health", get(health))
}

fn map() -> AccessMap {
    router()
        .route("/odd", get(odd))
        .nest_service("/files", tower::service_fn(never), requirement!(role = Role::Clerk))
        .access_map()
}

async fn never(
    _: axum::extract::Request,
) -> Result<axum::response::Response, std::convert::Infallible> {
    std::future::pending().await
}

const LOCK: &str = r#"# Who may call what. Written by `UPDATE_ACCESS_LOCK=1 cargo test`: do not edit, review every change.
version = 2
methods = ["bearer", "dpop", "mtls"]

[roles]
"clerk" = { grants = ["orders:read"] }
"manager" = { includes = ["clerk"], grants = ["it's \"odd\""] }

[permissions]
"orders:read" = {}
"it's \"odd\"" = {}

[scopes]
"read" = {}

[[endpoint]]
path = "/files"
kind = "nested"
requires = 'role = "clerk"'
roles = ["clerk", "manager"]

[[endpoint]]
path = "/health"
method = "GET"
public = "it's up"

[[endpoint]]
path = "/odd"
method = "GET"
requires = "role = \"clerk\", permission = \"it's \\\"odd\\\"\""
roles = ["manager"]

[[endpoint]]
path = "/orders/{id}"
method = "GET"
requires = 'permission = "orders:read", scope = "read", max_age = "5m"'
roles = ["clerk", "manager"]
"#;

fn file(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("access_map_lock");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

#[test]
fn it_is_written_for_review() {
    assert_eq!(map().lock_text(), LOCK);
}

#[test]
fn it_reads_back_as_the_same_access() {
    let read = AccessModel::from_lock(LOCK).unwrap();
    let map = map();
    assert!(map.compare(&read).changes().is_empty());
    for (one, two) in read.endpoints.iter().zip(&map.model().endpoints) {
        assert_eq!(one.requirement, two.requirement);
        assert_eq!(one.minimal_sets, two.minimal_sets);
        assert_eq!(one.sufficient_roles, two.sufficient_roles);
    }
}

#[test]
fn it_is_written_checked_and_fails() {
    let path = file("round.lock");
    let _ = fs::remove_file(&path);
    let missing = map().check_lock(&path).unwrap_err();
    assert!(matches!(missing, LockError::Missing { .. }));
    assert!(
        missing
            .to_string()
            .ends_with("help: write it with `UPDATE_ACCESS_LOCK=1 cargo test`, and commit it")
    );
    map().write_lock(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), LOCK);
    map().assert_locked(&path);
    let folder: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
    assert!(
        folder.iter().all(|it| !it.as_ref().unwrap().path().to_string_lossy().ends_with(".new"))
    );
    // Git on Windows may turn line ends.
    fs::write(&path, LOCK.replace('\n', "\r\n")).unwrap();
    map().check_lock(&path).unwrap();
}

#[test]
fn a_widening_fails_loudly_with_its_witness() {
    let path = file("widened.lock");
    let stricter = LOCK.replace("requires = 'role = \"clerk\"'", "requires = 'role = \"manager\"'");
    fs::write(&path, &stricter).unwrap();
    let error = map().check_lock(&path).unwrap_err();
    let LockError::Drift { comparison, .. } = &error else { panic!("{error}") };
    assert_eq!(comparison.changes()[0].change, Change::Widened);
    let path = path.display();
    assert_eq!(
        error.to_string(),
        format!(
            "CALLERS WHO WERE REFUSED MAY BE LET IN: 1 of 4 endpoints are opened against `{path}`\n\n\
             widened: ANY /files/…\n  before:  role = \"manager\"\n  now:     role = \"clerk\"\n  \
             let in:  role \"clerk\"\n\n\
             help: if each of these is meant, accept it with `UPDATE_ACCESS_LOCK=1 cargo test`, and have the change of the file reviewed"
        )
    );
}

#[test]
fn accepting_callers_with_unknown_names_is_a_widening() {
    let path = file("unknown.lock");
    let (clerk, manager) = ("role = \"clerk\"", "role = \"manager\"");
    let split = format!("any(all({clerk}, {manager}), all({clerk}, not({manager})))");
    let stricter = LOCK.replace(&format!("requires = '{clerk}'"), &format!("requires = '{split}'"));
    assert_ne!(stricter, LOCK);
    fs::write(&path, &stricter).unwrap();
    let text = map().check_lock(&path).unwrap_err().to_string();
    assert!(text.starts_with("CALLERS WHO WERE REFUSED MAY BE LET IN: 1 of 4"), "{text}");
    assert!(text.contains("let in:  role \"clerk\", roles that the token leaves open\n"), "{text}");
}

#[test]
fn everything_else_is_out_of_date() {
    let say = |name: &str, from: &str, to: &str| {
        assert!(LOCK.contains(from), "{from}");
        let path = file(name);
        fs::write(&path, LOCK.replace(from, to)).unwrap();
        let text = map().check_lock(&path).unwrap_err().to_string();
        text.replace(&path.display().to_string(), "access.lock")
    };
    let narrowed =
        say("narrowed.lock", "requires = 'role = \"clerk\"'", "requires = 'authenticated'");
    assert!(
        narrowed.starts_with(
            "`access.lock` is out of date: no caller gains access\n\nnarrowed: ANY /files/…"
        ),
        "{narrowed}"
    );
    let reason = say("reason.lock", "public = \"it's up\"", "public = \"\"");
    assert!(
        reason.starts_with("`access.lock` is out of date: the same callers are let in, but it is written differently"),
        "{reason}"
    );
    let gained = say("gained.lock", "{ grants = [\"orders:read\"] }", "{}");
    assert!(
        gained.contains("widened: GET /orders/{id}")
            && gained.contains("vocabulary: role \"clerk\" now brings permission \"orders:read\""),
        "{gained}"
    );
    let roles = say("roles.lock", "roles = [\"manager\"]", "roles = []");
    assert!(roles.contains("written differently"), "{roles}");
}

#[test]
#[should_panic(expected = "there is no access lock at")]
fn assert_locked_panics() {
    map().assert_locked("no/such/access.lock");
}

#[test]
fn an_invalid_lock_says_why() {
    let error = |from: &str, to: &str| {
        assert!(LOCK.contains(from), "{from}");
        AccessModel::from_lock(&LOCK.replacen(from, to, 1)).unwrap_err().to_string()
    };
    let public = error("public = \"it's up\"", "");
    assert_eq!(public, "line 22: an endpoint has one of `requires`, `public` and `pending`");
    assert_eq!(
        error("version = 2", "version = 9"),
        "line 1: it is of version 9, but this is a reader of version 2"
    );
    assert_eq!(error("version = 2", ""), "line 1: no `version` was found");
    assert_eq!(error("[scopes]", "<<<<<<< HEAD"), "line 13: a key was expected at `<<<<<<< HEAD`");
    assert_eq!(
        error("requires = 'role = \"clerk\"'", "requires = 'role = clerk'"),
        "line 19: not a requirement: a string in quotes expected at `clerk`"
    );
    assert_eq!(error("kind = \"nested\"", "kind = \"page\""), "line 18: unknown kind `page`");
    assert_eq!(error("[scopes]", "[scope]"), "line 13: unknown section `[scope]`");
    assert_eq!(
        error("\"read\" = {}", "\"read\" = { grants = [] }"),
        "line 14: a scope has no `grants`"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "[\\[\\]a-z\"'={}, \\\\u\n]{0,80}") {
        let _ = AccessModel::from_lock(&text);
        let _ = AccessModel::from_lock(&format!("version = 1\n[[endpoint]]\nrequires = {text}\n"));
    }
}
