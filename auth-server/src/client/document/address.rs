//! The address of a client document, which is the id of the client.

use url::Url;

use crate::client::is_loopback_uri;

/// Whether this can be the address of a document: `https`, a path that is more than `/`, no dot segments,
/// query, fragment or user name, and written in its normal form, since ids are compared byte for byte
/// (Client ID Metadata Documents, section 3).
pub(super) fn is_document_address(id: &str, allow_http_on_loopback: bool) -> bool {
    if id.len() > 255 || id.contains(['?', '#', '@', '\\']) {
        return false;
    }
    let is_allowed = id.starts_with("https://") || (allow_http_on_loopback && is_loopback_uri(id));
    let Ok(url) = Url::parse(id) else { return false };
    is_allowed && url.as_str() == id && url.path() != "/" && url.host().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_with_a_path_in_normal_form() {
        for id in [
            "https://client.example/client.json",
            "https://client.example:8443/a/b/",
            "https://client.example/a%20b",
        ] {
            assert!(is_document_address(id, false), "{id}");
        }
        for id in [
            "",
            "spa",
            "https://client.example",
            "https://client.example/",
            "http://client.example/client.json",
            "http://127.0.0.1/client.json",
            "https://client.example/a/../client.json",
            "https://client.example/./client.json",
            "https://client.example/%2e%2e/client.json",
            "https://client.example/%2E/client.json",
            "https://client.example/client.json#a",
            "https://client.example/client.json#",
            "https://client.example/client.json?a=b",
            "https://client.example/client.json?",
            "https://user@client.example/client.json",
            "https://user:password@client.example/client.json",
            "https://CLIENT.example/client.json",
            "HTTPS://client.example/client.json",
            "https://client.example:443/client.json",
            "https:client.example/client.json",
            "https:///client.json",
            "https://client.example\\client.json",
            " https://client.example/client.json",
            "https://client.example/client.json\n",
            "https://client.example/cl\u{ef}ent.json",
        ] {
            assert!(!is_document_address(id, false), "{id}");
        }
        assert!(is_document_address("http://127.0.0.1:8080/client.json", true));
        assert!(is_document_address("http://localhost/client.json", true));
        assert!(!is_document_address("http://client.example/client.json", true));
        assert!(!is_document_address("http://127.0.0.1:8080/", true));
    }
}
