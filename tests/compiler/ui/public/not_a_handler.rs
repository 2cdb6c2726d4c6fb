#![allow(unused)]

use auth_core::public;

#[public]
fn sync() {}

#[public]
struct Handler;

impl Handler {
    #[public]
    async fn method(&self) {}
}

fn main() {}
