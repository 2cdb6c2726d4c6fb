use auth_core::{Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
    #[role("Shop Owner")]
    Admin,
}

#[derive(Clone, Copy, Permissions)]
enum Permission {
    #[permission("Aufträge lesen")]
    OrdersRead,
    Löschen,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("6f1f0c1e-5f0a-4a70-b7b5-0e3a6f1c2d3e")]
    Staff,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    #[scope("orders:read")]
    Read,
    #[scope("https://api.example.com/orders.write")]
    Write,
}
