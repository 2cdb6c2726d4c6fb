//! Bytes as the credential of HTTP Basic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::server::{SECRET, WORLD};

const FORM: &[u8] = b"grant_type=client_credentials";

/// What a form with this text as a name would say.
fn decoded(text: &[u8]) -> String {
    form_urlencoded::parse(text).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

pub fn run(data: &[u8]) -> bool {
    let header = format!("Basic {}", STANDARD.encode(data));
    let is_accepted = WORLD.post("/token", FORM.to_vec(), Some(&header)).status.is_success();
    if is_accepted {
        let colon = data.iter().position(|it| *it == b':').unwrap();
        assert_eq!(decoded(&data[..colon]), "worker: 1");
        // In a header these bytes separate nothing, as they do in a form.
        let secret = data[colon + 1..].iter().flat_map(|byte| match byte {
            b'&' | b'=' => format!("%{byte:02x}").into_bytes(),
            byte => vec![*byte],
        });
        assert_eq!(decoded(&secret.collect::<Vec<_>>()), SECRET);
    }
    // The header as it comes.
    if let Ok(text) = std::str::from_utf8(data)
        && text.bytes().all(|byte| byte == b'\t' || (0x20..0x7f).contains(&byte))
    {
        let answer = WORLD.post("/token", FORM.to_vec(), Some(text));
        assert!(!answer.status.is_success());
    }
    is_accepted
}
