//! Where to go after a sign-in: never to another origin.

use std::fmt::Write as _;

/// The longest that is taken.
const LONGEST: usize = 1_024;

/// A path of the own origin, with its query. `None` for what a browser reads as the address of another
/// host: `//host`, and `/\host`, which browsers read alike.
pub(super) fn checked(text: &str) -> Option<&str> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let is_plain = text.bytes().all(|it| it.is_ascii_graphic() && !b"\\\"<>`^{|}".contains(&it));
    (is_path && is_plain && text.len() <= LONGEST).then_some(text)
}

/// A path that carries it on.
pub(super) fn with(mut path: String, return_to: Option<&str>) -> String {
    if let Some(return_to) = return_to {
        path.push_str(if path.contains('?') { "&" } else { "?" });
        path.push_str("return_to=");
        for byte in return_to.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                path.push(byte.into());
            } else {
                // A `String` takes all that is written to it.
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_own_origin_is_taken_and_nothing_else() {
        for path in ["/", "/notes", "/notes?page=2&x=%2F%2Fa", "/a//b"] {
            assert_eq!(checked(path), Some(path));
        }
        let long = format!("/{}", "x".repeat(LONGEST));
        for other in [
            "",
            "notes",
            "//evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "https://evil.test",
            "javascript:alert(1)",
            "/\t/evil.test",
            "/\r\nset-cookie: a=b",
            " /notes",
            "/ä",
            long.as_str(),
        ] {
            assert_eq!(checked(other), None, "{other:?}");
        }
    }

    #[test]
    fn it_is_one_parameter_of_the_path_that_carries_it() {
        let path = with("/account/sign-in".to_owned(), Some("/notes?a=1&b=2"));
        assert_eq!(path, "/account/sign-in?return_to=/notes%3Fa%3D1%26b%3D2");
        assert_eq!(with("/x?done=y".to_owned(), Some("/")), "/x?done=y&return_to=/");
    }
}
