//! A bearer token of this service in a file that rotates, as those of pods do.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use http::{HeaderValue, Uri};
use thiserror::Error;
use zeroize::Zeroizing;

/// No token is longer.
const MAX_BYTES: u64 = 64 * 1024;

/// Where the token is, and which server gets it.
pub(crate) struct TokenFile {
    path: PathBuf,
    /// The server that is configured. Another one, to which its metadata leads, gets no token.
    server: Uri,
}

/// Why there is no token. Holds nothing of it.
#[derive(Debug, Error)]
pub(crate) enum TokenFileError {
    #[error("the bearer token in `{path}` cannot be read: {reason}")]
    Read { path: String, reason: io::Error },
    #[error(
        "`{path}` holds no bearer token: it is empty, too long, or not one line of visible ASCII"
    )]
    NoToken { path: String },
}

impl TokenFile {
    pub(crate) fn new(path: PathBuf, server: Uri) -> Self {
        Self { path, server }
    }

    /// The header for this address, with the token as it is now. None for another server.
    pub(crate) async fn authorization_for(
        &self,
        address: &str,
    ) -> Result<Option<HeaderValue>, TokenFileError> {
        let is_its_server = address.parse::<Uri>().is_ok_and(|address| {
            address.scheme() == self.server.scheme()
                && address.authority() == self.server.authority()
        });
        if !is_its_server {
            return Ok(None);
        }
        let path = self.path.clone();
        // Beside the requests: a file may be on a disk that is slow.
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let shown = || self.path.display().to_string();
        let token = read
            .unwrap_or_else(|broken| Err(io::Error::other(broken)))
            .map_err(|reason| TokenFileError::Read { path: shown(), reason })?;
        let line = Zeroizing::new(format!("Bearer {}", token.trim()));
        let is_token =
            !token.trim().is_empty() && line.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let header = HeaderValue::from_str(&line).ok().filter(|_| is_token);
        let mut header = header.ok_or_else(|| TokenFileError::NoToken { path: shown() })?;
        header.set_sensitive(true);
        Ok(Some(header))
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut token = Zeroizing::new(String::new());
    File::open(path)?.take(MAX_BYTES).read_to_string(&mut token)?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_server_that_is_configured_sees_the_token() {
        let path = std::env::temp_dir().join(format!("auth-core-token-{}", std::process::id()));
        std::fs::write(&path, "one\n").unwrap();
        let file =
            TokenFile::new(path.clone(), Uri::from_static("https://k8s.test/openid/v1/jwks"));
        let of = async |address: &str| {
            let header = file.authorization_for(address).await.unwrap();
            header.map(|header| header.to_str().unwrap().to_owned())
        };
        assert_eq!(of("https://k8s.test/other").await.as_deref(), Some("Bearer one"));
        for other in ["https://evil.test/jwks", "http://k8s.test/jwks", "https://k8s.test:444/jwks"]
        {
            assert_eq!(of(other).await, None, "{other}");
        }
        std::fs::write(&path, "two").unwrap();
        assert_eq!(of("https://k8s.test/").await.as_deref(), Some("Bearer two"), "it rotates");
        for none in ["", " \n", "a\nb"] {
            std::fs::write(&path, none).unwrap();
            assert!(file.authorization_for("https://k8s.test/").await.is_err(), "{none:?}");
        }
        std::fs::remove_file(&path).unwrap();
        let missing = file.authorization_for("https://k8s.test/").await.unwrap_err();
        assert!(missing.to_string().contains("No such file"), "{missing}");
    }
}
