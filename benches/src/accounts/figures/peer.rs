//! T14: tower-sessions and axum-login on the same database. They read session and user for each
//! request; in feed mode a node reads neither.

use std::fmt;
use std::sync::Arc;

use auth_accounts::model::Carrier;
use auth_accounts::session::SessionMode;
use auth_accounts::store::Stores;
use auth_store::sqlite::SqliteStore as OurSqlite;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required};
use http::header::{COOKIE, SET_COOKIE};
use http::{Request, StatusCode};
use tower::ServiceExt as _;
use tower_sessions::{SessionManagerLayer, SessionStore};
use tower_sessions_sqlx_store::sqlx::postgres::PgPoolOptions;
use tower_sessions_sqlx_store::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions,
};
use tower_sessions_sqlx_store::sqlx::{self, PgPool, SqlitePool};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

use super::databases::{File, Shared, postgres};
use super::{Effort, Figure, median, rate, server};
use crate::accounts::application::{Node, accounts, sessions};
use crate::accounts::cases::{now, of_session};
use crate::accounts::people::Person;
use crate::service::exchange::{ANSWER, Exchange, PATH};

/// How many people use both in turn.
const PEOPLE: u64 = 64;
/// How many requests at once.
const AT_ONCE: usize = 16;

const USERS: &str = "CREATE TABLE peer_user (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, password TEXT NOT NULL, role TEXT NOT NULL)";

/// T14.
#[must_use]
pub fn lines(effort: Effort) -> Vec<Figure> {
    server().block_on(async {
        let mut lines = Vec::new();
        let options = SqliteConnectOptions::new().in_memory(true);
        // Each connection would have a database of its own.
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None);
        let pool = pool.max_lifetime(None).connect_with(options).await.expect("memory");
        let ours = OurSqlite::open("sqlite::memory:").await.expect("memory");
        ours.migrate().await.expect("the tables");
        lines.extend(against("SQLite, in memory", ours, on_sqlite(pool).await, effort).await);

        let file = File::new().await;
        let options: SqliteConnectOptions = file.url().parse().expect("an address");
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new().connect_with(options).await.expect("the file");
        let peer = on_sqlite(pool).await;
        lines.extend(against("SQLite, file", file.store().await, peer, effort).await);

        match postgres().await {
            Some((ours, url)) => {
                let pool = PgPoolOptions::new()
                    .max_connections(16)
                    .connect(&url)
                    .await
                    .expect("the server");
                let store = PostgresStore::new(pool.clone());
                store.migrate().await.expect("a table");
                sqlx::query(USERS).execute(&pool).await.expect("a table");
                for number in 0..PEOPLE {
                    let add =
                        sqlx::query("INSERT INTO peer_user VALUES ($1, $2, 'a hash', 'manager')");
                    let number = i64::try_from(number).expect("a number");
                    add.bind(number)
                        .bind(format!("person{number}"))
                        .execute(&pool)
                        .await
                        .expect("a user");
                }
                let peer = self::peer(Users::Postgres(pool), store).await;
                lines.extend(against("PostgreSQL", ours, peer, effort).await);
            }
            None => lines.push(Figure::missing("T14", "PostgreSQL", "run by `tests/stores/run`")),
        }
        lines
    })
}

/// A user of the peer.
#[derive(Clone, Debug)]
struct User {
    id: i64,
    password: String,
    role: String,
}

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.password.as_bytes()
    }
}

/// Where its users are.
#[derive(Clone, Debug)]
enum Users {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

#[derive(Debug)]
struct Failed(sqlx::Error);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failed {}

impl AuthnBackend for Users {
    type User = User;
    type Credentials = i64;
    type Error = Failed;

    async fn authenticate(&self, id: i64) -> Result<Option<User>, Failed> {
        self.get_user(&id).await
    }

