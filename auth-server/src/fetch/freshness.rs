//! How long a response may be cached ([RFC 9111 §4.2](https://www.rfc-editor.org/rfc/rfc9111#section-4.2)).

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};

/// How many seconds of `max-age` are left; 0 for `no-store` and `no-cache`; `None` without any of them.
pub(super) fn freshness(headers: &HeaderMap) -> Option<u64> {
    let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|it| it.to_str().ok());
    let mut fresh_for: Option<u64> = None;
    for directive in lines.flat_map(|it| it.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let seconds = match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return Some(0),
            "max-age" => number(value.trim().trim_matches('"')),
            _ => None,
        };
        // The least of several.
        fresh_for = fresh_for.into_iter().chain(seconds).min();
    }
    let age = headers.get(AGE).and_then(|it| number(it.to_str().ok()?)).unwrap_or_default();
    Some(fresh_for?.saturating_sub(age))
}

/// A number of seconds; `u64::MAX` if it is larger.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn an_answer_may_be_kept_as_long_as_it_says() {
        for (cache, age, expected) in [
            ("", "", None),
            ("public", "", None),
            ("max-age=60", "", Some(60)),
            ("public, Max-Age=\"60\"", "50", Some(10)),
            ("max-age=60", "500", Some(0)),
            ("max-age=600, max-age=60", "soon", Some(60)),
            ("max-age=60, no-store", "", Some(0)),
            ("max-age=-1", "", None),
            ("max-age=99999999999999999999999", "", Some(u64::MAX)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
            headers.insert(AGE, HeaderValue::from_static(age));
            assert_eq!(freshness(&headers), expected, "{cache} {age}");
        }
    }
}
