//! The configuration file: read strictly, and checked before anything is opened.

mod check;
mod file;
mod mistake;
mod useless;
mod value;

use std::path::Path;

pub(crate) use check::keys;
pub(crate) use file::{
    AccessTokens, Authentication, ClientSection, Config, ConsentChoice, Grant, SigningAlgorithm,
    UserSection,
};
pub(crate) use mistake::Mistake;
pub(crate) use value::{Database, Listen};

/// A configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("{file}: {source}")]
    Unreadable { file: String, source: std::io::Error },
    /// There are mistakes in it: a sentence each.
    #[error("{}", .mistakes.iter().map(|it| format!("{file}: {it}")).collect::<Vec<_>>().join("\n"))]
    Mistakes { file: String, mistakes: Vec<Mistake> },
}

impl Config {
    /// The configuration in a file.
    pub(crate) fn read(file: &Path) -> Result<Self, ConfigError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|source| ConfigError::Unreadable { file: name.clone(), source })?;
        Self::parse(&text).map_err(|mistakes| ConfigError::Mistakes { file: name, mistakes })
    }

    /// The configuration in this text.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        let line = |error: &toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            before.map(|it| it.matches('\n').count().saturating_add(1))
        };
        let read = toml::Deserializer::parse(text).map_err(|error| {
            let message = error.message().replace('\n', ", ");
            vec![Mistake { line: line(&error), ..Mistake::no_toml(&message) }]
        })?;
        let config: Self = serde_path_to_error::deserialize(read).map_err(|error| {
            let path = error.path().to_string();
            let inner = error.inner();
            vec![Mistake::from_reader(&path, inner.message(), line(inner))]
        })?;
        let mut mistakes = Vec::new();
        config.check(&mut mistakes);
        if mistakes.is_empty() { Ok(config) } else { Err(mistakes) }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod useless_tests;
