//! Measures the targets of accounts and prints one table: `benches/accounts` prepares what it needs.
//!
//! `cargo run --release --bin accounts -- [--quick] [--markdown] [T1 T5 size ..]`

use std::env;

use auth_benches::accounts::figures::{
    Effort, Figure, clean_up, compiling, known, look_ups, memory, peer, revocation, sign_in,
    strict, writes,
};

type Measure = fn(Effort) -> Vec<Figure>;

const ALL: [(&str, Measure); 15] = [
    ("T1", known::kept),
    ("T2", strict::lines),
    ("T3", known::refused),
    ("T4", |_| writes::lines()),
    ("T5", sign_in::throughput),
    ("T6", sign_in::flood),
    ("T7", sign_in::names),
    ("T8", known::factors),
    ("T9", known::cross_site),
    ("T10", revocation::lines),
    ("T11", |_| memory::lines()),
    ("T12", clean_up::lines),
    ("T13", |_| compiling::lines()),
    ("T14", peer::lines),
    ("size", look_ups::lines),
];

fn main() {
    let (mut effort, mut is_markdown, mut wanted) = (Effort::FULL, false, Vec::new());
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--quick" => effort = Effort::QUICK,
            "--markdown" => is_markdown = true,
            target if ALL.iter().any(|(name, _)| *name == target) => wanted.push(argument),
            _ => panic!("expected `--quick`, `--markdown` or targets, such as `T5`"),
        }
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|it| it == name);
    let mut lines = Vec::new();
    for (name, measure) in ALL.into_iter().filter(|(name, _)| is_wanted(name)) {
        for line in measure(effort) {
            eprintln!("{name}: {}: {} {}", line.what, line.measured, verdict(&line));
            lines.push(line);
        }
    }
    let head = ["target", "what", "measured", "promised", ""];
    if is_markdown {
        println!("| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    }
    for line in &lines {
        let verdict = verdict(line);
        let cells = [line.target, &line.what, &line.measured, line.promised, verdict];
        if is_markdown {
            println!("| {} |", cells.join(" | "));
        } else {
            println!("{:5} {} : {} ({}) {}", cells[0], cells[1], cells[2], cells[3], cells[4]);
        }
    }
}

fn verdict(line: &Figure) -> &'static str {
    match line.kept {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "",
    }
}
