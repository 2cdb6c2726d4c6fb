//! Where to send the requests of an endpoint: its methods and a path that leads to it.

use http::{Method, Uri};

use super::MatrixError;
use crate::access_map::{Endpoint, EndpointKind};

/// The methods that are tried where an endpoint answers those that nothing else does.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
    Method::TRACE,
];

/// Where to send the requests of one endpoint.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) methods: Vec<Method>,
    pub(super) path: String,
}

/// All endpoints, and the paths that were given for them.
pub(super) struct Layout<'a> {
    endpoints: &'a [Endpoint],
    given: &'a [(String, String)],
}

impl<'a> Layout<'a> {
    pub(super) fn new(
        endpoints: &'a [Endpoint],
        given: &'a [(String, String)],
    ) -> Result<Self, MatrixError> {
        for (route, path) in given {
            if !endpoints.iter().any(|it| it.path() == route || it.to_string() == *route) {
                return Err(MatrixError::UnknownPath(route.clone()));
            }
            let is_path = path.starts_with('/') && path.parse::<Uri>().is_ok();
            if !is_path {
                return Err(MatrixError::InvalidPath(path.clone()));
            }
        }
        Ok(Self { endpoints, given })
    }

    /// Where to send the requests of an endpoint, or why nowhere.
    pub(super) fn places(&self, endpoint: &Endpoint) -> Result<Places, String> {
        match endpoint.kind() {
            EndpointKind::Route => {
                let methods = match endpoint.method() {
                    Some(&Method::GET) if !self.routes(endpoint.path(), &Method::HEAD) => {
                        vec![Method::GET, Method::HEAD]
                    }
                    Some(method) => vec![method.clone()],
                    None => vec![self.free_method(endpoint.path())?],
                };
                Ok(Places { methods, path: self.example(endpoint, endpoint.path()) })
            }
            EndpointKind::Nested => {
                let below = format!("{}/x", endpoint.path().trim_end_matches('/'));
                let path = self.example(endpoint, &below);
                Ok(Places { methods: vec![Method::GET], path })
            }
            EndpointKind::Merged => match self.given(endpoint) {
                Some(path) => Ok(Places { methods: vec![Method::GET], path: path.to_owned() }),
                None => Err(format!(
                    "the paths of a router that was merged as a whole are not known; give one with `.with_path(\"{}\", \"/..\")`",
                    endpoint.path()
                )),
            },
            EndpointKind::OtherMethods => {
                let route = self.route_of(endpoint)?;
                let methods = vec![self.free_method(route)?];
                Ok(Places { methods, path: self.example(endpoint, route) })
            }
            EndpointKind::Fallback => {
                let path = match self.given(endpoint) {
                    Some(path) => path.to_owned(),
                    None => self.nowhere(endpoint)?,
                };
                Ok(Places { methods: vec![Method::GET], path })
            }
        }
    }

    /// The path that was given for an endpoint: by its whole name, or by its path if there is
    /// nothing else at that path that the example could be meant for.
    fn given(&self, endpoint: &Endpoint) -> Option<&str> {
        let find = |name: &str| self.given.iter().find(|(route, _)| route == name);
        let rank = |kind| match kind {
            EndpointKind::Merged => 0,
            EndpointKind::Nested => 1,
            EndpointKind::Route | EndpointKind::OtherMethods => 2,
            EndpointKind::Fallback => 3,
        };
        let by_path = || {
            let at = self.endpoints.iter().filter(|it| it.path() == endpoint.path());
            let needs = |it: &&Endpoint| it.kind() != EndpointKind::Route || has_parameters(it);
            let first = at.filter(needs).map(|it| rank(it.kind())).min();
            first
                .filter(|first| *first == rank(endpoint.kind()))
                .and_then(|_| find(endpoint.path()))
        };
        find(&endpoint.to_string()).or_else(by_path).map(|(_, path)| path.as_str())
    }

    fn example(&self, endpoint: &Endpoint, pattern: &str) -> String {
        self.given(endpoint).map_or_else(|| filled(pattern), str::to_owned)
    }

