use axum::extract::Request;
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, COOKIE, ORIGIN, SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The pages that may act for anyone who is signed in, as a browser writes `Origin`.
const OWN_PAGES: [&str; 1] = ["https://shop.example"];

/// Moves a token to `Authorization` from where a browser had to put it.
pub(crate) async fn move_token(mut request: Request, next: Next) -> Response {
    // A token in its own place counts alone.
    if request.headers().contains_key(AUTHORIZATION) {
        return next.run(request).await;
    }
    let known_to_the_page =
        from_protocols(request.headers_mut()).or_else(|| from_query(&mut request));
    let token = match known_to_the_page {
        Some(token) => Some(token),
        None => match from_cookie(request.headers()) {
            // The browser adds a cookie to the requests of every page, also of one that the user
            // only happened to open.
            Some(_) if changes_something(&request) && !is_of_own_page(request.headers()) => {
                return StatusCode::FORBIDDEN.into_response();
            }
            cookie => cookie,
        },
    };
    let Some(Ok(mut value)) = token.map(|token| HeaderValue::try_from(format!("Bearer {token}")))
    else {
        return next.run(request).await;
    };
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    let mut response = next.run(request).await;
    // Caches know that an answer to `Authorization` is not for everyone; of a cookie they do not.
    let kept = HeaderValue::from_static("no-store");
    response.headers_mut().entry(CACHE_CONTROL).or_insert(kept);
    response
}

/// `__Host-`: only over TLS, and set by this host alone. If it is there twice, it is not used.
fn from_cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    let mut tokens = pairs.filter_map(|pair| pair.trim().strip_prefix("__Host-token="));
    let token = tokens.next()?.to_owned();
    tokens.next().is_none().then_some(token)
}

/// `new WebSocket(url, ["shop.v1", "bearer." + token])`. The handler answers with `shop.v1`, and
/// never sees the token.
fn from_protocols(headers: &mut HeaderMap) -> Option<String> {
    let offered = headers.get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?.to_owned();
    let (tokens, others): (Vec<&str>, Vec<&str>) =
        offered.split(',').map(str::trim).partition(|name| name.starts_with("bearer."));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::try_from(others.join(", ")).ok()?);
    let [token] = tokens[..] else { return None };
    Some(token.strip_prefix("bearer.")?.to_owned())
}

/// `new EventSource(url + "?access_token=" + token)`, and nothing else: what is in an address
/// ends up in logs. Everything behind this layer sees the address without it.
fn from_query(request: &mut Request) -> Option<String> {
    if request.headers().get(ACCEPT)? != "text/event-stream" {
        return None;
    }
    let (tokens, others): (Vec<&str>, Vec<&str>) =
        request.uri().query()?.split('&').partition(|pair| pair.starts_with("access_token="));
    let [token] = tokens[..] else { return None };
    let token = token.strip_prefix("access_token=")?.to_owned();
    let rest = format!("{}?{}", request.uri().path(), others.join("&"));
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(rest.trim_end_matches('?')).ok()?);
    *request.uri_mut() = Uri::from_parts(parts).ok()?;
    Some(token)
}

/// A WebSocket is opened by a `GET`, from whichever page.
fn changes_something(request: &Request) -> bool {
    !request.method().is_safe() || request.headers().contains_key(UPGRADE)
}

fn is_of_own_page(headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.is_some_and(|origin| OWN_PAGES.contains(&origin))
}
