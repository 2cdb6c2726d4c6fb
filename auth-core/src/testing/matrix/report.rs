//! What the matrix did, as a table.

use std::fmt;

/// What an access matrix did. All of it went well: a matrix ends at the first lie.
///
/// Shown as a table:
///
/// ```text
/// endpoint             requires                        passed  refused
/// GET /health          public: liveness probe               2        0
/// DELETE /orders/{id}  scope = "write", check = own         1        7
///                      skipped: ..
/// 2 endpoints, 10 requests
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixReport {
    pub(super) rows: Vec<MatrixRow>,
}

/// What the matrix did with one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    pub(super) endpoint: String,
    pub(super) requires: String,
    pub(super) passed: usize,
    pub(super) refused: usize,
    pub(super) skipped: Vec<String>,
}

impl MatrixReport {
    /// One row for each endpoint, in the order of the access map.
    #[must_use]
    pub fn rows(&self) -> &[MatrixRow] {
        &self.rows
    }

    /// How many requests were sent.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.rows.iter().map(|row| row.passed + row.refused).sum()
    }

    /// What was left out and why, with its endpoint.
    pub fn skipped(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rows.iter().flat_map(|row| {
            row.skipped.iter().map(|skipped| (row.endpoint.as_str(), skipped.as_str()))
        })
    }
}

impl MatrixRow {
    /// The endpoint, as `DELETE /orders/{id}`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// How many requests passed the guard, as they had to.
    #[must_use]
    pub const fn passed(&self) -> usize {
        self.passed
    }

    /// How many requests were rejected, as they had to be.
    #[must_use]
    pub const fn refused(&self) -> usize {
        self.refused
    }

    /// What was left out and why.
    #[must_use]
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }
}

impl fmt::Display for MatrixReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&MatrixRow) -> &str, title: &str| {
            let widest = self.rows.iter().map(|row| of(row).chars().count()).max();
            widest.unwrap_or_default().max(title.len())
        };
        let endpoint = width(|row| &row.endpoint, "endpoint");
        let requires = width(|row| &row.requires, "requires");
        writeln!(f, "{:endpoint$}  {:requires$}  passed  refused", "endpoint", "requires")?;
        for row in &self.rows {
            let MatrixRow { passed, refused, .. } = row;
            writeln!(
                f,
                "{:endpoint$}  {:requires$}  {passed:>6}  {refused:>7}",
                row.endpoint, row.requires
            )?;
            for skipped in &row.skipped {
                writeln!(f, "{:endpoint$}  skipped: {skipped}", "")?;
            }
        }
        let (endpoints, requests) = (self.rows.len(), self.requests());
        write!(f, "{endpoints} endpoints, {requests} requests")
    }
}
