//! A requirement in the words of `#[requires(..)]`, written and read.
//!
//! The words are those of [`Requirement`]'s own `Display`, so that the two can be held against
//! each other, and what is written reads back as what it was: the lock depends on it.

use std::fmt;
use std::str::FromStr;

use super::{FactorModel, RequirementModel};
use crate::policy::{Factor, MaxAge, RequiredFactor, Requirement};
use crate::vocabulary::AuthorityKind;

/// Shows the requirement as it would be written in `#[requires(..)]`:
/// `role = "admin", scope = "write", any(permission = "orders:cancel", check = placed_order)`.
impl fmt::Display for RequirementModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The outermost list needs no `all(..)`: a comma means all.
            Self::All(parts) if parts.len() > 1 => list(f, parts, 1),
            _ => part(f, self, 0),
        }
    }
}

fn part(f: &mut fmt::Formatter<'_>, it: &RequirementModel, depth: usize) -> fmt::Result {
    use RequirementModel as R;
    match it {
        // Met by no caller, as is what this reads back as.
        _ if depth > Requirement::MAX_DEPTH => f.write_str("any()"),
        R::Authenticated => f.write_str("authenticated"),
        R::Role(name) => write!(f, "role = {name:?}"),
        R::Permission(name) => write!(f, "permission = {name:?}"),
        R::Scope(name) => write!(f, "scope = {name:?}"),
        R::Group(name) => write!(f, "group = {name:?}"),
        // Met by no caller, as is what this reads back as.
        R::Method(methods) if methods.is_empty() => f.write_str("any()"),
        R::Method(methods) => {
            f.write_str("method = ")?;
            for (place, method) in methods.iter().enumerate() {
                let bar = if place > 0 { " | " } else { "" };
                write!(f, "{bar}{method:?}")?;
            }
            Ok(())
        }
        R::Acr(acr) => write!(f, "acr = {acr:?}"),
        R::MaxAge(seconds) => write!(f, "max_age = \"{}\"", MaxAge(*seconds)),
        R::Mfa => f.write_str("mfa"),
        // Met by no caller, as is what this reads back as.
        R::Factor(factor) if factor.any_of.is_empty() => f.write_str("any()"),
        R::Factor(factor) => fmt::Display::fmt(&RequiredFactor::from(factor), f),
        R::Check(name) => write!(f, "check = {name}"),
        R::Any(parts) if is_one_kind(parts) => {
            for (place, name) in parts.iter().filter_map(R::as_name).enumerate() {
                match place {
                    0 => write!(f, "{} = {:?}", name.0, name.1)?,
                    _ => write!(f, " | {:?}", name.1)?,
                }
            }
            Ok(())
        }
        R::All(parts) => nested(f, "all", parts, depth + 1),
        R::Any(parts) => nested(f, "any", parts, depth + 1),
        R::Not(inner) => nested(f, "not", std::slice::from_ref(inner), depth + 1),
    }
}

fn nested(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    parts: &[RequirementModel],
    depth: usize,
) -> fmt::Result {
    write!(f, "{word}(")?;
    list(f, parts, depth)?;
    f.write_str(")")
}

fn list(f: &mut fmt::Formatter<'_>, parts: &[RequirementModel], depth: usize) -> fmt::Result {
    for (place, inner) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(", ")?;
        }
        part(f, inner, depth)?;
    }
    Ok(())
}

/// Whether these are two or more names of one kind: `role = "clerk" | "manager"`.
fn is_one_kind(parts: &[RequirementModel]) -> bool {
    let mut kinds = parts.iter().map(|part| part.as_name().map(|(kind, _)| kind));
    let first = kinds.next().flatten();
    parts.len() > 1 && first.is_some() && kinds.all(|kind| kind == first)
}

/// Why a text is not a requirement.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a requirement: {expected} expected at `{rest}`")]
pub struct RequirementTextError {
    expected: &'static str,
    rest: String,
}

crate::wording::debug_in_words!(RequirementTextError);

