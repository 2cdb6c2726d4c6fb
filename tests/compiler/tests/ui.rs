//! What the compiler says about each mistake under `ui/`.
//!
//! In a package of its own, because trybuild checks its dependencies once more. One test, and none of its
//! code has to run: so trybuild asks cargo once for all mistakes, not twice for each.
//!
//! The texts are those of the toolchain in `rust-toolchain.toml`, if there is one, or of the stable
//! compiler of the day: `TRYBUILD=overwrite cargo test -p auth-tests-ui` writes them anew.

/// Holds P-01.
#[test]
fn each_mistake_is_explained() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}
