//! The sources of `auth-core`, read as text: enough of Rust to see which module names which.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A file of `auth-core/src`.
pub(super) struct Source {
    /// Its path under `src`.
    pub(super) path: PathBuf,
    /// Its code without comments, without what is in its strings, and without its tests.
    pub(super) code: String,
}

impl Source {
    /// The module that it is, from the crate's root: `["web", "guard"]`.
    pub(super) fn module(&self) -> Vec<String> {
        let mut path: Vec<String> =
            self.path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        let file = path.pop().unwrap();
        match file.strip_suffix(".rs").unwrap() {
            "mod" | "lib" => {}
            name => path.push(name.to_owned()),
        }
        path
    }
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../auth-core/src")
}

/// All files but programs, and but modules that exist only for tests.
pub(super) fn sources() -> Vec<Source> {
    let folder = folder();
    let mut files = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut tests = BTreeSet::new();
    let mut sources = Vec::new();
    for file in files {
        let path = file.strip_prefix(&folder).unwrap().to_owned();
        if path.starts_with("bin") {
            continue;
        }
        let (code, modules) = without_tests(&bare(&std::fs::read_to_string(&file).unwrap()));
        let source = Source { path, code };
        for module in modules {
            let mut name = source.module();
            name.push(module);
            tests.insert(name);
        }
        sources.push(source);
    }
    sources.retain(|source| {
        let module = source.module();
        !(1..=module.len()).any(|length| tests.contains(&module[..length]))
    });
    sources
}

/// Without comments, and with empty strings.
pub(super) fn bare(text: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let at = |index: usize| text.get(index).copied().unwrap_or('\0');
    let mut out = String::new();
    let mut index = 0;
    while index < text.len() {
        let before = index.checked_sub(1).map_or('\0', at);
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < text.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if at(index + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 || index >= text.len() {
                        break;
                    }
                }
            }
            // A raw string; the prefix is a word of its own.
            'r' if !is_word(before) || before == 'b' => {
                let hashes = (index + 1..text.len()).take_while(|place| at(*place) == '#').count();
                if at(index + 1 + hashes) == '"' {
                    let end: String =
                        std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    index += 2 + hashes;
                    while index < text.len()
                        && !(0..end.len()).all(|i| at(index + i) == end.as_bytes()[i] as char)
                    {
                        index += 1;
                    }
                    index += end.len();
                    out.push_str("\"\"");
                } else {
                    out.push('r');
                    index += 1;
                }
            }
            '"' => {
                index += 1;
                while index < text.len() && at(index) != '"' {
                    index += if at(index) == '\\' { 2 } else { 1 };
                }
                index += 1;
                out.push_str("\"\"");
            }
            // A character, not a lifetime.
            '\'' if at(index + 1) == '\\' || at(index + 2) == '\'' => {
                index += if at(index + 1) == '\\' { 3 } else { 2 };
                while index < text.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
                out.push_str("' '");
            }
            other => {
                out.push(other);
                index += 1;
            }
        }
    }
    out
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Bare code without the items that are only there for tests, and the names of modules among them.
fn without_tests(code: &str) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut modules = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find("#[cfg(") {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let end = from.find(']').map_or(from.len(), |end| end + 1);
        let (attribute, after) = from.split_at(end);
        let condition: String = attribute.chars().filter(|it| !it.is_whitespace()).collect();
        if condition == "#[cfg(test)]" || condition.starts_with("#[cfg(all(test,") {
            let (item, after) = item(after);
            let head = item.split(['{', ';']).next().unwrap_or_default();
            let mut words = head.split_whitespace();
            if words.any(|word| word == "mod")
                && let Some(name) = words.next()
            {
                modules.push(name.to_owned());
            }
            rest = after;
        } else {
            out.push_str(attribute);
            rest = after;
        }
    }
    out.push_str(rest);
    (out, modules)
}

