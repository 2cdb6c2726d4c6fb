//! Who reads the answer: a person with a browser, or a program.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Response};
use http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether the answer is for a person: the request is of a browser that opens a path or sends a form. A
/// body in JSON is a program's, with any `Accept`.
pub(super) fn is_person(method: &Method, headers: &HeaderMap) -> bool {
    let asks = match *method {
        Method::GET | Method::HEAD => true,
        Method::POST => has_form(headers),
        _ => false,
    };
    asks && prefers_html(headers)
}

fn has_form(headers: &HeaderMap) -> bool {
    let named = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let (named, _) = named.split_once(';').unwrap_or((named, ""));
    named.trim().eq_ignore_ascii_case(FORM)
}

/// Whether `Accept` names HTML, and JSON no sooner
/// ([RFC 9110 §12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)). `*/*` names neither:
/// programs send it.
fn prefers_html(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (0, 0);
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    for range in lines.flat_map(|line| line.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|it| it.strip_prefix("q=").or_else(|| it.strip_prefix("Q=")));
        let weight = weight.map_or(1_000, thousandths);
        if name.eq_ignore_ascii_case("text/html") {
            html = html.max(weight);
        } else if name.eq_ignore_ascii_case("application/json") {
            json = json.max(weight);
        }
    }
    html > 0 && html >= json
}

/// A weight of up to three decimals. An invalid weight is 0.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    if !matches!(whole, "0" | "1") || rest.len() > 3 || !is_number(rest) {
        return 0;
    }
    let decimals = format!("{rest:0<3}").parse().unwrap_or(0);
    if whole == "1" { 1_000 } else { decimals }
}

/// A handler of a page that has nothing for programs. They are answered as if it were not there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ForPeople;

impl<S: Sync> FromRequestParts<S> for ForPeople {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        if is_person(&parts.method, &parts.headers) {
            return Ok(Self);
        }
        // A cache must not show it to people.
        let headers = [(ALLOW, "POST"), (CACHE_CONTROL, "no-store"), (VARY, "Accept")];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        Err((StatusCode::METHOD_NOT_ALLOWED, headers).into_response())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &[(http::HeaderName, &'static str)]) -> HeaderMap {
        let values = headers.iter();
        values.map(|(name, it)| (name.clone(), HeaderValue::from_static(it))).collect()
    }

    const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    #[test]
    fn a_browser_that_opens_a_path_is_a_person_and_what_takes_anything_is_not() {
        for (accept, expected) in [
            (BROWSER, true),
            ("text/html", true),
            ("TEXT/HTML;level=1;q=0.5", true),
            ("application/json;q=0.5, text/html;q=0.6", true),
            ("application/json, text/html;q=0.9", false),
            ("application/json", false),
            ("text/html;q=0", false),
            ("text/html;q=2", false),
            ("*/*", false),
            ("text/*", false),
        ] {
            let headers = with(&[(ACCEPT, accept)]);
            assert_eq!(is_person(&Method::GET, &headers), expected, "{accept}");
        }
        assert!(!is_person(&Method::GET, &HeaderMap::new()));
    }

    #[test]
    fn a_body_in_json_is_of_a_program_and_a_form_is_of_a_person_who_reads_html() {
        let json = with(&[(ACCEPT, BROWSER), (CONTENT_TYPE, "application/json")]);
        let form = with(&[(ACCEPT, BROWSER), (CONTENT_TYPE, "application/x-www-form-urlencoded")]);
        let program = with(&[(ACCEPT, "*/*"), (CONTENT_TYPE, FORM)]);
        assert!(is_person(&Method::POST, &form));
        for headers in [json, program, with(&[(ACCEPT, BROWSER)])] {
            assert!(!is_person(&Method::POST, &headers), "{headers:?}");
        }
        assert!(!is_person(&Method::DELETE, &form));
    }
}
