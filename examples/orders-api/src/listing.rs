//! `orders-api access`: who may call what, for people and for programs.

use auth_core::AccessMap;
use clap::ValueEnum;

/// How the access map is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, for a terminal.
    #[default]
    Table,
    /// Markdown, for a pull request.
    Md,
    /// JSON, for programs; `docs/access-map.schema.json` describes it.
    Json,
    /// CSV, for a spreadsheet.
    Csv,
    /// One page with everything in it, for a browser.
    Html,
}

/// The access map in one of the formats.
pub fn text(map: &AccessMap, format: Format) -> String {
    match format {
        Format::Table => map.to_string(),
        Format::Md => map.to_markdown(),
        Format::Json => map.to_json(),
        Format::Csv => map.to_csv(),
        Format::Html => map.to_html(),
    }
}