/// Splits after the first item: its `;`, or the end of its braces.
fn item(code: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    for (index, character) in code.char_indices() {
        match character {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                // The end of a body, or of what the item is in.
                if depth == 0 && character == '}' {
                    return code.split_at(index + 1);
                }
            }
            ';' if depth == 0 => return code.split_at(index + 1),
            _ => {}
        }
    }
    (code, "")
}

/// The first names after each `prefix`, which ends in `::`: of `a::b` it is `a`, of `{a::b, c}` both.
pub(super) fn names_after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (start, _) in code.match_indices(prefix) {
        let before = code.split_at(start).0.chars().next_back().unwrap_or(' ');
        if is_word(before) || before == '$' || before == ':' {
            continue;
        }
        let after = code.split_at(start + prefix.len()).1;
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0_usize;
            let mut first = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    _ if depth == 0 => first.push(character),
                    _ => {}
                }
            }
            names.extend(first.split(',').map(first_word).filter(|name| !name.is_empty()));
        } else {
            names.insert(first_word(after));
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|it| is_word(*it)).collect()
}

/// The paths that `pub use` exports, each with the name that it has from then on as its last part.
pub(super) fn exports(code: &str) -> Vec<Vec<String>> {
    let mut exports = Vec::new();
    for (start, keyword) in code.match_indices("pub use ") {
        let tree = code.split_at(start + keyword.len()).1.split(';').next().unwrap_or_default();
        grow(&[], tree, &mut exports);
    }
    exports
}

/// Adds the paths of a tree like `a::{b, c::d as e}` below `path`.
fn grow(path: &[String], tree: &str, into: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    if let Some(group) = tree.strip_prefix('{') {
        let mut depth = 0_usize;
        let mut from = 0;
        for (index, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                ',' | '}' if depth == 0 => {
                    grow(path, group.split_at(index).0.split_at(from).1, into);
                    from = index + 1;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    } else if let Some((first, rest)) = tree.split_once("::") {
        let path: Vec<String> = path.iter().cloned().chain([first.trim().to_owned()]).collect();
        grow(&path, rest, into);
    } else if !tree.is_empty() {
        let name = tree.split_once(" as ").map_or(tree, |(_, name)| name).trim();
        into.push(path.iter().cloned().chain([name.to_owned()]).collect());
    }
}

/// The names of items that are declared with `pub` at the top of a file.
pub(super) fn declared(code: &str) -> Vec<String> {
    let kinds = ["struct", "enum", "union", "trait", "type", "const", "fn", "mod"];
    let lines = code.lines().filter_map(|line| line.strip_prefix("pub "));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip_while(|word| !kinds.contains(word));
            let kind = words.next()?;
            // `const fn` is the other one.
            words.find(|word| kind != "const" || !kinds.contains(word)).map(first_word)
        })
        .collect()
}

#[test]
fn code_is_read_without_comments_strings_and_tests() {
    let code = bare(concat!(
        "use crate::{a::{b, c}, d}; // crate::comment\n",
        "/* crate::block /* nested */ */ let x = \"crate::string\"; let y = r#\"crate::raw\"#;\n",
        "let c = '\"'; fn f<'a>() { crate::e::f(); $crate::macros::g() }\n",
        "#[cfg(test)]\nmod tests { use crate::tested; }\n#[cfg(test)] mod sample;\n",
        "#[cfg(feature = \"x\")] use crate::g;\n",
    ));
    let (code, modules) = without_tests(&code);
    let names = names_after(&code, "crate::");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "d", "e", "g"]);
    assert_eq!(modules, ["tests", "sample"]);
}

#[test]
fn exports_are_read_with_their_names() {
    let code = "pub use a::{b, c::{D, E as F}};\nuse x::Y;\npub(crate) use z::Z;\npub use g::G;";
    let paths: Vec<String> = exports(code).iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["a::b", "a::c::D", "a::c::F", "g::G"]);
    let code =
        "pub struct A(u8);\npub const fn b() {}\n    pub fn inner() {}\npub(crate) enum C {}";
    assert_eq!(declared(code), ["A", "b"]);
}
