//! The keys that are kept outside the database: in a file that only its owner can read.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use auth_accounts::secret::{KeyRing, random_bytes};

use crate::error::StartError;

/// The keys in this file; it is made if it is missing. Nodes that share a database need the same.
pub fn read_or_make(path: &Path) -> Result<KeyRing, StartError> {
    let failed = |source| StartError::Keys { path: path.to_owned(), source };
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path).map_err(failed)?,
        outcome => outcome.map_err(failed)?,
    };
    parse(&text).ok_or_else(|| {
        let expected = "expected lines of a name and 64 hexadecimal digits, the current key first";
        failed(io::Error::new(io::ErrorKind::InvalidData, expected))
    })
}

/// Where they are, if nothing else is said: beside the file of a database, or with what the user's
/// programs keep. None for a database that is gone with the process.
pub fn default_path(database: &str) -> Option<PathBuf> {
    if let Some(file) = database.strip_prefix("sqlite:") {
        let file = file.strip_prefix("//").unwrap_or(file);
        let file = file.split('?').next().unwrap_or(file);
        return (file != ":memory:").then(|| PathBuf::from(format!("{file}.keys")));
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let folder = state.or_else(home).unwrap_or_default().join("accounts-example");
    Some(folder.join("keys"))
}

/// Two that start at once make one file: who comes second reads the other's.
fn make(path: &Path) -> io::Result<String> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut text = "first ".to_owned();
    for byte in random_bytes::<32>() {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = private(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    match fs::hard_link(&new, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => fs::remove_file(&new)?,
    }
    fs::read_to_string(path)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn parse(text: &str) -> Option<KeyRing> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let keys: Option<Vec<_>> = lines
        .map(|line| {
            let (name, digits) = line.split_once(' ')?;
            let digits = digits.trim();
            if digits.len() != 64 || !digits.is_ascii() {
                return None;
            }
            let mut key = [0; 32];
            for (place, byte) in key.iter_mut().enumerate() {
                *byte = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
            }
            Some((name.to_owned(), key))
        })
        .collect();
    KeyRing::new(keys?).ok()
}
