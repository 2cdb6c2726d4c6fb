//! A statement with its values.

use std::borrow::Cow;

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;
use serde::Serialize;

use super::dialect::Sql;
use super::error::{Undone, store_error};
use super::row::Row;
use crate::MAX_VALUE_BYTES;

/// How many bytes a text may have that is in an index: PostgreSQL's take no more than 2,700.
const MAX_NAME_BYTES: usize = 1024;

/// A statement with its values, in the order of their numbers.
#[derive(Clone)]
pub(super) struct Statement {
    sql: Cow<'static, str>,
    values: Result<Vec<Value>, StoreError>,
    is_transaction: bool,
}

#[derive(Clone)]
enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

pub(super) const fn sql(sql: &'static str) -> Statement {
    Statement { sql: Cow::Borrowed(sql), values: Ok(Vec::new()), is_transaction: false }
}

impl Statement {
    /// The next value is this number, which is stored as it is, or not if databases cannot count to it.
    pub(super) fn number(self, value: u64) -> Self {
        self.number_or_null(Some(value))
    }

    pub(super) fn number_or_null(self, value: Option<u64>) -> Self {
        let value = value.map(i64::try_from).transpose();
        let value = value.map_err(|_| StoreError::TooLong("a number"));
        self.value(value.map(Value::Integer))
    }

    /// The next value is this time, which times that are stored are compared with: the last one that
    /// databases can count to is later than all of them.
    pub(super) fn now(self, now: u64) -> Self {
        self.value(Ok(Value::Integer(Some(i64::try_from(now).unwrap_or(i64::MAX)))))
    }

    /// The next value is this text, which is short: a name, an identifier, or another text of an index.
    pub(super) fn text(self, value: &str) -> Self {
        self.text_or_null(Some(value))
    }

    pub(super) fn text_or_null(self, value: Option<&str>) -> Self {
        self.limited_text(value, MAX_NAME_BYTES)
    }

    /// The next value is this text, which may be long.
    pub(super) fn long_text(self, value: &str) -> Self {
        self.long_text_or_null(Some(value))
    }

    pub(super) fn long_text_or_null(self, value: Option<&str>) -> Self {
        self.limited_text(value, MAX_VALUE_BYTES)
    }

    /// The next value is made of texts whose length was checked.
    pub(super) fn combined_text(self, value: &str) -> Self {
        self.limited_text(Some(value), usize::MAX)
    }

    fn limited_text(self, value: Option<&str>, max: usize) -> Self {
        let is_too_long = value.is_some_and(|it| it.len() > max);
        self.value(if is_too_long {
            Err(StoreError::TooLong("a text"))
        } else {
            Ok(Value::Text(value.map(escaped)))
        })
    }

    /// The next value is the name of this variant.
    pub(super) fn variant(self, value: impl Serialize) -> Self {
        let name = variant_name(value);
        self.value(name.map(|name| Value::Text(Some(name))))
    }

    /// The next value is this, as JSON.
    pub(super) fn json(self, value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => self.long_text(&text),
            Err(_) => self.value(Err(StoreError::NotUnderstood("a value that is no JSON"))),
        }
    }

    /// The next value is these bytes.
    pub(super) fn bytes(self, value: &[u8]) -> Self {
        self.limited_bytes(Some(value), MAX_VALUE_BYTES)
    }

    /// The next value is these bytes, which are in an index.
    pub(super) fn short_bytes_or_null(self, value: Option<&[u8]>) -> Self {
        self.limited_bytes(value, MAX_NAME_BYTES)
    }

    fn limited_bytes(self, value: Option<&[u8]>, max: usize) -> Self {
        let is_too_long = value.is_some_and(|it| it.len() > max);
        self.value(if is_too_long {
            Err(StoreError::TooLong("a value"))
        } else {
            Ok(Value::Bytes(value.map(<[u8]>::to_vec)))
        })
    }

    /// The next value is this digest.
    pub(super) fn digest(self, value: &Digest) -> Self {
        self.bytes(value.as_bytes())
    }

    fn value(mut self, value: Result<Value, StoreError>) -> Self {
        match (&mut self.values, value) {
            (Ok(values), Ok(value)) => values.push(value),
            (Ok(_), Err(error)) => self.values = Err(error),
            (Err(_), _) => {}
        }
        self
    }

    /// Whether a value is longer than any that is stored.
    pub(super) const fn is_too_long(&self) -> bool {
        matches!(self.values, Err(StoreError::TooLong(_)))
    }

    /// The same as a transaction of its own, which begins with this statement: still one message.
    pub(super) fn in_transaction(mut self, begin: &str) -> Self {
        self.sql = Cow::Owned(format!("{begin}; {}; COMMIT", self.sql));
        self.is_transaction = true;
        self
    }

    /// Whether it begins a transaction, which is open if it fails.
    pub(super) const fn is_transaction(&self) -> bool {
        self.is_transaction
    }

    /// Runs it to its end; all its rows.
    pub(super) async fn run<DB: Sql>(
        self,
        connection: &mut DB::Connection,
    ) -> Result<Vec<Row<DB>>, StatementError> {
        let mut arguments = DB::Arguments::default();
        for value in self.values.map_err(StatementError::Value)? {
            match value {
                Value::Integer(value) => DB::put_integer(&mut arguments, value),
                Value::Text(value) => DB::put_text(&mut arguments, value),
                Value::Bytes(value) => DB::put_bytes(&mut arguments, value),
            }
            .map_err(StatementError::Database)?;
        }
        let rows = DB::rows(connection, self.sql, arguments).await;
        let rows = rows.map_err(StatementError::Database)?;
        Ok(rows.into_iter().map(Row).collect())
    }
}

/// Why a statement failed, while it can still be asked which rule of the tables it broke.
#[derive(Debug)]
pub(super) enum StatementError {
    Value(StoreError),
    Database(sqlx::Error),
}

impl StatementError {
    /// What the failure did to the transaction.
    pub(super) fn undone(&self) -> Undone {
        match self {
            Self::Value(_) => Undone::Unknown,
            Self::Database(error) => Undone::of(error),
        }
    }

    /// Whether the record that it belongs to is gone.
    pub(super) fn is_orphan(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
    }
}

impl From<StatementError> for StoreError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Value(error) => error,
            StatementError::Database(error) => store_error(&error),
        }
    }
}

/// The name of a variant without data, as serde has it.
pub(super) fn variant_name(variant: impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(StoreError::NotUnderstood("a variant with data")),
    }
}

/// PostgreSQL has no texts with NUL in them, and SQLite's functions stop there: it is written as two
/// other control characters, and the first of these as two, too.
fn escaped(text: &str) -> String {
    text.replace('\u{1}', "\u{1}\u{1}").replace('\0', "\u{1}\u{2}")
}

/// The text that was escaped.
pub(super) fn unescaped(text: String) -> String {
    if !text.contains('\u{1}') {
        return text;
    }
    let mut original = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        original.push(match letter {
            '\u{1}' if letters.next() == Some('\u{2}') => '\0',
            other => other,
        });
    }
    original
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back_and_none_is_taken_for_another() {
        let texts = ["", "ä", "\0", "\u{1}", "\u{1}\u{2}", "\u{1}\0", "\0\u{1}", "a\0b", "\u{2}"];
        for text in texts {
            assert_eq!(unescaped(escaped(text)), text);
            assert!(!escaped(text).contains('\0'));
            let same = texts.iter().filter(|other| escaped(other) == escaped(text));
            assert_eq!(same.count(), 1, "{text:?}");
        }
    }
}
