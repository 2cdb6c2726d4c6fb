//! Only an enum of plain variants is a list of names.

use auth_core::vocabulary::Authority;
use auth_core::{Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Roles)]
struct Role {
    name: &'static str,
}

#[derive(Clone, Copy, Permissions)]
union Permission {
    read: u8,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
    Write(u8),
    Delete { force: bool },
}

const COUNT: usize = Scope::COUNT;

#[derive(Clone, Copy, Groups)]
enum Group<T> {
    Staff(T),
}

#[derive(Clone, Copy, Groups)]
enum Empty {}

fn main() {}
