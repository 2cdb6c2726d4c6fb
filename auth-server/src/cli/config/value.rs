//! Values of the configuration file that are more than a text.

use std::net::SocketAddr;
use std::time::Duration;

use auth_accounts::secret::SecretText;
use auth_accounts::store::Limit;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Reads a text by a function that says what was found and what was expected instead.
macro_rules! from_text {
    ($name:ident) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(|(found, expected)| {
                    D::Error::custom(format_args!("found {found}, expected {expected}"))
                })
            }
        }
    };
}

/// What was found, and what was expected.
type Wrong = (String, &'static str);

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

/// A time as a number and its unit: `60s`, `10m`, `2h`, `14d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Duration);

impl Time {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = || (quoted(text), "a number and `s`, `m`, `h` or `d`, such as `10m`");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let number = text.strip_suffix(unit).ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 24 * 3_600,
            _ => return Err(wrong()),
        };
        let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
        let number = number.parse::<u64>().ok().filter(|_| is_number).ok_or_else(wrong)?;
        number.checked_mul(seconds).map(|it| Self(Duration::from_secs(it))).ok_or_else(wrong)
    }
}
from_text!(Time);

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) SocketAddr);

impl Listen {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let text = text.replace("localhost:", "127.0.0.1:");
        let wrong = |_| (quoted(&text), "an address and a port, such as `127.0.0.1:4000`");
        text.parse().map(Self).map_err(wrong)
    }
}
from_text!(Listen);

impl std::str::FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|(found, expected)| format!("found {found}, expected {expected}"))
    }
}

/// A secret: written out, `env:NAME` for a variable of the environment, `file:PATH` for a file, whose last
/// line end does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Secret(pub(crate) SecretText);

impl Secret {
    fn parse(text: &str) -> Result<Self, Wrong> {
        if let Some(name) = text.strip_prefix("env:") {
            return match std::env::var(name) {
                Ok(value) => Ok(Self(SecretText::new(value))),
                Err(_) => Err((quoted(text), "a variable of the environment that is set")),
            };
        }
        if let Some(path) = text.strip_prefix("file:") {
            return match std::fs::read_to_string(path) {
                Ok(value) => {
                    let line = value.strip_suffix('\n').unwrap_or(&value);
                    let line = line.strip_suffix('\r').unwrap_or(line);
                    Ok(Self(SecretText::from(line)))
                }
                Err(_) => Err((quoted(text), "a file with text that can be read")),
            };
        }
        Ok(Self(SecretText::from(text)))
    }
}
from_text!(Secret);

/// Where everything is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// In the memory of the process.
    Memory,
    /// In a file.
    Sqlite(String),
    /// In PostgreSQL: the address has a password in it.
    Postgres(SecretText),
}

impl Database {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let resolved = Secret::parse(text)?;
        let text = resolved.0.expose();
        if text == "sqlite::memory:" {
            return Ok(Self::Memory);
        }
        let file = text.strip_prefix("sqlite:").filter(|it| !it.is_empty() && *it != "//");
        if let Some(file) = file {
            // `sqlite://path` and `sqlite:path` are the same file.
            return Ok(Self::Sqlite(file.strip_prefix("//").unwrap_or(file).to_owned()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(resolved.0));
        }
        Err((
            "another address".to_owned(),
            "`sqlite::memory:`, `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`",
        ))
    }
}
from_text!(Database);

/// The address of a Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedisAddress(pub(crate) SecretText);

impl RedisAddress {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let resolved = Secret::parse(text)?;
        if resolved.0.expose().starts_with("redis://") {
            return Ok(Self(resolved.0));
        }
        Err(("another address".to_owned(), "`redis://HOST:PORT`"))
    }
}
from_text!(RedisAddress);

/// How many failures in a row an account may have, or `None`: any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failures(pub(crate) Option<u32>);

impl Failures {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = || (quoted(text), "1 to 100 and `/account`, such as `100/account`, or `0`");
        if text == "0" {
            return Ok(Self(None));
        }
        let number = text.strip_suffix("/account").and_then(|it| it.parse().ok());
        number.filter(|it| (1..=100).contains(it)).map(|it| Self(Some(it))).ok_or_else(wrong)
    }
}
from_text!(Failures);

