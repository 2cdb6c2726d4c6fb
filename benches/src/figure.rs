//! What was measured, from where the tools leave it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::counted;

/// A row and who, with one number each.
pub type Figures = BTreeMap<(String, String), f64>;

fn target() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target"))
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// Medians of criterion, in nanoseconds for one run of a case.
#[must_use]
pub fn times() -> Figures {
    let mut figures = Figures::new();
    for folder in folders(&target().join("criterion")).iter().flat_map(|path| folders(path)) {
        let (Some(names), Some(estimates)) =
            (json(&folder.join("new/benchmark.json")), json(&folder.join("new/estimates.json")))
        else {
            continue;
        };
        let text = |member: &str| names[member].as_str().unwrap_or_default().to_owned();
        if let Some(median) = estimates["median"]["point_estimate"].as_f64() {
            figures.insert((text("group_id"), text("value_str")), median);
        }
    }
    figures
}

/// Instructions counted by callgrind, for one run of a case.
#[must_use]
pub fn instructions() -> Figures {
    let mut figures = Figures::new();
    let groups = folders(&target().join("gungraun/auth-benches/counts"));
    for folder in groups.iter().flat_map(|path| folders(path)) {
        let Some(summary) = json(&folder.join("summary.json")) else { continue };
        let name = summary["id"].as_str().and_then(counted::named);
        let total = &summary["profiles"][0]["data"]["total"]["metrics"];
        if let (Some((row, who)), Some(count)) = (name, total["Ir"]["values"]["new"].as_f64()) {
            figures.insert((row.to_owned(), who.to_owned()), count);
        }
    }
    figures
}

/// What another program left in `target/results`: lines of row, who and number, parted by tabs.
#[must_use]
pub fn left_by(program: &str) -> Figures {
    let text = fs::read_to_string(target().join("results").join(program)).unwrap_or_default();
    let line = |line: &str| {
        let mut parts = line.split('\t');
        let name = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some((name, parts.next()?.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// Leaves numbers for [`left_by`].
///
/// # Panics
/// If the file cannot be written.
pub fn leave(program: &str, figures: &Figures) {
    let folder = target().join("results");
    let line =
        |((row, who), number): (&(String, String), &f64)| format!("{row}\t{who}\t{number}\n");
    let text: String = figures.iter().map(line).collect();
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join(program), text).expect("it is written");
}
