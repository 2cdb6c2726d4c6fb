//! `Router::require(requirement!(check = ..))`: a check for every endpoint of a router, run before
//! the body is read, with the parameters of the path and the state of the router.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::{Identity, Router, check, public, requirement, requires};
use auth_tests::http::{Role, Scope, authenticator, issuer, send, send_as, serve};
use axum::Json;
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

/// The members of the projects, and how often they were asked for.
#[derive(Clone, Default)]
struct Members {
    asked: Arc<AtomicUsize>,
}

#[derive(Clone, Default)]
struct App {
    members: Members,
}

impl FromRef<App> for Members {
    fn from_ref(app: &App) -> Self {
        app.members.clone()
    }
}

#[derive(Deserialize)]
struct Project {
    project: String,
}

#[check("the caller is a member of the project")]
async fn project_member(
    caller: &Identity,
    Path(Project { project }): Path<Project>,
    State(members): State<Members>,
) -> Result<bool, StatusCode> {
    members.asked.fetch_add(1, Ordering::SeqCst);
    match &*project {
        "broken" => Err(StatusCode::BAD_GATEWAY),
        project => Ok(project == format!("of-{}", caller.subject())),
    }
}

#[derive(Deserialize)]
struct Task {
    task: u64,
}

#[check("the task is even")]
async fn even_task(Path(Task { task }): Path<Task>) -> bool {
    task.is_multiple_of(2)
}

#[requires(authenticated)]
async fn tasks() -> &'static str {
    "tasks"
}

#[requires(check = even_task)]
async fn task() -> &'static str {
    "task"
}

#[requires(check = project_member)]
async fn settings() -> &'static str {
    "settings"
}

#[requires(any(role = Manager, check = project_member))]
async fn members(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[public(reason = "shown on the front page")]
async fn title() -> &'static str {
    "title"
}

#[requires(authenticated)]
async fn create(Json(_): Json<Vec<u64>>) -> &'static str {
    "created"
}

fn projects() -> Router<App> {
    Router::new()
        .route("/tasks", get(tasks).post(create))
        .route("/tasks/{task}", get(task))
        .route("/settings", get(settings))
        .route("/members", get(members))
        .route("/title", get(title))
        .route_service(
            "/files",
            axum::routing::any(|| async { "file" }),
            requirement!(authenticated),
        )
        .require(requirement!(check = project_member))
}

fn router(app: App) -> Router {
    Router::new().nest("/projects/{project}", projects()).with_state(app)
}

async fn served(issuer: &TestIssuer) -> (std::net::SocketAddr, Members) {
    let app = App::default();
    let members = app.members.clone();
    (serve(router(app).protect(authenticator(issuer)).unwrap()).await, members)
}

const PATHS: [&str; 6] = ["tasks", "tasks/2", "settings", "members", "title", "files"];

#[tokio::test]
async fn the_check_guards_every_endpoint_of_the_router() {
    let (issuer, _) = issuer();
    let (app, _) = served(&issuer).await;
    let alice = issuer.token("alice").sign().unwrap();
    for path in PATHS {
        let (own, other) =
            (format!("/projects/of-alice/{path}"), format!("/projects/of-bob/{path}"));
        assert_eq!(send(app, "GET", &own, &[]).await.status, 401, "{path}");
        assert_eq!(send_as(app, "GET", &own, &alice).await.status, 200, "{path}");
        assert_eq!(send_as(app, "GET", &other, &alice).await.status, 403, "{path}");
    }
    assert_eq!(send_as(app, "GET", "/projects/of-alice/tasks/3", &alice).await.status, 403);
    assert_eq!(send_as(app, "GET", "/projects/of-bob/nothing", &alice).await.status, 404);
    assert_eq!(send_as(app, "DELETE", "/projects/of-bob/tasks", &alice).await.status, 405);
}

#[tokio::test]
async fn a_check_of_router_and_handler_runs_once_in_a_request() {
    let (issuer, _) = issuer();
    let (app, members) = served(&issuer).await;
    let alice = issuer.token("alice").sign().unwrap();
    for path in PATHS {
        members.asked.store(0, Ordering::SeqCst);
        let own = format!("/projects/of-alice/{path}");
        assert_eq!(send_as(app, "GET", &own, &alice).await.status, 200, "{path}");
        assert_eq!(members.asked.load(Ordering::SeqCst), 1, "{path}");
    }
}

#[tokio::test]
async fn a_check_of_the_router_runs_before_the_body_is_read() {
    let (issuer, _) = issuer();
    let (app, _) = served(&issuer).await;
    let alice = issuer.token("alice").sign().unwrap();
    // Without a body, `Json` answers 415.
    assert_eq!(send_as(app, "POST", "/projects/of-alice/tasks", &alice).await.status, 415);
    assert_eq!(send_as(app, "POST", "/projects/of-bob/tasks", &alice).await.status, 403);
}

#[tokio::test]
async fn the_error_of_a_check_of_the_router_is_the_answer() {
    let (issuer, _) = issuer();
    let (app, _) = served(&issuer).await;
    let alice = issuer.token("alice").sign().unwrap();
    for path in PATHS {
        let answer = send_as(app, "GET", &format!("/projects/broken/{path}"), &alice).await;
        assert_eq!(answer.status, 502, "{path}");
    }
}

#[tokio::test]
async fn requirements_of_several_routers_keep_their_checks_apart() {
    let (issuer, _) = issuer();
    let inner = Router::new().route("/tasks/{task}", get(settings));
    let router: Router = Router::new()
        .nest("/projects/{project}", inner.require(requirement!(check = even_task)))
        .require(requirement!(any(scope = Scope::Write, check = project_member)))
        .with_state(App::default());
    let app = serve(router.protect(authenticator(&issuer)).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    let status = async |path: &str| send_as(app, "GET", path, &alice).await.status;
    assert_eq!(status("/projects/of-alice/tasks/2").await, 200);
    assert_eq!(status("/projects/of-alice/tasks/3").await, 403);
    assert_eq!(status("/projects/of-bob/tasks/2").await, 403);
}

#[test]
fn the_map_shows_the_check_of_the_router_at_each_endpoint() {
    let map = router(App::default()).access_map();
    let shown: Vec<String> = map
        .iter()
        .map(|endpoint| format!("{endpoint}: {}", endpoint.requirement().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            "ANY /projects/{project}/files: check = project_member",
            "GET /projects/{project}/members: check = project_member, any(role = \"manager\", check = project_member)",
            "GET /projects/{project}/settings: check = project_member",
            "GET /projects/{project}/tasks: check = project_member",
            "POST /projects/{project}/tasks: check = project_member",
            "GET /projects/{project}/tasks/{task}: check = project_member, check = even_task",
            "GET /projects/{project}/title: check = project_member",
        ]
    );
}

#[test]
fn a_check_of_the_router_that_cannot_read_a_path_is_reported() {
    #[check("the project is open")]
    async fn open_project(Path(_project): Path<String>) -> bool {
        true
    }
    let (issuer, _) = issuer();
    let router: Router = Router::new()
        .nest("/projects/{project}", projects().require(requirement!(check = open_project)))
        .with_state(App::default());
    let error = router.protect(authenticator(&issuer)).unwrap_err().to_string();
    assert!(error.contains("/tasks/{task}` "), "{error}");
    assert!(
        error.contains("has the check `open_project`, whose `Path` takes 1 parameter"),
        "{error}"
    );
}
