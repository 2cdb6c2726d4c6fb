//! What keys are fetched from: the seam that a server, a file and the application's own store share.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use super::configure::KeyOrigin;
use super::{JwksRefresh, KeySourceError};

/// How much of a source's error is written to the log, in bytes.
const ERROR_BYTES: usize = 256;

/// Where an application has its keys from, if not from a server that this crate asks by itself: an
/// HTTP client of its own (a proxy, a client certificate), a key management service, a store, a
/// [file](super::JwksFile).
///
/// It is asked as [`JwksRefresh`](super::JwksRefresh) says: at start, ahead of the end of each answer,
/// and, once per `min_refetch_interval`, when a token comes whose key is not there. Never by two at once,
/// never for longer than `JwksRefresh::timeout`. While it fails, the last good set stays in use.
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

/// What a source answers.
pub(crate) struct Answer {
    /// The text of the set. Absent if it is the one that was brought last and accepted.
    pub(super) json: Option<String>,
    /// How long it is fresh, as far as the source says.
    pub(super) age: Option<Duration>,
}

pub(crate) type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Answer, String>> + Send + 'a>>;

/// Says of the text of a key set whether it has keys of use.
pub(crate) type Usable<'a> = dyn Fn(&str) -> bool + Send + Sync + 'a;

/// A source of any type, as a refresh asks it: one at a time.
pub(crate) trait AnyKeySource: Send + Sync {
    /// The key set at this time, counted from some start. Else why it cannot be had, in words.
    ///
    /// A source that knows several places goes on to the next where a set is not `usable`.
    fn fetch<'a>(&'a self, now: Duration, usable: &'a Usable<'_>) -> Fetching<'a>;

    /// What it brought last was a good set.
    fn accepted(&self) {}

    /// It was not done in time.
    fn timed_out(&self) {}
}

impl<S: KeySource> AnyKeySource for S {
    fn fetch<'a>(&'a self, _: Duration, _: &'a Usable<'_>) -> Fetching<'a> {
        Box::pin(async move {
            match KeySource::fetch(self).await {
                Ok(JwksDocument { json, age }) => Ok(Answer { json: Some(json), age }),
                Err(error) => {
                    let error = crate::wording::cut(&error.to_string(), ERROR_BYTES);
                    Err(format!("the source of keys has none: {error}"))
                }
            }
        })
    }
}

/// A source of the application, to be opened.
pub(crate) struct OwnSource<S>(pub(crate) S);

impl<S: KeySource> KeyOrigin for OwnSource<S> {
    fn open(
        self: Box<Self>,
        _: &str,
        _: &JwksRefresh,
    ) -> Result<Box<dyn AnyKeySource>, KeySourceError> {
        Ok(Box::new(self.0))
    }
}

impl<S> fmt::Debug for OwnSource<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySource")
    }
}
