#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(!role = Guest)]
async fn handler_1() {}

#[requires((role = Admin, scope = Read))]
async fn handler_2() {}

#[requires(any)]
async fn handler_3() {}

#[requires(any = [role = Admin])]
async fn handler_4() {}

#[requires(any[role = Admin])]
async fn handler_5() {}

#[requires(not(role = Admin, role = Guest))]
async fn handler_6() {}

#[requires(role = Admin scope = Read)]
async fn handler_7() {}

#[requires(role = Admin or scope = Read)]
async fn handler_8() {}

#[requires(role = Admin & scope = Read)]
async fn handler_9() {}

#[requires(role = Admin; scope = Read)]
async fn handler_10() {}

#[requires(, role = Admin)]
async fn handler_11() {}

#[requires(role = Admin,, scope = Read)]
async fn handler_12() {}

#[requires(* = Admin)]
async fn handler_13() {}

#[requires(crate, role = Admin)]
async fn handler_14() {}

#[requires(crate = "x", role = Admin)]
async fn handler_15() {}

#[requires(all(crate = auth_core, role = Admin))]
async fn handler_16() {}

#[requires(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(not(role = Guest))))))))))))))))))]
async fn handler_17() {}

#[requires(role = "admin" && "guest" && "clerk")]
async fn handler_90() {}

#[requires(role = Admin || Guest || Clerk)]
async fn handler_91() {}

#[requires(role = Admin && scope = Read)]
async fn handler_92() {}

#[requires(authenticated || role = Admin)]
async fn handler_93() {}

#[requires(any(role = Admin) || any(scope = Read))]
async fn handler_94() {}

#[requires(max_age = "5m" || "8h")]
async fn handler_95() {}

fn main() {}
