use auth_core::{Identity, check};

#[check("it answers with a number")]
async fn number() -> u8 {
    5
}

#[check("it takes what no request holds")]
async fn unknown(order: std::rc::Rc<u8>) -> bool {
    true
}

#[auth_core::requires(check = unknown)]
async fn handler() {}

fn main() {
    let _: auth_core::Router<()> =
        auth_core::Router::new().route("/", auth_core::routing::get(handler));
}
