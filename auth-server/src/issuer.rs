//! The issuer, and the addresses that are made from it. They never depend on the headers of a request.

use url::Url;

/// The issuer ([RFC 8414 §2](https://www.rfc-editor.org/rfc/rfc8414#section-2)), byte for byte as it is
/// configured.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    text: String,
    /// Scheme, host and port.
    origin: String,
    /// Empty, or with a slash before it and none after it.
    path: String,
}

impl Issuer {
    /// An `https` address, or one of `http` on loopback, without query, fragment and trailing slash.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            Err(format!(
                "the issuer `{text}` {why}: expected an `https` address without query and fragment, or one of `http` on a loopback address"
            ))
        };
        let Ok(url) = Url::parse(text) else { return wrong("is not an address") };
        let is_loopback = crate::client::is_loopback_uri(text);
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
            return wrong("has another scheme");
        }
        if text.contains(['?', '#', '@']) {
            return wrong("has more than scheme, host and path");
        }
        if text.ends_with('/') {
            return wrong("ends with a slash, which makes it another issuer for some clients");
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return wrong("is not an address");
        };
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at_checked(at).unwrap_or((rest, "")),
            None => (rest, ""),
        };
        let origin = format!("{scheme}://{host}");
        if origin != url.origin().ascii_serialization() {
            return wrong("is not written in its normal form");
        }
        Ok(Self { text: text.to_owned(), origin, path: path.to_owned() })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// The path of the issuer: empty, or with a slash before it and none after it.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The address of an endpoint: the issuer with this path after it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Whether browsers use `https` to reach it.
    pub(crate) fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_kept_byte_for_byte_or_refused() {
        for text in
            ["https://id.example.com", "https://id.example.com:8443/a/b", "http://127.0.0.1:4000"]
        {
            assert_eq!(Issuer::parse(text).unwrap().as_str(), text);
        }
        let issuer = Issuer::parse("https://id.example.com:8443/a").unwrap();
        assert_eq!((issuer.origin(), issuer.path()), ("https://id.example.com:8443", "/a"));
        assert_eq!(issuer.url("/token"), "https://id.example.com:8443/a/token");
        for text in [
            "",
            "id.example.com",
            "http://id.example.com",
            "https://id.example.com/",
            "https://id.example.com?a=b",
            "https://id.example.com#a",
            "https://user@id.example.com",
            "https://ID.example.com",
            "https://id.example.com:443",
            "ftp://127.0.0.1",
        ] {
            assert!(Issuer::parse(text).is_err(), "{text}");
        }
    }
}
