//! Orders: who may see, place, cancel and refund them.

use auth_core::vocabulary::AuthorityRef;
use auth_core::{AuthorityKind, Identity, Router, check, public, requires, routing};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::access::{Permission, Role, Scope};
#[cfg(feature = "documents")]
use crate::documents::{BodyErrors, OrderErrors, StoreErrors};
use crate::error::ApiError;
use crate::store::{Order, Store};

pub fn routes() -> Router<Store> {
    Router::new()
        .route("/health", routing::get(health))
        .route("/me", routing::get(me))
        .route("/orders", routing::get(list).post(place))
        .route("/orders/{id}", routing::get(show).delete(cancel))
        .route("/orders/{id}/refund", routing::post(refund))
}

/// The same routes in the OpenAPI document.
#[cfg(feature = "documents")]
#[derive(utoipa::OpenApi)]
#[openapi(paths(health, me, list, place, show, cancel, refund))]
pub struct Document;

/// Says that the service is up.
#[cfg_attr(feature = "documents", utoipa::path(
    get, path = "/health",
    responses((status = 200, description = "It is.", body = str))
))]
#[public(reason = "liveness probe")]
async fn health() -> &'static str {
    "ok"
}

/// What the service knows of a caller.
#[derive(Serialize)]
#[cfg_attr(feature = "documents", derive(utoipa::ToSchema))]
struct Profile {
    subject: String,
    roles: Vec<&'static str>,
    permissions: Vec<&'static str>,
    scopes: Vec<&'static str>,
}

/// Who am I, and what do I hold?
#[cfg_attr(feature = "documents", utoipa::path(get, path = "/me", responses((status = 200, description = "You.", body = Profile))))]
#[requires(authenticated)]
async fn me(caller: Identity) -> Json<Profile> {
    let names = |kind| caller.names(kind).map(AuthorityRef::name).collect();
    Json(Profile {
        subject: caller.subject().to_owned(),
        roles: names(AuthorityKind::Role),
        permissions: names(AuthorityKind::Permission),
        scopes: names(AuthorityKind::Scope),
    })
}

/// Lists every order.
#[cfg_attr(feature = "documents", utoipa::path(
    get, path = "/orders",
    responses((status = 200, description = "All orders.", body = [Order]), StoreErrors)
))]
#[requires(permission = OrdersRead, scope = Read)]
async fn list(State(store): State<Store>) -> Result<Json<Vec<Order>>, ApiError> {
    Ok(Json(store.orders().await?))
}

/// What is asked for.
#[derive(Deserialize)]
#[cfg_attr(feature = "documents", derive(utoipa::ToSchema))]
struct NewOrder {
    item: String,
}

/// Places an order in the caller's name.
#[cfg_attr(feature = "documents", utoipa::path(
    post, path = "/orders",
    responses((status = 201, description = "The order.", body = Order), BodyErrors)
))]
#[requires(permission = OrdersPlace, scope = Write)]
async fn place(
    caller: Identity,
    State(store): State<Store>,
    Json(new): Json<NewOrder>,
) -> Result<(StatusCode, Json<Order>), ApiError> {
    let order = store.place(caller.subject(), &new.item).await?;
    Ok((StatusCode::CREATED, Json(order)))
}

/// Shows one order, to callers who may see all orders and to the one who placed it.
#[cfg_attr(feature = "documents", utoipa::path(
    get, path = "/orders/{id}",
    responses((status = 200, description = "The order.", body = Order), OrderErrors)
))]
#[requires(scope = Read, any(permission = OrdersRead, check = placed_order))]
async fn show(Path(id): Path<i64>, State(store): State<Store>) -> Result<Json<Order>, ApiError> {
    store.order(id).await?.map(Json).ok_or(ApiError::NoSuchOrder)
}

/// Cancels an order.
#[cfg_attr(feature = "documents", utoipa::path(
    delete, path = "/orders/{id}",
    responses((status = 204, description = "Done."), OrderErrors)
))]
#[requires(scope = Write, any(permission = OrdersCancel, check = placed_order))]
async fn cancel(
    caller: Identity,
    Path(id): Path<i64>,
    State(store): State<Store>,
) -> Result<StatusCode, ApiError> {
    if store.cancel(caller.subject(), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoSuchOrder)
    }
}

/// Gives the money back. Asks for a fresh login with a second factor.
#[cfg_attr(feature = "documents", utoipa::path(
    post, path = "/orders/{id}/refund",
    responses((status = 204, description = "Done."), OrderErrors)
))]
#[requires(role = Manager, scope = Write, acr = "mfa", max_age = "5m")]
async fn refund(
    caller: Identity,
    Path(id): Path<i64>,
    State(store): State<Store>,
) -> Result<StatusCode, ApiError> {
    if store.refund(caller.subject(), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoSuchOrder)
    }
}

/// An order that does not exist was placed by no one: strangers learn nothing about numbers.
#[check("the caller placed the order")]
async fn placed_order(
    caller: &Identity,
    Path(id): Path<i64>,
    State(store): State<Store>,
) -> Result<bool, ApiError> {
    Ok(store.order(id).await?.is_some_and(|order| order.placed_by == caller.subject()))
}
