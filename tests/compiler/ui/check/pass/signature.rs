#![allow(unused_imports, dead_code)]
use auth_core::{Identity, check};

use axum::extract::Path;
use axum::http::StatusCode;

#[check("the caller placed the order")]
async fn placed_order(caller: &Identity, Path(id): Path<u64>) -> Result<bool, StatusCode> {
    Ok(caller.subject().len() as u64 == id)
}

#[check("the shop is open")]
pub async fn open() -> bool {
    true
}
