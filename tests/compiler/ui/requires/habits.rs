#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(roles = ["admin", "guest"])]
async fn handler_1() {}

#[requires(roles("admin", Guest))]
async fn handler_2() {}

#[requires(hasRole("admin"))]
async fn handler_3() {}

#[requires(hasAnyAuthority("orders:read", "orders:cancel"))]
async fn handler_4() {}

#[requires(scopes = "orders:read")]
async fn handler_5() {}

#[requires(groups = [Staff])]
async fn handler_6() {}

#[requires(permissions)]
async fn handler_7() {}

#[requires(policy = "over-18")]
async fn handler_8() {}

#[requires(anyOf(role = Admin, role = Guest))]
async fn handler_9() {}

#[requires(and(role = Admin, scope = Read))]
async fn handler_10() {}

#[requires(isAuthenticated())]
async fn handler_11() {}

#[requires(permitAll)]
async fn handler_12() {}

#[requires(denyAll)]
async fn handler_13() {}

#[requires(unless(role = Guest))]
async fn handler_14() {}

#[requires(mfa = true)]
async fn handler_15() {}

#[requires("admin")]
async fn handler_16() {}

#[requires(Admin)]
async fn handler_17() {}

#[requires(Role::Admin)]
async fn handler_18() {}

#[requires(Scope::Read)]
async fn handler_90() {}

fn main() {}
