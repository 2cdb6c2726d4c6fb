#![allow(unused)]

use auth_core::pending;

#[pending(second_factor)]
async fn step() {}

#[pending(crate = auth_core, second_factor)]
async fn with_crate() {}

#[pending(second_factor,)]
async fn with_comma() {}
