//! T11: what `cached_sessions` has left.

use super::Figure;
use crate::figure::left_by;

/// T11.
#[must_use]
pub fn lines() -> Vec<Figure> {
    let left = left_by("cached_sessions");
    let of = |who: &str| left.get(&("cached session".to_owned(), who.to_owned())).copied();
    match (of("auth-core"), of("sessions")) {
        (Some(bytes), Some(sessions)) => vec![Figure::new(
            "T11",
            format!("memory of a kept session, {sessions:.0} of them"),
            format!("{bytes:.0} B"),
            "≤ 300 B",
            bytes <= 300.0,
        )],
        _ => {
            vec![Figure::missing("T11", "memory of a kept session", "run `cached_sessions` before")]
        }
    }
}
