//! Bytes as the form of a request to each endpoint that clients call. The names `CODE`, `REFRESH` and `ACCESS` are
//! replaced by a code, a refresh token and an access token that are good.

use serde_json::Value;

use super::server::{API, Answer, CALLBACKS, Live, NATIVE, SECRET, VERIFIER, WORLD};

/// A form, read by another parser.
struct Sent(Vec<(String, String)>);

impl Sent {
    fn read(form: &[u8]) -> Self {
        Self(form_urlencoded::parse(form).into_owned().collect())
    }

    /// The only value of this name; empty if the form does not have it.
    fn only(&self, name: &str) -> &str {
        let mut values = self.0.iter().filter(|(it, _)| it == name).map(|(_, it)| it.as_str());
        let value = values.next().unwrap_or_default();
        assert_eq!(values.next(), None, "{name} is there twice");
        value
    }

    fn is(&self, pairs: &[(&str, &str)]) -> bool {
        pairs.iter().all(|(name, value)| self.only(name) == *value)
    }

    /// Whether a client has authenticated, as it is registered, and by nothing else.
    fn is_of(&self, client: &str, secret: &str) -> bool {
        let others = [("client_assertion", ""), ("client_assertion_type", "")];
        self.is(&[("client_id", client), ("client_secret", secret)]) && self.is(&others)
    }

    fn check_tokens(&self, live: &Live, tokens: &Value) {
        let callback = self.only("redirect_uri");
        let is_good = match self.only("grant_type") {
            "authorization_code" => {
                assert!(callback.is_empty() || callback == CALLBACKS[0]);
                self.is_of("spa", "")
                    && self.is(&[("code", &live.code), ("code_verifier", VERIFIER)])
            }
            "refresh_token" => {
                self.is_of("spa", "") && self.only("refresh_token") == live.refresh_token
            }
            "client_credentials" => self.is_of("post", SECRET),
            _ => false,
        };
        assert!(is_good);
        assert_eq!(tokens["token_type"], "Bearer");
        let mut scopes = tokens["scope"].as_str().unwrap().split(' ');
        assert!(scopes.all(|it| ["", "openid", "offline_access", "read"].contains(&it)));
    }

    fn check_pushed(&self) {
        let callback = self.only("redirect_uri");
        match self.only("client_id") {
            "spa" => {
                let port = callback.strip_prefix("http://127.0.0.1:");
                let is_port = port.is_some_and(|it| it.ends_with("/callback"));
                assert!(CALLBACKS.contains(&callback) || is_port, "{callback}");
            }
            "native" => assert!(["", NATIVE].contains(&callback)),
            other => panic!("{other} has pushed"),
        }
        assert!(self.is(&[("response_type", "code"), ("code_challenge_method", "S256")]));
        assert!(self.is(&[("request_uri", ""), ("request", ""), ("client_secret", "")]));
        assert_eq!(self.only("code_challenge").len(), 43);
    }

    /// Whether the answer says that the token is good.
    fn check_introspected(&self, live: &Live, said: &Value) -> bool {
        assert!(self.is_of("post", SECRET));
        let is_active = said["active"] == true;
        if is_active {
            assert_eq!(self.only("token"), live.access_token);
            assert_eq!(said["aud"], API);
        }
        is_active
    }
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

pub fn run(data: &[u8]) -> bool {
    let mut is_accepted = false;
    for path in ["/token", "/par", "/introspect", "/revoke", "/device_authorization"] {
        let live = WORLD.live();
        let form = live.fill_in(data);
        let answer = WORLD.post(path, form.clone(), None);
        if !answer.status.is_success() {
            let said = json(&answer);
            let text = said["error_description"].as_str().unwrap_or_default();
            assert!(text.bytes().all(|it| matches!(it, b' '..=b'~') && !b"\"\\".contains(&it)));
            assert!(!said["error"].as_str().unwrap().is_empty());
            continue;
        }
        let sent = Sent::read(&form);
        is_accepted |= match path {
            "/token" => {
                sent.check_tokens(&live, &json(&answer));
                true
            }
            "/par" => {
                sent.check_pushed();
                true
            }
            "/introspect" => sent.check_introspected(&live, &json(&answer)),
            "/revoke" => [&*live.refresh_token, &*live.access_token].contains(&sent.only("token")),
            _ => {
                assert!(sent.is_of("tv", ""));
                true
            }
        };
        if path != "/introspect" {
            WORLD.used();
        }
    }
    is_accepted
}
