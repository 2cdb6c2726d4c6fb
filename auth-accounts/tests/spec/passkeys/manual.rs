//! The program of the manual, which the documentation tests compile.

#[test]
fn from_an_axum_program_to_passkeys_it_is_less_than_60_lines() {
    let manual = include_str!("../../../../docs/accounts.md");
    let (_, program) = manual.split_once("```rust,no_run\n").unwrap();
    let (program, _) = program.split_once("\n```").unwrap();
    assert!(program.contains("accounts.router_at(") && program.contains("axum::serve"));
    assert!(program.lines().count() < 60, "{}", program.lines().count());
    assert!(manual.contains("features = [\"passkey\"]"));
}