    async fn get_user(&self, id: &i64) -> Result<Option<User>, Failed> {
        let find = "SELECT password, role FROM peer_user WHERE id = $1";
        let found: Option<(String, String)> = match self {
            Self::Sqlite(pool) => {
                sqlx::query_as(find).bind(id).fetch_optional(pool).await.map_err(Failed)?
            }
            Self::Postgres(pool) => {
                sqlx::query_as(find).bind(id).fetch_optional(pool).await.map_err(Failed)?
            }
        };
        Ok(found.map(|(password, role)| User { id: *id, password, role }))
    }
}

async fn on_sqlite(pool: SqlitePool) -> (Router, Vec<Exchange>) {
    let store = SqliteStore::new(pool.clone());
    store.migrate().await.expect("a table");
    sqlx::query(USERS).execute(&pool).await.expect("a table");
    for number in 0..PEOPLE {
        let add = sqlx::query("INSERT INTO peer_user VALUES (?, ?, 'a hash', 'manager')");
        let number = i64::try_from(number).expect("a number");
        add.bind(number).bind(format!("person{number}")).execute(&pool).await.expect("a user");
    }
    peer(Users::Sqlite(pool), store).await
}

/// The same handler: it is known who calls, and that they are a manager. The role is in the row of the
/// user, so that asking for it takes no statement more.
async fn orders(session: AuthSession<Users>) -> Result<&'static str, StatusCode> {
    match session.user {
        Some(user) if user.role == "manager" => Ok(ANSWER),
        _ => Err(StatusCode::FORBIDDEN),
    }
}

async fn sign_in(Path(id): Path<i64>, mut session: AuthSession<Users>) -> StatusCode {
    let user = session.authenticate(id).await.expect("it answers").expect("a user");
    session.login(&user).await.expect("a session");
    StatusCode::NO_CONTENT
}

/// The peer, and requests of people who have signed in.
async fn peer(
    users: Users,
    store: impl SessionStore + Clone + fmt::Debug,
) -> (Router, Vec<Exchange>) {
    let sessions = SessionManagerLayer::new(store).with_name("sid");
    let layer = AuthManagerLayerBuilder::new(users, sessions).build();
    let router = Router::new()
        .route(PATH, get(orders))
        .route_layer(login_required!(Users))
        .route("/sign-in/{id}", get(sign_in))
        .layer(layer);
    let mut requests = Vec::new();
    for number in 0..PEOPLE {
        let request = Request::get(format!("/sign-in/{number}")).body(axum::body::Body::empty());
        let answer = router.clone().oneshot(request.expect("a request")).await.expect("an answer");
        let line = answer.headers().get(SET_COOKIE).expect("a cookie").to_str().expect("a text");
        let (cookie, _) = line.split_once(';').expect("attributes");
        requests.push(Exchange::with(COOKIE, &format!("theme=dark; {cookie}")));
    }
    (router, requests)
}

async fn against(
    name: &str,
    store: impl Shared,
    (peer, of_peer): (Router, Vec<Exchange>),
    effort: Effort,
) -> Vec<Figure> {
    let mut requests = Vec::new();
    for number in 0..PEOPLE {
        let person = Person::new(number, Carrier::Cookie, now());
        person.join(&store).await.expect("it is added");
        requests.push(of_session(Carrier::Cookie, &person.secret));
    }
    let node = |mode| Node::new(accounts(Stores::all_in(store.clone())).sessions(sessions(mode)));
    let (feed, strict) = (node(SessionMode::Feed), node(SessionMode::Strict));
    // Until the feed is heard.
    let _ = sending(&feed.router, &requests, effort).await;
    let (mut peers, mut feeds, mut stricts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        peers.push(sending(&peer, &of_peer, effort).await);
        feeds.push(sending(&feed.router, &requests, effort).await);
        stricts.push(sending(&strict.router, &requests, effort).await);
    }
    let times = |of: &[f64]| {
        median(&of.iter().zip(&peers).map(|(one, peer)| one / peer).collect::<Vec<_>>())
    };
    let measured = |of: &[f64]| {
        format!("{:.1}× ({:.0}/s against {:.0}/s)", times(of), median(of), median(&peers))
    };
    let what = |mode: &str| {
        format!("{name}: requests/s in {mode} mode against tower-sessions + axum-login")
    };
    let feed = Figure::new("T14", what("feed"), measured(&feeds), "≥ 3×", times(&feeds) >= 3.0);
    vec![feed, Figure::note("T14", what("strict"), measured(&stricts))]
}

async fn sending(router: &Router, requests: &[Exchange], effort: Effort) -> f64 {
    let requests: Arc<[Exchange]> = requests.into();
    rate(AT_ONCE, effort.round, |number| {
        let (router, requests) = (router.clone(), Arc::clone(&requests));
        move |turn| {
            let place = usize::try_from(turn).expect("a number") + number * 7;
            let request = requests[place % requests.len()].request();
            let router = router.clone();
            async move {
                let answer = router.oneshot(request).await.expect("an answer");
                assert_eq!(answer.status(), StatusCode::OK);
            }
        }
    })
    .await
}
