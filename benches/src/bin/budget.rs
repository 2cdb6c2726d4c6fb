//! Holds instructions and allocations against `budgets.json`: what grew beyond it is an error.
//!
//! `cargo run --release --bin budget` after the counts; with `--write` it takes them as the new
//! budgets.

use std::env;
use std::fs;
use std::process::ExitCode;

use auth_benches::counted::OURS;
use auth_benches::figure::{Figures, instructions, left_by};
use serde_json::{Value, json};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/budgets.json");

/// The numbers of one kind, for one piece of work each, rounded up.
fn measured(figures: &Figures, per: impl Fn(&str) -> u32) -> Vec<(&'static str, f64)> {
    let number = |(row, who): (&'static str, &'static str)| {
        let figure = figures.get(&(row.to_owned(), who.to_owned()))?;
        Some((row, (figure / f64::from(per(row))).ceil()))
    };
    OURS.into_iter().filter_map(number).collect()
}

fn main() -> ExitCode {
    let times = |row: &str| auth_benches::find(row, "auth-core").times;
    let kinds = [
        ("instructions", measured(&instructions(), times)),
        ("allocations", measured(&left_by("allocations"), |_| 1)),
    ];
    let text = fs::read_to_string(PATH).unwrap_or_else(|_| "{}".to_owned());
    let mut budgets: Value = serde_json::from_str(&text).expect("budgets.json is JSON");
    if env::args().any(|argument| argument == "--write") {
        for (kind, numbers) in kinds {
            for (row, number) in numbers {
                let number: u64 = format!("{number:.0}").parse().expect("a whole number");
                budgets[kind][row] = json!(number);
            }
        }
        let text = serde_json::to_string_pretty(&budgets).expect("it is JSON");
        fs::write(PATH, text + "\n").expect("budgets.json can be written");
        return ExitCode::SUCCESS;
    }

    let mut failed = false;
    for (kind, numbers) in kinds {
        let tolerance = budgets["tolerance_percent"][kind].as_f64().unwrap_or(0.0);
        for row in OURS.map(|(row, _)| row) {
            let budget = budgets[kind][row].as_f64();
            let number = numbers.iter().find(|(name, _)| *name == row).map(|(_, number)| *number);
            let (Some(budget), Some(number)) = (budget, number) else {
                println!("{kind}: {row}: no budget or no count");
                failed = true;
                continue;
            };
            let most = budget * (1.0 + tolerance / 100.0);
            let verdict = if number > most { "TOO MANY" } else { "fine" };
            failed |= number > most;
            println!("{kind}: {row}: {number}, budget {budget} and {tolerance} %: {verdict}");
        }
    }
    if failed {
        println!("over budget: make it smaller, or say why not and run `benches/check --write`");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
