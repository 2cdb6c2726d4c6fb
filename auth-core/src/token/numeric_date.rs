//! Dates in claims ([RFC 7519 §2](https://www.rfc-editor.org/rfc/rfc7519#section-2)).

use super::error::VerifyError;
use crate::jose::json::Value;

/// Beyond 2^53 seconds (285 million years) a number is no date, and `f64` no longer counts by one.
pub(crate) const MAX_SECONDS: u64 = 1 << 53;

/// A `NumericDate` (§2), which may have a fraction, between the whole seconds around it.
#[derive(Clone, Copy)]
pub(crate) struct Date {
    pub(crate) down: u64,
    pub(crate) up: u64,
}

/// A claim that is a `NumericDate` where it is present. What lies before 1970 counts as 1970.
pub(crate) fn date(
    name: &'static str,
    value: Option<Value<'_>>,
) -> Result<Option<Date>, VerifyError> {
    let date = match value {
        None => return Ok(None),
        Some(Value::Unsigned(seconds)) => {
            (seconds <= MAX_SECONDS).then_some(Date { down: seconds, up: seconds })
        }
        // At most 0, and not before the other bound.
        Some(Value::Signed(seconds)) => {
            (seconds.unsigned_abs() <= MAX_SECONDS).then_some(Date { down: 0, up: 0 })
        }
        Some(Value::Float(seconds)) => fraction(seconds),
        Some(_) => None,
    };
    date.map(Some).ok_or(VerifyError::InvalidClaim(name))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the bounds are checked first: 0 to 2^53 fits both types exactly"
)]
fn fraction(seconds: f64) -> Option<Date> {
    let bound = MAX_SECONDS as f64;
    (-bound..=bound)
        .contains(&seconds)
        .then(|| Date { down: seconds.floor().max(0.0) as u64, up: seconds.ceil().max(0.0) as u64 })
}
