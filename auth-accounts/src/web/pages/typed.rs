//! What was typed into a form, to fill it again: never a password or a code.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use http_body_util::BodyExt as _;
use zeroize::Zeroizing;

use crate::secret::SecretText;
use crate::web::input::MAX_BYTES;

/// The fields that are filled again.
const FIELDS: [&str; 4] = ["username", "email", "name", "expires_in"];

/// What an endpoint has read of a form, noted while it does.
#[derive(Clone)]
pub(super) struct Noted(Arc<Mutex<Zeroizing<Vec<u8>>>>);

impl Noted {
    pub(super) fn new() -> Self {
        // It never grows, so that no copy of a password is left behind.
        Self(Arc::new(Mutex::new(Zeroizing::new(Vec::with_capacity(MAX_BYTES)))))
    }

    /// The same body, of which everything that is read is noted, as far as an endpoint takes it.
    pub(super) fn body(&self, body: Body) -> Body {
        let noted = self.clone();
        Body::new(body.map_frame(move |frame| {
            if let Some(bytes) = frame.data_ref() {
                let mut kept = noted.lock();
                let room = MAX_BYTES.saturating_sub(kept.len()).min(bytes.len());
                kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
            }
            frame
        }))
    }

    pub(super) fn typed(&self) -> Typed {
        Typed::of_form(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Zeroizing<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of a form, or of the query of a page.
#[derive(Default)]
pub(crate) struct Typed {
    fields: Vec<(&'static str, String)>,
    token: Option<SecretText>,
}

impl Typed {
    /// Reads a form, which is not said to be one that an endpoint would take.
    pub(super) fn of_form(form: &[u8]) -> Self {
        let mut typed = Self::default();
        for pair in form.split(|byte| *byte == b'&') {
            let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
            if let Some(field) = FIELDS.into_iter().find(|it| it.as_bytes() == name) {
                typed.fields.extend(value(pair).map(|it| (field, it)));
            } else if name == b"token" {
                typed.token = value(pair).map(SecretText::new);
            }
        }
        typed
    }

    /// Reads the query of a page: the token of a link is in it.
    pub(super) fn of_query(query: &str) -> Self {
        let token = parameter(query, "token").map(SecretText::new);
        Self { fields: Vec::new(), token }
    }

    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.fields.iter().find(|(name, _)| *name == field).map(|(_, value)| value.as_str())
    }

    pub(super) const fn token(&self) -> Option<&SecretText> {
        self.token.as_ref()
    }
}

/// The value of one pair of a form.
fn value(pair: &[u8]) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(pair).ok()?;
    pairs.into_iter().next().map(|(_, value)| value)
}

/// A parameter of a query.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    let pair = query.split('&').find(|pair| pair.split('=').next() == Some(name))?;
    value(pair.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_again_and_passwords_are_not() {
        let typed = Typed::of_form(b"username=a+b%26c&password=x&new=y&code=z&token=t&email=");
        assert_eq!(typed.get("username"), Some("a b&c"));
        assert_eq!(typed.get("email"), Some(""));
        assert_eq!(typed.token().map(SecretText::expose), Some("t"));
        for secret in ["password", "new", "code", "token"] {
            assert_eq!(typed.get(secret), None);
        }
        assert_eq!(parameter("a=1&done=x%2Fy", "done").as_deref(), Some("x/y"));
        assert_eq!(parameter("undone=x", "done"), None);
    }
}
