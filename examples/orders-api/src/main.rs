//! The orders service.
fn main() {}
