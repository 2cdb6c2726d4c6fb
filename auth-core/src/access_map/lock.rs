//! The lock: who may call what, in a file that is reviewed like code.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use super::lock_text::{LockTextError, read, write};
use super::pairing::has_indistinguishable;
use super::{AccessMap, AccessModel, Change, Comparison};
use crate::vocabulary::VocabularyError;

/// The variable that has a lock rewritten instead of compared.
const UPDATE: &str = "UPDATE_ACCESS_LOCK";

/// Why a map does not fit its lock.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum LockError {
    /// There is no lock yet.
    #[error("there is no access lock at `{}`\nhelp: write it with `UPDATE_ACCESS_LOCK=1 cargo test`, and commit it", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The lock cannot be read or written.
    #[error("cannot {what} the access lock `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read` or `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The lock is not one, or was changed in a way that cannot be read.
    #[error("`{}` is not an access lock: {source}\nhelp: restore it, or write it anew with `UPDATE_ACCESS_LOCK=1 cargo test`", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: LockTextError,
    },
    /// The enums of the map's vocabulary do not go together, so a name in the lock could mean two
    /// things.
    #[error("{0}")]
    Vocabulary(VocabularyError),
    /// Who may call changed.
    #[error("{}", drift(path, comparison))]
    Drift {
        /// The file.
        path: PathBuf,
        /// What changed.
        comparison: Box<Comparison>,
    },
}

crate::wording::debug_in_words!(LockError);

impl AccessMap {
    /// Panics unless the map is what the lock at `path` says: for a test.
    ///
    /// The lock is a text file beside `Cargo.lock`, with one entry for each endpoint, that is
    /// committed and reviewed like code. Every change of who may call fails the test, with the
    /// difference and with a caller who shows it; what opens an endpoint comes first.
    /// `UPDATE_ACCESS_LOCK=1 cargo test` writes the file anew, which accepts the change.
    ///
    /// A relative path starts at the package's own folder (`CARGO_MANIFEST_DIR`), not at the
    /// current directory.
    ///
    /// ```no_run
    /// # fn app() -> auth_core::Router { auth_core::Router::new() }
    /// # /*
    /// #[test]
    /// # */
    /// fn who_may_call_is_locked() {
    ///     app().access_map().assert_locked("access.lock");
    /// }
    /// ```
    ///
    /// # Panics
    /// If the lock is missing, cannot be read, or says something else.
    #[track_caller]
    #[expect(clippy::panic, reason = "an assertion for tests, as `assert_eq!` is")]
    pub fn assert_locked(&self, path: impl AsRef<Path>) {
        let update = env::var(UPDATE).is_ok_and(|value| !matches!(value.as_str(), "" | "0"));
        let checked = if update { self.write_lock(path) } else { self.check_lock(path) };
        if let Err(error) = checked {
            panic!("{error}");
        }
    }

    /// Whether the map is what the lock at `path` says: [`assert_locked`](Self::assert_locked)
    /// without the panic and without `UPDATE_ACCESS_LOCK`.
    ///
    /// # Errors
    /// If the lock is missing, cannot be read, or says something else, or if two enums of the map's
    /// vocabulary have a name in common.
    pub fn check_lock(&self, path: impl AsRef<Path>) -> Result<(), LockError> {
        self.vocabulary.check().map_err(LockError::Vocabulary)?;
        let path = in_package(path.as_ref());
        let found = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                return Err(LockError::Missing { path });
            }
            Err(source) => return Err(LockError::Io { what: "read", path, source }),
        };
        // Git may have turned the line ends.
        if found.replace("\r\n", "\n") == self.lock_text()
            // What nothing tells apart may have changed places.
            && !has_indistinguishable(&self.model().endpoints)
        {
            return Ok(());
        }
        match read(&found) {
            Ok(old) => {
                let comparison = Box::new(self.compare(&old));
                Err(LockError::Drift { path, comparison })
            }
            Err(source) => Err(LockError::Text { path, source }),
        }
    }

    /// Writes the lock to `path`, in one step: a test that is stopped leaves no half a file.
    ///
    /// # Errors
    /// If the file cannot be written, or if two enums of the map's vocabulary have a name in common.
    pub fn write_lock(&self, path: impl AsRef<Path>) -> Result<(), LockError> {
        self.vocabulary.check().map_err(LockError::Vocabulary)?;
        let path = in_package(path.as_ref());
        let mut name = path.file_name().unwrap_or_default().to_owned();
        // Tests of one package may run as several processes.
        name.push(format!(".{}.new", std::process::id()));
        let new = path.with_file_name(name);
        let text = self.lock_text();
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &path));
        written.map_err(|source| {
            // It is the first error that tells what is wrong.
            let _ = fs::remove_file(&new);
            LockError::Io { what: "write", path, source }
        })
    }

    /// The text of the lock.
    #[must_use]
    pub fn lock_text(&self) -> String {
        write(self.model())
    }
}

impl AccessModel {
    /// Reads the text of a lock: vocabulary, requirements and what follows from them, without
    /// docs, handlers and source locations.
    ///
    /// # Errors
    /// If it is not the text of a lock.
    pub fn from_lock(text: &str) -> Result<Self, LockTextError> {
        read(text)
    }
}

fn in_package(path: &Path) -> PathBuf {
    match env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) if path.is_relative() => Path::new(&package).join(path),
        _ => path.to_owned(),
    }
}

fn drift(path: &Path, comparison: &Comparison) -> String {
    let changes = comparison.changes();
    let opened = changes.iter().filter(|it| it.change.is_widening()).count();
    let path = path.display();
    let longer = comparison.credentials.iter().any(|it| it.is_widening);
    let title = match (opened, changes.len()) {
        (0, _) if longer => format!(
            "CREDENTIALS THAT WERE REFUSED MAY BE ACCEPTED: they are valid longer, or from more pages, than `{path}` says"
        ),
        (0, 0) if comparison.credentials.is_empty() => format!(
            "`{path}` is out of date: the same callers are let in, but it is written differently"
        ),
        (0, _) => format!("`{path}` is out of date: no caller gains access"),
        _ => format!(
            "CALLERS WHO WERE REFUSED MAY BE LET IN: {opened} of {} endpoints are opened against `{path}`",
            comparison.endpoints.iter().filter(|it| it.change != Change::Removed).count()
        ),
    };
    let help = match opened {
        0 if !longer => "record it with `UPDATE_ACCESS_LOCK=1 cargo test`, and commit the file",
        _ => {
            "if each of these is meant, accept it with `UPDATE_ACCESS_LOCK=1 cargo test`, and have the change of the file reviewed"
        }
    };
    format!("{title}\n\n{comparison}\nhelp: {help}")
}
