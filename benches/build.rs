//! Writes enums of 4, 64, 512 and 4,096 permissions.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut text = String::new();
    for size in [4_usize, 64, 512, 4_096] {
        writeln!(text, "/// {size} permissions.\npub mod of_{size} {{").expect("a string takes it");
        writeln!(text, "    /// One of {size}.").expect("a string takes it");
        writeln!(text, "    #[derive(Clone, Copy, auth_core::Permissions)]")
            .expect("a string takes it");
        writeln!(text, "    pub enum Permission {{").expect("a string takes it");
        for place in 0..size {
            writeln!(text, "        /// Number {place}.\n        #[permission(\"thing{place}:do\")]\n        P{place},")
                .expect("a string takes it");
        }
        writeln!(text, "    }}\n}}").expect("a string takes it");
    }
    let folder = env::var_os("OUT_DIR").expect("cargo names the folder");
    fs::write(Path::new(&folder).join("names.rs"), text).expect("the folder can be written to");
}
