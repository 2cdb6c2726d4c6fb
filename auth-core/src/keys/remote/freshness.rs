//! How long an answer is fresh ([RFC 9111 §4.2](https://www.rfc-editor.org/rfc/rfc9111#section-4.2)).

use std::time::Duration;

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};

/// What `Cache-Control` says, less the time that the answer lay in caches on its way (`Age`).
/// `no-cache` and `no-store` say that it is not fresh at all. Nothing if it says nothing.
pub(crate) fn freshness(headers: &HeaderMap) -> Option<Duration> {
    let directives = || {
        let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).map(str::trim)
    };
    let is = |name: &'static str| move |text: &str| text.eq_ignore_ascii_case(name);
    if directives().any(|text| is("no-cache")(text) || is("no-store")(text)) {
        return Some(Duration::ZERO);
    }
    // Of several, the least: the careful reading of a contradiction.
    let max_age = directives()
        .filter_map(|directive| directive.split_once('='))
        .filter(|(name, _)| is("max-age")(name))
        .filter_map(|(_, value)| seconds(value.trim_matches('"')))
        .min()?;
    let age = headers.get(AGE).and_then(|age| seconds(age.to_str().ok()?)).unwrap_or_default();
    Some(max_age.saturating_sub(age))
}

/// Delta seconds; more than fit mean for ever (RFC 9111 §1.2.2).
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX))))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn of(lines: &[(HeaderName, &str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        freshness(&headers).map(|age| age.as_secs())
    }

    #[test]
    fn an_answer_is_as_fresh_as_it_says() {
        let cache = |value| of(&[(CACHE_CONTROL, value)]);
        assert_eq!(of(&[]), None);
        assert_eq!(cache("public"), None);
        assert_eq!(cache("max-age=60"), Some(60));
        assert_eq!(cache("public, Max-Age=\"60\" , must-revalidate"), Some(60));
        assert_eq!(cache("max-age=99999999999999999999"), Some(u64::from(u32::MAX)));
        assert_eq!(cache("max-age=600, max-age=60"), Some(60));
        assert_eq!(cache("no-cache, max-age=60"), Some(0));
        assert_eq!(cache("NO-STORE"), Some(0));
        assert_eq!(cache("s-maxage=60"), None);
        for odd in ["max-age", "max-age=", "max-age=-1", "max-age=1.5", "max-age=x", ",,="] {
            assert_eq!(cache(odd), None, "{odd}");
        }
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=60"), (AGE, "50")]), Some(10));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=60"), (AGE, "500")]), Some(0));
        assert_eq!(of(&[(CACHE_CONTROL, "max-age=60"), (AGE, "soon")]), Some(60));
    }
}
