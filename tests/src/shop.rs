//! The model of the tests: the names of a bookshop, and routes whose access map has something of
//! everything. The pictures and the tests of the page are made with it.

use auth_core::routing::{get, post, put};
use auth_core::{Groups, Permissions, Roles, Router, Scopes, check, public, requirement, requires};
use axum::extract::Path;
use axum::http::StatusCode;

/// What callers may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
pub enum Permission {
    /// See the orders of all customers.
    #[permission("orders:read")]
    OrdersRead,
    /// Place an order for a customer at the counter.
    #[permission("orders:place")]
    OrdersPlace,
    /// Cancel any order that has not shipped.
    #[permission("orders:cancel")]
    OrdersCancel,
    /// Give the money back.
    #[permission("orders:refund")]
    OrdersRefund,
    /// Change what is in stock.
    #[permission("stock:write")]
    StockWrite,
    /// Change titles, prices and covers.
    #[permission("catalogue:write")]
    CatalogueWrite,
    /// Read the books of the company.
    #[permission("ledger:read")]
    LedgerRead,
    /// Sell gift cards; planned for spring.
    #[permission("gift-cards:sell")]
    GiftCardsSell,
}

/// Who callers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub enum Role {
    /// Is still learning, and does not touch money.
    Trainee,
    /// Works the counter.
    #[role(includes(Trainee), grants(OrdersRead, OrdersPlace))]
    Clerk,
    /// Looks after the shelves and the catalogue.
    #[role(grants(StockWrite, CatalogueWrite))]
    Librarian,
    /// Runs the shop.
    #[role(includes(Clerk, Librarian), grants(OrdersCancel, OrdersRefund))]
    Manager,
    /// Checks the books once a year.
    #[role(grants(LedgerRead))]
    Auditor,
    /// Runs the service.
    #[role("admin", includes(Manager))]
    Admin,
}

/// What their clients may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
pub enum Scope {
    /// Look at orders, stock and catalogue.
    Read,
    /// Change them.
    Write,
    /// Run exports and imports.
    #[scope("admin:jobs")]
    Jobs,
}

/// Where callers belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Groups)]
pub enum Group {
    /// Everybody at the counter.
    #[group("/staff/counter", role = Clerk)]
    Counter,
    /// The owners.
    #[group("/board", role = Auditor)]
    Board,
}

/// The routes of the shop.
pub fn routes() -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/books", get(list_books).post(add_book))
        .route("/books/{isbn}", get(show_book).patch(edit_book).delete(withdraw_book))
        .route("/books/{isbn}/stock", put(set_stock))
        .route("/orders", get(list_orders).post(place_order))
        .route("/orders/{id}", get(show_order).delete(cancel_order))
        .route("/orders/{id}/refund", post(refund))
        .route("/me", get(me))
        .route("/webhooks/payments", post(payment_webhook))
        .nest("/admin", admin())
        .nest("/reports", reports())
}

fn admin() -> Router {
    Router::new()
        .route("/audit", get(audit_trail))
        .route("/jobs", post(start_job))
        .route("/ping", get(health))
        .nest_service("/exports", axum::routing::any(|| async {}), requirement!(scope = Jobs))
        .require(requirement!(role = Admin))
}

fn reports() -> Router {
    Router::new()
        .route("/sales", get(sales_report))
        .route("/ledger", get(ledger_report))
        .route("/losses", get(losses_report))
}

/// Says that the service is up.
#[public(reason = "liveness probe")]
async fn health() {}

/// Lists what can be bought.
#[public(reason = "the shop window")]
async fn list_books() {}

/// Shows one title.
#[public(reason = "the shop window")]
async fn show_book() {}

/// Takes a notice of the payment provider.
#[public(reason = "signed by the provider; the handler verifies it")]
async fn payment_webhook() {}

/// Adds a title.
#[requires(permission = CatalogueWrite, scope = Write)]
async fn add_book() {}

/// Changes title, price or cover.
#[requires(permission = CatalogueWrite, scope = Write)]
async fn edit_book() {}

/// Takes a title out of the catalogue for good.
///
/// Orders that hold it stay as they are. Nothing brings the title back, so a fresh login is asked
/// for.
#[requires(role = Manager, scope = Write, max_age = "15m")]
async fn withdraw_book() {}

/// Sets how many copies stand on the shelf.
#[requires(permission = StockWrite, scope = Write)]
async fn set_stock() {}

/// Lists every order.
#[requires(permission = OrdersRead, scope = Read)]
async fn list_orders() {}

/// Places an order.
#[requires(scope = Write, not(group = Board))]
async fn place_order() {}

/// Shows one order to staff who see all orders, and to the customer who placed it.
#[requires(scope = Read, any(permission = OrdersRead, check = placed_order))]
async fn show_order() {}

/// Cancels an order.
#[requires(scope = Write, any(permission = OrdersCancel, all(check = placed_order, check = not_shipped)))]
async fn cancel_order() {}

/// Gives the money back. Asks for a fresh login with a second factor.
#[requires(permission = OrdersRefund, scope = Write, acr = "mfa", max_age = "5m")]
async fn refund() {}

/// Who am I, and what do I hold?
#[requires(authenticated)]
async fn me() {}

/// Everything that was done, newest first.
#[requires(scope = Read)]
async fn audit_trail() {}

/// Starts an import or an export.
#[requires(scope = Jobs, any(acr = "mfa", acr = "hardware-key"))]
async fn start_job() {}

/// What was sold, by week.
#[requires(role = Manager | Auditor, scope = Read)]
async fn sales_report() {}

/// The books of the company.
#[requires(permission = LedgerRead, scope = Read, acr = "mfa")]
async fn ledger_report() {}

/// What went missing.
#[requires(any(group = Board, role = Manager), scope = Read)]
async fn losses_report() {}

#[check("the caller placed the order")]
async fn placed_order(Path(_id): Path<u64>) -> Result<bool, StatusCode> {
    Ok(false)
}

#[check("the order has not shipped")]
async fn not_shipped(Path(_id): Path<u64>) -> Result<bool, StatusCode> {
    Ok(true)
}
