//! What the compiler says about a wrong attribute, and that the corrected code compiles.
//!
//! In a package of its own, because trybuild builds its dependencies once more.
//!
//! The texts are those of the toolchain in `rust-toolchain.toml`, if there is one, or of the stable
//! compiler of the day: `TRYBUILD=overwrite cargo test -p auth-tests-ui` writes them anew.

fn theme(name: &str) {
    let cases = trybuild::TestCases::new();
    cases.compile_fail(format!("ui/{name}/*.rs"));
    cases.pass(format!("ui/{name}/pass/*.rs"));
}

#[test]
fn requires() {
    theme("requires");
}

#[test]
fn function() {
    theme("function");
}

#[test]
fn public() {
    theme("public");
}

#[test]
fn pending() {
    theme("pending");
}

#[test]
fn check() {
    theme("check");
}

#[test]
fn requirement() {
    theme("requirement");
}

/// Holds P-01.
#[test]
fn routing() {
    theme("routing");
}

#[test]
fn extract() {
    theme("extract");
}

#[test]
fn vocabulary() {
    theme("vocabulary");
}
