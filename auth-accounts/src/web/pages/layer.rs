//! Around the endpoints: what they answer to a person becomes a page.

use axum::body::{Bytes, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, RETRY_AFTER, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::endpoints::Beside;
use super::table::{self, Then, View};
use super::typed::{Noted, Typed, parameter};
use super::{Done, Page, PageKind, PageProblem, Pages, policy, reader, return_to, words};
use crate::accounts::Accounts;

/// How many bytes of an answer are read. The lists of an account are far shorter.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// Answers people with pages, and programs as the endpoint does.
pub(crate) async fn show(
    State(accounts): State<Accounts>,
    request: Request,
    next: Next,
) -> Response {
    let pages = accounts.0.pages.clone();
    let Some((pages, view)) = pages.zip(view(&request)) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let mut shown = Shown::new(&*pages, &accounts, view, &parts);
    // Of a form, what its endpoint reads: nothing before the guard has let the request in.
    let noted = (parts.method == Method::POST).then(Noted::new);
    let body = match &noted {
        Some(noted) => noted.body(body),
        None => body,
    };
    let answer = next.run(Request::from_parts(parts, body)).await;
    let answer = Answer::read(answer).await;
    if let Some(noted) = noted {
        shown.typed = noted.typed();
    }
    if answer.status.is_success() {
        return shown.done(&answer);
    }
    if !answer.status.is_client_error() && !answer.status.is_server_error() {
        return answer.unchanged();
    }
    let problem = answer.problem();
    if shown.leads_to_sign_in(&problem) {
        return shown.sign_in(&answer, &problem);
    }
    shown.problem(&answer, &problem)
}

/// What a person gets in the place of the answer.
fn view(request: &Request) -> Option<View> {
    let is_person = reader::is_person(request.method(), request.headers());
    is_person.then(|| table::view(request.method(), request.uri().path())).flatten()
}

/// What an endpoint has answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    data: Value,
    beside: Beside,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (mut parts, body) = response.into_parts();
        let beside = parts.extensions.remove::<Beside>().unwrap_or_default();
        let Ok(body) = to_bytes(body, MAX_ANSWER).await else {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            tracing::error!("the answer of an endpoint cannot be read");
            return Self {
                status,
                headers: parts.headers,
                body: Bytes::new(),
                data: Value::Null,
                beside,
            };
        };
        let data = serde_json::from_slice(&body).unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, body, data, beside }
    }

    fn text(&self, member: &str) -> &str {
        self.data.get(member).and_then(Value::as_str).unwrap_or_default()
    }

    fn problem(&self) -> PageProblem {
        let retry_after =
            self.headers.get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
        let code = self.text("code").to_owned();
        let text = words::problem(self.status, &code, self.text("detail"), retry_after);
        PageProblem { status: self.status, code, text }
    }

    /// As the endpoint has answered.
    fn unchanged(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }

    /// The headers that a page has, too: cookies above all.
    fn other_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        for name in [CONTENT_TYPE, CONTENT_LENGTH, TRANSFER_ENCODING] {
            headers.remove(name);
        }
        headers
    }
}

