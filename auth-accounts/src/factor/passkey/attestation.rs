//! What an authenticator says of itself when it makes a passkey
//! ([WebAuthn §6.5](https://www.w3.org/TR/webauthn-3/#sctn-attestation)).
//! It is not asked for.

use super::authenticator_data::is_of_enrolment;
use super::cbor::Item;

/// The authenticator data of an attestation object of a form that is taken: none, or one that the new key
/// itself has signed, which is checked after this. Other forms name the maker of the
/// authenticator. These accounts have no list of makers, so they are rejected.
pub(super) fn attested(bytes: &[u8]) -> Option<&[u8]> {
    use Item::{Bytes, Map, Text};

    let object = Item::whole(bytes)?;
    let [
        (Text("fmt"), Text(format)),
        (Text("attStmt"), Map(statement)),
        (Text("authData"), Bytes(authenticator_data)),
    ] = object.entries()?
    else {
        return None;
    };
    let is_taken = match *format {
        "none" => statement.is_empty(),
        "packed" => {
            matches!(**statement, [(Text("alg"), Item::Integer(_)), (Text("sig"), Bytes(_))])
        }
        _ => false,
    };
    (is_taken && is_of_enrolment(authenticator_data)).then_some(authenticator_data)
}
