//! The tables of requirements name every test that shows a requirement, and only tests that exist.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::source;

/// A document with a table of requirements.
struct Document {
    file: &'static str,
    /// What its numbers begin with, in capitals in the table and in small letters in the names of tests.
    letter: char,
    /// The number of the last requirement.
    last: u32,
}

const DOCUMENTS: [Document; 2] = [
    Document { file: "docs/accounts-requirements.md", letter: 'r', last: 112 },
    Document { file: "docs/authorization-server-requirements.md", letter: 'a', last: 130 },
];

const FOLDERS: [&str; 6] =
    ["auth-accounts", "auth-core", "auth-server", "auth-store", "examples", "tests"];

fn root() -> PathBuf {
    source::folder().join("../..")
}

/// The names of all functions of Rust, and of all tests of JavaScript.
fn names() -> Vec<String> {
    let mut names = Vec::new();
    for folder in FOLDERS {
        add_names(&root().join(folder), &mut names);
    }
    names
}

fn add_names(folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = || std::fs::read_to_string(&path).unwrap();
        if path.is_dir() {
            if !["target", "node_modules"].iter().any(|it| path.ends_with(it)) {
                add_names(&path, names);
            }
        } else if path.extension() == Some(OsStr::new("rs")) {
            for rest in text().split("fn ").skip(1) {
                let end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_');
                let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
                if rest.starts_with('(') {
                    names.push(name.to_owned());
                }
            }
        } else if path.extension() == Some(OsStr::new("js")) {
            for call in ["test(\"", "test('", "test(`", "it(\"", "it('"] {
                for rest in text().split(call).skip(1) {
                    names.extend(rest.split(['"', '\'', '`']).next().map(str::to_owned));
                }
            }
        }
    }
}

impl Document {
    /// The numbers that the name of a test begins with: `a47_a48_..`, or `a47 a48 ..`.
    fn numbers(&self, name: &str) -> Vec<u32> {
        let parts = name.split(['_', ' ']);
        parts.map_while(|part| part.strip_prefix(self.letter)?.parse().ok()).collect()
    }

    fn check(&self, names: &[String]) {
        let mut tests = BTreeMap::<u32, BTreeSet<&str>>::new();
        for name in names {
            for number in self.numbers(name) {
                tests.entry(number).or_default().insert(name);
            }
        }
        let letter = self.letter.to_ascii_uppercase();
        let table = std::fs::read_to_string(root().join(self.file)).unwrap();
        let mut listed = Vec::new();
        for row in table.lines().filter_map(|it| it.strip_prefix(&format!("| {letter}"))) {
            let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
            let [number, _level, _title, shown] = cells[..] else { panic!("{letter}{row}") };
            let number: u32 = number.parse().unwrap();
            let tests = tests.remove(&number).unwrap_or_default();
            if let Some(why) = shown.strip_prefix("not done: ") {
                assert!(!why.is_empty() && tests.is_empty(), "{letter}{number} has {tests:?}");
            } else {
                let shown: BTreeSet<&str> =
                    shown.split(", ").map(|name| name.trim_matches('`')).collect();
                assert_eq!(shown, tests, "{letter}{number}");
                assert!(!shown.is_empty(), "{letter}{number} names no test");
            }
            listed.push(number);
        }
        assert_eq!(listed, (1..=self.last).collect::<Vec<_>>(), "{}", self.file);
        assert!(tests.is_empty(), "{} lacks {tests:?}", self.file);
    }
}

#[test]
fn the_tables_name_every_test_of_every_requirement() {
    let names = names();
    for document in DOCUMENTS {
        document.check(&names);
    }
}
