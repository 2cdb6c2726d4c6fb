//! Writes the enums that are too long to be kept: 1,024 names of a kind.

use std::path::PathBuf;
use std::{env, fs, io};

const COUNT: usize = 1024;

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("thousand.rs"), thousand())
}

/// Each role includes the one that stands after it, which is the order that needs the most passes
/// from a closure that only walks forward.
fn thousand() -> String {
    let permissions: Vec<String> = (0..COUNT).map(|i| format!("P{i}")).collect();
    let roles: Vec<String> = (0..COUNT)
        .map(|i| match i + 1 {
            COUNT => format!("#[role(grants(P{i}))] R{i}"),
            next => format!("#[role(includes(R{next}), grants(P{i}))] R{i}"),
        })
        .collect();
    format!(
        "#[derive(Clone, Copy, auth_core::Permissions)]\npub(crate) enum Permission {{ {} }}\n\
         #[derive(Clone, Copy, auth_core::Roles)]\npub(crate) enum Role {{ {} }}\n",
        permissions.join(", "),
        roles.join(",\n"),
    )
}
