//! Subjects of tokens that have no `sub`.

use super::error::VerifyError;
use super::pointer::Pointer;
use crate::jose::json::{Object, Value};

/// What every subject begins with that is not a `sub`. A `sub` that begins so is rejected, so no
/// person has the name of a machine.
const RESERVED: &str = "urn:auth-core:";
/// The claims in which issuers name the client: a client has one name, in whichever of them.
const OF_CLIENTS: [&str; 5] = ["/client_id", "/azp", "/cid", "/appid", "/clientId"];

/// The subject of a client whose tokens have no `sub`: what
/// [`Identity::subject`](crate::Identity::subject) says where the verifier was built with
/// [`subject_in`](super::JwtVerifierBuilder::subject_in) and a claim that names the client.
///
/// It is never the subject of a person, not even of one who is called like the client. For
/// revocations, and for the tables of an [`AssignmentSource`](crate::AssignmentSource).
///
/// ```
/// use auth_core::token::client_subject;
///
/// assert_eq!(client_subject("billing"), "urn:auth-core:client:billing");
/// ```
#[must_use]
pub fn client_subject(client_id: &str) -> String {
    format!("{RESERVED}client:{client_id}")
}

/// Whether a `sub` has the form of what was not a `sub`. In any case, since databases compare so.
pub(crate) fn is_reserved(subject: &str) -> bool {
    let prefix = subject.get(..RESERVED.len());
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(RESERVED))
}

/// Where the subject of a token without `sub` is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubjectPlace(Pointer);

impl SubjectPlace {
    pub(crate) fn new(pointer: String) -> Self {
        Self(Pointer::parse(pointer))
    }

    pub(crate) const fn pointer(&self) -> &Pointer {
        &self.0
    }

    /// Whether it names a subject.
    pub(crate) fn check(&self, claims: Object<'_>) -> Result<(), VerifyError> {
        match self.0.find(claims) {
            None => Err(VerifyError::MissingClaim("sub")),
            Some(Value::Text(name)) if !name.is_empty() => Ok(()),
            Some(_) => Err(VerifyError::InvalidClaim("sub")),
        }
    }

    /// The subject that it names, under a name that no `sub` has. What two places name is never the
    /// same, unless both name the client.
    pub(crate) fn find(&self, claims: Object<'_>) -> Option<Box<str>> {
        let name = self.0.find(claims)?.as_str()?;
        let place = self.0.as_str();
        let subject = if OF_CLIENTS.contains(&place) {
            client_subject(name)
        } else {
            // Without a colon in it, the place ends where the name begins.
            let place = place.replace('%', "%25").replace(':', "%3A");
            format!("{RESERVED}claim:{place}:{name}")
        };
        Some(subject.into_boxed_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::jose::json::Document;

    fn subject(pointer: &str, claims: &serde_json::Value) -> String {
        let claims = Document::parse(claims.to_string().into()).unwrap();
        let place = SubjectPlace::new(pointer.to_owned());
        place.find(claims.root()).unwrap().into()
    }

    #[test]
    fn a_client_has_one_name_in_every_claim() {
        for pointer in OF_CLIENTS {
            let name = pointer.trim_start_matches('/');
            assert_eq!(subject(pointer, &json!({name: "billing"})), client_subject("billing"));
        }
    }

    #[test]
    fn subjects_of_different_places_never_meet() {
        let claims = json!({"upn": "alice", "client_id": "alice", "a:b": "c", "a": "b:c"});
        let places = ["/upn", "/client_id", "/a:b", "/a"];
        let mut subjects: Vec<_> = places.map(|place| subject(place, &claims)).into();
        assert!(subjects.iter().all(|subject| is_reserved(subject)), "{subjects:?}");
        subjects.sort_unstable();
        subjects.dedup();
        assert_eq!(subjects.len(), places.len(), "{subjects:?}");
        for plain in ["alice", "", "urn:auth-cor", "client:alice", "\u{e9}urn:auth-core:"] {
            assert!(!is_reserved(plain), "{plain}");
        }
    }
}
