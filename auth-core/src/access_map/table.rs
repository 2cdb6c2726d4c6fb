//! The access map as text.

use std::fmt;

use super::{AccessMap, Endpoint};

/// One line for each endpoint, in aligned columns: method, path, who may call, what answers.
impl fmt::Display for AccessMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 4]> = self.iter().map(cells).collect();
        let width = |column: usize| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..3).map(|column| width(column).unwrap_or(0)).collect();
        for row in &rows {
            let padded: String = row
                .iter()
                .enumerate()
                .map(|(column, cell)| match widths.get(column) {
                    Some(width) => format!("{cell:<width$}  "),
                    None => cell.clone(),
                })
                .collect();
            writeln!(f, "{}", padded.trim_end())?;
        }
        Ok(())
    }
}

fn cells(endpoint: &Endpoint) -> [String; 4] {
    let who = match (endpoint.requirement(), endpoint.public_reason()) {
        (Some(requirement), _) => match endpoint.pending_step() {
            Some(step) if requirement.is_pending() => format!("pending sign-in: {step}"),
            _ => requirement.to_string(),
        },
        (None, Some("") | None) => "public".to_owned(),
        (None, Some(reason)) => format!("public: {reason}"),
    };
    let what = match endpoint.handler() {
        Some(handler) => format!("{}::{}", handler.module, handler.name),
        None => "(service)".to_owned(),
    };
    [endpoint.method_word().to_owned(), endpoint.path_text(), who, what]
}
