//! What answers a request, for every kind of request that two routers tell apart.
//!
//! The rules are axum's: of the patterns that match a path the one counts that is fixed first, read
//! from the left; of what is there, the method's own handler, `GET` for `HEAD`, then `any` or a
//! service, then a fallback for other methods. A path without a route goes to the deepest fallback.
//! The property test over routers holds them against axum itself.

use std::collections::BTreeSet;

use super::{EndpointKind, EndpointModel};

/// The methods that are distinguished, and one that no one has a handler for.
const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "\0"];

/// In a path, the placeholder for what no pattern writes.
const ANYTHING: char = '\0';

/// What may answer a request: `None` if nothing answers (404 or 405). More than one if it is not known.
pub(super) type Answers = BTreeSet<Option<usize>>;

/// A path of a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Text(String),
    /// `{id}`, after some text.
    Parameter(String),
    /// `{*rest}`, after some text: all the rest, which is not empty.
    Rest(String),
}

/// A path that a request can have, part by part.
pub(super) type Path = Vec<String>;

impl Pattern {
    pub(super) fn of(path: &str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        Self { segments: path.split('/').map(Segment::of).collect() }
    }

    fn has_rest(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Rest(_)))
    }

    /// Whether a request with that path comes here, if no other pattern takes precedence.
    fn matches(&self, path: &[String]) -> bool {
        let mut parts = path.iter();
        for (place, segment) in self.segments.iter().enumerate() {
            let Some(part) = parts.next() else { return false };
            let last = place + 1 == self.segments.len();
            let fits = match segment {
                Segment::Text(text) => part == text,
                // Only the last one has to hold something: axum takes `//b` for `/{a}/b`.
                Segment::Parameter(text) => {
                    part.strip_prefix(text.as_str()).is_some_and(|rest| !last || !rest.is_empty())
                }
                Segment::Rest(text) => {
                    return part
                        .strip_prefix(text.as_str())
                        .is_some_and(|rest| !rest.is_empty() || parts.len() > 0);
                }
            };
            if !fits {
                return false;
            }
        }
        parts.next().is_none()
    }

    /// The rank of a pattern among others that match the same path: the highest answers.
    fn rank(&self) -> Vec<usize> {
        let rank = |segment: &Segment| match segment {
            Segment::Text(_) => usize::MAX,
            Segment::Parameter(text) => 2 * text.len() + 1,
            Segment::Rest(text) => 2 * text.len(),
        };
        self.segments.iter().map(rank).collect()
    }

    /// Paths that both match: for each that does there is one among these which the same patterns
    /// match, or fewer. `depth` is the length of the longest pattern of all.
    fn common(&self, other: &Self, depth: usize) -> Vec<Path> {
        let mut path = Path::new();
        let (mut ours, mut theirs) = (self.segments.iter(), other.segments.iter());
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => break,
                (Some(Segment::Rest(one)), Some(Segment::Rest(two))) => {
                    let one = if one.len() > two.len() { one } else { two };
                    path.push(format!("{one}{ANYTHING}"));
                    break;
                }
                (Some(Segment::Rest(text)), Some(segment)) => {
                    path.extend(rest(text, segment, theirs));
                    break;
                }
                (Some(segment), Some(Segment::Rest(text))) => {
                    path.extend(rest(text, segment, ours));
                    break;
                }
                (Some(one), Some(two)) => path.push(both(one, two)),
                _ => return Vec::new(),
            }
        }
        let mut paths = vec![path];
        if self.has_rest() && other.has_rest() {
            lengthen(&mut paths, depth);
        }
        // What was put together may fit neither, so each is checked again.
        paths.retain(|path| self.matches(path) && other.matches(path));
        paths
    }
}

impl Segment {
    fn of(segment: &str) -> Self {
        // `{{` and `}}` are the braces themselves.
        let mut text = String::new();
        let mut chars = segment.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '{' if chars.next_if_eq(&'{').is_none() => {
                    return match chars.next() {
                        Some('*') => Self::Rest(text),
                        _ => Self::Parameter(text),
                    };
                }
                '}' => {
                    let _ = chars.next_if_eq(&'}');
                    text.push('}');
                }
                char => text.push(char),
            }
        }
        Self::Text(text)
    }

    /// The text that is fixed, and something behind it if there can be.
    fn example(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Parameter(text) | Self::Rest(text) => format!("{text}{ANYTHING}"),
        }
    }
}

/// A part that both may match.
fn both(one: &Segment, two: &Segment) -> String {
    match (one, two) {
        (Segment::Text(text), _) | (_, Segment::Text(text)) => text.clone(),
        _ => {
            let (one, two) = (one.example(), two.example());
            if one.len() > two.len() { one } else { two }
        }
    }
}

/// What the segments from `first` on look like to a `{*rest}` behind `text`.
fn rest<'a>(text: &str, first: &Segment, others: impl Iterator<Item = &'a Segment>) -> Vec<String> {
    let first = both(first, &Segment::Parameter(text.to_owned()));
    std::iter::once(first).chain(others.map(Segment::example)).collect()
}

/// Adds paths of every length up to the one that only a `{*rest}` matches, each also with a slash at
/// the end, where no parameter can be.
fn lengthen(paths: &mut Vec<Path>, depth: usize) {
    let Some(mut path) = paths.pop() else { return };
    loop {
        paths.push(path.clone());
        let mut slash = path.clone();
        slash.push(String::new());
        paths.push(slash);
        if path.len() > depth {
            return;
        }
        path.push(ANYTHING.to_string());
    }
}

