//! Names that users typed.

use crate::accounts::Accounts;

impl Accounts {
    /// What the trail has in place of a name that was typed and belongs to no account: people type
    /// passwords into that field. The same text has the same, so that attempts on one name can be
    /// counted; texts cannot be tried out without the keys of the server.
    #[must_use]
    pub fn keyed_name(&self, typed: &str) -> String {
        let digest = self.0.keys.current_mac("name in the audit trail", typed.as_bytes());
        hex(digest.as_bytes().get(..8).unwrap_or_default())
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |at: u8| DIGITS.get(usize::from(at)).map_or('0', |digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
