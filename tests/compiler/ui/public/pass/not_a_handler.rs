#![allow(unused_imports, dead_code)]
use auth_core::public;

#[public]
async fn handler() {}
