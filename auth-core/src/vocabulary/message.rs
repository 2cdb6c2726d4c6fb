//! What the compiler says about a name that does not exist. Built only once a look-up has failed.

use super::text::Text;
use super::{AuthorityKind, AuthorityRef, AuthorityTable, lookup, nearest};

/// How many names of a vocabulary are listed where none is similar.
const LISTED: usize = 6;

/// ``no scope named `orders:raed`; did you mean `orders:read`?``
///
/// `known` are the tables that are in the same requirement; those that they bring are known too.
pub(crate) const fn no_such_name(
    table: &AuthorityTable,
    wanted: &str,
    known: &[&AuthorityTable],
) -> Text {
    let mut text = Text::new();
    text.push("no ").push(table.kind.word()).push(" named ").quote(wanted);
    if let Some(kind) = other_kind(table, wanted, known) {
        text.push("; ").quote(wanted).push(" is a ").push(kind.word());
        text.push(": write `").push(kind.key()).push(" = \"").push(wanted).push("\"`");
    } else if let Some(name) = of_variant(table, wanted) {
        text.push("; did you mean ").quote(name).push("?");
    } else if let Some(name) = without_prefix(table, wanted) {
        text.push("; did you mean ").quote(name).push("?");
    } else if let Some(name) = nearest(table, wanted) {
        text.push("; did you mean ").quote(name).push("?");
    } else if is_list(table, wanted) {
        text.push("\nhelp: write `").push(table.kind.key()).push(" = \"");
        either(&mut text, wanted);
        text.push("\"` to accept either");
    } else if table.is_empty() {
        text.push("; ").quote(table.enum_name).push(" has no names");
    } else {
        list(&mut text, table);
    }
    text
}

/// ``expected a role, but `orders:read` is a permission``
pub(crate) const fn wrong_kind(name: AuthorityRef, expected: AuthorityKind) -> Text {
    let mut text = Text::new();
    text.push("expected a ").push(expected.word()).push(", but ").quote(name.name());
    text.push(" is a ").push(name.kind().word());
    text.push("\nhelp: write `").push(name.kind().key()).push(" = ").push(match name.info() {
        Some(info) => info.variant,
        None => "..",
    });
    text.push("`");
    text
}

/// The kind of name that `wanted` is, if it is one of another kind.
const fn other_kind(
    table: &AuthorityTable,
    wanted: &str,
    known: &[&AuthorityTable],
) -> Option<AuthorityKind> {
    let hash = lookup::hash(wanted);
    let mut found = in_chain(table, wanted, hash);
    let mut known = known;
    while let ([other, rest @ ..], None) = (known, found) {
        found = in_chain(other, wanted, hash);
        known = rest;
    }
    found
}

/// Looks into a table and those it brings: a group brings roles, a role brings permissions.
const fn in_chain(table: &AuthorityTable, wanted: &str, hash: u64) -> Option<AuthorityKind> {
    let mut table = table;
    loop {
        if lookup::find(table, wanted, hash).is_some() {
            return Some(table.kind);
        }
        match &table.implied {
            Some(implied) => table = implied.table,
            None => return None,
        }
    }
}

/// The wire name of a variant whose Rust name was written as a string.
const fn of_variant(table: &AuthorityTable, wanted: &str) -> Option<&'static str> {
    let mut names = table.names;
    while let [info, rest @ ..] = names {
        if lookup::same(info.variant, wanted) {
            return Some(info.name);
        }
        names = rest;
    }
    None
}

/// The name that is left without what Spring Security puts in front of it: `ROLE_ADMIN`.
const fn without_prefix(table: &AuthorityTable, wanted: &str) -> Option<&'static str> {
    match wanted.as_bytes() {
        [b'R', b'O', b'L', b'E', b'_', rest @ ..]
        | [b'S', b'C', b'O', b'P', b'E', b'_', rest @ ..] => match str::from_utf8(rest) {
            Ok(rest) => nearest(table, rest),
            Err(_) => None,
        },
        _ => None,
    }
}

/// Whether `wanted` begins with one of the names and a comma.
const fn is_list(table: &AuthorityTable, wanted: &str) -> bool {
    let mut rest = wanted.as_bytes();
    let mut len = 0;
    while let [byte, tail @ ..] = rest {
        if *byte == b',' {
            let (first, _) = wanted.split_at(len);
            return lookup::find(table, first, lookup::hash(first)).is_some();
        }
        len += 1;
        rest = tail;
    }
    false
}

/// `a, b` as `a" | "b`.
const fn either(text: &mut Text, list: &str) {
    let mut rest = list;
    let mut len = 0;
    while len < rest.len() {
        let (first, tail) = rest.split_at(len);
        if let [b',', ..] = tail.as_bytes() {
            let (_, mut tail) = tail.split_at(1);
            while let [b' ', ..] = tail.as_bytes() {
                (_, tail) = tail.split_at(1);
            }
            text.push(first).push("\" | \"");
            (rest, len) = (tail, 0);
        } else {
            len += 1;
            while !rest.is_char_boundary(len) {
                len += 1;
            }
        }
    }
    text.push(rest);
}

/// ``; the roles are `clerk`, `manager`, `admin` ``
const fn list(text: &mut Text, table: &AuthorityTable) {
    text.push("; the ").push(table.kind.plural()).push(" are ");
    let mut names = table.names;
    let mut listed = 0;
    while let [info, rest @ ..] = names {
        if listed > 0 {
            text.push(", ");
        }
        if listed == LISTED {
            text.push("…");
            return;
        }
        text.quote(info.name);
        listed += 1;
        names = rest;
    }
}
