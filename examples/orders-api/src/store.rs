//! Orders in an embedded database.
//!
//! It is written in Rust alone, so that the first build needs no second C library. `examples/tenants`
//! shows the same with SQL.

use std::sync::Arc;

use redb::backends::InMemoryBackend;
use redb::{Database, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};
use serde::Serialize;

use crate::error::StartError;

/// The orders and what was done to them.
#[derive(Clone)]
pub struct Store(Arc<Database>);

/// One order.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "documents", derive(utoipa::ToSchema))]
pub struct Order {
    pub id: i64,
    pub item: String,
    pub placed_by: String,
    pub state: String,
}

/// One line of the audit trail.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "documents", derive(utoipa::ToSchema))]
pub struct Entry {
    pub order: i64,
    pub subject: String,
    pub action: String,
}

/// Why the database does not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(transparent)]
    Database(Box<redb::Error>),
    #[error("the work on the database was broken off: {0}")]
    BrokenOff(tokio::task::JoinError),
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(Box::new(error.into()))
    }
}

/// Item, who placed it, state.
type OrderRow = (&'static str, &'static str, &'static str);
/// Number of the order, who did it, what was done.
type EntryRow = (i64, &'static str, &'static str);

const ORDERS: TableDefinition<'_, i64, OrderRow> = TableDefinition::new("orders");
const AUDIT: TableDefinition<'_, u64, EntryRow> = TableDefinition::new("audit");

const EXAMPLES: [(i64, (&str, &str, &str)); 2] =
    [(1, ("a pound of coffee", "carla", "placed")), (2, ("a teapot", "someone-else", "placed"))];

impl Store {
    /// Opens a database file, or a database in memory for `:memory:`.
    pub async fn open(database: &str) -> Result<Self, StartError> {
        let name = database.to_owned();
        let opened = tokio::task::spawn_blocking(move || Self::open_now(&name)).await;
        opened
            .unwrap_or_else(|error| Err(StoreError::BrokenOff(error)))
            .map_err(|source| StartError::Database { database: database.to_owned(), source })
    }

    fn open_now(database: &str) -> Result<Self, StoreError> {
        let database = match database {
            ":memory:" => Database::builder().create_with_backend(InMemoryBackend::new())?,
            file => Database::create(file)?,
        };
        let change = database.begin_write()?;
        {
            let mut orders = change.open_table(ORDERS)?;
            change.open_table(AUDIT)?;
            if orders.is_empty()? {
                for (id, order) in EXAMPLES {
                    orders.insert(id, order)?;
                }
            }
        }
        change.commit()?;
        Ok(Self(Arc::new(database)))
    }

    pub async fn orders(&self) -> Result<Vec<Order>, StoreError> {
        self.run(|database| {
            let orders = database.begin_read()?.open_table(ORDERS)?;
            let mut all = Vec::new();
            for row in orders.iter()? {
                let (id, row) = row?;
                all.push(order(id.value(), row.value()));
            }
            Ok(all)
        })
        .await
    }

    pub async fn order(&self, id: i64) -> Result<Option<Order>, StoreError> {
        self.run(move |database| {
            let orders = database.begin_read()?.open_table(ORDERS)?;
            Ok(orders.get(id)?.map(|row| order(id, row.value())))
        })
        .await
    }

    pub async fn place(&self, subject: &str, item: &str) -> Result<Order, StoreError> {
        let (subject, item) = (subject.to_owned(), item.to_owned());
        self.run(move |database| {
            let change = database.begin_write()?;
            let id = {
                let mut orders = change.open_table(ORDERS)?;
                let id = orders.last()?.map_or(0, |(last, _)| last.value()) + 1;
                orders.insert(id, (item.as_str(), subject.as_str(), "placed"))?;
                id
            };
            record(&change, id, &subject, "placed")?;
            change.commit()?;
            Ok(order(id, (&item, &subject, "placed")))
        })
        .await
    }

    pub async fn cancel(&self, subject: &str, id: i64) -> Result<bool, StoreError> {
        self.move_to(subject, id, "cancelled").await
    }

    pub async fn refund(&self, subject: &str, id: i64) -> Result<bool, StoreError> {
        self.move_to(subject, id, "refunded").await
    }

    pub async fn audit_trail(&self) -> Result<Vec<Entry>, StoreError> {
        self.run(|database| {
            let audit = database.begin_read()?.open_table(AUDIT)?;
            let mut newest_first = Vec::new();
            for row in audit.iter()?.rev() {
                let (_, row) = row?;
                let (order, subject, action) = row.value();
                newest_first.push(Entry { order, subject: subject.into(), action: action.into() });
            }
            Ok(newest_first)
        })
        .await
    }

    /// Changes the state of an order and writes it down; `false` if there is no such order.
    async fn move_to(
        &self,
        subject: &str,
        id: i64,
        state: &'static str,
    ) -> Result<bool, StoreError> {
        let subject = subject.to_owned();
        self.run(move |database| {
            let change = database.begin_write()?;
            {
                let mut orders = change.open_table(ORDERS)?;
                let Some(Order { item, placed_by, .. }) =
                    orders.get(id)?.map(|row| order(id, row.value()))
                else {
                    return Ok(false);
                };
                orders.insert(id, (item.as_str(), placed_by.as_str(), state))?;
            }
            record(&change, id, &subject, state)?;
            change.commit()?;
            Ok(true)
        })
        .await
    }

    /// Does work that may wait for the disk where no one else has to wait for it.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let database = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&database)).await.map_err(StoreError::BrokenOff)?
    }
}

fn order(id: i64, (item, placed_by, state): (&str, &str, &str)) -> Order {
    Order { id, item: item.into(), placed_by: placed_by.into(), state: state.into() }
}

fn record(
    change: &WriteTransaction,
    order: i64,
    subject: &str,
    action: &str,
) -> Result<(), StoreError> {
    let mut audit = change.open_table(AUDIT)?;
    let next = audit.last()?.map_or(0, |(last, _)| last.value()) + 1;
    audit.insert(next, (order, subject, action))?;
    Ok(())
}
