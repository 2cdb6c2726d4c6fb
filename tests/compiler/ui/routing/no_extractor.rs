#![allow(unused)]

use auth_core::Router;
use auth_core::routing::get;

struct Order;

#[auth_core::requires(authenticated)]
async fn handler(_order: Order) {}

fn main() {
    let _: Router<()> = Router::new().route("/", get(handler));
}
