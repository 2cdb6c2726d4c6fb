#![allow(unused)]

use auth_core::{pending, public, requires};

#[pending(second_factor)]
fn sync() {}

#[pending(second_factor)]
struct Handler;

impl Handler {
    #[pending(second_factor)]
    async fn method(&self) {}
}

#[pending(second_factor)]
#[pending(second_factor)]
async fn twice() {}

#[pending(second_factor)]
#[requires(authenticated)]
async fn required() {}

#[public]
#[pending(second_factor)]
async fn open() {}

fn main() {}
