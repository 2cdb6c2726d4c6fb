//! The paths of a plain axum router.
//!
//! axum tells them in its `Debug` text alone, and promises nothing about that. So what is read is
//! held against itself, and at the first thing that is not as expected the answer is "not known":
//! callers have to take that for "any path".

use std::fmt::Debug;

/// The name that axum gives to what is below a nested service.
const NESTED_TAIL: &str = "__private__axum_nest_tail_param";

/// The paths, sorted; `None` if they are not known.
pub(super) fn of(router: &impl Debug) -> Option<Vec<String>> {
    read(&format!("{router:?}"))
}

/// Reads `{ routes: {RouteId(1): .., RouteId(2): ..}, node: Node { paths: {RouteId(1): "/a", ..} } }`.
fn read(text: &str) -> Option<Vec<String>> {
    let own = text.strip_prefix("Router { path_router: PathRouter { routes: {")?;
    let (routes, rest) = own.split_once("}, node: Node { paths: {")?;
    let (paths, _) = rest.split_once("} } }, fallback_router: ")?;
    let mut found = Vec::new();
    for entry in paths.split(", RouteId(") {
        let entry = entry.strip_prefix("RouteId(").unwrap_or(entry);
        let (number, path) = entry.split_once("): ")?;
        let path = path.strip_prefix('"')?.strip_suffix('"')?;
        if number.parse::<u32>().is_err() || !path.starts_with('/') || path.contains(['"', '\\']) {
            return None;
        }
        found.push(path.replace(NESTED_TAIL, "rest"));
    }
    // As many as there are routes.
    (routes.matches("RouteId(").count() == found.len()).then(|| {
        found.sort();
        found
    })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::{any, get, post};
    use tower::service_fn;

    use super::*;

    #[test]
    fn the_paths_of_an_axum_router_are_known() {
        let service = service_fn(|_: axum::extract::Request| async {
            Ok::<axum::response::Response, std::convert::Infallible>(
                axum::response::Response::default(),
            )
        });
        let inner = Router::new().route("/", get(|| async {})).route("/{id}", post(|| async {}));
        let router: Router = Router::new()
            .route("/a, RouteId(7)", any(|| async {}))
            .route("/b/{x}/{*rest}", get(|| async {}).post(|| async {}))
            .nest("/in", inner.fallback(|| async {}))
            .nest_service("/files", service)
            .layer(axum::Extension(1));
        let known = of(&router);
        // A path that looks like the text around it is not taken for one that is known.
        assert_eq!(known, None);
        let inner = Router::new().route("/", get(|| async {})).route("/{id}", post(|| async {}));
        let router: Router = Router::new()
            .route("/b/{x}/{*rest}", get(|| async {}).post(|| async {}))
            .nest("/in", inner.fallback(|| async {}))
            .nest_service("/files", service);
        let paths = ["/b/{x}/{*rest}", "/files", "/files/", "/files/{*rest}", "/in", "/in/{id}"];
        assert_eq!(of(&router).unwrap_or_default(), paths);
    }

    #[test]
    fn unrecognised_router_text_gives_no_paths() {
        let text = format!("{:?}", Router::<()>::new().route("/a", get(|| async {})));
        assert!(read(&text).is_some());
        for (from, to) in
            [("Node", "Tree"), ("RouteId(1): \"", "\""), ("\"/a\"", "\"/\\\\a\""), ("\"/a\"", "a")]
        {
            assert!(text.contains(from), "{text}");
            assert_eq!(read(&text.replace(from, to)), None, "{from}");
        }
    }
}
