#![allow(unused)]

use auth_core::{Method, Requirement, requirement, requires};

#[requires(method = Pending)]
async fn word() {}

#[requires(method = Session | "pending")]
async fn text() {}

#[requires(method = Method::Pending)]
async fn path() {}

const PART: Requirement = requirement!(method = Pending);

fn main() {}