    /// Whether some endpoint answers this method of this path by name.
    fn routes(&self, path: &str, method: &Method) -> bool {
        self.at(path).any(|endpoint| endpoint.method() == Some(method))
    }

    fn at(&self, path: &str) -> impl Iterator<Item = &Endpoint> {
        let is_route = |it: &&Endpoint| it.kind() == EndpointKind::Route;
        self.endpoints.iter().filter(is_route).filter(move |it| it.path() == path)
    }

    /// A method that no endpoint of the path answers by name.
    fn free_method(&self, path: &str) -> Result<Method, String> {
        let free = METHODS.into_iter().find(|method| !self.routes(path, method));
        free.ok_or_else(|| format!("every method of `{path}` is routed"))
    }

    /// The route whose other methods come here.
    fn route_of(&self, endpoint: &'a Endpoint) -> Result<&'a str, String> {
        if self.at(endpoint.path()).next().is_some() {
            return Ok(endpoint.path());
        }
        let own_fallback = |path: &str| {
            let of_path = |it: &&Endpoint| it.kind() == EndpointKind::OtherMethods;
            self.endpoints.iter().filter(of_path).any(|it| it.path() == path)
        };
        self.endpoints
            .iter()
            .filter(|it| it.kind() == EndpointKind::Route && it.path().starts_with(endpoint.path()))
            .map(Endpoint::path)
            .find(|path| {
                let any = self.at(path).any(|it| it.method().is_none());
                !any && !own_fallback(path) && self.free_method(path).is_ok()
            })
            .ok_or_else(|| "no route is left with a method that nothing answers".to_owned())
    }

    /// A path with more segments than any route has.
    fn nowhere(&self, endpoint: &Endpoint) -> Result<String, String> {
        let prefix = endpoint.path().trim_end_matches('/');
        let swallows = |it: &&Endpoint| match it.kind() {
            EndpointKind::Nested => below(it.path(), prefix),
            EndpointKind::Route => {
                it.path().split_once("{*").is_some_and(|(start, _)| below(start, prefix))
            }
            _ => false,
        };
        if let Some(other) = self.endpoints.iter().find(swallows) {
            return Err(format!("`{other}` answers for every path there"));
        }
        let segments = |it: &Endpoint| it.path().matches('/').count();
        let longest = self.endpoints.iter().map(segments).max().unwrap_or_default();
        Ok(format!("{}{}", filled(prefix), "/no-such-route".repeat(longest + 1)))
    }
}

/// A route without parameters has one path: no example is meant for it.
fn has_parameters(endpoint: &Endpoint) -> bool {
    filled(endpoint.path()) != endpoint.path()
}

/// Whether all paths below `prefix` are below `start` too.
fn below(start: &str, prefix: &str) -> bool {
    let start = start.trim_end_matches('/');
    prefix.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path for a route: `1` for each parameter, `x` for a wildcard. Doubled braces are braces.
fn filled(route: &str) -> String {
    let mut path = String::new();
    let mut rest = route.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' | '}' if rest.peek() == Some(&character) => {
                rest.next();
                path.push_str(if character == '{' { "%7B" } else { "%7D" });
            }
            '{' => {
                path.push(if rest.peek() == Some(&'*') { 'x' } else { '1' });
                rest.by_ref().find(|character| *character == '}');
            }
            other => path.push(other),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{below, filled};

    #[test]
    fn parameters_get_values() {
        for (route, path) in [
            ("/", "/"),
            ("/orders/{id}", "/orders/1"),
            ("/orders/{id}/items/{item}.json", "/orders/1/items/1.json"),
            ("/files/{*rest}", "/files/x"),
            ("/odd/{{braces}}", "/odd/%7Bbraces%7D"),
        ] {
            assert_eq!(filled(route), path);
        }
    }

    #[test]
    fn a_prefix_ends_at_a_slash() {
        assert!(below("/", "") && below("/a", "/a/b") && below("/a", "/a"));
        assert!(!below("/a", "/ab") && !below("/a/b", "/a") && !below("/a", ""));
    }
}
