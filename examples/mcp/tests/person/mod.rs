//! A person with a browser, who signs in and allows what is asked.

use std::collections::BTreeMap;

use mcp_example::{PASSWORD, USERNAME};
use reqwest::{Response, redirect};
use url::Url;

/// A person with a browser.
pub(crate) struct Person {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
    /// The text of all pages.
    pub(crate) seen: String,
}

impl Person {
    pub(crate) fn new() -> Self {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build().unwrap();
        Self { http, cookies: BTreeMap::new(), seen: String::new() }
    }

    /// Opens this address, signs in where that is asked for, and allows what is asked for; the parameters
    /// that the client gets.
    pub(crate) async fn allow(&mut self, address: &str) -> BTreeMap<String, String> {
        self.seen.clear();
        let origin = Url::parse(address).unwrap().origin();
        let mut response = self.send(self.http.get(address)).await;
        for _ in 0..10 {
            if let Some(location) = response.headers().get("location") {
                let location = Url::parse(location.to_str().unwrap()).unwrap();
                if location.origin() != origin {
                    return location.query_pairs().into_owned().collect();
                }
                response = self.send(self.http.get(location)).await;
                continue;
            }
            let status = response.status();
            let page = response.text().await.unwrap();
            self.seen.push_str(&page);
            assert_eq!(status, 200, "{page}");
            let mut fields = vec![("interaction", between(&page, "name=\"interaction\" value=\""))];
            if page.contains("name=\"password\"") {
                fields.push(("username", USERNAME.to_owned()));
                fields.push(("password", PASSWORD.to_owned()));
            } else {
                fields.push(("decision", "allow".to_owned()));
            }
            let action = between(&page, "<form method=\"post\" action=\"");
            response = self.send(self.http.post(action).form(&fields)).await;
        }
        panic!("no way to the end: {}", self.seen);
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let response = request.header("cookie", cookies).send().await.unwrap();
        for line in response.headers().get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

fn between(page: &str, before: &str) -> String {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before}: {page}")).1;
    rest.split_once('"').unwrap().0.to_owned()
}
