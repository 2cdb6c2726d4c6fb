//! What the compiler says about an enum of names, and that the corrected enum compiles.

#[test]
fn vocabulary() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/vocabulary/*.rs");
    cases.pass("ui/vocabulary/pass/*.rs");
}