/// How much in how long, or `None`: any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate(pub(crate) Option<Limit>);

impl Rate {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let wrong = || {
            let expected =
                "a number and `/second`, `/minute`, `/hour` or `/day`, such as `20/minute`, or `0`";
            (quoted(text), expected)
        };
        if text == "0" {
            return Ok(Self(None));
        }
        let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
        let window_seconds = match unit {
            "second" => 1,
            "minute" => 60,
            "hour" => 3_600,
            "day" => 24 * 3_600,
            _ => return Err(wrong()),
        };
        let attempts = number.parse().ok().filter(|it| *it > 0).ok_or_else(wrong)?;
        Ok(Self(Some(Limit { attempts, window_seconds })))
    }
}
from_text!(Rate);

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(text: &str) -> Option<u64> {
        Time::parse(text).ok().map(|it| it.0.as_secs())
    }

    #[test]
    fn a_time_is_a_number_and_its_unit() {
        for (text, expected) in
            [("0s", 0), ("1s", 1), ("60s", 60), ("10m", 600), ("2h", 7_200), ("14d", 1_209_600)]
        {
            assert_eq!(secs(text), Some(expected), "{text}");
        }
        for text in
            ["", "s", "10", "10x", "10 m", "-1s", "+1s", "1.5h", "10M", "99999999999999999d"]
        {
            assert_eq!(secs(text), None, "{text}");
        }
    }

    #[test]
    fn a_database_is_memory_a_file_or_a_server() {
        let sqlite = |text: &str| Some(Database::Sqlite(text.to_owned()));
        for (text, expected) in [
            ("sqlite::memory:", Some(Database::Memory)),
            ("sqlite:auth.db", sqlite("auth.db")),
            ("sqlite:./a/auth.db", sqlite("./a/auth.db")),
            ("sqlite:/var/lib/auth.db", sqlite("/var/lib/auth.db")),
            ("sqlite:///var/lib/auth.db", sqlite("/var/lib/auth.db")),
            ("sqlite://auth.db", sqlite("auth.db")),
            ("postgres://a:b@c/d", Some(Database::Postgres("postgres://a:b@c/d".into()))),
            ("postgresql://a/d", Some(Database::Postgres("postgresql://a/d".into()))),
            ("sqlite:", None),
            ("mysql://a", None),
            ("auth.db", None),
        ] {
            assert_eq!(Database::parse(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_secret_comes_from_the_file_itself_the_environment_or_another_file() {
        assert_eq!(Secret::parse("abc").unwrap().0.expose(), "abc");
        let manifest = Secret::parse("env:CARGO_MANIFEST_DIR").unwrap();
        assert_eq!(manifest.0.expose(), env!("CARGO_MANIFEST_DIR"));
        let path = std::env::temp_dir().join(format!("auth-server-secret-{}", std::process::id()));
        std::fs::write(&path, "0123 \n").unwrap();
        let read = Secret::parse(&format!("file:{}", path.display())).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(read.0.expose(), "0123 ");
        assert!(Secret::parse("env:AUTH_SERVER_NO_SUCH_VARIABLE").is_err());
        assert!(Secret::parse("file:/no/such/file").is_err());
    }

    #[test]
    fn a_limit_is_a_number_and_a_unit_or_off() {
        assert_eq!(Failures::parse("0").unwrap().0, None);
        assert_eq!(Failures::parse("5/account").unwrap().0, Some(5));
        for text in ["", "5", "0/account", "101/account", "5/minute"] {
            assert!(Failures::parse(text).is_err(), "{text}");
        }
        let limit = Limit { attempts: 20, window_seconds: 60 };
        assert_eq!(Rate::parse("20/minute").unwrap().0, Some(limit));
        assert_eq!(Rate::parse("0").unwrap().0, None);
        for text in ["", "20", "0/minute", "20/year", "-1/hour", "a/hour"] {
            assert!(Rate::parse(text).is_err(), "{text}");
        }
    }
}
