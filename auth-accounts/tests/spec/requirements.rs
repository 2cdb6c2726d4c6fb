//! The table of requirements says which tests there are, and all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file of Rust below a folder.
fn sources(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|it| it == "rs") {
            into.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The tests whose names begin with `r` and a number, or several such, by these numbers.
fn tests() -> BTreeMap<u32, BTreeSet<String>> {
    let folders = [
        "auth-accounts/src",
        "auth-accounts/tests",
        "auth-core/src",
        "auth-store/src",
        "auth-store/tests",
        "examples/accounts",
        "tests/tests",
    ];
    let mut files = Vec::new();
    for folder in folders {
        sources(&root().join(folder), &mut files);
    }
    let mut found = BTreeMap::<u32, BTreeSet<String>>::new();
    for name in files.iter().flat_map(|file| file.split("fn r").skip(1)) {
        let end = name.find(|it: char| !it.is_ascii_alphanumeric() && it != '_').unwrap();
        let (name, rest) = name.split_at(end);
        if !rest.starts_with('(') {
            continue;
        }
        let name = format!("r{name}");
        let numbers = name.split('_').map_while(|part| part.strip_prefix('r')?.parse().ok());
        for number in numbers {
            found.entry(number).or_default().insert(name.clone());
        }
    }
    found
}

#[test]
fn the_table_names_every_test_of_every_requirement() {
    let table = std::fs::read_to_string(root().join("docs/accounts-requirements.md")).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| R"));
    let found = tests();
    let mut listed = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [number, _level, _title, shown] = cells[..] else { panic!("R{row}") };
        let number: u32 = number.parse().unwrap();
        let tests = found.get(&number).cloned().unwrap_or_default();
        if let Some(why) = shown.strip_prefix("not done: ") {
            assert!(!why.is_empty() && tests.is_empty(), "R{number} has tests: {tests:?}");
        } else {
            let named: BTreeSet<String> =
                shown.split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
            assert_eq!(named, tests, "R{number}");
            assert!(!named.is_empty(), "R{number} says nothing");
        }
        listed.push(number);
    }
    assert_eq!(listed, (1..=112).collect::<Vec<_>>());
}
