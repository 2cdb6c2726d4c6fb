//! `max_age = "5m"` and `within = "5m"`.

use syn::{LitInt, LitStr};

use crate::report::Message;

/// A login older than that is no login that anyone wants to rely on: one year.
const MAX: u64 = 365 * 86_400;

const EXAMPLE: &str =
    "write a number and a unit, for example `\"30s\"`, `\"5m\"`, `\"8h\"` or `\"1d\"`";

/// What is as old as that.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Login,
    Proof,
}

impl Of {
    const fn key(self) -> &'static str {
        match self {
            Self::Login => "max_age",
            Self::Proof => "within",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Proof => "proof",
        }
    }
}

/// The seconds of `"5m"`.
pub(super) fn from_text(of: Of, text: &LitStr) -> Result<u64, Message> {
    let written = text.value();
    let unit = written.trim_start_matches(|sign: char| sign.is_ascii_digit());
    let digits = written.strip_suffix(unit).unwrap_or_default();
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "" if !digits.is_empty() => {
            return Err(Message::new(format_args!("the duration `{written}` has no unit"))
                .help(format_args!("write `{} = \"{written}s\"` for seconds", of.key())));
        }
        _ => return Err(unknown(&written)),
    };
    let number = digits.parse::<u64>().map_err(|_| unknown(&written))?;
    bounded(of, number.saturating_mul(factor), &written)
}

/// The seconds of `300`.
pub(super) fn from_number(of: Of, number: &LitInt) -> Result<u64, Message> {
    let written = number.to_string();
    if written.starts_with('-') {
        return Err(unknown(&written));
    }
    bounded(of, number.base10_parse::<u64>().unwrap_or(u64::MAX), &written)
}

fn unknown(written: &str) -> Message {
    Message::new(format_args!("`{written}` is not a duration")).help(EXAMPLE)
}

fn bounded(of: Of, seconds: u64, written: &str) -> Result<u64, Message> {
    match seconds {
        0 => {
            Err(Message::new(format_args!("no {} is ever 0 seconds old", of.word())).help(EXAMPLE))
        }
        1..=MAX => Ok(seconds),
        _ => Err(Message::new(format_args!("the duration `{written}` is longer than a year"))
            .help(format_args!("leave `{}` away if any {} will do", of.key(), of.word()))),
    }
}

/// `5 minutes`, for the documentation.
pub(crate) fn in_words(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];
    for (size, unit) in units {
        if seconds.is_multiple_of(size) {
            let number = seconds / size;
            return format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use proc_macro2::Span;
    use syn::{LitInt, LitStr};

    use super::Of;

    fn text(written: &str) -> Result<u64, String> {
        super::from_text(Of::Login, &LitStr::new(written, Span::call_site()))
            .map_err(|message| message.to_string())
    }

    #[test]
    fn durations_are_read() {
        for (written, seconds) in [
            ("1s", 1),
            ("30s", 30),
            ("5m", 300),
            ("8h", 28_800),
            ("1d", 86_400),
            ("365d", 31_536_000),
        ] {
            assert_eq!(text(written), Ok(seconds));
        }
        assert_eq!(
            super::from_number(Of::Login, &LitInt::new("300", Span::call_site())).map_err(|_| ()),
            Ok(300)
        );
    }

    #[test]
    fn everything_else_is_refused() {
        for written in [
            "", "m", "5", "5 m", " 5m", "5M", "5min", "1h30m", "-5m", "+5m", "1.5h", "0s", "0",
            "366d",
        ] {
            assert!(text(written).is_err(), "{written}");
        }
        let endless = format!("{}s", u128::MAX);
        assert!(text(&endless).is_err());
        assert!(text("18446744073709551615d").is_err_and(|text| text.contains("year")));
    }

    #[test]
    fn durations_are_written_in_words() {
        for (seconds, words) in [
            (1, "1 second"),
            (90, "90 seconds"),
            (300, "5 minutes"),
            (3_600, "1 hour"),
            (172_800, "2 days"),
        ] {
            assert_eq!(super::in_words(seconds), words);
        }
    }
}
