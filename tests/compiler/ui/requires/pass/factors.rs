#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Requirement, requirement, requires};

const STRONG: Requirement = requirement!(mfa);
const FRESH: Requirement = requirement!(factor(Passkey | Totp, within = "5m"));

#[requires(mfa)]
async fn handler_1() {}

#[requires(factor(Passkey))]
async fn handler_2() {}

#[requires(role = Clerk, factor(Passkey | Totp | Password | Recovery | Federated | Code, within = 300))]
async fn handler_3() {}

#[requires(mfa, factor(Passkey, within = "5m"))]
async fn handler_4() {}

#[requires(all(factor(Password), factor(Totp, within = "5m")))]
async fn handler_5() {}

#[requires(scope = Read, any(method = ApiKey, all(method = Session, mfa)))]
async fn handler_6() {}

#[requires(method = Session | Bearer, STRONG, FRESH)]
async fn handler_7() {}

#[requires(any(factor(Passkey,), all(role = Admin, mfa)))]
async fn handler_8() {}
