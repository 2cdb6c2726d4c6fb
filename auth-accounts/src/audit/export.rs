//! The trail as text.

use serde_json::{Value, json};

use super::PAGE;
use super::keyed_name::hex;
use crate::accounts::Accounts;
use crate::model::{AccountId, AuditRecord};
use crate::store::StoreError;

/// How records are written, one on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditFormat {
    /// A JSON object on each line, with both hashes: all that it takes to check the chain.
    JsonLines,
    /// Comma-separated values ([RFC 4180](https://www.rfc-editor.org/rfc/rfc4180)) with a header.
    Csv,
}

impl AuditFormat {
    /// The line before the first record, if there is one.
    #[must_use]
    pub const fn header(self) -> Option<&'static str> {
        match self {
            Self::JsonLines => None,
            Self::Csv => {
                Some("position,at,event,outcome,actor,account,request_id,source,detail,hash\r\n")
            }
        }
    }

    /// A record as one line, with its end.
    #[must_use]
    pub fn line(self, record: &AuditRecord) -> String {
        match self {
            Self::JsonLines => format!("{}\n", to_json(record)),
            Self::Csv => {
                let entry = &record.entry;
                let id = |id: &Option<AccountId>| id.as_ref().map(ToString::to_string);
                let outcome = serde_json::to_value(entry.outcome).ok();
                let outcome = outcome.as_ref().and_then(Value::as_str).map(str::to_owned);
                let fields = [
                    record.position.to_string(),
                    entry.at.to_string(),
                    entry.event.clone(),
                    outcome.unwrap_or_default(),
                    id(&entry.actor).unwrap_or_default(),
                    id(&entry.account).unwrap_or_default(),
                    entry.request_id.clone().unwrap_or_default(),
                    entry.source.clone().unwrap_or_default(),
                    json!(entry.detail).to_string(),
                    hex(record.hash.as_bytes()),
                ];
                let fields: Vec<String> = fields.iter().map(|field| csv_field(field)).collect();
                format!("{}\r\n", fields.join(","))
            }
        }
    }
}

/// A record as JSON: the entry, and where in the chain it is.
pub(crate) fn to_json(record: &AuditRecord) -> Value {
    json!({
        "position": record.position,
        "previous": hex(record.previous.as_bytes()),
        "hash": hex(record.hash.as_bytes()),
        "entry": record.entry,
    })
}

/// A field in quotes where it needs them. What a spreadsheet would take for a formula begins with an
/// apostrophe.
pub(crate) fn csv_field(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

impl Accounts {
    /// Hands the trail over as text, piece by piece: the records after this position, of one account if it
    /// is named. How many there were.
    ///
    /// ```no_run
    /// # async fn run(accounts: auth_accounts::Accounts) -> Result<(), auth_accounts::store::StoreError> {
    /// use auth_accounts::audit::AuditFormat;
    ///
    /// let mut file = Vec::new();
    /// accounts.export_audit(AuditFormat::Csv, 0, None, |text| file.extend(text.bytes())).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the store does not answer: what was handed over is right, and not all there is.
    pub async fn export_audit(
        &self,
        format: AuditFormat,
        after: u64,
        account: Option<&AccountId>,
        mut text: impl FnMut(&str) + Send,
    ) -> Result<u64, StoreError> {
        let (mut after, mut count) = (after, 0_u64);
        format.header().into_iter().for_each(&mut text);
        loop {
            let records = self.ask(self.0.stores.audit.records(after, account, PAGE)).await?;
            let Some(last) = records.last() else { return Ok(count) };
            after = last.position;
            for record in &records {
                text(&format.line(record));
                count = count.saturating_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AuditEntry;

    #[test]
    fn a_field_is_no_formula_and_no_second_line() {
        assert_eq!(csv_field("=1+1"), "'=1+1");
        assert_eq!(csv_field("a\"b,c"), "\"a\"\"b,c\"");
        assert_eq!(csv_field("\r\nx"), "\"'\r\nx\"");
        let entry = AuditEntry::new(1, "a,b").with("x", "1\r\n2");
        let line = AuditFormat::Csv.line(&AuditRecord::after(None, entry));
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert!(line.starts_with("1,1,\"a,b\",done,"), "{line}");
    }
}
