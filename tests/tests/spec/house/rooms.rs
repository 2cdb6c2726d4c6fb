//! The rooms of `auth-core` and their arrows: `tests/rooms.txt` lists which room may use which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::source::{Source, exports, names_after, sources};

type Arrows = BTreeMap<String, BTreeSet<String>>;

/// What is no room: the crate's front, from where everything is exported.
const FRONT: [&str; 4] = ["lib", "routing", "__private", "manual"];

fn list() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rooms.txt")).unwrap()
}

fn allowed() -> Arrows {
    let list = list();
    let lines = list.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (room, used) = line.split_once("->").unwrap_or((line, ""));
            let used = used.split_whitespace().map(str::to_owned).collect();
            (room.trim().to_owned(), used)
        })
        .collect()
}

/// The room of a file: its folder, or itself where it has none.
fn room(source: &Source) -> String {
    source.module().into_iter().next().unwrap_or_else(|| "lib".to_owned())
}

/// Which rooms a file names: by paths from the crate's root, and by as many `super` as lead there. What
/// it names at the root itself belongs to the room that it is exported from.
fn used(source: &Source, root: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut names = names_after(&source.code, "crate::");
    names.extend(names_after(&source.code, &"super::".repeat(source.module().len())));
    let mut used: BTreeSet<_> =
        names.into_iter().map(|name| root.get(&name).cloned().unwrap_or(name)).collect();
    used.remove(&room(source));
    used
}

/// What the crate's root exports, and from which room.
fn root(sources: &[Source]) -> BTreeMap<String, String> {
    let library = sources.iter().find(|source| source.path == Path::new("lib.rs")).unwrap();
    let paths = exports(&library.code).into_iter();
    paths.filter_map(|path| Some((path.last()?.clone(), path.first()?.clone()))).collect()
}

/// Every arrow with a file that has it.
fn drawn() -> BTreeMap<(String, String), String> {
    let mut drawn = BTreeMap::new();
    let sources = sources();
    let exported = root(&sources);
    for source in &sources {
        let room = room(source);
        if !FRONT.contains(&&*room) {
            for used in used(source, &exported) {
                drawn.insert((room.clone(), used), source.path.display().to_string());
            }
        }
    }
    drawn
}

/// How `tests/rooms.txt` would list these arrows.
fn listed(drawn: &BTreeMap<(String, String), String>) -> String {
    let mut arrows = Arrows::new();
    for source in sources() {
        if !FRONT.contains(&&*room(&source)) {
            arrows.entry(room(&source)).or_default();
        }
    }
    for (from, to) in drawn.keys() {
        arrows.entry(from.clone()).or_default().insert(to.clone());
    }
    let width = arrows.keys().map(String::len).max().unwrap_or(0);
    arrows.iter().fold(String::new(), |mut text, (room, used)| {
        let used: Vec<_> = used.iter().map(String::as_str).collect();
        let line = format!("{room:width$} -> {}", used.join(" "));
        writeln!(text, "{}", line.trim_end_matches(" -> ").trim_end()).unwrap();
        text
    })
}

#[test]
fn a_room_uses_no_room_that_is_not_listed_for_it() {
    let (drawn, allowed) = (drawn(), allowed());
    let surprising: Vec<String> = drawn
        .iter()
        .filter(|((from, to), _)| !allowed.get(from).is_some_and(|used| used.contains(to)))
        .map(|((from, to), file)| format!("{from} -> {to} in {file}"))
        .collect();
    assert_eq!(surprising, Vec::<String>::new(), "the arrows are:\n{}", listed(&drawn));
}

#[test]
fn no_arrow_is_listed_that_is_not_used() {
    let drawn = drawn();
    let mut unused = Vec::new();
    for (from, used) in allowed() {
        for to in used {
            if !drawn.contains_key(&(from.clone(), to.clone())) {
                unused.push(format!("{from} -> {to}"));
            }
        }
    }
    assert_eq!(unused, Vec::<String>::new(), "the arrows are:\n{}", listed(&drawn));
}

/// Takes away, again and again, the rooms that use only rooms that are gone.
#[test]
fn no_rooms_use_each_other_in_a_circle() {
    let mut left = allowed();
    let mut gone = BTreeSet::new();
    while let Some(next) =
        left.iter().find(|(_, used)| used.is_subset(&gone)).map(|(room, _)| room.clone())
    {
        left.remove(&next);
        gone.insert(next);
    }
    assert_eq!(left, Arrows::new(), "these rooms need each other");
}

#[test]
fn contributing_draws_the_same_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../CONTRIBUTING.md");
    let list = list();
    let list: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
    let block = format!("```text\n{}\n```", list.join("\n").trim());
    let contributing = std::fs::read_to_string(path).unwrap();
    assert!(contributing.contains(&block), "CONTRIBUTING.md should have:\n{block}");
}
