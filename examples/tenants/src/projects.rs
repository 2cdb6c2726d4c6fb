//! The projects of a tenant: who may see, start and delete them.

use auth_core::{CurrentUser, Router, check, requires, routing};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::App;
use crate::access::{Permission, Scope};
use crate::error::ApiError;
use crate::store::{Project, Store};
use crate::users::User;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/projects", routing::get(list).post(start))
        .route("/projects/{id}", routing::delete(delete))
}

/// Lists the projects of a tenant.
#[requires(permission = ProjectsRead, scope = Read)]
async fn list(
    Path(tenant): Path<String>,
    State(store): State<Store>,
) -> Result<Json<Vec<Project>>, ApiError> {
    Ok(Json(store.projects(&tenant).await?))
}

#[derive(Debug, Deserialize)]
struct NewProject {
    name: String,
}

/// Starts a project.
#[requires(permission = ProjectsStart, scope = Write)]
async fn start(
    CurrentUser(user): CurrentUser<User>,
    Path(tenant): Path<String>,
    State(store): State<Store>,
    Json(new): Json<NewProject>,
) -> Result<(StatusCode, Json<Project>), ApiError> {
    let project = store.start_project(&tenant, user.id, &new.name).await?;
    Ok((StatusCode::CREATED, Json(project)))
}

/// Deletes a project: an owner of the tenant any, an editor one that they started.
#[requires(scope = Write, any(permission = ProjectsDelete, all(permission = ProjectsStart, check = started_it)))]
async fn delete(
    CurrentUser(user): CurrentUser<User>,
    Path((tenant, id)): Path<(String, i64)>,
    State(store): State<Store>,
) -> Result<StatusCode, ApiError> {
    if !store.delete_project(&tenant, id).await? {
        return Err(ApiError::NotFound);
    }
    tracing::info!(user = user.id, project = id, "deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// A project of another tenant was started by no one here.
#[check("the caller started the project")]
async fn started_it(
    CurrentUser(user): CurrentUser<User>,
    Path((tenant, id)): Path<(String, i64)>,
    State(store): State<Store>,
) -> Result<bool, ApiError> {
    Ok(store.project(&tenant, id).await?.is_some_and(|project| project.started_by == user.id))
}
