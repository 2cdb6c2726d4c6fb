//! Reads a client document.

use serde_json::{Map, Value};

use crate::client::metadata::{AuthMethod, ClientMetadata, UnvettedPolicy};
use crate::client::{Client, ClientOrigin};
use crate::wire::{OAuthError, OAuthErrorCode};

/// The client of a document: a JSON object with its own address as `client_id`, byte for byte, and without a
/// secret, since the document is public (Client ID Metadata Documents, sections 4 and 4.1).
///
/// # Errors
/// `invalid_client_metadata` or `invalid_redirect_uri`, with what is wrong.
pub(crate) fn client_of_document(
    id: &str,
    document: &[u8],
    policy: &UnvettedPolicy,
) -> Result<Client, OAuthError> {
    let invalid = |why: &'static str| OAuthError::new(OAuthErrorCode::InvalidClientMetadata, why);
    let object: Map<String, Value> =
        serde_json::from_slice(document).map_err(|_| invalid("it is not a JSON object"))?;
    if object.get("client_id").and_then(Value::as_str) != Some(id) {
        return Err(invalid("its client_id is not its address"));
    }
    if object.keys().any(|it| it.starts_with("client_secret")) {
        return Err(invalid("it has a secret in it"));
    }
    let metadata = ClientMetadata::read(&object, AuthMethod::None, policy)?;
    if !matches!(metadata.token_endpoint_auth_method, AuthMethod::None | AuthMethod::PrivateKeyJwt)
    {
        return Err(invalid("its authentication method needs a secret"));
    }
    metadata
        .client(id, ClientOrigin::MetadataDocument, None, policy)
        .ok_or_else(|| invalid("its keys cannot be read"))
}
