//! `orders-api access`: who may call what, for people and for programs.

use auth_core::access_map::AccessMap;
use clap::ValueEnum;

/// How the access map is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns, for a terminal.
    #[default]
    Table,
    /// JSON, as `docs/access-map.schema.json` describes it.
    Json,
}

/// The access map in one of the formats.
pub fn text(map: &AccessMap, format: Format) -> String {
    match format {
        Format::Table => map.to_string(),
        Format::Json => map.to_json(),
    }
}
