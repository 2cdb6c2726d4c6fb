//! The access matrix: every endpoint against every kind of caller, through the real router.

mod cases;
mod error;
mod judge;
mod observer;
mod other_method;
mod places;
mod report;
mod run;
mod tokens;

use http::{HeaderMap, HeaderName, HeaderValue};

pub use error::{MatrixError, Violation};
pub use report::{MatrixReport, MatrixRow};

use crate::Router;
use crate::policy::CheckInfo;
use crate::web::NamedCheck;

/// Tests every endpoint of a router against what its declaration says.
///
/// For each endpoint, and for `HEAD` where there is a `GET`:
///
/// - Every minimal set of grants passes the guard. They are computed from the requirement, not
///   written down again.
/// - With each single member of a set taken away, the caller is rejected with the documented status
///   and challenge.
/// - No token, an expired one, one for another audience, of another issuer, or signed by another
///   key is rejected with 401.
/// - What is public is reached without a token.
///
/// Requests go through the whole router with its layers, in this process; tokens are signed by a
/// [`TestIssuer`](super::TestIssuer) with a clock that does not move, and verified as in
/// production. **No handler and no service ever runs**, so nothing is changed and no data is needed:
/// a request ends where the handler would begin. The same goes for checks: the matrix answers
/// them, `yes` where a minimal set needs it and `no` otherwise, unless
/// [`assume`](Self::assume) says something else.
///
/// ```
/// use auth_core::testing::AccessMatrix;
/// use auth_core::{Router, Scopes, public, requires, routing::get};
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
/// }
///
/// #[requires(scope = Read)]
/// async fn show() {}
///
/// #[public(reason = "liveness probe")]
/// async fn health() {}
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let app: Router = Router::new()
///     .route("/health", get(health))
///     .route("/orders/{id}", get(show));
/// let report = AccessMatrix::of(app).with_path("/orders/{id}", "/orders/7").run().await;
/// assert_eq!(report.skipped().count(), 0);
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it tests nothing before `run`"]
pub struct AccessMatrix {
    app: Router,
    paths: Vec<(String, String)>,
    assumed: Vec<(Assumed, bool)>,
    headers: Vec<(String, String)>,
    limit: usize,
}

/// A check that an assumption is about.
#[derive(Clone, Copy, Debug)]
enum Assumed {
    Check(&'static CheckInfo),
    Named(&'static str),
}

impl Assumed {
    fn is(self, check: &CheckInfo) -> bool {
        match self {
            Self::Check(own) => own == check,
            Self::Named(name) => match name.rsplit_once("::") {
                Some((module, name)) => check.module == module && check.name == name,
                None => check.name == name,
            },
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Check(check) => check.name,
            Self::Named(name) => name,
        }
    }
}

impl AccessMatrix {
    /// How many requests are sent by default.
    pub const LIMIT: usize = 100_000;

    /// The matrix of a router that is not protected yet.
    pub const fn of(app: Router) -> Self {
        Self {
            app,
            paths: Vec::new(),
            assumed: Vec::new(),
            headers: Vec::new(),
            limit: Self::LIMIT,
        }
    }

    /// The path to call for a route, a service or a fallback, in place of `1` for every parameter
    /// and `x` for every wildcard. `route` is the path as in the access map, parameters in braces, or
    /// the whole endpoint as listed there, such as `ANY /… (fallback)`, where one path has several.
    ///
    /// Needed for routers that were merged as a whole, since no one knows their paths, and where
    /// another route has the path that was made up.
    pub fn with_path(mut self, route: impl Into<String>, path: impl Into<String>) -> Self {
        self.paths.push((route.into(), path.into()));
        self
    }

    /// Fixes the answer of the check of this name (`placed_order`, or with its module
    /// `shop::orders::placed_order`).
    ///
    /// What needs the other answer is left out, and the report says so. If no caller is left who
    /// could pass, that is an error.
    pub fn assume(mut self, check: &'static str, answer: bool) -> Self {
        self.assumed.push((Assumed::Named(check), answer));
        self
    }

    /// The same as [`assume`](Self::assume) for the check itself:
    /// `.assume_check::<placed_order>(true)`.
    pub fn assume_check<C: NamedCheck>(mut self, answer: bool) -> Self {
        self.assumed.push((Assumed::Check(C::INFO), answer));
        self
    }

    /// A header for every request, for layers that ask for one.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How many requests to send at most. By default [`AccessMatrix::LIMIT`].
    pub const fn limit(mut self, requests: usize) -> Self {
        self.limit = requests;
        self
    }

    /// Runs the matrix as a test: prints the table, and panics at the first lie.
    ///
    /// # Panics
    /// With the request that shows it, if an endpoint does not do what it declares, or if the
    /// matrix cannot be run.
    #[expect(clippy::print_stdout, clippy::panic, reason = "this is an assertion of a test")]
    pub async fn run(self) -> MatrixReport {
        match self.try_run().await {
            Ok(report) => {
                println!("{report}");
                report
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs the matrix.
    ///
    /// # Errors
    /// The first lie, or why the matrix cannot be run.
    pub async fn try_run(self) -> Result<MatrixReport, MatrixError> {
        run::run(self).await
    }

    fn header_map(&self) -> Result<HeaderMap, MatrixError> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            let invalid = || MatrixError::InvalidHeader(name.clone());
            map.append(
                name.parse::<HeaderName>().map_err(|_| invalid())?,
                value.parse::<HeaderValue>().map_err(|_| invalid())?,
            );
        }
        Ok(map)
    }
}
