//! An error about what cannot be read says what would be correct there.

use auth_core::{Groups, Permissions, Roles};

#[derive(Clone, Copy, Permissions)]
enum Permission {
    OrdersRead,
}

#[derive(Clone, Copy, Roles)]
#[roles(rename_all = kebab)]
enum Role {
    #[role]
    A,
    #[role = "b"]
    B,
    #[role()]
    C,
    #[role(7)]
    D,
    #[role(name("e"))]
    E,
    #[role(name = E)]
    F,
    #[role(includes = A)]
    G,
    #[role(includes())]
    H,
    #[role(grants(OrdersRead) includes(A))]
    I,
    #[role("j",, includes(A))]
    J,
    #[role(grants(7, &OrdersRead))]
    K,
    #[role(includes(A), "l")]
    L,
    #[role(@)]
    M,
}

#[derive(Clone, Copy, Roles)]
#[roles(rename_all = "kebab_case", crate)]
enum Other {
    A,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/a", role)]
    A,
    #[group("/b", role = )]
    B,
    #[group("/c", role = A & B)]
    C,
    #[group("/d", role(A))]
    D,
}

fn main() {}
