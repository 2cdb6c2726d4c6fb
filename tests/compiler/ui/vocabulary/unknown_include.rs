//! What is included must be a variant of the same enum.

use auth_core::vocabulary::Authority;
use auth_core::Roles;

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
    #[role("shop-manager", includes(Clrek))]
    Manager,
    #[role(includes("shop-manger", "clerk", Clerk))]
    Admin,
    #[role(includes(Role::Admin, Visitor))]
    Owner,
}

// The enum is still known: no error follows from those above.
const COUNT: usize = Role::COUNT;

fn main() {}