/// What is known of a page before its endpoint has answered.
struct Shown<'a> {
    pages: &'a dyn Pages,
    base: &'a str,
    password_at_least: usize,
    view: View,
    /// The whole path with its query, if it is opened and not sent to.
    opened: Option<String>,
    typed: Typed,
    done: Option<Done>,
    return_to: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(pages: &'a dyn Pages, accounts: &'a Accounts, view: View, parts: &Parts) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let whole = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |it| &it.0);
        let whole = whole.path_and_query().map(ToString::to_string);
        let return_to = parameter(query, "return_to");
        Self {
            pages,
            base: &accounts.0.path,
            password_at_least: accounts.0.passwords.min_length(),
            view,
            opened: whole.filter(|_| parts.method != Method::POST && !view.has_token),
            typed: Typed::of_query(query),
            done: parameter(query, "done").and_then(|name| Done::named(&name)),
            return_to: return_to.filter(|it| return_to::checked(it).is_some()),
        }
    }

    /// The form was taken, or the page is there.
    fn done(&self, answer: &Answer) -> Response {
        match self.view.then {
            Then::Show(kind) => self.page(kind, answer, &answer.data, answer.status, None),
            Then::Go(..) if answer.headers.contains_key(CLEAR_SITE_DATA) => {
                self.go("sign-in", Some(Done::SignedOut), answer)
            }
            Then::Go(endpoint, done) => self.go(endpoint, Some(done), answer),
            Then::SignIn => self.go_on(answer),
        }
    }

    /// The next step of a sign-in, or where the person wanted to go.
    fn go_on(&self, answer: &Answer) -> Response {
        if answer.text("status") == "second_factor" {
            let factors = answer.data.get("factors").and_then(Value::as_array);
            let factors: Vec<&str> =
                factors.into_iter().flatten().filter_map(Value::as_str).collect();
            return self.go(table::second_step(&factors), None, answer);
        }
        let target = self.return_to.clone().unwrap_or_else(|| table::path(self.base, ""));
        see_other(&target, answer.other_headers())
    }

    fn go(&self, endpoint: &str, done: Option<Done>, answer: &Answer) -> Response {
        let mut target = table::path(self.base, endpoint);
        if let Some(done) = done {
            target = format!("{target}?done={}", done.name());
        }
        let return_to = self.return_to.as_deref().filter(|_| endpoint.starts_with("sign-"));
        see_other(&return_to::with(target, return_to), answer.other_headers())
    }

    /// Whether a sign-in is missing, or too old.
    fn leads_to_sign_in(&self, problem: &PageProblem) -> bool {
        let stays = matches!(problem.code.as_str(), "invalid_credentials" | "wrong_code")
            || self.view.page == PageKind::EmailVerify;
        problem.status == StatusCode::UNAUTHORIZED && !stays
    }

    /// The form to sign in, at the path that asks for it.
    fn sign_in(mut self, answer: &Answer, problem: &PageProblem) -> Response {
        if !matches!(self.view.then, Then::SignIn) && self.return_to.is_none() {
            let target = self.opened.take();
            let target = target.unwrap_or_else(|| table::path(self.base, self.view.home));
            self.return_to = Some(target).filter(|it| return_to::checked(it).is_some());
        }
        self.page(PageKind::SignIn, answer, &Value::Null, problem.status, Some(problem))
    }

    /// The page again, with what is wrong.
    fn problem(&self, answer: &Answer, problem: &PageProblem) -> Response {
        self.page(self.view.page, answer, &answer.beside.data, problem.status, Some(problem))
    }

    fn page(
        &self,
        kind: PageKind,
        answer: &Answer,
        data: &Value,
        status: StatusCode,
        problem: Option<&PageProblem>,
    ) -> Response {
        let page = Page {
            kind,
            base: self.base,
            title: self.pages.title(),
            stylesheet: self.pages.stylesheet(),
            data,
            names: &answer.beside.names,
            password_at_least: self.password_at_least,
            home: self.view.home,
            done: self.done.filter(|_| problem.is_none()),
            problem,
            typed: &self.typed,
            return_to: self.return_to.as_deref(),
        };
        let (html, policy) = match self.pages.html(&page) {
            Some(html) => (html, policy::of_application(self.pages)),
            None => (page.standard_html(), policy::standard(page.stylesheet.is_some())),
        };
        let mut headers = answer.other_headers();
        policy::add(&mut headers, policy, self.view.has_token);
        (status, headers, html).into_response()
    }
}

/// The next page, which is opened by a GET
/// ([RFC 9110 §15.4.4](https://www.rfc-editor.org/rfc/rfc9110#section-15.4.4)).
fn see_other(target: &str, mut headers: HeaderMap) -> Response {
    let Ok(location) = HeaderValue::from_str(target) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    headers.insert(LOCATION, location);
    policy::never_kept(&mut headers);
    (StatusCode::SEE_OTHER, headers).into_response()
}
