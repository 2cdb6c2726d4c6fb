//! What was promised for each row.

/// How a row is to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At most so many times the limit.
    AtMost(f64),
    /// At most so many times the limit in instructions: too short for a clock.
    AtMostCounted(f64),
    /// At least this share of the limit.
    AtLeast(f64),
    /// At most this number itself.
    Number(f64),
    /// Nothing of its own; the number is there to be compared.
    None,
}

/// What is promised for a row.
#[must_use]
pub fn of(row: &str) -> Target {
    match row {
        row if row.starts_with("accounts: kept") => Target::AtMost(1.15),
        "accounts: cookie with a wrong tag" | "accounts: key with a wrong checksum" => {
            Target::AtMost(1.1)
        }
        "accounts: cross-site check" => Target::Number(60.0),
        "the same token again" => Target::AtMost(2.0),
        "request: known token" | "request: no token" => Target::AtMost(1.15),
        "request: forged token" => Target::AtMost(1.2),
        "two threads, known tokens" => Target::AtLeast(1.8),
        "loopback: known tokens" => Target::AtLeast(0.88),
        "loopback: new tokens" => Target::AtLeast(0.225),
        "cargo check, 500 handlers" => Target::AtMost(1.8),
        "cargo build, 500 handlers" => Target::AtMost(1.4),
        "incremental cargo check, 500 handlers" => Target::AtMost(3.0),
        "incremental cargo build, 500 handlers" => Target::AtMost(1.6),
        "crates of an application" => Target::Number(85.0),
        row if row.starts_with("decision:") => Target::AtMostCounted(2.5),
        row if row.starts_with("verify") => Target::AtMost(1.1),
        _ => Target::None,
    }
}

/// The rows in which a larger number is better: they say how much is done in a second.
#[must_use]
pub fn more_is_better(row: &str) -> bool {
    row.starts_with("loopback:") || row.starts_with("two threads")
}

impl Target {
    /// The target in words.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::AtMost(ratio) => format!("≤ {ratio:.2}×"),
            Self::AtMostCounted(ratio) => format!("≤ {ratio:.2}× in instructions"),
            Self::AtLeast(share) => format!("≥ {share:.2}×"),
            Self::Number(most) => format!("≤ {most:.0}"),
            Self::None => String::new(),
        }
    }

    /// Whether it is met, by the ratios of times and of instructions; none where it cannot be
    /// determined.
    #[must_use]
    pub fn is_met(self, ours: f64, ratio: Option<f64>, counted: Option<f64>) -> Option<bool> {
        match self {
            Self::AtMost(most) => ratio.map(|ratio| ratio <= most),
            Self::AtMostCounted(most) => counted.map(|ratio| ratio <= most),
            Self::AtLeast(least) => ratio.map(|ratio| ratio >= least),
            Self::Number(most) => Some(ours <= most),
            Self::None => None,
        }
    }
}
