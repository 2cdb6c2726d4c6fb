//! The table of requirements says which tests there are, and all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file of Rust and JavaScript below a folder.
fn sources(folder: &Path, into: &mut Vec<(bool, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !["target", "node_modules"].contains(&name) {
                sources(&path, into);
            }
        } else if ["rs", "js"].contains(&extension) {
            into.push((extension == "rs", std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The numbers that a name begins with: `a47_a48_..`, or `a47 a48 ..`.
fn numbers(name: &str, between: char) -> Vec<u32> {
    name.split(between).map_while(|part| part.strip_prefix('a')?.parse().ok()).collect()
}

/// The tests whose names begin with the number of a requirement, by these numbers.
fn tests() -> BTreeMap<u32, BTreeSet<String>> {
    let mut files = Vec::new();
    for folder in ["auth-server", "auth-store", "auth-accounts", "auth-core", "examples", "tests"] {
        sources(&root().join(folder), &mut files);
    }
    let mut found = BTreeMap::<u32, BTreeSet<String>>::new();
    let mut note = |name: &str, numbers: Vec<u32>| {
        for number in numbers {
            found.entry(number).or_default().insert(name.to_owned());
        }
    };
    for (is_rust, text) in &files {
        if *is_rust {
            for name in text.split("fn ").skip(1) {
                let end = name.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
                let (name, rest) = name.split_at(end.unwrap_or(name.len()));
                if rest.starts_with('(') {
                    note(name, numbers(name, '_'));
                }
            }
        } else {
            for call in ["test(\"", "test('", "test(`", "it(\"", "it('"] {
                for name in text.split(call).skip(1) {
                    let name = name.split(['"', '\'', '`']).next().unwrap();
                    note(name, numbers(name, ' '));
                }
            }
        }
    }
    found
}

#[test]
fn the_table_names_every_test_of_every_requirement() {
    let file = root().join("docs/authorization-server-requirements.md");
    let table = std::fs::read_to_string(file).unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| A"));
    let found = tests();
    let mut listed = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
        let [number, _level, _title, shown] = cells[..] else { panic!("A{row}") };
        let number: u32 = number.parse().unwrap();
        let tests = found.get(&number).cloned().unwrap_or_default();
        if let Some(why) = shown.strip_prefix("not done: ") {
            assert!(!why.is_empty() && tests.is_empty(), "A{number} has tests: {tests:?}");
        } else {
            let named: BTreeSet<String> =
                shown.split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
            assert_eq!(named, tests, "A{number}");
            assert!(!named.is_empty(), "A{number} says nothing");
        }
        listed.push(number);
    }
    assert_eq!(listed, (1..=130).collect::<Vec<_>>());
}
