//! Enough of a browser to fill forms in, over plain HTTP on loopback.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A browser with cookies.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
}

/// An answer, and where it came from.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    address: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, it)| it.as_str())
    }

    pub(crate) fn location(&self) -> Option<String> {
        self.header("location").map(str::to_owned)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|it| panic!("{it}: {self:?}"))
    }
}

impl Browser {
    pub(crate) fn get(&mut self, address: &str) -> Answer {
        self.send("GET", address, &[], "")
    }

    /// As a browser does whose user has typed the address.
    pub(crate) fn get_html(&mut self, address: &str) -> Answer {
        let accepted = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        self.send("GET", address, &[("Accept", accepted)], "")
    }

    /// Presents an access token.
    pub(crate) fn get_as(&mut self, address: &str, token: &str) -> Answer {
        self.send("GET", address, &[("Authorization", &format!("Bearer {token}"))], "")
    }

    pub(crate) fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let form_type = [("Content-Type", "application/x-www-form-urlencoded")];
        self.send("POST", address, &form_type, &form(fields))
    }

    pub(crate) fn post_json(&mut self, address: &str, json: &str) -> Answer {
        self.send("POST", address, &[("Content-Type", "application/json")], json)
    }

    /// Sends the form of a page with these fields; hidden ones are sent back as they are.
    pub(crate) fn submit(&mut self, page: &Answer, fields: &[(&str, &str)]) -> Answer {
        let form_tag =
            tags(&page.body, "form").next().unwrap_or_else(|| panic!("no form: {page:?}"));
        let action = attribute(form_tag, "action").unwrap_or_default();
        let hidden: Vec<(String, String)> = tags(&page.body, "input")
            .filter(|it| attribute(it, "type").as_deref() == Some("hidden"))
            .filter_map(|it| {
                Some((attribute(it, "name")?, attribute(it, "value").unwrap_or_default()))
            })
            .collect();
        let mut all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(fields);
        let address = resolved(&page.address, &action);
        self.post(&address, &all)
    }

    /// Follows redirects that stay at the server.
    pub(crate) fn follow_within(&mut self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            let Some(location) = answer.location() else { return answer };
            let next = resolved(&answer.address, &location);
            if origin(&next) != origin(&answer.address) {
                return answer;
            }
            answer = self.get(&next);
        }
        answer
    }

    fn send(
        &mut self,
        method: &str,
        address: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let rest = address.strip_prefix("http://").expect("plain HTTP");
        let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.push_str(&format!("Cookie: {}\r\n", cookies.join("; ")));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if method != "GET" {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        request.push_str(body);
        let mut stream = TcpStream::connect(host).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
        stream.write_all(request.as_bytes()).expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer ends");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let mut lines = head.lines();
        let status = lines.next().and_then(|it| it.split(' ').nth(1)).expect("a status");
        let headers: Vec<(String, String)> = lines
            .filter_map(|it| it.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for (_, cookie) in headers.iter().filter(|(it, _)| it.eq_ignore_ascii_case("set-cookie")) {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let is_chunked = headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding") && value.contains("chunked")
        });
        Answer {
            status: status.parse().expect("a number"),
            body: if is_chunked { unchunked(body) } else { body.to_owned() },
            headers,
            address: address.to_owned(),
        }
    }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap_or(0);
        body.push_str(after.get(..length).unwrap_or_default());
        rest = after.get(length + 2..).unwrap_or_default();
    }
    body
}

fn origin(address: &str) -> &str {
    let path = address.find("://").map_or(0, |at| at + 3);
    let end = address[path..].find(['/', '?']).map_or(address.len(), |at| path + at);
    &address[..end]
}

fn resolved(from: &str, to: &str) -> String {
    if to.is_empty() {
        from.to_owned()
    } else if to.starts_with('/') {
        format!("{}{to}", origin(from))
    } else {
        to.to_owned()
    }
}

/// The tags of this name.
fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split('<').skip(1).filter_map(move |it| {
        let inside = it.split('>').next()?;
        (inside == name || inside.starts_with(&format!("{name} "))).then_some(inside)
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let after = tag.split_once(&format!(" {name}=\""))?.1;
    let value = after.split('"').next()?;
    let value = value.replace("&quot;", "\"").replace("&#39;", "'").replace("&lt;", "<");
    Some(value.replace("&gt;", ">").replace("&amp;", "&"))
}

/// A form as it is sent.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    form.finish()
}

/// The parameters of a query.
pub(crate) fn parse(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
