//! A user who logs in with a browser: the code flow with PKCE (RFC 7636), page by page.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;

use super::{DpopKey, IdentityProvider};

const CALLBACK: &str = "https://web.test/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-rfc-7636-section-4.1";
const SECOND_FACTOR: &str = "123456";

/// A user in front of a browser with its cookies.
#[derive(Debug)]
pub struct Login<'a> {
    provider: &'a IdentityProvider,
    user: String,
    cookies: BTreeMap<(String, String), String>,
}

impl IdentityProvider {
    /// A browser without cookies, and a user in front of it: `alice` is a clerk, `bob` a manager,
    /// `carol` an admin.
    #[must_use]
    pub fn browser(&self, user: &str) -> Login<'_> {
        Login { provider: self, user: user.into(), cookies: BTreeMap::new() }
    }
}

impl Login<'_> {
    /// An access token for a resource. `parameters` of the authorization request, such as `acr_values`
    /// and `max_age`, are added to the usual ones. Each page that the provider shows is filled in.
    ///
    /// # Panics
    /// If the provider rejects, or does not come to an end.
    pub async fn token(
        &mut self,
        resource: &str,
        parameters: &[(&str, &str)],
        key: Option<&DpopKey>,
    ) -> String {
        let code = self.code(resource, parameters).await;
        let form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", "web"),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("code", &code),
        ];
        self.provider.token(&form, None, key).await.access_token
    }

    async fn code(&mut self, resource: &str, parameters: &[(&str, &str)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let mut url = Url::parse(&format!("{}/auth", self.provider.issuer)).expect("an address");
        url.query_pairs_mut()
            .extend_pairs([
                ("client_id", "web"),
                ("redirect_uri", CALLBACK),
                ("response_type", "code"),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
                ("resource", resource),
                ("scope", "openid read write"),
            ])
            .extend_pairs(parameters);
        let mut form = None;
        // Two pages, and a redirect before and after each of them, are the most there is.
        for _ in 0..8 {
            if url.as_str().starts_with(CALLBACK) {
                let answer: BTreeMap<_, _> = url.query_pairs().collect();
                return answer
                    .get("code")
                    .unwrap_or_else(|| panic!("no code: {answer:?}"))
                    .to_string();
            }
            let (next, page) = self.visit(&url, form.take()).await;
            if let Some(next) = next {
                url = url.join(&next).expect("an address");
            } else if page.contains("name=\"code\"") {
                form = Some(vec![("code", SECOND_FACTOR.to_owned())]);
            } else {
                assert!(page.contains("name=\"password\""), "no login page: {page}");
                let password = format!("{}-password", self.user);
                form = Some(vec![("username", self.user.clone()), ("password", password)]);
            }
        }
        panic!("the login does not end: {url}");
    }

    async fn visit(
        &mut self,
        url: &Url,
        form: Option<Vec<(&str, String)>>,
    ) -> (Option<String>, String) {
        let http = &self.provider.http;
        let request = match form {
            Some(form) => http.post(url.clone()).form(&form),
            None => http.get(url.clone()),
        };
        let sent = self.cookies.iter().filter(|((path, _), _)| url.path().starts_with(path));
        let sent: Vec<_> = sent.map(|((_, name), value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", sent.join("; ")).send().await.expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            self.keep(cookie.to_str().expect("a cookie"));
        }
        let next = answer.headers().get("location").map(|next| next.to_str().expect("an address"));
        (next.map(str::to_owned), answer.text().await.expect("a page"))
    }

    /// Keeps a cookie for its path (RFC 6265); an empty one is forgotten.
    fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        let path = parts.find_map(|part| part.strip_prefix("path=")).unwrap_or("/");
        let key = (path.to_owned(), name.to_owned());
        if value.is_empty() {
            self.cookies.remove(&key);
        } else {
            self.cookies.insert(key, value.to_owned());
        }
    }
}
