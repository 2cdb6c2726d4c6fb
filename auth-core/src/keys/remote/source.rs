//! Key sets that the application brings itself.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

/// How much of a file is read, in bytes: one more than a key set may have.
const MAX_BYTES: u64 = 1024 * 1024 + 1;
/// How much of a source's error is written to the log, in bytes.
const ERROR_BYTES: usize = 256;

/// Where an application has its keys from, if not from a server that this crate asks by itself: an
/// HTTP client of its own (a proxy, a client certificate), a store, a [file](JwksFile). Behind the
/// feature `http_client`.
///
/// It is asked as [`JwksRefresh`](super::JwksRefresh) says: at start, ahead of the end of each answer,
/// and, once per cool-down, when a token comes whose key is not there. Never by two at once, never for
/// longer than `JwksRefresh::timeout`. While it fails, the last good set stays in use.
///
/// ```
/// use std::time::Duration;
///
/// use auth_core::JwtVerifier;
/// use auth_core::keys::{JwksDocument, KeySource};
///
/// struct Vault;
///
/// impl KeySource for Vault {
///     type Error = std::io::Error;
///
///     async fn fetch(&self) -> Result<JwksDocument, Self::Error> {
///         let json = r#"{"keys":[]}"#; // with a client of one's own
///         Ok(JwksDocument::new(json).fresh_for(Duration::from_secs(600)))
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = JwtVerifier::builder()
///     .issuer("https://id.example.com")
///     .audience("orders-api")
///     .key_source(Vault)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source of keys",
    label = "it cannot be asked for a key set",
    note = "implement `auth_core::keys::KeySource` for it: `async fn fetch(&self) -> Result<JwksDocument, Self::Error>`"
)]
pub trait KeySource: Send + Sync + 'static {
    /// Why there is no key set. Its text goes to the log, cut to 256 bytes.
    type Error: Error;

    /// The key set as it is now.
    ///
    /// # Errors
    /// If it cannot be had now: it is asked for again by itself.
    fn fetch(&self) -> impl Future<Output = Result<JwksDocument, Self::Error>> + Send;
}

/// A key set ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)) as text, and how long
/// it is fresh.
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct JwksDocument {
    json: String,
    age: Option<Duration>,
}

impl JwksDocument {
    /// The text of a key set. An invalid one is rejected like a bad response of a server.
    pub fn new(json: impl Into<String>) -> Self {
        Self { json: json.into(), age: None }
    }

    /// How long it is fresh, within the bounds of [`JwksRefresh`](super::JwksRefresh). By default five
    /// minutes.
    pub fn fresh_for(mut self, time: Duration) -> Self {
        self.age = Some(time);
        self
    }

    pub(super) fn into_parts(self) -> (String, Option<Duration>) {
        (self.json, self.age)
    }
}

/// Shows the length alone.
impl fmt::Debug for JwksDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksDocument")
            .field("bytes", &self.json.len())
            .field("fresh_for", &self.age)
            .finish()
    }
}

/// A key set in a file that may change while the service runs, such as one that is mounted into a
/// container. Behind the feature `http_client`.
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

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_BYTES).read_to_string(&mut text)?;
    Ok(text)
}

type Fetching<'a> = Pin<Box<dyn Future<Output = Result<JwksDocument, String>> + Send + 'a>>;

/// A source of any type.
pub(crate) trait AnyKeySource: Send + Sync {
    fn fetch(&self) -> Fetching<'_>;
}

impl<S: KeySource> AnyKeySource for S {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async move {
            let fetched = KeySource::fetch(self).await;
            fetched.map_err(|error| crate::wording::cut(&error.to_string(), ERROR_BYTES))
        })
    }
}

impl fmt::Debug for dyn AnyKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySource")
    }
}
