#![allow(unused_imports, dead_code)]
use auth_core::{Identity, check};

#[check("the shop is open")]
async fn open() -> bool {
    true
}

#[check("the shop is open", crate = auth_core)]
async fn path() -> bool {
    true
}
