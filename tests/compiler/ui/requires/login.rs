#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::requires;

#[requires(acr)]
async fn handler_1() {}

#[requires(acr = "mfa hwk")]
async fn handler_2() {}

#[requires(acr = 2)]
async fn handler_3() {}

#[requires(acr = ["mfa", "hwk"])]
async fn handler_4() {}

#[requires(authenticated = true)]
async fn handler_5() {}

#[requires(authenticated())]
async fn handler_6() {}

#[requires(max_age = "5")]
async fn handler_7() {}

#[requires(max_age = "5min")]
async fn handler_8() {}

#[requires(max_age = 5m)]
async fn handler_9() {}

#[requires(max_age = "1h30m")]
async fn handler_10() {}

#[requires(max_age = "5m" | "8h")]
async fn handler_11() {}

#[requires(max_age = 0)]
async fn handler_12() {}

#[requires(max_age = "0s")]
async fn handler_13() {}

#[requires(max_age = "366d")]
async fn handler_14() {}

#[requires(max_age = 99999999999999999999)]
async fn handler_15() {}

#[requires(max_age = 1.5)]
async fn handler_16() {}

#[requires(max_age = -5)]
async fn handler_17() {}

#[requires(max_age = Duration::from_secs(5))]
async fn handler_18() {}

#[requires(max_age = minutes(5))]
async fn handler_19() {}

#[requires(max_age)]
async fn handler_20() {}

fn main() {}
