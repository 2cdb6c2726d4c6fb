//! Answers of the commands: a table for people, JSON for programs.

use std::io::{self, Write as _};

use serde_json::Value;

use super::Failure;

/// Rows of an answer: the names of the columns, and a value for each.
pub(super) struct Rows {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    pub(super) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    pub(super) fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    /// Writes them to standard output.
    pub(super) fn print(&self, json: bool) -> Result<(), Failure> {
        let text = if json { self.json()? } else { self.table() };
        print(&text)
    }

    /// An array of objects.
    fn json(&self) -> Result<String, Failure> {
        let object = |row: &Vec<Value>| {
            let names = self.columns.iter().map(|it| (*it).to_owned());
            Value::Object(names.zip(row.iter().cloned()).collect())
        };
        let rows: Vec<Value> = self.rows.iter().map(object).collect();
        Ok(format!("{}\n", serde_json::to_string(&rows)?))
    }

    fn table(&self) -> String {
        let texts: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        let width = |column: usize, name: &str| {
            let cells = texts.iter().filter_map(|row| row.get(column));
            cells.map(|it| it.chars().count()).max().unwrap_or(0).max(name.len())
        };
        let widths: Vec<usize> =
            self.columns.iter().enumerate().map(|(at, name)| width(at, name)).collect();
        let line = |cells: Vec<&str>| {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
        };
        let mut text = line(self.columns.clone());
        for row in &texts {
            text.push_str(&line(row.iter().map(String::as_str).collect()));
        }
        text
    }
}

/// A value in a table. No control character of it reaches a terminal.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

pub(super) fn print(text: &str) -> Result<(), Failure> {
    io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// What was done: a sentence for people, an object for programs.
pub(super) fn done(json: bool, sentence: &str, object: &Value) -> Result<(), Failure> {
    print(&if json { format!("{object}\n") } else { format!("{sentence}\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_a_table_or_json() {
        let mut rows = Rows::new(&["id", "roles"]);
        rows.push(vec!["a\u{1b}[2J".into(), vec!["x", "y"].into()]);
        rows.push(vec!["longer name".into(), Value::Null]);
        assert_eq!(rows.table(), "id           roles\na\u{fffd}[2J        x y\nlonger name\n");
        let json: Value = serde_json::from_str(&rows.json().unwrap()).unwrap();
        assert_eq!(json[0]["roles"][1], "y");
        assert_eq!(json[1]["roles"], Value::Null);
    }
}
