//! Two names that are nearly the same: what mostly is wrong with an issuer or an audience.

/// What tells two names apart, if it is little: the end of a sentence about the found one.
pub(crate) fn difference(found: &str, expected: &str) -> Option<String> {
    if found == expected {
        return None;
    }
    if found.trim() == expected.trim() {
        return Some("it differs by spaces at an end".to_owned());
    }
    if found.trim_end_matches('/') == expected.trim_end_matches('/') {
        let which = if found.ends_with('/') {
            "has a slash at its end"
        } else {
            "lacks a slash at its end"
        };
        return Some(format!("it {which}"));
    }
    if found.eq_ignore_ascii_case(expected) {
        return Some("it differs in upper and lower case".to_owned());
    }
    match (split(found), split(expected)) {
        (Some(found), Some(expected)) => between_addresses(&found, &expected),
        (Some(found), None) if found.host == expected => {
            Some("it is an address, and a bare name is configured".to_owned())
        }
        (None, Some(_)) if expected.ends_with(&format!("/{found}")) => {
            Some("it is the last part of the configured address only".to_owned())
        }
        (None, None)
            if found.trim_start_matches("api://") == expected.trim_start_matches("api://") =>
        {
            Some("it differs by `api://` at its start".to_owned())
        }
        _ => None,
    }
}

fn between_addresses(found: &Address<'_>, expected: &Address<'_>) -> Option<String> {
    let (scheme, host, port, path) = (
        found.scheme == expected.scheme,
        found.host == expected.host,
        found.port == expected.port,
        found.path.trim_end_matches('/') == expected.path.trim_end_matches('/'),
    );
    let told = match (scheme, host, port, path) {
        (false, true, true, true) => {
            format!("it differs by its scheme, `{}` and not `{}`", found.scheme, expected.scheme)
        }
        (_, true, false, true) => "it differs by its port".to_owned(),
        (true, true, true, false) => {
            "it differs by its path: another realm or tenant of the same provider?".to_owned()
        }
        (_, false, _, true) if !found.path.is_empty() => {
            "it differs by its host: the same provider under another name?".to_owned()
        }
        _ => return None,
    };
    Some(told)
}

struct Address<'a> {
    scheme: &'a str,
    host: &'a str,
    port: &'a str,
    path: &'a str,
}

fn split(text: &str) -> Option<Address<'_>> {
    let (scheme, rest) = text.split_once("://")?;
    if scheme != "https" && scheme != "http" {
        return None;
    }
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ => (authority, ""),
    };
    Some(Address { scheme, host, port, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_differences_are_named() {
        for (found, expected, told) in [
            ("https://id.test/", "https://id.test", "has a slash"),
            ("https://id.test", "https://id.test/", "lacks a slash"),
            ("http://id.test", "https://id.test", "scheme"),
            ("https://id.test:8443/realms/a", "https://id.test/realms/a", "port"),
            ("http://id.test:8080", "https://id.test", "port"),
            ("https://ID.test", "https://id.test", "case"),
            ("Orders-API", "orders-api", "case"),
            ("https://id.test/realms/b", "https://id.test/realms/a", "path"),
            ("http://localhost:8080/realms/a", "http://keycloak:8080/realms/a", "host"),
            (" orders", "orders", "spaces"),
            ("api://orders", "orders", "api://"),
        ] {
            let difference = difference(found, expected);
            assert!(
                difference.as_ref().is_some_and(|it| it.contains(told)),
                "{found} {difference:?}"
            );
        }
        for (found, expected) in
            [("billing", "orders"), ("https://a.test", "https://b.test"), ("a", "a"), ("", "a")]
        {
            assert_eq!(difference(found, expected), None, "{found} {expected}");
        }
    }
}
