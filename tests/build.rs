//! Writes the enums that are too long to be kept: 1,024 names of a kind.

#![expect(clippy::expect_used, reason = "a build script may fail the build")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

const COUNT: usize = 1024;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("thousand.rs"), thousand()).expect("the output directory is writable");
}

/// Each role includes the one after it, which is the order that needs the most passes
/// from a closure that only walks forward.
fn thousand() -> String {
    let mut code = String::from(
        "#[derive(Clone, Copy, auth_core::Permissions)]\npub(crate) enum Permission {",
    );
    for i in 0..COUNT {
        write!(code, "P{i},").expect("a string takes all");
    }
    code += "}\n#[derive(Clone, Copy, auth_core::Roles)]\npub(crate) enum Role {";
    for i in 0..COUNT {
        let includes =
            if i + 1 < COUNT { format!("includes(R{}), ", i + 1) } else { String::new() };
        write!(code, "#[role({includes}grants(P{i}))] R{i},").expect("a string takes all");
    }
    code + "}\n"
}
