#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{check, requires};

#[requires(user = "alice")]
async fn handler_1() {}

#[requires(subject = "alice")]
async fn handler_2() {}

#[requires(tenant = "acme")]
async fn handler_3() {}

#[requires(login("alice"))]
async fn handler_4() {}

#[requires(none(role = Guest))]
async fn handler_5() {}

#[requires("hasRole('LIBRARIAN')")]
async fn handler_6() {}

#[requires(hasRole("ROLE_ADMIN"))]
async fn handler_7() {}

#[requires(hasAuthority("SCOPE_read"))]
async fn handler_8() {}

#[requires("hasAnyAuthority('SCOPE_read', 'SCOPE_write')")]
async fn handler_9() {}

#[requires(Roles = "member,librarian")]
async fn handler_10() {}

#[requires(role = Clerk, Guest)]
async fn handler_11() {}

#[requires(role = "clerk", "guest")]
async fn handler_12() {}

#[requires(role in [Clerk])]
async fn handler_13() {}

#[requires(role in [Clerk, Guest])]
async fn handler_14() {}

#[requires(not(authenticated))]
async fn handler_15() {}

#[requires(check = "owns")]
async fn handler_16() {}

#[requires(max_age = Duration::from_secs(3))]
async fn handler_17() {}

#[requires(admin)]
async fn handler_18() {}

#[requires(role = "clerk", role = "clerk")]
async fn handler_19() {}

#[requires(isAuthenticated(), role = Clerk)]
async fn handler_20() {}

#[requires(level = Mfa)]
async fn handler_21() {}

#[requires(hasRole('ADMIN'))]
async fn handler_22() {}

#[check("the caller owns it")]
async fn owns() -> bool {
    true
}

fn main() {}
