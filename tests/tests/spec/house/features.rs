//! The feature `http_client` is a matter of whole modules: the code between them knows where keys come from
//! by `KeySource` and who answers for opaque tokens by a trait, and not whether the client is there.

use super::source::folder;

/// Where the feature may be asked for: in the lists of modules and exports of these files.
const FILES: [&str; 5] = [
    "authenticator/mod.rs",
    "authenticator/verifiers/mod.rs",
    "keys/mod.rs",
    "lib.rs",
    "token/mod.rs",
];
const MOST: usize = 10;

#[test]
fn the_http_client_is_gated_by_whole_modules() {
    let mut found = Vec::new();
    let mut folders = vec![folder()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path.strip_prefix(folder()).unwrap().to_str().unwrap().replace('\\', "/");
            let text = std::fs::read_to_string(&path).unwrap();
            let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            while let Some(line) = lines.next() {
                if line.contains("\"http_client\"") {
                    let item = lines.next().unwrap_or_default();
                    let is_module = item.ends_with(';')
                        && ["mod ", "pub mod ", "pub(crate) mod ", "pub use ", "pub(crate) use "]
                            .iter()
                            .any(|start| item.starts_with(start));
                    assert!(is_module, "{file} gates more than a module or its exports: {item}");
                    assert!(FILES.contains(&&*file), "{file} should not know the feature");
                    found.push(format!("{file}: {item}"));
                }
            }
        }
    }
    assert!(found.len() <= MOST, "{found:#?}");
}
