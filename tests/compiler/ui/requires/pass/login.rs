#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(acr = "mfa")]
async fn handler_1() {}

#[requires(acr = "mfa" | "hwk")]
async fn handler_2() {}

#[requires(authenticated)]
async fn handler_3() {}

#[requires(max_age = "5s")]
async fn handler_4() {}

#[requires(max_age = "5m")]
async fn handler_5() {}

#[requires(max_age = 5400)]
async fn handler_6() {}

#[requires(max_age = "365d")]
async fn handler_7() {}
