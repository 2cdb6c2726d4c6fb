#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Method, requires};

#[requires(method = Session)]
async fn handler_1() {}

#[requires(method = "session")]
async fn handler_2() {}

#[requires(method = ApiKey | "corporate-sso")]
async fn handler_3() {}

#[requires(method = "corporate-sso")]
async fn handler_4() {}

#[requires(method = Session | ApiKey | Basic)]
async fn handler_5() {}

#[requires(method = Bearer | Dpop | Mtls)]
async fn handler_6() {}

#[requires(role = Clerk, method = Session)]
async fn handler_11() {}

#[requires(method = Session | ApiKey, not(all(role = Clerk, scope = Write)))]
async fn handler_12() {}

#[requires(any(method = ApiKey, all(method = Session, role = Clerk)))]
async fn handler_13() {}

#[requires(scope = Read, any(all(method = Session, acr = "mfa"), all(role = Clerk, method = ApiKey)))]
async fn handler_14() {}

mod methods {
    pub const KEY: auth_core::Method = auth_core::Method::custom("partner-key");
}

#[requires(method = methods::KEY | Session)]
async fn handler_17() {}
