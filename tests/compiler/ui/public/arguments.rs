#![allow(unused)]

use auth_core::public;

#[public("liveness probe")]
async fn bare_text() {}

#[public(reason = "")]
async fn empty() {}

#[public(reason = "  ")]
async fn blank() {}

#[public(reason)]
async fn no_value() {}

#[public(reason = probe)]
async fn unquoted() {}

#[public(reason: "probe")]
async fn colon() {}

#[public(role = "admin")]
async fn role() {}

#[public(reason = "a", reason = "b")]
async fn twice() {}

#[public(reason = "a" "b")]
async fn no_comma() {}

#[public(crate = auth_core, crate = auth_core)]
async fn crate_twice() {}

#[public(crate)]
async fn crate_without_path() {}

fn main() {}
