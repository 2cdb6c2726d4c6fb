//! Where codes are sent to, as a client registers it and as a request asks for it.

use auth_server::__private::{is_redirect_uri, is_same_redirect_uri};
use url::Url;

pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let (registered, requested) = text.split_once('\n').unwrap_or((text, text));
    if !is_redirect_uri(registered) {
        return false;
    }
    let url = Url::parse(registered).unwrap();
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    assert!(!["javascript", "data", "file", "blob", "about"].contains(&url.scheme()));
    assert!(is_same_redirect_uri(registered, registered));
    // What a browser reads is the same place, but for the port of one on loopback.
    if is_same_redirect_uri(registered, requested) && registered != requested {
        let other = Url::parse(requested).unwrap();
        assert_eq!((url.scheme(), other.scheme()), ("http", "http"));
        assert_eq!(url.host(), other.host());
        assert_eq!((url.path(), url.query()), (other.path(), other.query()));
        assert!(other.username().is_empty() && other.password().is_none());
        assert!(matches!(other.host_str(), Some("127.0.0.1" | "[::1]" | "localhost")));
    }
    is_same_redirect_uri(registered, requested)
}
