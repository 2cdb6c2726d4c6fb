#![allow(unused)]

use auth_core::{Identity, check};

struct Order;

#[check("it is synchronous")]
fn sync() -> bool {
    true
}

#[check("it returns nothing")]
async fn nothing(caller: &Identity) {}

#[check("it knows two callers")]
async fn two(caller: &Identity, other: &Identity) -> bool {
    true
}

#[check("it takes a reference")]
async fn reference(caller: &Identity, order: &Order) -> bool {
    true
}

#[check("it is generic")]
async fn generic<T>(value: T) -> bool {
    true
}

#[check("it has a where clause")]
async fn bounded() -> bool
where
    Order: Sized,
{
    true
}

#[check("it takes anything")]
async fn anything(value: impl Send) -> bool {
    true
}

#[check("it reads the body")]
async fn body(order: axum::Json<u64>, text: String) -> bool {
    true
}

#[check("it is unsafe")]
async unsafe fn not_safe() -> bool {
    true
}

impl Order {
    #[check("it is a method")]
    async fn method(&self) -> bool {
        true
    }
}

#[check("it is a type")]
enum Nothing {}

fn main() {}
