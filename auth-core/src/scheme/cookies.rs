//! Cookies of a request ([RFC 6265 §4.2](https://www.rfc-editor.org/rfc/rfc6265#section-4.2)).

use std::ops::Range;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// The values of the cookies of this name: the line that each is in, and where in it.
///
/// There can be several: a cookie for a path beside one for the host, or one that another host of the
/// same site has set. Which of them counts is not for us to guess.
pub(crate) fn cookie<'a>(
    headers: &'a HeaderMap,
    name: &'a str,
) -> impl Iterator<Item = (&'a HeaderValue, Range<usize>)> {
    headers.get_all(COOKIE).iter().flat_map(move |line| {
        pairs(line.as_bytes()).filter_map(move |range| {
            let pair = line.as_bytes().get(range.clone())?;
            let end = pair.iter().position(|byte| *byte == b'=')?;
            let (found, _) = pair.split_at_checked(end)?;
            (found == name.as_bytes()).then(|| {
                let value = unquoted(pair, end + 1);
                (line, range.start + value.start..range.start + value.end)
            })
        })
    })
}

/// The pairs of a line, without the white space around.
fn pairs(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = line.get(start..)?;
        let length = rest.iter().position(|byte| *byte == b';').unwrap_or(rest.len());
        let pair = rest.get(..length)?;
        let before = pair.len() - pair.trim_ascii_start().len();
        let after = before + pair.trim_ascii().len();
        let range = start + before..start + after;
        start += length + 1;
        Some(range)
    })
}

/// Where the value of a pair is, without the quotes that may be around it.
fn unquoted(pair: &[u8], start: usize) -> Range<usize> {
    match pair.get(start..) {
        Some([b'"', .., b'"']) => start + 1..pair.len() - 1,
        _ => start..pair.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(lines: &[&'static str], name: &str) -> Vec<String> {
        let headers: HeaderMap =
            lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect();
        cookie(&headers, name)
            .map(|(line, range)| String::from_utf8(line.as_bytes()[range].to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        assert_eq!(values(&["a=1; sid=x.y; b=2"], "sid"), ["x.y"]);
        assert_eq!(values(&["sid=x"], "sid"), ["x"]);
        assert_eq!(values(&["xsid=1; sid2=2; SID=3; sid"], "sid"), [""; 0]);
        assert_eq!(values(&["sid="], "sid"), [""]);
        assert_eq!(values(&["sid=\"x\""], "sid"), ["x"]);
        assert_eq!(values(&["sid=\""], "sid"), ["\""]);
        assert_eq!(values(&["sid=a=b"], "sid"), ["a=b"]);
        assert_eq!(values(&[" ;; sid=x ;"], "sid"), ["x"]);
        assert_eq!(values(&[], "sid"), [""; 0]);
    }

    #[test]
    fn each_cookie_of_the_name_is_found() {
        assert_eq!(values(&["sid=1; sid=2", "sid=3"], "sid"), ["1", "2", "3"]);
    }
}
