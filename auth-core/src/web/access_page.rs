//! The access map served over HTTP, to callers who may see it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use super::{Public, Router, routing};
use crate::access_map::{AccessMap, Page};
use crate::policy::{Access, Declaration, HandlerInfo, Policy, Requirement};

/// Not among the names that `http` knows.
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

impl AccessMap {
    /// A router that serves this map to callers who meet the requirement: the page at `path`, and
    /// below it `access-map.json`, `access-map.md` and `access-map.csv`.
    ///
    /// The page is made once, here. It shows the endpoints of the map, so take the map when all
    /// routes are there, and merge the page into that router:
    ///
    /// ```
    /// # use auth_core::{Roles, Router, requirement};
    /// # #[derive(Clone, Copy, Roles)]
    /// # enum Role { Admin }
    /// # let app: Router = Router::new();
    /// let map = app.access_map();
    /// let app = app.merge(map.page("/access", requirement!(role = Admin)));
    /// ```
    ///
    /// A caller who may not see it learns nothing but that the path exists. Browsers keep a copy, but ask
    /// before each use whether it still holds (`Cache-Control: private, no-cache`), and that
    /// question passes the same guard. The page may run its own script and nothing else, by its
    /// content security policy.
    ///
    /// # Panics
    /// As [`Router::route_service`], if the path is invalid.
    #[track_caller]
    pub fn page<S>(&self, path: &str, requirement: Requirement) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let page = Document::page(Page {
            model: Some(self.model()),
            served: true,
            explain_at: self.explain_path(),
        });
        let router = Router::new().route_service(path, page.service(), requirement);
        self.files(router, path, requirement)
    }

    /// The same for browsers, which send no token by themselves: the page at `path` is public, holds
    /// nothing of the map, and asks for an access token. With it the page fetches
    /// `access-map.json` from below `path`, which is there for callers who meet the requirement, as
    /// are the other formats.
    ///
    /// ```
    /// # use auth_core::{Roles, Router, requirement};
    /// # #[derive(Clone, Copy, Roles)]
    /// # enum Role { Admin }
    /// # let app: Router = Router::new();
    /// let map = app.access_map();
    /// let app = app.merge(map.page_with_token_form("/access", requirement!(role = Admin)));
    /// # assert!(app.access_map().endpoints()[0].is_public());
    /// ```
    ///
    /// The token is in no address and is stored nowhere: reloading the page asks again. It is
    /// sent as a bearer token, so that one that is bound to a key (DPoP) or a certificate does not
    /// do. Where a session of the application says who calls, [`page`](Self::page) is enough: link
    /// to it from behind the sign-in.
    ///
    /// # Panics
    /// As [`Router::route`], if the path is invalid.
    #[track_caller]
    pub fn page_with_token_form<S>(&self, path: &str, requirement: Requirement) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let page = Arc::new(Document::page(Page {
            model: None,
            served: false,
            explain_at: self.explain_path(),
        }));
        let show = async move |_: Public<Form>, request: HeaderMap| page.answer(&request);
        self.files(Router::new().route(path, routing::get(show)), path, requirement)
    }

    /// Adds the map in its other formats below the page.
    #[track_caller]
    fn files<S>(&self, mut router: Router<S>, path: &str, requirement: Requirement) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let (model, base) = (self.model(), path.trim_end_matches('/'));
        let others = [
            ("json", model.to_json(), "application/json"),
            ("md", model.to_markdown(), "text/markdown; charset=utf-8"),
            ("csv", model.to_csv(), "text/csv; charset=utf-8; header=present"),
        ];
        for (extension, text, content_type) in others {
            let path = format!("{base}/access-map.{extension}");
            let service = Document::new(text, content_type).service();
            router = router.route_service(&path, service, requirement);
        }
        router
    }
}

/// The declaration of the handler that shows the form, as `#[public]` would write it.
struct Form;

impl Policy for Form {
    type Checks = ();
    const DECLARATION: Declaration = Declaration {
        access: Access::Public {
            reason: "asks for the token that shows the map, holds nothing of it",
        },
        handler: HandlerInfo {
            name: "show",
            module: module_path!(),
            doc: "Asks for a token and shows the access map.",
            file: file!(),
            line: line!(),
        },
        cross_site: None,
    };
}

/// One text, ready to be sent.
struct Document {
    body: Bytes,
    headers: HeaderMap,
}

impl Document {
    fn new(text: String, content_type: &'static str) -> Self {
        let body = Bytes::from(text);
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(content_type)),
            (CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
            // A cache must not show one caller what it keeps for another.
            (VARY, HeaderValue::from_static("authorization, cookie")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        ]);
        // A hash in hexadecimal is always a header; without one there is only no revalidation.
        if let Ok(tag) = HeaderValue::try_from(format!("\"{:x}\"", Sha256::digest(&body))) {
            headers.insert(ETAG, tag);
        }
        Self { body, headers }
    }

    fn page(page: Page<'_>) -> Self {
        let mut document = Self::new(page.render(), "text/html; charset=utf-8");
        // In the place of the policy that allows nothing at all.
        if let Ok(policy) = HeaderValue::try_from(page.header_policy()) {
            document.headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        document
    }

    /// Answers `GET` and `HEAD`; axum leaves the body of the latter out.
    fn service(self) -> MethodRouter {
        let document = Arc::new(self);
        get(move |request: HeaderMap| std::future::ready(document.answer(&request)))
    }

    fn answer(&self, request: &HeaderMap) -> Response {
        let headers = self.headers.clone();
        if self.is_known_to(request) {
            let mut response = (StatusCode::NOT_MODIFIED, headers).into_response();
            response.headers_mut().remove(CONTENT_TYPE);
            return response;
        }
        (headers, self.body.clone()).into_response()
    }

    /// Whether the client has this very text (RFC 9110, section 13.1.2).
    fn is_known_to(&self, request: &HeaderMap) -> bool {
        let Some(own) = self.headers.get(ETAG).and_then(|tag| tag.to_str().ok()) else {
            return false;
        };
        let values = request.get_all(IF_NONE_MATCH).into_iter().filter_map(|it| it.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == own)
    }
}
