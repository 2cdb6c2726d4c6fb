//! One JSON Web Key of a set ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)).

use serde_json::{Map, Value};

use super::algorithm::{Algorithm, AlgorithmSet};
use super::backend::HAS_P521;
use super::base64url;
use super::header::MAX_KID_BYTES;
use super::key_set::VerifyingKey;
use super::public_key::{Curve, KeyError, PublicKey};

/// The members that hold the private half (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// Reads one member of a key set.
pub(crate) fn parse(jwk: &Value) -> Result<VerifyingKey, KeyError> {
    let members = jwk.as_object().ok_or(KeyError::NotAnObject)?;
    let key = public_key(members)?;
    let kid = string(members, "kid")?;
    if kid.is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
        return Err(KeyError::Invalid("kid"));
    }
    let algorithms = algorithms(members, &key)?;
    VerifyingKey::public(key, algorithms, kid)
}

/// The public key of a JWK, and nothing but a public key: no secret, no private half.
pub(crate) fn public_key(members: &Map<String, Value>) -> Result<PublicKey, KeyError> {
    let kty = string(members, "kty")?.ok_or(KeyError::Missing("kty"))?;
    if kty == "oct" || members.contains_key("k") {
        return Err(KeyError::Symmetric);
    }
    if PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(KeyError::Private);
    }
    check_purpose(members)?;

    match kty {
        "RSA" => PublicKey::rsa(&bytes(members, "n")?, &bytes(members, "e")?),
        "EC" => {
            let curve = match required(members, "crv")? {
                "P-256" => Curve::P256,
                "P-384" => Curve::P384,
                "P-521" if HAS_P521 => Curve::P521,
                _ => return Err(KeyError::UnsupportedCurve),
            };
            PublicKey::ec(curve, &bytes(members, "x")?, &bytes(members, "y")?)
        }
        "OKP" => match required(members, "crv")? {
            "Ed25519" => PublicKey::ed25519(&bytes(members, "x")?),
            _ => Err(KeyError::UnsupportedCurve),
        },
        _ => Err(KeyError::UnsupportedType),
    }
}

/// One key, one algorithm, where the key says which; else those its type allows (RFC 8725 §3.1).
pub(crate) fn algorithms(
    members: &Map<String, Value>,
    key: &PublicKey,
) -> Result<AlgorithmSet, KeyError> {
    let possible = key.algorithms();
    let Some(name) = string(members, "alg")? else {
        return Ok(possible);
    };
    let algorithm: Algorithm = name.parse().map_err(|_| KeyError::Algorithm)?;
    if possible.contains(algorithm) {
        Ok(AlgorithmSet::only(algorithm))
    } else {
        Err(KeyError::Algorithm)
    }
}

/// `use` and `key_ops`, where present, must allow to verify signatures (RFC 7517 §4.2, §4.3).
fn check_purpose(members: &Map<String, Value>) -> Result<(), KeyError> {
    if string(members, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(KeyError::Purpose);
    }
    match members.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) if operations.iter().any(|name| name == "verify") => Ok(()),
        Some(Value::Array(_)) => Err(KeyError::Purpose),
        Some(_) => Err(KeyError::Invalid("key_ops")),
    }
}

fn string<'a>(
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, KeyError> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(KeyError::Invalid(name)),
    }
}

fn required<'a>(members: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, KeyError> {
    string(members, name)?.ok_or(KeyError::Missing(name))
}

fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyError> {
    base64url::decode(required(members, name)?).ok_or(KeyError::Invalid(name))
}
