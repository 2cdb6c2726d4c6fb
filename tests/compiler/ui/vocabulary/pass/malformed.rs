use auth_core::{Groups, Permissions, Roles};

#[derive(Clone, Copy, Permissions)]
enum Permission {
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
#[roles(rename_all = "kebab-case", crate = ::auth_core,)]
enum Role {
    A,
    #[role("b")]
    B,
    #[role(name = "e")]
    E,
    #[role(includes(A), grants(OrdersRead),)]
    G,
    #[role("l", includes(A))]
    L,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/a", role = A)]
    A,
    #[group("/c", role = A | B)]
    C,
}
