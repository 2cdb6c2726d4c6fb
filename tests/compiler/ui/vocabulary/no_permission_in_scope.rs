//! Bare names and strings are looked up in the `Permission` in scope.

mod permissions {
    #[derive(Clone, Copy, auth_core::Permissions)]
    pub enum Permission {
        OrdersRead,
    }
}

mod roles {
    #[derive(Clone, Copy, auth_core::Roles)]
    pub enum Role {
        #[role(grants(OrdersRead))]
        Clerk,
        #[role(grants("orders_read"))]
        Manager,
    }
}

fn main() {}
