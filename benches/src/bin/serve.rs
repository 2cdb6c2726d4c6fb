//! Serves one of the candidates on loopback, by one thread, until it is ended: for `loopback`.
//!
//! `cargo run --release --bin serve -- auth-core "request: known token"`; it prints its address.

use std::env;
use std::io::{self, Write as _};

use auth_benches::service::candidates;
use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [who, row] = arguments.as_slice() else {
        panic!("expected a name and a row; known are {}", known());
    };
    let all = candidates();
    let found = all.into_iter().find(|it| it.who == who && it.rows.contains(&row.as_str()));
    let candidate = found.unwrap_or_else(|| panic!("no such candidate; known are {}", known()));
    // Not before: some peers start a runtime of their own while they are being built.
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(serve(candidate.router));
}

async fn serve(router: Router) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    io::stdout().flush().expect("somebody reads it");
    axum::serve(listener, router).await.expect("it serves");
}

fn known() -> String {
    let known = candidates();
    let names = known.iter().map(|it| format!("{} {:?}", it.who, it.rows));
    names.collect::<Vec<_>>().join("\n")
}
