//! What is granted must be a permission.

use auth_core::{Permissions, Roles};

#[derive(Clone, Copy, Permissions)]
enum Permission {
    #[permission("orders:read")]
    OrdersRead,
    #[permission("orders:cancel")]
    OrdersCancel,
}

mod other {
    #[derive(Clone, Copy, auth_core::Permissions)]
    pub enum Permission {
        LedgerRead,
    }
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role(grants(OrdersRed))]
    Clerk,
    #[role(grants("orders:cancle", "orders:raed", OrdersCancel))]
    Manager,
    #[role(grants(other::Permission::LedgerRead, OrdersRead, OrdersRead))]
    Admin,
}

fn main() {}
