//! Dates that an endpoint writes as text: seconds in digits, or ISO 8601 with its zone
//! ([RFC 3339 §5.6](https://www.rfc-editor.org/rfc/rfc3339#section-5.6), and what lies close to it).

use serde_json::{Map, Number, Value};

/// The members that are dates (RFC 7662 §2.2), and the time of the login.
const DATES: [&str; 4] = ["exp", "iat", "nbf", "auth_time"];
/// What is at most read of a date, in bytes.
const LONGEST: usize = 40;

/// Puts numbers in the place of dates that are text. What is no date stays as it is, and is rejected
/// by the rules.
pub(super) fn read_dates(claims: &mut Map<String, Value>) {
    for name in DATES {
        if let Some(value) = claims.get_mut(name)
            && let Some(seconds) = value.as_str().and_then(seconds)
        {
            *value = Value::Number(seconds);
        }
    }
}

/// Seconds since 1970.
fn seconds(text: &str) -> Option<Number> {
    let text = Some(text.trim()).filter(|text| text.len() <= LONGEST)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<u64>().ok().map(Number::from);
    }
    iso_8601(text).map(Number::from)
}

/// `2026-11-28T18:00:00Z`, a space for the `T`, a fraction, which is cut off, and a zone: `Z`,
/// `+01:00`, `+0100`. Without a zone it is no moment.
fn iso_8601(text: &str) -> Option<i64> {
    let mut rest = Digits(text);
    let year = rest.number(4)?;
    rest.one_of("-")?;
    let month = rest.number(2).filter(|month| (1..=12).contains(month))?;
    rest.one_of("-")?;
    let day = rest.number(2).filter(|day| (1..=days_in(year, month)).contains(day))?;
    rest.one_of("Tt ")?;
    let hour = rest.number(2).filter(|hour| *hour < 24)?;
    rest.one_of(":")?;
    let minute = rest.number(2).filter(|minute| *minute < 60)?;
    rest.one_of(":")?;
    // The second that is added to some days is the first one of the next day.
    let second = rest.number(2).filter(|second| *second <= 60)?;
    if rest.one_of(".,").is_some() {
        rest.skip_digits()?;
    }
    let east = rest.zone()?;
    let days = days_before(year, month)? + day - 1;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second - east)
}

/// What is left to read.
struct Digits<'a>(&'a str);

impl Digits<'_> {
    /// A number of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
        self.0 = rest;
        if is_number { number.parse().ok() } else { None }
    }

    fn one_of(&mut self, letters: &str) -> Option<char> {
        let mut rest = self.0.chars();
        let found = rest.next().filter(|letter| letters.contains(*letter))?;
        self.0 = rest.as_str();
        Some(found)
    }

    /// At least one digit.
    fn skip_digits(&mut self) -> Option<()> {
        let rest = self.0.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let skipped = rest.len() < self.0.len();
        self.0 = rest;
        skipped.then_some(())
    }

    /// How far east of Greenwich, in seconds, and nothing after it.
    fn zone(mut self) -> Option<i64> {
        let east = match self.one_of("Zz+-")? {
            sign @ ('+' | '-') => {
                let hours = self.number(2).filter(|hours| *hours < 24)?;
                let _ = self.one_of(":");
                let minutes = self.number(2).filter(|minutes| *minutes < 60)?;
                let east = hours * 3_600 + minutes * 60;
                if sign == '-' { -east } else { east }
            }
            _ => 0,
        };
        self.0.is_empty().then_some(east)
    }
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the first of a month; none before that.
fn days_before(year: i64, month: i64) -> Option<i64> {
    let leap_years = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leap_years(year - 1) - leap_years(1969);
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    (year >= 1970).then_some(years + months)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Option<i64> {
        seconds(text).and_then(|number| number.as_i64())
    }

    #[test]
    fn dates_in_every_form_are_read() {
        for (text, expected) in [
            ("1800000000", 1_800_000_000),
            (" 1800000000 ", 1_800_000_000),
            ("1970-01-01T00:00:00Z", 0),
            ("2027-01-15T08:00:00Z", 1_800_000_000),
            ("2027-01-15t08:00:00z", 1_800_000_000),
            ("2027-01-15 08:00:00Z", 1_800_000_000),
            ("2027-01-15T08:00:00.999999999Z", 1_800_000_000),
            ("2027-01-15T09:30:00+01:30", 1_800_000_000),
            ("2027-01-15T09:00:00+0100", 1_800_000_000),
            ("2027-01-14T23:00:00.000-0900", 1_800_000_000),
            ("2024-02-29T23:59:60Z", 1_709_251_200),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("2100-01-01T00:00:00Z", 4_102_444_800),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn invalid_dates_are_rejected() {
        for text in [
            "",
            "soon",
            "-1",
            "1.5",
            "1e9",
            "+1800000000",
            "99999999999999999999999",
            "2027-01-15",
            "2027-01-15T08:00:00",
            "2027-01-15T08:00Z",
            "2027-01-15T08:00:00.Z",
            "2027-01-15T08:00:00Z ago",
            "2027-01-15T08:00:00+1",
            "2027-01-15T08:00:00+24:00",
            "2027-01-15T24:00:00Z",
            "2027-02-29T08:00:00Z",
            "2027-13-01T08:00:00Z",
            "2027-00-01T08:00:00Z",
            "2027-01-00T08:00:00Z",
            "1969-12-31T23:59:59Z",
            "20270115T080000Z",
            "+2027-01-15T08:00:00Z",
            "２０27-01-15T08:00:00Z",
            "Fri, 15 Jan 2027 08:00:00 GMT",
            "2027-01-15T08:00:00Z2027-01-15T08:00:00Z2027-01-15T08:00:00Z",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn only_dates_are_read_and_numbers_stay() {
        let said = json!({
            "exp": "1800000000", "iat": 7, "nbf": null, "auth_time": "x", "jti": "1", "sub": "2027-01-15T08:00:00Z",
        });
        let mut claims = said.as_object().unwrap().clone();
        read_dates(&mut claims);
        let exp = claims.remove("exp");
        assert_eq!(exp, Some(json!(1_800_000_000)));
        assert!(claims.iter().all(|(name, value)| said[name] == *value), "{claims:?}");
    }

    /// Every day of 400 years, after which the calendar begins again.
    #[test]
    fn every_day_follows_the_one_before() {
        let mut expected = 0;
        for year in 1970..2370 {
            for month in 1..=12 {
                for day in 1..=days_in(year, month) {
                    let text = format!("{year}-{month:02}-{day:02}T00:00:00Z");
                    assert_eq!(iso_8601(&text), Some(expected), "{text}");
                    expected += 86_400;
                }
            }
        }
        assert_eq!(expected, 146_097 * 86_400);
    }
}
