//! Paths without the names of their parameters.

/// A path with `{}` for each parameter and `{*}` for one that takes the rest of the path.
///
/// `/orders/{id}` and `/orders/{number}` have the same shape: they match the same requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shape(String);

impl Shape {
    /// The shape of a path as axum writes it: `{{` means a brace, `{*rest}` the rest.
    pub(super) fn of_route(path: &str) -> Self {
        Self(parse(path, true).0)
    }

    /// The shape of a path as OpenAPI writes it. `{*rest}` is not OpenAPI, but documents that are
    /// generated beside axum routes have it.
    pub(super) fn of_operation(path: &str) -> Self {
        Self(parse(path, false).0)
    }

    /// The same with a last segment that takes the rest of the path. OpenAPI has no way to write
    /// one, so documents write `{rest}` there.
    pub(super) fn with_rest(&self) -> Option<Self> {
        Some(Self(format!("{}/{{*}}", self.0.strip_suffix("/{}")?)))
    }

    /// Whether this is a path at or below another one.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        let prefix = other.0.trim_end_matches('/');
        self.0.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }
}

/// The names of the parameters of a path, in order.
pub(super) fn parameters(path: &str, escapes: bool) -> Vec<&str> {
    parse(path, escapes).1
}

fn parse(path: &str, escapes: bool) -> (String, Vec<&str>) {
    let (mut shape, mut names, mut rest) = (String::new(), Vec::new(), path);
    while let Some((before, after)) = rest.split_once('{') {
        shape.push_str(before);
        if let Some(after) = after.strip_prefix('{').filter(|_| escapes) {
            shape.push_str("{{");
            rest = after;
        } else if let Some((name, after)) = after.split_once('}') {
            shape.push_str(if name.starts_with('*') { "{*}" } else { "{}" });
            names.push(name.trim_start_matches('*'));
            rest = after;
        } else {
            shape.push('{');
            rest = after;
        }
    }
    shape.push_str(rest);
    (shape, names)
}

#[cfg(test)]
mod tests {
    use super::{Shape, parameters};

    #[test]
    fn names_of_parameters_do_not_matter() {
        assert_eq!(Shape::of_route("/orders/{id}/x"), Shape::of_operation("/orders/{number}/x"));
        assert_ne!(Shape::of_route("/orders/{id}"), Shape::of_operation("/orders/id"));
        assert_ne!(Shape::of_route("/orders/{id}"), Shape::of_operation("/orders/{id}/"));
        assert_ne!(Shape::of_route("/files/{*rest}"), Shape::of_operation("/files/{rest}"));
        assert_eq!(parameters("/a/{b}/{*c}", true), ["b", "c"]);
    }

    #[test]
    fn the_rest_is_a_last_parameter_in_openapi() {
        let operation = Shape::of_operation("/files/{rest}");
        assert_eq!(operation.with_rest(), Some(Shape::of_route("/files/{*path}")));
        assert_eq!(Shape::of_operation("/files").with_rest(), None);
        assert_eq!(Shape::of_operation("/files/{*rest}"), Shape::of_route("/files/{*path}"));
    }

    #[test]
    fn a_doubled_brace_is_a_brace() {
        assert_ne!(Shape::of_route("/{{id}}"), Shape::of_operation("/{id}"));
        assert_eq!(parameters("/{{id}}/{name}", true), ["name"]);
        assert_eq!(parameters("/{open", false), Vec::<&str>::new());
    }

    #[test]
    fn below_ends_at_segments() {
        let files = Shape::of_route("/files");
        assert!(Shape::of_operation("/files").is_below(&files));
        assert!(Shape::of_operation("/files/{name}").is_below(&files));
        assert!(!Shape::of_operation("/filesystem").is_below(&files));
    }
}
