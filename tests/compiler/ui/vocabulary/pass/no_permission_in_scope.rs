mod permissions {
    #[derive(Clone, Copy, auth_core::Permissions)]
    pub enum Permission {
        OrdersRead,
    }
}

mod roles {
    use super::permissions::Permission;

    #[derive(Clone, Copy, auth_core::Roles)]
    pub enum Role {
        #[role(grants(OrdersRead))]
        Clerk,
        #[role(grants("orders_read"))]
        Manager,
    }
}
