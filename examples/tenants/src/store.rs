//! Users, roles and projects in SQLite. Every query of something in a tenant names the tenant.

use serde::Serialize;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{FromRow, Row};

use crate::users::User;

/// The database.
#[derive(Clone)]
pub struct Store(SqlitePool);

/// A project of a tenant.
#[derive(Clone, Debug, Serialize)]
pub struct Project {
    pub id: i64,
    pub name: String,
    pub started_by: i64,
}

/// By what an issuer knows a user.
#[derive(Clone, Debug)]
pub struct Account {
    pub issuer: String,
    pub subject: String,
}

const SCHEMA: &str = "
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        issuer TEXT NOT NULL,
        subject TEXT NOT NULL,
        email TEXT NOT NULL,
        UNIQUE (issuer, subject)
    );
    CREATE TABLE members (
        tenant TEXT NOT NULL,
        user_id INTEGER NOT NULL REFERENCES users,
        role TEXT NOT NULL,
        PRIMARY KEY (tenant, user_id)
    );
    CREATE TABLE projects (
        id INTEGER PRIMARY KEY,
        tenant TEXT NOT NULL,
        name TEXT NOT NULL,
        started_by INTEGER NOT NULL REFERENCES users
    );
    INSERT INTO users (id, issuer, subject, email) VALUES
        (1, 'http://127.0.0.1/development-issuer', 'olga', 'olga@acme.test'),
        (2, 'http://127.0.0.1/development-issuer', 'emil', 'emil@acme.test'),
        (3, 'http://127.0.0.1/development-issuer', 'vera', 'vera@globex.test');
    INSERT INTO members (tenant, user_id, role) VALUES
        ('acme', 1, 'owner'), ('acme', 2, 'editor'), ('acme', 3, 'viewer'), ('globex', 3, 'owner');
    INSERT INTO projects (id, tenant, name, started_by) VALUES
        (1, 'acme', 'rocket', 2), (2, 'acme', 'anvil', 1), (3, 'globex', 'secret', 3);
";

impl Store {
    /// A database in memory with three users in two tenants.
    pub async fn in_memory() -> sqlx::Result<Self> {
        // It lives as long as its one connection.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect("sqlite::memory:")
            .await?;
        sqlx::raw_sql(SCHEMA).execute(&pool).await?;
        Ok(Self(pool))
    }

    /// The role that someone holds in a tenant.
    pub async fn role(
        &self,
        tenant: &str,
        issuer: &str,
        subject: &str,
    ) -> sqlx::Result<Option<String>> {
        sqlx::query_scalar(
            "SELECT role FROM members JOIN users ON users.id = user_id
             WHERE tenant = ? AND issuer = ? AND subject = ?",
        )
        .bind(tenant)
        .bind(issuer)
        .bind(subject)
        .fetch_optional(&self.0)
        .await
    }

    /// Gives a user this role in a tenant, or none.
    pub async fn assign(&self, tenant: &str, user: i64, role: Option<&str>) -> sqlx::Result<()> {
        let change = match role {
            Some(role) => sqlx::query(
                "INSERT OR REPLACE INTO members (role, tenant, user_id) VALUES (?, ?, ?)",
            )
            .bind(role),
            None => sqlx::query("DELETE FROM members WHERE tenant = ? AND user_id = ?"),
        };
        change.bind(tenant).bind(user).execute(&self.0).await?;
        Ok(())
    }

    pub async fn user(&self, issuer: &str, subject: &str) -> sqlx::Result<Option<User>> {
        sqlx::query_as("SELECT id, email FROM users WHERE issuer = ? AND subject = ?")
            .bind(issuer)
            .bind(subject)
            .fetch_optional(&self.0)
            .await
    }

    pub async fn account(&self, id: i64) -> sqlx::Result<Option<Account>> {
        sqlx::query_as("SELECT issuer, subject FROM users WHERE id = ?")
            .bind(id)
            .fetch_optional(&self.0)
            .await
    }

    /// Makes an account, or brings its e-mail address up to date.
    pub async fn sign_up(&self, issuer: &str, subject: &str, email: &str) -> sqlx::Result<User> {
        sqlx::query_as(
            "INSERT INTO users (issuer, subject, email) VALUES (?, ?, ?)
             ON CONFLICT (issuer, subject) DO UPDATE SET email = excluded.email
             RETURNING id, email",
        )
        .bind(issuer)
        .bind(subject)
        .bind(email)
        .fetch_one(&self.0)
        .await
    }

    pub async fn projects(&self, tenant: &str) -> sqlx::Result<Vec<Project>> {
        sqlx::query_as("SELECT id, name, started_by FROM projects WHERE tenant = ? ORDER BY id")
            .bind(tenant)
            .fetch_all(&self.0)
            .await
    }

    pub async fn project(&self, tenant: &str, id: i64) -> sqlx::Result<Option<Project>> {
        sqlx::query_as("SELECT id, name, started_by FROM projects WHERE tenant = ? AND id = ?")
            .bind(tenant)
            .bind(id)
            .fetch_optional(&self.0)
            .await
    }

    pub async fn start_project(
        &self,
        tenant: &str,
        user: i64,
        name: &str,
    ) -> sqlx::Result<Project> {
        sqlx::query_as(
            "INSERT INTO projects (tenant, name, started_by) VALUES (?, ?, ?)
             RETURNING id, name, started_by",
        )
        .bind(tenant)
        .bind(name)
        .bind(user)
        .fetch_one(&self.0)
        .await
    }

    /// Deletes a project; `false` if the tenant has no such project.
    pub async fn delete_project(&self, tenant: &str, id: i64) -> sqlx::Result<bool> {
        let delete = sqlx::query("DELETE FROM projects WHERE tenant = ? AND id = ?");
        let done = delete.bind(tenant).bind(id).execute(&self.0).await?;
        Ok(done.rows_affected() > 0)
    }
}

impl FromRow<'_, SqliteRow> for User {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self { id: row.try_get("id")?, email: row.try_get("email")? })
    }
}

impl FromRow<'_, SqliteRow> for Account {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self { issuer: row.try_get("issuer")?, subject: row.try_get("subject")? })
    }
}

impl FromRow<'_, SqliteRow> for Project {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            started_by: row.try_get("started_by")?,
        })
    }
}
