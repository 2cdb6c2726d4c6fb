//! Where messages to users go, in an example: to a file. The tokens and codes are in them, so only
//! its owner can read it.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::error::StartError;

/// Opens this file to append to it; it is made if it is missing.
pub fn open(path: &Path) -> Result<File, StartError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| StartError::Messages { path: path.to_owned(), source })
}
