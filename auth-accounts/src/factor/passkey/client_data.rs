//! What the browser says of a ceremony ([WebAuthn
//! §5.8.1](https://www.w3.org/TR/webauthn-3/#dictdef-collectedclientdata)).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Which ceremony it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum Kind {
    #[serde(rename = "webauthn.create")]
    Create,
    #[serde(rename = "webauthn.get")]
    Get,
}

/// The members that count; browsers may add others.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    kind: Kind,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<IgnoredAny>,
}

impl ClientData {
    /// `None`: it is no JSON, lacks a member, or has one of these twice.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// The challenge, if this was the ceremony, on a page of one of these origins that no page of
    /// another origin had in a frame.
    ///
    /// Origins are compared as texts: browsers write each in one way.
    pub(super) fn challenge_of(&self, kind: Kind, origins: &[String]) -> Option<Vec<u8>> {
        let is_ours = self.kind == kind
            && origins.contains(&self.origin)
            && !self.cross_origin
            && self.top_origin.is_none();
        is_ours.then(|| URL_SAFE_NO_PAD.decode(&self.challenge).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(json: &str) -> Option<Vec<u8>> {
        let origins = ["https://notes.example.com".to_owned(), "android:apk-key-hash:x".to_owned()];
        ClientData::read(json.as_bytes())?.challenge_of(Kind::Get, &origins)
    }

    fn of_origin(origin: &str) -> Option<Vec<u8>> {
        challenge(&format!(r#"{{"type":"webauthn.get","challenge":"AQID","origin":"{origin}"}}"#))
    }

    #[test]
    fn r60_origins_are_the_same_text_or_others() {
        for origin in ["https://notes.example.com", "android:apk-key-hash:x"] {
            assert_eq!(of_origin(origin), Some(vec![1, 2, 3]), "{origin}");
        }
        for origin in [
            "",
            "null",
            "https://notes.example.com/",
            "https://notes.example.com:443",
            "https://notes.example.com:8443",
            "https://NOTES.example.com",
            "http://notes.example.com",
            "https://example.com",
            "https://evil.notes.example.com",
            "https://evilnotes.example.com",
            "https://notes.example.com.evil.org",
            "https://notes.example.com@evil.org",
        ] {
            assert_eq!(of_origin(origin), None, "{origin}");
        }
    }

    #[test]
    fn what_a_browser_adds_is_ignored_and_what_it_says_twice_is_not() {
        let begin =
            r#"{"type":"webauthn.get","challenge":"AQID","origin":"https://notes.example.com""#;
        for (end, expected) in [
            ("}", true),
            (r#","crossOrigin":false}"#, true),
            (r#","other_keys_can_be_added_here":"do not compare"}"#, true),
            (r#","crossOrigin":true}"#, false),
            (r#","crossOrigin":"false"}"#, false),
            (r#","crossOrigin":null}"#, false),
            (r#","topOrigin":"https://notes.example.com"}"#, false),
            (r#","origin":"https://notes.example.com"}"#, false),
            (r#","challenge":"AQID"}"#, false),
            ("} ", true),
            ("}x", false),
            ("", false),
        ] {
            assert_eq!(challenge(&format!("{begin}{end}")).is_some(), expected, "{end}");
        }
        for challenge in ["AQID=", "AQ+D", "AQI", ""] {
            let json = format!(
                r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"https://notes.example.com"}}"#
            );
            let read = self::challenge(&json);
            assert_ne!(read, Some(vec![1, 2, 3]), "{challenge}");
        }
    }
}
