//! A row that was found.

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;
use serde::de::DeserializeOwned;

use super::dialect::Sql;
use super::error::store_error;
use super::statement::unescaped;

/// A row. A column that is missing, or holds what this version does not know, is
/// [`NotUnderstood`](StoreError::NotUnderstood).
pub(super) struct Row<DB: Sql>(pub(super) DB::Row);

impl<DB: Sql> Row<DB> {
    pub(super) fn number(&self, column: &'static str) -> Result<u64, StoreError> {
        self.number_or_null(column)?.ok_or(StoreError::NotUnderstood(column))
    }

    pub(super) fn number_or_null(&self, column: &'static str) -> Result<Option<u64>, StoreError> {
        let number = DB::integer(&self.0, column).map_err(|error| store_error(&error))?;
        let number = number.map(u64::try_from).transpose();
        number.map_err(|_| StoreError::NotUnderstood(column))
    }

    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.text_or_null(column)?.ok_or(StoreError::NotUnderstood(column))
    }

    pub(super) fn text_or_null(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        let text = DB::text(&self.0, column).map_err(|error| store_error(&error))?;
        Ok(text.map(unescaped))
    }

    pub(super) fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        self.bytes_or_null(column)?.ok_or(StoreError::NotUnderstood(column))
    }

    pub(super) fn bytes_or_null(
        &self,
        column: &'static str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        DB::bytes(&self.0, column).map_err(|error| store_error(&error))
    }

    pub(super) fn digest(&self, column: &'static str) -> Result<Digest, StoreError> {
        self.digest_or_null(column)?.ok_or(StoreError::NotUnderstood(column))
    }

    pub(super) fn digest_or_null(
        &self,
        column: &'static str,
    ) -> Result<Option<Digest>, StoreError> {
        let bytes = self.bytes_or_null(column)?.map(<[u8; 32]>::try_from).transpose();
        let bytes = bytes.map_err(|_| StoreError::NotUnderstood(column))?;
        Ok(bytes.map(Digest::from_bytes))
    }

    /// An identifier.
    pub(super) fn id<T: TryFrom<String>>(&self, column: &'static str) -> Result<T, StoreError> {
        self.id_or_null(column)?.ok_or(StoreError::NotUnderstood(column))
    }

    pub(super) fn id_or_null<T: TryFrom<String>>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let id = self.text_or_null(column)?.map(T::try_from).transpose();
        id.map_err(|_| StoreError::NotUnderstood(column))
    }

    /// A variant by its name.
    pub(super) fn variant<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        let name = serde_json::Value::String(self.text(column)?);
        serde_json::from_value(name).map_err(|_| StoreError::NotUnderstood(column))
    }

    pub(super) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        let text = self.text(column)?;
        serde_json::from_str(&text).map_err(|_| StoreError::NotUnderstood(column))
    }
}
