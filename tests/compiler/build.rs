//! Lists the corrected code under `ui/*/pass`, a module each.

use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=ui");
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or(Error::other("cargo sets it"));
    let mut code = String::new();
    for theme in sorted(&folder("CARGO_MANIFEST_DIR")?.join("ui"))? {
        let corrected = theme.join("pass");
        if corrected.is_dir() {
            code += &["mod ", &stem(&theme), " {\n"].concat();
            for file in sorted(&corrected)? {
                code +=
                    &["#[path = r#\"", &file.to_string_lossy(), "\"#]\nmod ", &stem(&file), ";\n"]
                        .concat();
            }
            code += "}\n";
        }
    }
    fs::write(folder("OUT_DIR")?.join("corrected.rs"), code)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
