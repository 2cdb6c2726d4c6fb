//! A group brings roles that exist.

use auth_core::{Groups, Roles};

#[derive(Clone, Copy, Roles)]
enum Role {
    Clerk,
    Manager,
}

#[derive(Clone, Copy, Groups)]
enum Group {
    #[group("/staff", role = Clrek)]
    Staff,
    #[group("/leads", role = Clerk | "manger")]
    Leads,
    #[group("/all", role = Clerk | Clerk)]
    All,
}

fn main() {}
