//! Who calls the program: a program with a token, or a browser.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::program::now;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// How long a step of a TOTP is, in seconds.
pub(crate) const STEP: u64 = 30;

/// An answer of the program.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A text in the body.
    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no `{name}`: {self:?}")).to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Sends requests to one node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    http: reqwest::Client,
    pub(crate) origin: String,
}

impl Node {
    pub(crate) fn new(origin: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).no_proxy();
        Self { http: http.build().unwrap(), origin: origin.to_owned() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.origin))
    }

    /// An answer, if one came.
    pub(crate) async fn try_send(&self, request: reqwest::RequestBuilder) -> Option<Answer> {
        let answer = request.send().await.ok()?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Some(Answer { status, headers, body: answer.text().await.ok()? })
    }

    /// The same for a caller with a token, with a body of JSON unless it is null.
    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Option<Answer> {
        let mut request = self.request(method, path);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if !body.is_null() {
            request = request.json(body);
        }
        self.try_send(request).await
    }

    #[track_caller]
    pub(crate) fn call(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Value,
    ) -> impl Future<Output = Answer> {
        let caller = std::panic::Location::caller();
        async move {
            let what = format!("{method} {path}");
            let answer = self.try_call(method, path, token, &body).await;
            answer.unwrap_or_else(|| panic!("no answer to {what}: {caller}"))
        }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::POST, path, token, body).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.call(Method::DELETE, path, token, Value::Null).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, token, body).await
    }

    pub(crate) async fn sign_up(&self, name: &str, email: Option<&str>) {
        let body = json!({ "username": name, "password": PASSWORD, "email": email });
        self.post("/account/sign-up", "", body).await.expect(201);
    }

    pub(crate) async fn try_sign_in(&self, name: &str, password: &str) -> Answer {
        let body = json!({ "username": name, "password": password, "token": true });
        self.post("/account/sign-in", "", body).await
    }

    /// The token of a session.
    pub(crate) async fn sign_in(&self, name: &str) -> String {
        self.try_sign_in(name, PASSWORD).await.expect(200).text("access_token")
    }

    /// The token of a sign-in that waits for its second factor.
    pub(crate) async fn begin(&self, name: &str) -> String {
        self.try_sign_in(name, PASSWORD).await.expect(200).text("pending_token")
    }

    /// Gives the second factor.
    pub(crate) async fn second(&self, kind: &str, pending: &str, code: &str) -> Answer {
        self.post(&format!("/account/sign-in/{kind}"), pending, json!({ "code": code })).await
    }

    /// The id of an account, for an administrator.
    pub(crate) async fn account_id(&self, admin: &str, name: &str) -> String {
        let path = format!("/account/admin/accounts?query={name}");
        let found = self.get(&path, admin).await.expect(200).json();
        let mut found = found.as_array().unwrap().iter();
        let account = found.find(|it| it["username"] == name).unwrap();
        account["id"].as_str().unwrap().to_owned()
    }
}

/// The application on the phone of an owner.
#[derive(Clone, Debug)]
pub(crate) struct Phone {
    pub(crate) secret: String,
}

impl Phone {
    /// Adds one to the account of this session, which gets another token. The code of the step before is used
    /// up by it, so that the present one and the next are left.
    pub(crate) async fn enrol(node: &Node, token: &mut String) -> Self {
        loop {
            let secret = node.post("/account/totp", token, Value::Null).await.expect(200);
            let phone = Self { secret: secret.text("secret") };
            let body = json!({ "code": phone.code(now() / STEP - 1) });
            let confirmed = node.post("/account/totp/confirm", token, body).await;
            // The step may have ended meanwhile.
            if confirmed.status == 422 {
                continue;
            }
            *token = confirmed.expect(200).text("access_token");
            return phone;
        }
    }

    /// The code of a time step.
    pub(crate) fn code(&self, step: u64) -> String {
        let secret = Secret::try_from_base32(&self.secret).unwrap();
        Builder::new().with_secret(secret).build().unwrap().generate(step * STEP).to_string()
    }

    /// The code of the present step, which is left for some seconds.
    pub(crate) async fn present(&self) -> String {
        let left = STEP - now() % STEP;
        if left < 5 {
            tokio::time::sleep(Duration::from_secs(left)).await;
        }
        self.code(now() / STEP)
    }
}

/// Waits until something holds; how long that took.
#[track_caller]
pub(crate) fn until<F: Future<Output = bool>>(
    mut holds: impl FnMut() -> F,
    most: Duration,
) -> impl Future<Output = Duration> {
    let caller = std::panic::Location::caller();
    async move {
        let begun = std::time::Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < most, "it does not hold after {most:?}: {caller}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        begun.elapsed()
    }
}

/// All at once; the answers in the order of the questions.
pub(crate) async fn at_once<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut all: Vec<_> = all.map(|it| (Box::pin(it), None)).collect();
    std::future::poll_fn(|context| {
        let mut is_done = true;
        for (future, answer) in &mut all {
            if answer.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(ready) => *answer = Some(ready),
                    std::task::Poll::Pending => is_done = false,
                }
            }
        }
        if is_done { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    all.into_iter().filter_map(|(_, answer)| answer).collect()
}
