#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Method, Requirement, requirement, requires};

const STRONG: Requirement = requirement!(mfa);
const KEYS: Method = Method::ApiKey;

#[requires(method = ApiKey, mfa)]
async fn handler_1() {}

#[requires(method = Basic, factor(Password))]
async fn handler_2() {}

#[requires(method = "api-key", acr = "mfa")]
async fn handler_3() {}

#[requires(method = Basic | ApiKey, max_age = "5m")]
async fn handler_4() {}

#[requires(method = self::KEYS, factor(Passkey | Totp))]
async fn handler_5() {}

#[requires(any(method = Session, all(method = ApiKey, STRONG)))]
async fn handler_6() {}

#[requires(any(method = Session, all(method = Session, mfa)))]
async fn handler_7() {}

#[requires(not(STRONG))]
async fn handler_8() {}

#[requires(role = Clerk, not(any(scope = Read, mfa)))]
async fn handler_9() {}

#[requires(all(factor(Passkey), factor(Passkey, within = "5m")))]
async fn handler_10() {}

#[requires(any(factor(Passkey | Totp), factor(Totp, within = "5m")))]
async fn handler_11() {}

#[requires(STRONG, mfa)]
async fn handler_12() {}

fn main() {}
