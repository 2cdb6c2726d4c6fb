//! The whole access model of the service.

use auth_core::{Permissions, Roles, Scopes};

/// What can be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
pub enum Permission {
    /// See any order.
    #[permission("orders:read")]
    OrdersRead,
    /// Place an order.
    #[permission("orders:place")]
    OrdersPlace,
    /// Cancel any order that has not shipped.
    #[permission("orders:cancel")]
    OrdersCancel,
    /// Give the money back.
    #[permission("orders:refund")]
    OrdersRefund,
}

/// Who works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub enum Role {
    /// Works the counter.
    #[role(grants(OrdersRead, OrdersPlace))]
    Clerk,
    /// Runs the shop.
    #[role(includes(Clerk), grants(OrdersCancel, OrdersRefund))]
    Manager,
    /// Keeps the books of the whole company.
    #[role("admin", includes(Manager))]
    Admin,
}

/// What a client was allowed to do in the caller's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
pub enum Scope {
    /// Look at orders.
    Read,
    /// Change orders.
    Write,
}
