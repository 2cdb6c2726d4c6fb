//! `CurrentUser<U>`: the application's own user, loaded once per request.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use auth_core::routing::{get, post};
use auth_core::testing::AccessMatrix;
use auth_core::{CurrentUser, FromIdentity, Identity, Router, check, public, requires};
use auth_tests::http::{Role, authenticator, issuer, send, send_as, send_raw, serve};
use axum::Json;
use axum::extract::{FromRef, Path, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

/// The table of users, which counts its queries.
#[derive(Clone, Default)]
struct Users {
    rows: Arc<HashMap<&'static str, u64>>,
    queries: Arc<AtomicUsize>,
}

impl Users {
    fn new() -> Self {
        Self { rows: Arc::new(HashMap::from([("alice", 1), ("bob", 2)])), ..Self::default() }
    }

    fn queries(&self) -> usize {
        self.queries.swap(0, SeqCst)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct User {
    id: u64,
}

#[derive(Debug)]
enum NoUser {
    Unknown,
    Outage,
}

impl IntoResponse for NoUser {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => (StatusCode::FORBIDDEN, "sign up first").into_response(),
            Self::Outage => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
}

impl FromIdentity for User {
    type State = Users;
    type Rejection = NoUser;

    async fn from_identity(identity: &Identity, users: &Users) -> Result<Self, NoUser> {
        users.queries.fetch_add(1, SeqCst);
        tokio::task::yield_now().await;
        match identity.subject() {
            "outage" => Err(NoUser::Outage),
            subject => users.rows.get(subject).map(|&id| Self { id }).ok_or(NoUser::Unknown),
        }
    }
}

/// Another view of the same caller.
#[derive(Clone)]
struct Shout(String);

impl FromIdentity for Shout {
    type State = ();
    type Rejection = std::convert::Infallible;

    async fn from_identity(identity: &Identity, (): &()) -> Result<Self, std::convert::Infallible> {
        Ok(Self(identity.subject().to_uppercase()))
    }
}

#[derive(Clone)]
struct App {
    users: Users,
}

impl FromRef<App> for Users {
    fn from_ref(app: &App) -> Self {
        app.users.clone()
    }
}

impl FromRef<App> for () {
    fn from_ref(_: &App) -> Self {}
}

#[check("the profile is the caller's own")]
async fn own(CurrentUser(user): CurrentUser<User>, Path(id): Path<u64>) -> bool {
    user.id == id
}

#[check("the user is no guest")]
async fn no_guest(CurrentUser(user): CurrentUser<User>) -> bool {
    user.id > 0
}

#[requires(any(role = Admin, all(check = no_guest, check = own)))]
async fn profile(CurrentUser(user): CurrentUser<User>, again: CurrentUser<User>) -> String {
    assert_eq!(again.0, user);
    format!("user {}", user.id)
}

#[requires(any(role = Admin, check = own))]
async fn change(
    CurrentUser(user): CurrentUser<User>,
    Json(body): Json<serde_json::Value>,
) -> String {
    format!("user {} {body}", user.id)
}

#[requires(authenticated)]
async fn both(
    CurrentUser(user): CurrentUser<User>,
    CurrentUser(Shout(name)): CurrentUser<Shout>,
) -> String {
    format!("{name} {}", user.id)
}

#[requires(authenticated)]
async fn lazy(State(users): State<Users>) -> String {
    users.queries().to_string()
}

#[public]
async fn greet(caller: Option<CurrentUser<User>>) -> String {
    caller.map_or_else(|| "stranger".to_owned(), |CurrentUser(user)| format!("user {}", user.id))
}

fn routes() -> Router<App> {
    Router::new()
        .route("/users/{id}", get(profile).post(change))
        .route("/both", get(both))
        .route("/lazy", get(lazy))
        .route("/greet", get(greet))
}

#[tokio::test]
async fn checks_and_handler_share_one_query() {
    let (issuer, _) = issuer();
    let users = Users::new();
    let app = routes().with_state(App { users: users.clone() });
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let token = |subject: &str| issuer.token(subject).sign().unwrap();
    let (alice, bob) = (token("alice"), token("bob"));
    let answer = send_as(address, "GET", "/users/1", &alice).await;
    assert_eq!((answer.status, answer.body.as_str(), users.queries()), (200, "user 1", 1));
    let answer = send_as(address, "GET", "/users/1", &bob).await;
    assert_eq!((answer.status, users.queries()), (403, 1));
    let answer = send_as(address, "GET", "/both", &bob).await;
    assert_eq!((answer.body.as_str(), users.queries()), ("BOB 2", 1), "each type by itself");
    assert_eq!(send_as(address, "GET", "/lazy", &bob).await.body, "0", "nobody asked");
    for _ in 0..3 {
        send_as(address, "GET", "/both", &bob).await;
    }
    assert_eq!(users.queries(), 3, "nothing is kept from one request to the next");
}

#[tokio::test]
async fn load_rejection_is_returned_unchanged() {
    let (issuer, _) = issuer();
    let users = Users::new();
    let app = routes().with_state(App { users: users.clone() });
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let token = |subject: &str| issuer.token(subject).sign().unwrap();
    for path in ["/users/1", "/both", "/greet"] {
        let answer = send_as(address, "GET", path, &token("carla")).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, "sign up first"), "{path}");
        assert_eq!(send_as(address, "GET", path, &token("outage")).await.status, 503, "{path}");
    }
    let body = "{";
    let request = format!(
        "POST /users/1 HTTP/1.1\r\nhost: test\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 1\r\n\r\n{body}",
        token("carla")
    );
    let answer = send_raw(address, request.as_bytes()).await;
    assert_eq!(answer.status, 403, "a check loads before the body is read");
}

#[tokio::test]
async fn without_a_credential_nothing_is_loaded() {
    let (issuer, _) = issuer();
    let users = Users::new();
    let app = routes().with_state(App { users: users.clone() });
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    assert_eq!(send(address, "GET", "/both", &[]).await.status, 401);
    assert_eq!(send(address, "GET", "/greet", &[]).await.body, "stranger");
    assert_eq!(send_as(address, "GET", "/greet", "no.a.token").await.status, 401);
    assert_eq!(users.queries(), 0);
    let alice = issuer.token("alice").sign().unwrap();
    assert_eq!(send_as(address, "GET", "/greet", &alice).await.body, "user 1");
}

/// Middleware asked who calls, and then the credential is replaced: the user is loaded anew.
///
/// Holds P-09.
#[tokio::test]
async fn a_user_does_not_outlive_the_credential() {
    async fn become_bob(
        State(bob): State<HeaderValue>,
        _asked_before: Identity,
        mut request: Request,
        next: Next,
    ) -> Response {
        request.headers_mut().insert("authorization", bob);
        next.run(request).await
    }
    async fn look(
        State(_): State<App>,
        caller: CurrentUser<User>,
        request: Request,
        next: Next,
    ) -> Response {
        assert_eq!(caller.0.id, 1);
        next.run(request).await
    }
    let (issuer, _) = issuer();
    let users = Users::new();
    let state = App { users: users.clone() };
    let token = |subject: &str| issuer.token(subject).sign().unwrap();
    let bob = HeaderValue::from_str(&format!("Bearer {}", token("bob"))).unwrap();
    let app = routes()
        .layer(from_fn_with_state(bob, become_bob))
        .layer(from_fn_with_state(state.clone(), look))
        .with_state(state);
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let answer = send_as(address, "GET", "/users/2", &token("alice")).await;
    assert_eq!((answer.status, answer.body.as_str(), users.queries()), (200, "user 2", 2));
}

/// Middleware that leaves the credential alone shares the query too.
#[tokio::test]
async fn middleware_shares_the_query() {
    async fn look(
        State(_): State<App>,
        CurrentUser(user): CurrentUser<User>,
        request: Request,
        next: Next,
    ) -> Response {
        assert_eq!(user.id, 1);
        next.run(request).await
    }
    let (issuer, _) = issuer();
    let users = Users::new();
    let state = App { users: users.clone() };
    let app = routes().layer(from_fn_with_state(state.clone(), look)).with_state(state);
    let address = serve(app.protect(authenticator(&issuer)).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    let answer = send_as(address, "GET", "/users/1", &alice).await;
    assert_eq!((answer.body.as_str(), users.queries()), ("user 1", 1));
}

/// The state may be the whole application, a part of it, or the table itself.
#[tokio::test]
async fn the_state_may_be_the_table_itself() {
    let (issuer, _) = issuer();
    let users = Users::new();
    let app: Router<Users> =
        Router::new().route("/users/{id}", get(profile)).route("/greet", post(greet).get(greet));
    let app = app.with_state(users.clone()).protect(authenticator(&issuer)).unwrap();
    let address = serve(app).await;
    let alice = issuer.token("alice").sign().unwrap();
    assert_eq!(send_as(address, "GET", "/users/1", &alice).await.body, "user 1");
    assert_eq!(send_as(address, "GET", "/greet", &alice).await.body, "user 1");
}

/// The matrix answers checks by itself, so no one is loaded.
#[tokio::test]
async fn the_access_matrix_needs_no_users() {
    let users = Users::new();
    let routes = routes().with_state(App { users: users.clone() });
    let report = AccessMatrix::of(routes).run().await;
    assert_eq!(report.skipped().collect::<Vec<_>>(), []);
    assert_eq!(users.queries(), 0);
}
