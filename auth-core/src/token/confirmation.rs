//! What binds a token to its sender: `cnf` ([RFC 7800 §3.1](https://www.rfc-editor.org/rfc/rfc7800#section-3.1)).

use super::error::VerifyError;
use crate::jose::json::{Object, Value};

/// What the sender of a bound token must prove to hold. With both members, both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirmation {
    /// The thumbprint of the key of its DPoP proofs
    /// ([RFC 9449 §6.1](https://www.rfc-editor.org/rfc/rfc9449#section-6.1)).
    pub(crate) jkt: Option<Box<str>>,
    /// The thumbprint of its client certificate
    /// ([RFC 8705 §3.1](https://www.rfc-editor.org/rfc/rfc8705#section-3.1)).
    pub(crate) x5t_s256: Option<Box<str>>,
}

impl Confirmation {
    /// Reads `cnf`.
    ///
    /// A method that is not known here binds the token too, so it is not ignored (RFC 7800 leaves
    /// that to the application): no caller can prove it, and the token is rejected.
    pub(crate) fn find(claims: Object<'_>) -> Result<Option<Self>, VerifyError> {
        let Some(members) = claims.get("cnf") else {
            return Ok(None);
        };
        let invalid = VerifyError::InvalidClaim("cnf");
        let Value::Object(members) = members else {
            return Err(invalid);
        };
        let mut found = Self { jkt: None, x5t_s256: None };
        for (name, value) in members.iter() {
            let slot = match name {
                "jkt" => &mut found.jkt,
                "x5t#S256" => &mut found.x5t_s256,
                _ => return Err(VerifyError::SenderConstrained),
            };
            let thumbprint = value.as_str().filter(|text| !text.is_empty()).ok_or(invalid)?;
            *slot = Some(thumbprint.into());
        }
        if found.jkt.is_none() && found.x5t_s256.is_none() {
            return Err(invalid);
        }
        Ok(Some(found))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::jose::json::Document;

    fn find(cnf: &Value) -> Result<Option<Confirmation>, VerifyError> {
        let claims = Document::parse(json!({"cnf": cnf}).to_string().into()).unwrap();
        Confirmation::find(claims.root())
    }

    #[test]
    fn the_known_methods_are_read() {
        let none = Document::parse(b"{}".to_vec()).unwrap();
        assert_eq!(Confirmation::find(none.root()), Ok(None));
        let both = find(&json!({"jkt": "a", "x5t#S256": "b"})).unwrap().unwrap();
        assert_eq!((both.jkt.as_deref(), both.x5t_s256.as_deref()), (Some("a"), Some("b")));
        let one = find(&json!({"jkt": "a"})).unwrap().unwrap();
        assert_eq!((one.jkt.as_deref(), one.x5t_s256), (Some("a"), None));
    }

    #[test]
    fn unprovable_bindings_are_rejected() {
        let invalid = Err(VerifyError::InvalidClaim("cnf"));
        for cnf in [
            json!(null),
            json!("jkt"),
            json!([]),
            json!({}),
            json!({"jkt": null}),
            json!({"jkt": 1}),
            json!({"jkt": ""}),
            json!({"jkt": "a", "x5t#S256": []}),
        ] {
            assert_eq!(find(&cnf), invalid, "{cnf}");
        }
        for cnf in [json!({"jwk": {}}), json!({"kid": "k"}), json!({"jkt": "a", "new": 1})] {
            assert_eq!(find(&cnf), Err(VerifyError::SenderConstrained), "{cnf}");
        }
    }
}
