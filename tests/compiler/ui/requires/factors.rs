#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Factor, requires};

#[requires(mfa = true)]
async fn handler_1() {}

#[requires(factor)]
async fn handler_2() {}

#[requires(factor = Passkey)]
async fn handler_3() {}

#[requires(factor = "passkey" | "totp")]
async fn handler_4() {}

#[requires(factor())]
async fn handler_5() {}

#[requires(factor("passkey"))]
async fn handler_6() {}

#[requires(factor("sms"))]
async fn handler_7() {}

#[requires(factor(Factor::Passkey))]
async fn handler_8() {}

#[requires(factor(Passkey, Totp))]
async fn handler_9() {}

#[requires(factor(Passkey, "5m"))]
async fn handler_10() {}

#[requires(factor(Passkey, max_age = "5m"))]
async fn handler_11() {}

#[requires(factor(Passkey, within))]
async fn handler_12() {}

#[requires(factor(Passkey, within = "5"))]
async fn handler_13() {}

#[requires(factor(Passkey, within = 0))]
async fn handler_14() {}

#[requires(factor(Passkey, within = "0m"))]
async fn handler_15() {}

#[requires(factor(Passkey, within = -5))]
async fn handler_16() {}

#[requires(factor(Passkey, within = "366d"))]
async fn handler_17() {}

#[requires(factor(Passkey, within = "5m" | "1h"))]
async fn handler_18() {}

#[requires(factor(Passkey, within = 5m))]
async fn handler_19() {}

#[requires(factor(Passkey, within = "5m", Totp))]
async fn handler_20() {}

#[requires(factor(Passkey || Totp))]
async fn handler_21() {}

#[requires(factor(Passkey | ))]
async fn handler_22() {}

#[requires(factor(Passkey | Passkey))]
async fn handler_23() {}

#[requires(factor(Passkey), factor(Totp, within = "5m"))]
async fn handler_24() {}

#[requires(mfa, mfa)]
async fn handler_25() {}

#[requires(not(mfa))]
async fn handler_26() {}

#[requires(role = Clerk, not(factor(Recovery, within = "1d")))]
async fn handler_27() {}

#[requires(passkey)]
async fn handler_28() {}

#[requires(multi_factor)]
async fn handler_29() {}

#[requires(amr = "otp")]
async fn handler_30() {}

#[requires(mfa && factor(Passkey))]
async fn handler_31() {}

fn main() {}
