//! A key set in a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::configure::KeyOrigin;
use super::source::{AnyKeySource, JwksDocument, KeySource};
use super::{JwksRefresh, KeySourceError};

/// How much of a file is read, in bytes: one more than a key set may have.
const MAX_BYTES: u64 = 1024 * 1024 + 1;

/// A key set in a file that may change while the service runs, such as one that is mounted into a
/// container.
///
/// Given to [`JwtVerifierBuilder::jwks_file`](crate::token::JwtVerifierBuilder::jwks_file), it is read
/// every few seconds. A file that is gone or no key set leaves the last good one in use.
#[derive(Clone, Debug)]
pub struct JwksFile(PathBuf);

impl JwksFile {
    /// The key set in this file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl KeySource for JwksFile {
    type Error = io::Error;

    async fn fetch(&self) -> io::Result<JwksDocument> {
        let path = self.0.clone();
        // Beside the requests: a file may be on a disk that is slow.
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let read = read.unwrap_or_else(|broken| Err(io::Error::other(broken)));
        read.map(JwksDocument::new).map_err(|problem| {
            let path = self.0.display();
            io::Error::new(
                problem.kind(),
                format!("the key file `{path}` cannot be read: {problem}"),
            )
        })
    }
}

impl KeyOrigin for JwksFile {
    fn open(
        self: Box<Self>,
        _: &str,
        _: &JwksRefresh,
    ) -> Result<Box<dyn AnyKeySource>, KeySourceError> {
        Ok(self)
    }

    fn default_refresh(&self) -> JwksRefresh {
        JwksRefresh::of_file()
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}
