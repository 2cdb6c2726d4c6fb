//! Where the paths of a document begin.

use utoipa::openapi::Server;
use utoipa::openapi::path::{Operation, PathItem};

/// The paths in front of the operations of a document, in the order of its servers: `/api/v1` for
/// `https://shop.example/api/v1`. Empty if there is no server, which means `/`.
pub(super) fn prefixes(servers: Option<&[Server]>) -> Vec<String> {
    let mut prefixes = Vec::new();
    for server in servers.unwrap_or_default() {
        let prefix = prefix(server);
        if !prefixes.contains(&prefix) {
            prefixes.push(prefix);
        }
    }
    prefixes
}

/// The servers of a path take the place of those of the document, those of an operation of both
/// ([§4.8.9](https://spec.openapis.org/oas/v3.1.0#path-item-object)).
pub(super) fn of_operation(operation: &Operation, around: &[String]) -> Vec<String> {
    own(operation.servers.as_deref(), around)
}

/// The prefixes of a path.
pub(super) fn of_path(item: &PathItem, around: &[String]) -> Vec<String> {
    own(item.servers.as_deref(), around)
}

fn own(servers: Option<&[Server]>, around: &[String]) -> Vec<String> {
    match servers {
        Some(servers) if !servers.is_empty() => prefixes(Some(servers)),
        _ => around.to_vec(),
    }
}

fn prefix(server: &Server) -> String {
    let mut url = server.url.clone();
    for (name, variable) in server.variables.iter().flatten() {
        url = url.replace(&format!("{{{name}}}"), &variable.default_value);
    }
    let (_, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        // Without a scheme it is relative to where the document is, which no one knows here: a path
        // that begins at the root is all that can be taken as it is.
        None => match url.strip_prefix("//") {
            Some(rest) => rest.split_once('/').unwrap_or((rest, "")),
            None => ("", url.trim_start_matches("./").trim_start_matches('/')),
        },
    };
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_matches('/');
    if path.is_empty() || path == "." { String::new() } else { format!("/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_server() {
        for (url, expected) in [
            ("/", ""),
            ("", ""),
            ("/api/v1", "/api/v1"),
            ("/api/v1/", "/api/v1"),
            ("api/v1", "/api/v1"),
            ("https://shop.example", ""),
            ("https://shop.example/", ""),
            ("https://shop.example:8443/api/v1?x#y", "/api/v1"),
            ("//shop.example/api", "/api"),
            ("./api", "/api"),
        ] {
            assert_eq!(prefix(&Server::new(url)), expected, "{url}");
        }
        let server = serde_json::json!({
            "url": "https://{host}/{base}",
            "variables": { "host": { "default": "a.example" }, "base": { "default": "v2" } },
        });
        let server: Server = serde_json::from_value(server).unwrap();
        assert_eq!(prefix(&server), "/v2");
    }
}
