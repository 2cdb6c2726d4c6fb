//! The access model of the tests in this folder.
#![allow(dead_code)]

use auth_core::{AuthLevels, Groups, Permissions, Roles, Scopes};

#[derive(Clone, Copy, Permissions)]
pub enum Permission {
    #[permission("orders:read")]
    OrdersRead,
    #[permission("orders:cancel")]
    OrdersCancel,
}

#[derive(Clone, Copy, Roles)]
pub enum Role {
    #[role(grants(OrdersRead))]
    Clerk,
    #[role(includes(Clerk), grants(OrdersCancel))]
    Manager,
    #[role("admin", includes(Manager))]
    Admin,
    Guest,
}

#[derive(Clone, Copy, Scopes)]
pub enum Scope {
    #[scope("orders:read")]
    Read,
    #[scope("orders:write")]
    Write,
}

#[derive(Clone, Copy, Groups)]
pub enum Group {
    #[group("/staff", role = Clerk)]
    Staff,
}

#[derive(Clone, Copy, AuthLevels)]
pub enum Level {
    Password,
    #[level("urn:mfa", includes(Password))]
    Mfa,
    Visit,
}
