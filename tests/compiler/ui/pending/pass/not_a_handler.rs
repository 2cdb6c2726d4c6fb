#![allow(unused)]

use auth_core::{PendingSignIn, pending};

/// Documented.
#[pending(second_factor)]
#[allow(clippy::unused_async)]
async fn handler(sign_in: PendingSignIn, code: String) -> String {
    format!("{} {code}", sign_in.subject())
}
