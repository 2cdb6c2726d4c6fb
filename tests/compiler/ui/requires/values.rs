#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(role)]
async fn handler_1() {}

#[requires(role = )]
async fn handler_2() {}

#[requires(role =, scope = Read)]
async fn handler_3() {}

#[requires(role("admin", Guest))]
async fn handler_4() {}

#[requires(role: Admin)]
async fn handler_5() {}

#[requires(role == Admin)]
async fn handler_6() {}

#[requires(role != Guest)]
async fn handler_7() {}

#[requires(role = ["admin", "guest"])]
async fn handler_8() {}

#[requires(role = (Admin | Guest))]
async fn handler_9() {}

#[requires(role = any(Admin, Guest))]
async fn handler_10() {}

#[requires(role = "admin" || "guest")]
async fn handler_11() {}

#[requires(role = Admin || scope = Read)]
async fn handler_12() {}

#[requires(role = "admin" && "guest")]
async fn handler_13() {}

#[requires(role = !Guest)]
async fn handler_14() {}

#[requires(role = 5)]
async fn handler_15() {}

#[requires(role = true)]
async fn handler_16() {}

#[requires(role = b"admin")]
async fn handler_17() {}

#[requires(role = 'a')]
async fn handler_18() {}

#[requires(role = "")]
async fn handler_19() {}

#[requires(role = "admin"x)]
async fn handler_20() {}

#[requires(role = Admin |)]
async fn handler_21() {}

#[requires(role = | Admin)]
async fn handler_22() {}

#[requires(role = Admin | | Guest)]
async fn handler_23() {}

#[requires(role = Role::)]
async fn handler_24() {}

#[requires(role = Vec::<u8>::new)]
async fn handler_25() {}

#[requires(role = -1)]
async fn handler_26() {}

fn main() {}
