//! A requirement in the words of `#[requires(..)]`.

use std::fmt;

use super::{Method, Requirement};

/// Shows the requirement as it would be written in `#[requires(..)]`:
/// `role = "admin", scope = "write", any(permission = "orders:cancel", check = placed_order)`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            _ if self.is_too_deep() => f.write_str("…"),
            // The outermost list needs no `all(..)`: a comma means all.
            Self::All(parts) if parts.len() > 1 => list(f, parts),
            _ => part(f, self),
        }
    }
}

fn part(f: &mut fmt::Formatter<'_>, requirement: &Requirement) -> fmt::Result {
    match requirement {
        Requirement::Authenticated => f.write_str("authenticated"),
        Requirement::Authority(name) => write!(f, "{} = {:?}", name.kind(), name.name()),
        Requirement::Method(methods) => methods_of(f, methods),
        Requirement::Acr(class) => write!(f, "acr = {class:?}"),
        Requirement::Level(level) => write!(f, "acr = {:?}", level.name()),
        Requirement::MaxAge(seconds) => write!(f, "max_age = \"{}\"", MaxAge(*seconds)),
        Requirement::Mfa => f.write_str("mfa"),
        Requirement::Factor(factor) => fmt::Display::fmt(factor, f),
        Requirement::Check { check, .. } => write!(f, "check = {}", check.name),
        Requirement::Any(parts) if alternatives(parts) => names(f, parts),
        Requirement::Any(parts) => nested(f, "any", parts),
        Requirement::All(parts) => nested(f, "all", parts),
        Requirement::Not(inner) => nested(f, "not", std::slice::from_ref(inner)),
    }
}

fn nested(f: &mut fmt::Formatter<'_>, word: &str, parts: &[Requirement]) -> fmt::Result {
    write!(f, "{word}(")?;
    list(f, parts)?;
    f.write_str(")")
}

fn list(f: &mut fmt::Formatter<'_>, parts: &[Requirement]) -> fmt::Result {
    for (place, inner) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(", ")?;
        }
        part(f, inner)?;
    }
    Ok(())
}

/// `role = "clerk" | "manager"`
fn names(f: &mut fmt::Formatter<'_>, parts: &[Requirement]) -> fmt::Result {
    for (place, inner) in parts.iter().enumerate() {
        if let Requirement::Authority(name) = inner {
            match place {
                0 => write!(f, "{} = {:?}", name.kind(), name.name())?,
                _ => write!(f, " | {:?}", name.name())?,
            }
        }
    }
    Ok(())
}

/// `method = "session" | "api-key"`
fn methods_of(f: &mut fmt::Formatter<'_>, methods: &[Method]) -> fmt::Result {
    f.write_str("method = ")?;
    for (place, method) in methods.iter().enumerate() {
        let bar = if place > 0 { " | " } else { "" };
        write!(f, "{bar}{:?}", method.as_str())?;
    }
    Ok(())
}

/// Whether these are two or more names of one kind: `role = "clerk" | "manager"`.
pub(super) const fn alternatives(parts: &[Requirement]) -> bool {
    let [Requirement::Authority(first), rest @ ..] = parts else { return false };
    let mut others = rest;
    while let [part, more @ ..] = others {
        match part {
            Requirement::Authority(name) if name.kind().same(first.kind()) => others = more,
            _ => return false,
        }
    }
    !rest.is_empty()
}

/// A number of seconds as `max_age` writes it: in the largest unit that leaves no rest. `5m`, `90s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaxAge(pub(crate) u64);

impl MaxAge {
    /// The number and its unit.
    pub(crate) const fn in_units(self) -> (u64, &'static str) {
        match self.0 {
            0 => (0, "s"),
            seconds if seconds % 86_400 == 0 => (seconds / 86_400, "d"),
            seconds if seconds % 3_600 == 0 => (seconds / 3_600, "h"),
            seconds if seconds % 60 == 0 => (seconds / 60, "m"),
            seconds => (seconds, "s"),
        }
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = self.in_units();
        write!(f, "{number}{unit}")
    }
}
