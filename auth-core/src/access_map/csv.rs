//! The map as CSV, for a spreadsheet.

use super::minimal_set_text::{proof, way_in};
use super::{AccessMap, AccessModel, CrossSiteModel, EndpointModel, MinimalSet};

/// The columns, in order.
const COLUMNS: [&str; 19] = [
    "method",
    "path",
    "kind",
    "access",
    "requirement",
    "methods",
    "public_reason",
    "minimal_sets",
    "sufficient_roles",
    "conditional_roles",
    "minimum_role",
    "checks",
    "acr_values",
    "max_age",
    "factors",
    "cross_site_exempt",
    "handler",
    "source",
    "doc",
];

impl AccessMap {
    /// The map as CSV, one line for each endpoint: see [`AccessModel::to_csv`].
    #[must_use]
    pub fn to_csv(&self) -> String {
        self.model().to_csv()
    }
}

impl AccessModel {
    /// The map as CSV ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)), one line for each
    /// endpoint under a line of column names. Several values in one cell are separated by `; `.
    ///
    /// Every cell is quoted. One that a spreadsheet would take for a formula gets an apostrophe
    /// before it, which spreadsheets read as "this is text".
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        line(&mut text, COLUMNS);
        for endpoint in &self.endpoints {
            line(&mut text, cells(endpoint).each_ref().map(String::as_str));
        }
        text
    }
}

fn cells(endpoint: &EndpointModel) -> [String; COLUMNS.len()] {
    let handler = endpoint.handler.as_ref();
    let source =
        handler.map_or((&endpoint.route.file, endpoint.route.line), |it| (&it.file, it.line));
    let kind = serde_json::to_value(endpoint.kind);
    [
        endpoint.method.clone().unwrap_or_else(|| "ANY".to_owned()),
        endpoint.path.clone(),
        kind.ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default(),
        access(endpoint),
        endpoint.text.clone(),
        join(&endpoint.methods),
        endpoint.public_reason.clone().unwrap_or_default(),
        join(endpoint.minimal_sets.iter().map(holder)),
        join(&endpoint.sufficient_roles),
        join(&endpoint.conditional_roles),
        endpoint.minimum_role.clone().unwrap_or_default(),
        join(endpoint.checks.iter().map(|check| format!("{}: {}", check.name, check.sentence))),
        join(&endpoint.acr_values),
        endpoint.max_age.map(|seconds| seconds.to_string()).unwrap_or_default(),
        join(
            endpoint
                .mfa
                .then(|| "two factors".to_owned())
                .into_iter()
                .chain(endpoint.factors.iter().map(proof)),
        ),
        endpoint.cross_site.as_ref().map(CrossSiteModel::text).unwrap_or_default(),
        handler.map(|it| format!("{}::{}", it.module, it.name)).unwrap_or_default(),
        format!("{}:{}", source.0, source.1),
        handler.map(|it| it.doc.clone()).unwrap_or_default(),
    ]
}

fn access(endpoint: &EndpointModel) -> String {
    match &endpoint.pending {
        Some(step) => format!("pending sign-in: {step}"),
        None if endpoint.is_public() => "public".to_owned(),
        None => "guarded".to_owned(),
    }
}

fn holder(set: &MinimalSet) -> String {
    let parts: Vec<String> =
        way_in(set).iter().map(|(phrase, name)| format!("{phrase} {name}")).collect();
    if parts.is_empty() { "authenticated".to_owned() } else { parts.join(" + ") }
}

fn join<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for (place, part) in parts.into_iter().enumerate() {
        if place > 0 {
            text.push_str("; ");
        }
        text.push_str(part.as_ref());
    }
    text
}

fn line<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        out.push('"');
        if is_formula(cell) {
            out.push('\'');
        }
        out.push_str(&cell.replace('"', "\"\""));
        out.push('"');
    }
    out.push_str("\r\n");
}

/// Whether a spreadsheet may run the cell instead of showing it. Spreadsheets skip white space and
/// control characters before they look, and some take the full-width signs too.
fn is_formula(cell: &str) -> bool {
    if cell.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    cell.trim_start_matches(|it: char| it.is_whitespace() || it.is_control() || it == '\u{feff}')
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads one line as RFC 4180 says, every cell quoted.
    fn read(line: &str) -> Vec<String> {
        let inner = line.strip_suffix("\r\n").unwrap();
        let mut cells = vec![String::new()];
        let mut characters = inner.chars().peekable();
        let mut quoted = false;
        while let Some(character) = characters.next() {
            match (character, quoted) {
                ('"', true) if characters.peek() == Some(&'"') => {
                    characters.next();
                    cells.last_mut().unwrap().push('"');
                }
                ('"', _) => quoted = !quoted,
                (',', false) => cells.push(String::new()),
                (other, true) => cells.last_mut().unwrap().push(other),
                (other, false) => panic!("{other:?} stands outside of quotes"),
            }
        }
        cells
    }

    fn written(cells: &[&str]) -> String {
        let mut text = String::new();
        line(&mut text, cells.iter().copied());
        text
    }

    #[test]
    fn formulas_are_text() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1", "\u{feff}=1"]
        {
            assert_eq!(read(&written(&[formula])), [format!("'{formula}")], "{formula:?}");
        }
        for text in ["/orders", "a=b", "", "'=1"] {
            assert_eq!(read(&written(&[text])), [text]);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(cells in proptest::collection::vec(any::<String>(), 1..5)) {
            let texts: Vec<&str> = cells.iter().map(String::as_str).collect();
            let back = read(&written(&texts));
            prop_assert_eq!(back.len(), cells.len());
            for (back, cell) in back.iter().zip(&cells) {
                let expected = if is_formula(cell) { format!("'{cell}") } else { cell.clone() };
                prop_assert_eq!(back, &expected);
                prop_assert!(!is_formula(back));
            }
        }
    }
}