/// The patterns of an endpoint.
fn patterns(endpoint: &EndpointModel) -> Vec<Pattern> {
    let path = endpoint.path.as_str();
    let below = path.trim_end_matches('/');
    let all = format!("{below}/{{*rest}}");
    let slash = format!("{below}/");
    let paths: Vec<&str> = match endpoint.kind {
        EndpointKind::Route => vec![path],
        EndpointKind::Nested => vec![path, &slash, &all],
        EndpointKind::Fallback => vec![path, &all],
        EndpointKind::Merged | EndpointKind::OtherMethods => {
            let routes = endpoint.routes.iter().flatten();
            routes.map(String::as_str).collect()
        }
    };
    paths.into_iter().map(Pattern::of).collect()
}

/// The endpoints of a version, by what they answer.
pub(super) struct Table<'a> {
    endpoints: &'a [EndpointModel],
    /// The patterns of routes, then those of fallbacks, each with its rank and its endpoint.
    routes: Vec<Entry>,
    fallbacks: Vec<Entry>,
    /// Endpoints of which no one knows what they answer.
    unknown: Vec<usize>,
}

struct Entry {
    pattern: Pattern,
    rank: Vec<usize>,
    endpoint: usize,
}

impl<'a> Table<'a> {
    pub(super) fn of(endpoints: &'a [EndpointModel]) -> Self {
        let mut table =
            Self { endpoints, routes: Vec::new(), fallbacks: Vec::new(), unknown: Vec::new() };
        for (place, endpoint) in endpoints.iter().enumerate() {
            let many = matches!(endpoint.kind, EndpointKind::Merged | EndpointKind::OtherMethods);
            if many && endpoint.routes.is_none() {
                table.unknown.push(place);
            }
            let list = match endpoint.kind {
                EndpointKind::Fallback => &mut table.fallbacks,
                _ => &mut table.routes,
            };
            list.extend(patterns(endpoint).into_iter().map(|pattern| {
                let rank = pattern.rank();
                Entry { pattern, rank, endpoint: place }
            }));
        }
        table
    }

    /// How many segments the longest pattern has.
    pub(super) fn depth(&self) -> usize {
        self.entries().map(|it| it.pattern.segments.len()).max().unwrap_or_default()
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.routes.iter().chain(&self.fallbacks)
    }

    /// How many patterns there are.
    pub(super) fn len(&self) -> usize {
        self.routes.len() + self.fallbacks.len()
    }

    /// Adds paths of every kind of request that may come to one of our own endpoints and that the
    /// patterns of `all` tell apart.
    pub(super) fn paths_of(
        &self,
        endpoint: usize,
        all: [&Self; 2],
        depth: usize,
    ) -> BTreeSet<Path> {
        let own = self.entries().filter(|it| it.endpoint == endpoint);
        own.flat_map(|own| {
            let others = all.into_iter().flat_map(Table::entries);
            others.flat_map(|other| own.pattern.common(&other.pattern, depth))
        })
        .collect()
    }

    /// What may answer each method at that path.
    pub(super) fn answers(&self, path: &[String]) -> Vec<Answers> {
        let found = Self::best(&self.routes, path);
        let fallback =
            if found.is_empty() { Self::best(&self.fallbacks, path) } else { Vec::new() };
        METHODS
            .iter()
            .map(|method| {
                let mut answers = Answers::new();
                if found.is_empty() {
                    answers.insert(fallback.first().copied());
                } else {
                    self.by_method(method, &found, &mut answers);
                }
                // It may answer before all of these, or after one that answers 405.
                answers.extend(self.unknown.iter().map(|place| Some(*place)));
                answers
            })
            .collect()
    }

    /// The endpoints of the pattern that takes precedence.
    fn best(entries: &[Entry], path: &[String]) -> Vec<usize> {
        let matching = || entries.iter().filter(|it| it.pattern.matches(path));
        let Some(best) = matching().map(|it| &it.rank).max() else { return Vec::new() };
        matching().filter(|it| it.rank == *best).map(|it| it.endpoint).collect()
    }

    fn by_method(&self, method: &str, found: &[usize], answers: &mut Answers) {
        use EndpointKind::{Merged, Nested, OtherMethods, Route};
        let of = |kinds: &[EndpointKind], method: Option<&str>| {
            let fits = |place: &&usize| {
                self.endpoints
                    .get(**place)
                    .is_some_and(|it| kinds.contains(&it.kind) && it.method.as_deref() == method)
            };
            found.iter().filter(fits).map(|place| Some(*place)).collect::<Vec<_>>()
        };
        let own = of(&[Route], Some(method));
        if !own.is_empty() {
            answers.extend(own);
            return;
        }
        // No one knows which methods an axum router has there.
        let merged = of(&[Merged], None);
        let get = if method == "HEAD" { of(&[Route], Some("GET")) } else { Vec::new() };
        if !get.is_empty() {
            answers.extend(get.into_iter().chain(merged));
            return;
        }
        let any = of(&[Route, Nested], None);
        let other = if any.is_empty() { of(&[OtherMethods], None) } else { any };
        if other.is_empty() {
            answers.insert(None);
        }
        answers.extend(other.into_iter().chain(merged));
    }
}
