//! Bearer tokens that belong to a scheme of the application. Their prefix distinguishes them from access tokens.

use std::borrow::Cow;

use crate::token::is_token68;

/// How every signed JWT begins: `{"` in base64url.
const OF_JWTS: &str = "eyJ";

/// The prefixes of the bearer tokens that belong to the schemes of one authenticator. No access token
/// begins with one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct BearerPrefixes(Box<[Cow<'static, str>]>);

impl BearerPrefixes {
    pub(crate) fn new(prefixes: impl IntoIterator<Item = Cow<'static, str>>) -> Self {
        Self(prefixes.into_iter().collect())
    }

    /// Whether a bearer token belongs to a scheme.
    pub(crate) fn claim(&self, token: &[u8]) -> bool {
        self.0.iter().any(|prefix| token.starts_with(prefix.as_bytes()))
    }
}

/// Whether this prefix distinguishes tokens: a token can begin with it, and no JWT can.
pub(crate) fn is_distinctive(prefix: &str) -> bool {
    is_token68(prefix.as_bytes()) && !prefix.ends_with('=') && !overlap(prefix, OF_JWTS)
}

/// Whether one token can begin with both.
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_tells_its_tokens_from_every_jwt() {
        for prefix in ["acme_live_", "a", "s.", "~", "eY", "eyj_", "+/"] {
            assert!(is_distinctive(prefix), "{prefix}");
        }
        for prefix in ["", "e", "ey", "eyJ", "eyJhbGciOi", "a b", "a=", "=", "a\"", "ä", "a,"] {
            assert!(!is_distinctive(prefix), "{prefix}");
        }
    }

    #[test]
    fn prefixes_overlap_if_one_begins_with_the_other() {
        assert!(overlap("acme_", "acme_live_") && overlap("acme_live_", "acme_"));
        assert!(overlap("acme_", "acme_"));
        assert!(!overlap("acme_live_", "acme_test_"));
    }

    #[test]
    fn a_token_belongs_to_the_scheme_whose_prefix_it_begins_with() {
        let prefixes = BearerPrefixes::new(["acme_live_".into(), "sid.".into()]);
        assert!(prefixes.claim(b"acme_live_1") && prefixes.claim(b"sid."));
        assert!(!prefixes.claim(b"acme_test_1") && !prefixes.claim(b"ACME_LIVE_1"));
        assert!(!BearerPrefixes::default().claim(b""));
    }
}
