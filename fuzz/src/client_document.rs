//! The document of a client, which is not vetted.

use auth_server::__private::{is_redirect_uri, redirect_uris_of_document};
use serde_json::Value;

pub fn run(data: &[u8]) -> bool {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (id, document) = data.split_at(end);
    let Ok(id) = std::str::from_utf8(id) else {
        return false;
    };
    let Some(uris) = redirect_uris_of_document(id, document) else {
        return false;
    };
    let value: Value = serde_json::from_slice(document).unwrap();
    assert_eq!(value["client_id"], id);
    assert!((1..=10).contains(&uris.len()));
    assert!(uris.iter().all(|uri| is_redirect_uri(uri)));
    true
}
