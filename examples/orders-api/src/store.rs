//! Orders in SQLite.

use std::str::FromStr;

use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{FromRow, Row};
use utoipa::ToSchema;

use crate::error::StartError;

/// The orders and what was done to them.
#[derive(Clone)]
pub struct Store(SqlitePool);

/// One order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Order {
    pub id: i64,
    pub item: String,
    pub placed_by: String,
    pub state: String,
}

/// One line of the audit trail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Entry {
    pub order: i64,
    pub subject: String,
    pub action: String,
}

impl FromRow<'_, sqlx::sqlite::SqliteRow> for Order {
    fn from_row(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            item: row.try_get("item")?,
            placed_by: row.try_get("placed_by")?,
            state: row.try_get("state")?,
        })
    }
}

impl FromRow<'_, sqlx::sqlite::SqliteRow> for Entry {
    fn from_row(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            order: row.try_get("order_id")?,
            subject: row.try_get("subject")?,
            action: row.try_get("action")?,
        })
    }
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY,
        item TEXT NOT NULL,
        placed_by TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'placed'
    );
    CREATE TABLE IF NOT EXISTS audit (
        id INTEGER PRIMARY KEY,
        order_id INTEGER NOT NULL,
        subject TEXT NOT NULL,
        action TEXT NOT NULL
    );
    INSERT OR IGNORE INTO orders (id, item, placed_by) VALUES
        (1, 'a pound of coffee', 'carla'),
        (2, 'a teapot', 'someone-else');
";

impl Store {
    /// Opens a database file, or a database in memory for `:memory:`.
    pub async fn open(database: &str) -> Result<Self, StartError> {
        let failed = |source| StartError::Database { database: database.to_owned(), source };
        let options = SqliteConnectOptions::from_str(&format!("sqlite:{database}"))
            .map_err(failed)?
            .create_if_missing(true);
        // A database in memory lives as long as its one connection.
        let pool = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(if database == ":memory:" { 1 } else { 4 })
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await
            .map_err(failed)?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await.map_err(failed)?;
        Ok(Self(pool))
    }

    pub async fn orders(&self) -> sqlx::Result<Vec<Order>> {
        sqlx::query_as("SELECT id, item, placed_by, state FROM orders ORDER BY id")
            .fetch_all(&self.0)
            .await
    }

    pub async fn order(&self, id: i64) -> sqlx::Result<Option<Order>> {
        sqlx::query_as("SELECT id, item, placed_by, state FROM orders WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.0)
            .await
    }

    pub async fn place(&self, subject: &str, item: &str) -> sqlx::Result<Order> {
        let mut change = self.0.begin().await?;
        let order: Order = sqlx::query_as(
            "INSERT INTO orders (item, placed_by) VALUES (?, ?) RETURNING id, item, placed_by, state",
        )
        .bind(item)
        .bind(subject)
        .fetch_one(&mut *change)
        .await?;
        record(&mut change, order.id, subject, "placed").await?;
        change.commit().await?;
        Ok(order)
    }

    pub async fn cancel(&self, subject: &str, id: i64) -> sqlx::Result<bool> {
        self.move_to(subject, id, "cancelled").await
    }

    pub async fn refund(&self, subject: &str, id: i64) -> sqlx::Result<bool> {
        self.move_to(subject, id, "refunded").await
    }

    pub async fn audit_trail(&self) -> sqlx::Result<Vec<Entry>> {
        sqlx::query_as("SELECT order_id, subject, action FROM audit ORDER BY id DESC")
            .fetch_all(&self.0)
            .await
    }

    /// Changes the state of an order and writes it down; `false` if there is no such order.
    async fn move_to(&self, subject: &str, id: i64, state: &str) -> sqlx::Result<bool> {
        let mut change = self.0.begin().await?;
        let changed = sqlx::query("UPDATE orders SET state = ? WHERE id = ?")
            .bind(state)
            .bind(id)
            .execute(&mut *change)
            .await?
            .rows_affected();
        if changed == 0 {
            return Ok(false);
        }
        record(&mut change, id, subject, state).await?;
        change.commit().await?;
        Ok(true)
    }
}

async fn record(
    change: &mut sqlx::SqliteConnection,
    order: i64,
    subject: &str,
    action: &str,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO audit (order_id, subject, action) VALUES (?, ?, ?)")
        .bind(order)
        .bind(subject)
        .bind(action)
        .execute(change)
        .await?;
    Ok(())
}
