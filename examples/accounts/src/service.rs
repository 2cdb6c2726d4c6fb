//! The accounts in front of the notes.

use auth_accounts::Accounts;
use auth_accounts::api_key::ApiKeySettings;
use auth_accounts::assignment::{AssignmentSettings, Rule};
use auth_accounts::audit::StoreAuditSink;
use auth_accounts::delivery::PrintDelivery;
use auth_accounts::pages::Pages;
use auth_accounts::secret::KeyRing;
use auth_accounts::session::{SessionMode, SessionSettings};
use auth_accounts::store::Stores;
use auth_core::{Authenticator, requirement};
use auth_store::postgres::PostgresStore;
use auth_store::redis::RedisStore;
use auth_store::sqlite::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use tokio::sync::broadcast;

use crate::access::{Permission, Role};
use crate::error::StartError;
use crate::notes::{self, App};
use crate::settings::Settings;
use crate::store::Notes;
use crate::{documents, keys, messages, page};

/// What a database has.
pub struct Opened {
    pub stores: Stores,
    pub notes: Notes,
    pub keys: KeyRing,
}

/// Opens the databases, and makes what is missing in them.
pub async fn open(settings: &Settings) -> Result<Opened, StartError> {
    let url = &settings.database;
    let (mut stores, notes) = if url.starts_with("sqlite:") {
        let store = SqliteStore::open(url).await?;
        store.migrate().await?;
        (Stores::all_in(store), Notes::Sqlite(notes_beside(url).await?))
    } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let store = PostgresStore::connect(url).await?;
        store.migrate().await?;
        (Stores::all_in(store), Notes::Postgres(sqlx::PgPool::connect(url).await?))
    } else {
        return Err(StartError::Database(url.clone()));
    };
    notes.prepare().await?;
    if let Some(redis) = &settings.redis {
        let store = RedisStore::connect(redis, &stores).await?;
        stores = stores.short_lived_in(store);
    }
    let path = settings.keys.clone().or_else(|| keys::default_path(url));
    let keys = path.as_deref().map_or_else(|| Ok(KeyRing::ephemeral()), keys::read_or_make)?;
    Ok(Opened { stores, notes, keys })
}

/// The notes, in the file of the accounts; those of a database in memory are beside it.
async fn notes_beside(url: &str) -> sqlx::Result<sqlx::SqlitePool> {
    let is_in_memory = url.contains(":memory:");
    let options: SqliteConnectOptions = url.parse()?;
    let options = options.create_if_missing(true);
    if is_in_memory {
        let pool = SqlitePoolOptions::new().max_connections(1).min_connections(1);
        return pool.idle_timeout(None).max_lifetime(None).connect_with(options).await;
    }
    let options = options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full);
    SqlitePoolOptions::new().max_connections(4).connect_with(options).await
}

/// The pages of the accounts, in the style of the notes.
struct NotesPages;

impl Pages for NotesPages {
    #[expect(clippy::unnecessary_literal_bound, reason = "the trait says so")]
    fn title(&self) -> &str {
        "Notes"
    }
}

/// Who may do what with accounts.
pub fn accounts(
    opened: &Opened,
    origin: &str,
    settings: &Settings,
) -> Result<Accounts, StartError> {
    let assignments = AssignmentSettings::new()
        .administrator(Role::Admin)
        .may_assign(Role::Admin, [Role::Member, Role::Admin])
        .rule(Rule::everyone().assigns(Role::Member))
        .administration(requirement!(permission = Permission::AccountsManage));
    let mode = if settings.feed { SessionMode::Feed } else { SessionMode::Strict };
    let builder = Accounts::builder(opened.stores.clone())
        .sessions(SessionSettings::default().mode(mode))
        .origin(origin)
        .keys(opened.keys.clone())
        .vocabulary::<(Role, Permission)>()
        .api_keys(ApiKeySettings::default().prefix("notes").environment("live"))
        .pages(NotesPages)
        .assignments(assignments);
    let builder = match &settings.messages {
        // A program that sends mail has an SMTP server in the place of this.
        None => builder.delivery(PrintDelivery::new(std::io::stderr())),
        Some(path) => builder.delivery(PrintDelivery::new(messages::open(path)?)),
    };
    Ok(builder.build()?)
}

/// The whole service.
pub fn protected(
    accounts: &Accounts,
    notes: Notes,
    other_origins: &[String],
) -> Result<axum::Router, StartError> {
    let (written, _) = broadcast::channel(64);
    let routes = notes::routes()
        .merge(page::routes())
        .with_state(App { accounts: accounts.clone(), notes, written })
        .merge(accounts.router_at("/account"));
    let (sink, writer) = StoreAuditSink::new(accounts, 10_000);
    tokio::spawn(writer.run());
    let authenticator = accounts
        .schemes(Authenticator::builder().vocabulary::<(Role, Permission)>())
        .trusted_origins(other_origins)
        .audit(sink.refusals_only())
        .build()?;
    let routes = documents::add(routes, &authenticator)?;
    let map = routes.access_map().with_vocabulary::<(Role, Permission)>();
    accounts.use_access_map(map.with_authenticator(&authenticator));
    Ok(routes.protect(authenticator)?)
}
