//! Tries a wrong password so many times, for an account that there is or for one that there is not:
//! `benches/accounts` counts its instructions.
//!
//! `cargo run --release --bin sign_ins -- wrong 3`

use std::env;

use auth_benches::accounts::figures::{server, sign_in};
use auth_benches::accounts::people::name;
use http::StatusCode;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [who, times] = arguments.as_slice() else {
        panic!("expected `unknown` or `wrong`, and how often")
    };
    let name = match who.as_str() {
        "unknown" => "nobody0".to_owned(),
        "wrong" => name(0),
        other => panic!("expected `unknown` or `wrong`, not `{other}`"),
    };
    let server = server();
    let (node, _store, _clock) = sign_in::guessed(&server);
    for _ in 0..times.parse::<u32>().expect("a number") {
        let status =
            server.block_on(sign_in::sign_in(&node.router, &name, "wrong horse battery staple"));
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}
