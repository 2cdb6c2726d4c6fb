//! Whether a router can be protected by an authenticator.

use std::fmt;

use crate::access_map::Endpoint;
use crate::authenticator::Authenticator;
use crate::policy::{Analysis, Flaw, analyse};
use crate::vocabulary::{NameRef, NameTable};

/// Why a router cannot be protected: every reason at once.
#[derive(Clone, thiserror::Error)]
#[error("{}", Lines(.problems))]
pub struct ProtectError {
    problems: Vec<ProtectProblem>,
}

crate::error::debug_in_words!(ProtectError);

impl ProtectError {
    /// The reasons, in the order of the access map.
    #[must_use]
    pub fn problems(&self) -> &[ProtectProblem] {
        &self.problems
    }
}

/// One reason why a router cannot be protected.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtectProblem {
    /// A requirement names an enum that is not in the authenticator's vocabulary: nobody could
    /// ever meet it.
    ForeignName {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The handler with its module, if it is a function.
        handler: Option<String>,
        /// The name that is required.
        name: NameRef,
        /// The enum of the same kind that the vocabulary does hold.
        known: Option<&'static str>,
    },
}

crate::error::debug_in_words!(ProtectProblem);

impl fmt::Display for ProtectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::ForeignName { endpoint, handler, name, known } = self;
        let table: &NameTable = name.table();
        write!(f, "`{endpoint}`")?;
        if let Some(handler) = handler {
            write!(f, " (`{handler}`)")?;
        }
        write!(
            f,
            " requires the {name:?} of `{}`, which is not in the authenticator's vocabulary\nhelp: ",
            table.enum_name
        )?;
        match known {
            None => write!(f, "add `{}` to `.vocabulary::<(..)>()`", table.enum_name),
            Some(known) => write!(
                f,
                "the vocabulary's {} are `{known}`: use its names, or give `.vocabulary::<(..)>()` `{}` instead",
                table.kind.plural(),
                table.enum_name
            ),
        }
    }
}

impl std::error::Error for ProtectProblem {}

struct Lines<'a>(&'a [ProtectProblem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Whether the authenticator can ever let somebody through to each endpoint.
pub(super) fn inspect(
    endpoints: &[Endpoint],
    authenticator: &Authenticator,
) -> Result<(), ProtectError> {
    let tables = authenticator.tables();
    let mut problems = Vec::new();
    for endpoint in endpoints {
        warn_if_unreachable(endpoint);
        for name in endpoint.requirement().iter().flat_map(|requirement| requirement.names()) {
            if tables.contains(name.table()) {
                continue;
            }
            let problem = ProtectProblem::ForeignName {
                endpoint: endpoint.to_string(),
                handler: endpoint.handler().map(|it| format!("{}::{}", it.module, it.name)),
                name,
                known: tables.get(name.kind()).map(|table| table.enum_name),
            };
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(ProtectError { problems }) }
}

/// Notes an endpoint that nobody can call. That is no error: a router may be closed on purpose.
fn warn_if_unreachable(endpoint: &Endpoint) {
    let finding = endpoint.requirement().map(analyse);
    if let Some(Analysis::Flawed(finding)) = finding
        && finding.flaw() == Flaw::Never
    {
        let (location, reason) = (endpoint.location(), finding.to_string());
        tracing::warn!(%endpoint, %location, reason, "nobody can call this endpoint");
    }
}
