#![allow(unused)]

use auth_core::pending;

#[pending]
async fn nothing() {}

#[pending()]
async fn no_step() {}

#[pending("second_factor")]
async fn text() {}

#[pending(second_facter)]
async fn typo() {}

#[pending(authenticated)]
async fn other() {}

#[pending(second_factor, second_factor)]
async fn twice() {}

#[pending(5)]
async fn number() {}

#[pending(second_factor = "totp")]
async fn value() {}

#[pending(crate = auth_core)]
async fn crate_alone() {}

#[pending(crate = auth_core, crate = auth_core, second_factor)]
async fn crate_twice() {}

fn main() {}
