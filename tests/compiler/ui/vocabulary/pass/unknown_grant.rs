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
    #[role(grants(OrdersRead))]
    Clerk,
    #[role(grants("orders:cancel", "orders:read"))]
    Manager,
    #[role(grants(Permission::OrdersCancel, OrdersRead))]
    Admin,
}

#[derive(Clone, Copy, Roles)]
#[roles(permission = other::Permission)]
enum Accountant {
    #[role(grants(LedgerRead))]
    Junior,
}

#[derive(Clone, Copy, Roles)]
enum Auditor {
    // Where paths are all there is, they say which enum is meant.
    #[role(grants(other::Permission::LedgerRead))]
    Junior,
}
