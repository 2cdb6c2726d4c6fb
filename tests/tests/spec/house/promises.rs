//! The promises of SECURITY.md have ids, and tests that hold them name these ids.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every id like `P-07` in a text, in the order in which they are written.
fn ids(text: &str) -> Vec<&str> {
    let starts = text.match_indices("P-").map(|(start, _)| start);
    starts
        .filter_map(|start| text.get(start..start + 4))
        .filter(|id| id.bytes().skip(2).all(|digit| digit.is_ascii_digit()))
        .collect()
}

/// The ids that SECURITY.md gives, each at the beginning of its promise.
fn promised() -> Vec<String> {
    let security = std::fs::read_to_string(tests().join("../SECURITY.md")).unwrap();
    let lines = security.lines().filter_map(|line| line.strip_prefix("- **"));
    lines.flat_map(|line| ids(line).into_iter().take(1)).map(str::to_owned).collect()
}

/// The ids that tests hold, each with the functions that it is above.
fn held() -> BTreeMap<String, Vec<String>> {
    let mut held = BTreeMap::<String, Vec<String>>::new();
    let mut folders = vec![tests().join("tests"), tests().join("compiler/tests")];
    folders.push(tests().join("../auth-server/tests"));
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let mut above: Vec<String> = Vec::new();
            for line in text.lines().map(str::trim_start) {
                if let Some(promises) = line.strip_prefix("/// Holds ") {
                    above.extend(ids(promises).into_iter().map(str::to_owned));
                } else if line.starts_with("fn ") || line.starts_with("async fn ") {
                    for id in above.drain(..) {
                        held.entry(id).or_default().push(line.to_owned());
                    }
                }
            }
            assert_eq!(above, Vec::<String>::new(), "{}: above no test", path.display());
        }
    }
    held
}

#[test]
fn every_promise_is_held_by_a_test() {
    let held = held();
    let mut missing = promised();
    missing.retain(|id| !held.contains_key(id));
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn a_test_holds_only_what_is_promised() {
    let promised = promised();
    let mut unknown = held();
    unknown.retain(|id, _| !promised.contains(id));
    assert_eq!(unknown, BTreeMap::new());
}

#[test]
fn each_promise_has_an_id_of_its_own() {
    let expected: Vec<String> = (1..=promised().len()).map(|id| format!("P-{id:02}")).collect();
    assert_eq!(promised(), expected);
}
