//! Prints one table of all that was measured: what ran last of each kind.
//!
//! `cargo run --release --bin table`, with `--markdown` for the documentation.

use std::collections::BTreeMap;
use std::env;

use auth_benches::figure::{Figures, instructions, left_by, times};
use auth_benches::target::{self, more_is_better};

const HEAD: [&str; 8] =
    ["work", "limit", "auth-core", "of limit", "target", "instructions", "allocations", "peers"];

/// The programs that leave numbers of whole rows behind.
const PROGRAMS: [&str; 5] = ["threads", "loopback", "compile-time", "build-time", "crates"];

fn main() {
    let per_run: BTreeMap<(String, String), f64> = auth_benches::cases()
        .iter()
        .map(|case| ((case.row.to_owned(), case.who.to_owned()), f64::from(case.times)))
        .collect();
    let each = |figures: Figures| -> Figures {
        let one = |(name, figure): ((String, String), f64)| {
            let times = per_run.get(&name).copied()?;
            Some((name, figure / times))
        };
        figures.into_iter().filter_map(one).collect()
    };
    let (times, counts) = (each(times()), each(instructions()));
    let allocations = left_by("allocations");
    let mut rows: Vec<String> = Vec::new();
    for case in auth_benches::cases() {
        if !rows.iter().any(|row| row == case.row) {
            rows.push(case.row.to_owned());
        }
    }
    let mut lines: Vec<[String; 8]> =
        rows.iter().map(|row| line(row, &times, &counts, &allocations)).collect();
    for figures in PROGRAMS.map(left_by) {
        let mut rows: Vec<&String> = figures.keys().map(|(row, _)| row).collect();
        rows.dedup();
        let empty = Figures::new();
        lines.extend(rows.into_iter().map(|row| line(row, &figures, &empty, &empty)));
    }
    if env::args().any(|argument| argument == "--markdown") {
        print_markdown(&lines);
    } else {
        print_plain(&lines);
    }
}

fn line(row: &str, main: &Figures, counts: &Figures, allocations: &Figures) -> [String; 8] {
    let get =
        |figures: &Figures, who: &str| figures.get(&(row.to_owned(), who.to_owned())).copied();
    let (limit, ours) = (get(main, "limit"), get(main, "auth-core"));
    let ratio_of = |figures: &Figures| Some(get(figures, "auth-core")? / get(figures, "limit")?);
    let ratio = ratio_of(main);
    let target = target::of(row);
    let verdict = match ours.and_then(|ours| target.is_met(ours, ratio, ratio_of(counts))) {
        Some(true) => " ✓",
        Some(false) => " ✗",
        None => "",
    };
    let pair = |figures: &Figures| match (get(figures, "limit"), get(figures, "auth-core")) {
        (Some(limit), Some(ours)) => format!("{} → {}", number(limit), number(ours)),
        (None, Some(ours)) => number(ours),
        _ => String::new(),
    };
    let peers =
        main.iter().filter(|((of, who), _)| of == row && who != "limit" && who != "auth-core");
    let mut peers: Vec<(&str, f64)> =
        peers.map(|((_, who), figure)| (who.as_str(), *figure)).collect();
    peers.sort_by(|one, other| one.1.total_cmp(&other.1));
    let peer = |(who, figure): &(&str, f64)| {
        let times = ours.map(|ours| format!(" ({:.2}×)", figure / ours)).unwrap_or_default();
        format!("{who} {}{times}", measure(row, *figure))
    };
    let cell = |figure: Option<f64>| figure.map(|it| measure(row, it)).unwrap_or_default();
    [
        row.to_owned(),
        cell(limit),
        cell(ours),
        ratio.map(|ratio| format!("{ratio:.2}×")).unwrap_or_default(),
        format!("{}{verdict}", target.text()),
        pair(counts),
        pair(allocations),
        peers.iter().map(peer).collect::<Vec<_>>().join(", "),
    ]
}

/// A number with its unit.
fn measure(row: &str, figure: f64) -> String {
    if more_is_better(row) {
        format!("{}/s", number(figure))
    } else if row.ends_with("500 handlers") {
        format!("{figure:.2} s")
    } else if row.starts_with("crates") {
        number(figure)
    } else if figure < 1_000.0 {
        format!("{figure:.1} ns")
    } else {
        format!("{:.2} µs", figure / 1_000.0)
    }
}

/// A number with its thousands parted.
fn number(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits"))
        .collect();
    groups.join(",")
}

fn print_markdown(lines: &[[String; 8]]) {
    println!("| {} |", HEAD.join(" | "));
    println!("|{}", "---|".repeat(HEAD.len()));
    for line in lines {
        println!("| {} |", line.join(" | "));
    }
}

fn print_plain(lines: &[[String; 8]]) {
    let width = |place: usize| {
        let cells = lines.iter().map(|line| line[place].chars().count());
        cells.chain([HEAD[place].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let print = |cells: Vec<&str>| {
        let padded: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        println!("{}", padded.join("  ").trim_end());
    };
    print(HEAD.to_vec());
    for line in lines {
        print(line.iter().map(String::as_str).collect());
    }
}
