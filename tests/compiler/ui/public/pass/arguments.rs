#![allow(unused_imports, dead_code)]
use auth_core::public;

#[public]
async fn plain() {}

#[public()]
async fn parentheses() {}

#[public(reason = "liveness probe",)]
async fn reason() {}

#[public(crate = auth_core, reason = "liveness probe")]
async fn path() {}
