#![allow(unused)]

use auth_core::{public, requires};
use axum::extract::State;

#[derive(Clone)]
struct Orders;

#[requires(authenticated)]
async fn list(State(orders): State<Orders>) {}

#[requires(authenticated)]
async fn silent() {}

#[public]
async fn open() {}
