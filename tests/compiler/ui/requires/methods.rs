#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(method = "Session")]
async fn handler_1() {}

#[requires(method = "api_key" | "corporate-sso")]
async fn handler_2() {}

#[requires(method = "corporate sso")]
async fn handler_3() {}

#[requires(method = Session | ApiKey | "session")]
async fn handler_4() {}

#[requires(method = Session, method = ApiKey)]
async fn handler_5() {}

#[requires(method = [Session, ApiKey])]
async fn handler_6() {}

#[requires(method)]
async fn handler_7() {}

#[requires(method = 1)]
async fn handler_8() {}

#[requires(methods = Session)]
async fn handler_9() {}

#[requires(role = Clerk, not(method = Session))]
async fn handler_10() {}

#[requires(not(all(role = Clerk, method = Session | ApiKey)))]
async fn handler_11() {}

#[requires(any(method = ApiKey, role = Clerk))]
async fn handler_12() {}

#[requires(scope = Read, any(all(method = Session, acr = "mfa"), all(role = Clerk, acr = "mfa")))]
async fn handler_13() {}

fn main() {}