/// Reads what `Display` writes, with wire names in quotes.
impl FromStr for RequirementModel {
    type Err = RequirementTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut reader = Reader { rest: text.trim() };
        let mut parts = reader.list(0)?;
        if !reader.rest.is_empty() {
            return Err(reader.expected("a comma or the end"));
        }
        match (parts.pop(), parts.is_empty()) {
            (None, _) => Err(reader.expected("a requirement")),
            (Some(only), true) => Ok(only),
            (Some(last), false) => {
                parts.push(last);
                Ok(Self::All(parts))
            }
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Parts with commas between them, up to a `)` or the end.
    fn list(&mut self, depth: usize) -> Result<Vec<RequirementModel>, RequirementTextError> {
        let mut parts = Vec::new();
        if self.rest.is_empty() || self.rest.starts_with(')') {
            return Ok(parts);
        }
        loop {
            parts.push(self.part(depth)?);
            if !self.skip(",") {
                return Ok(parts);
            }
        }
    }

    fn part(&mut self, depth: usize) -> Result<RequirementModel, RequirementTextError> {
        use RequirementModel as R;
        if depth > Requirement::MAX_DEPTH + 1 {
            return Err(self.expected("fewer levels"));
        }
        let start = self.rest;
        let word = self.word();
        match word {
            "authenticated" => return Ok(R::Authenticated),
            "mfa" => return Ok(R::Mfa),
            "factor" => return self.factor().map(R::Factor),
            "all" => return Ok(R::All(self.nested(depth)?)),
            "any" => return Ok(R::Any(self.nested(depth)?)),
            "not" => {
                let parts = self.nested(depth)?;
                return match <[R; 1]>::try_from(parts) {
                    Ok([part]) => Ok(R::Not(Box::new(part))),
                    Err(_) => Err(self.expected("one part in `not(..)`")),
                };
            }
            _ => {}
        }
        if !self.skip("=") {
            self.rest = start;
            return Err(self.expected("`authenticated`, `all(..)`, `any(..)`, `not(..)` or a key"));
        }
        match word {
            "check" => match self.word() {
                "" => Err(self.expected("the name of a check")),
                name => Ok(R::Check(name.to_owned())),
            },
            "method" => {
                let mut methods = vec![self.string()?];
                while self.skip("|") {
                    methods.push(self.string()?);
                }
                Ok(R::Method(methods))
            }
            "acr" => Ok(R::Acr(self.string()?)),
            "max_age" => self.age().map(R::MaxAge),
            _ => {
                if let Some(kind) = AuthorityKind::ALL.into_iter().find(|kind| kind.word() == word)
                {
                    return self.names(kind);
                }
                self.rest = start;
                Err(self.expected("a known key"))
            }
        }
    }

    fn nested(&mut self, depth: usize) -> Result<Vec<RequirementModel>, RequirementTextError> {
        if !self.skip("(") {
            return Err(self.expected("`(`"));
        }
        let parts = self.list(depth + 1)?;
        if self.skip(")") { Ok(parts) } else { Err(self.expected("`)`")) }
    }

    /// `"5m"`
    fn age(&mut self) -> Result<u64, RequirementTextError> {
        let place = self.rest;
        let text = self.string()?;
        seconds(&text).ok_or_else(|| {
            self.rest = place;
            self.expected("an age like \"5m\"")
        })
    }

    /// `(Passkey | Totp, within = "5m")`
    fn factor(&mut self) -> Result<FactorModel, RequirementTextError> {
        if !self.skip("(") {
            return Err(self.expected("`(`"));
        }
        let mut any_of = vec![self.factor_name()?];
        while self.skip("|") {
            any_of.push(self.factor_name()?);
        }
        let mut within = None;
        if self.skip(",") {
            if self.word() != "within" || !self.skip("=") {
                return Err(self.expected("`within = ..`"));
            }
            within = Some(self.age()?);
        }
        if self.skip(")") { Ok(FactorModel { any_of, within }) } else { Err(self.expected("`)`")) }
    }

    fn factor_name(&mut self) -> Result<Factor, RequirementTextError> {
        let place = self.rest;
        Factor::of_word(self.word()).ok_or_else(|| {
            self.rest = place;
            self.expected("a factor")
        })
    }

    /// `"clerk" | "manager"`
    fn names(&mut self, kind: AuthorityKind) -> Result<RequirementModel, RequirementTextError> {
        let first = RequirementModel::name(kind, self.string()?);
        let mut names = vec![first.clone()];
        while self.skip("|") {
            names.push(RequirementModel::name(kind, self.string()?));
        }
        Ok(if names.len() == 1 { first } else { RequirementModel::Any(names) })
    }

    /// A string as Rust writes it.
    fn string(&mut self) -> Result<String, RequirementTextError> {
        match super::quoted::read(self.rest) {
            Some((text, rest)) => {
                self.rest = rest.trim_start();
                Ok(text)
            }
            None => Err(self.expected("a string in quotes")),
        }
    }

    /// Up to what cannot be in a path.
    fn word(&mut self) -> &'a str {
        let is_part = |c: char| c == '_' || c == ':' || c == '#' || c.is_alphanumeric();
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn skip(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn expected(&self, expected: &'static str) -> RequirementTextError {
        RequirementTextError { expected, rest: self.rest.chars().take(40).collect() }
    }
}

/// `90s`, `5m`, `1h`, `1d`
fn seconds(text: &str) -> Option<u64> {
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds)
}
