//! T1, T3, T8, T9: what finds all that it needs in memory. Times of both sides in turn, and the
//! instructions that the benchmark `counts` has counted.

use std::time::Instant;

use super::{Effort, Figure, median, nanoseconds, time};
use crate::accounts::cases::{
    CROSS_SITE, FACTORS, KEPT_COOKIE, KEPT_KEY, KEPT_TOKEN, WRONG_CHECKSUM, WRONG_TAG, of,
};
use crate::accounts::cases::{Kept, of_session};
use crate::accounts::waiting::runtime;
use crate::case::Case;
use crate::figure::instructions;
use crate::service::exchange::bearer;
use auth_accounts::model::Carrier;
use auth_accounts::session::SessionMode;
use http::StatusCode;

/// How often a case is run before the clock is looked at.
const RUNS: u32 = 20;

/// Nanoseconds of limit and ours, and how many times the limit ours is: medians over rounds in turn.
fn in_turn(row: &str, effort: Effort) -> [f64; 3] {
    let mut cases = of(row);
    cases.retain(|case| case.row == row);
    let [limit, ours] = cases.as_mut_slice() else { panic!("no pair: {row}") };
    let once = |case: &mut Case| {
        let start = Instant::now();
        for _ in 0..RUNS {
            case.run();
        }
        nanoseconds(start.elapsed()) / f64::from(RUNS * case.times)
    };
    let (mut limits, mut all, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let start = Instant::now();
    while start.elapsed() < effort.round * 2 {
        let (one, other) = (once(limit), once(ours));
        limits.push(one);
        all.push(other);
        ratios.push(other / one);
    }
    [median(&limits), median(&all), median(&ratios)]
}

/// Instructions of limit and ours for one piece of work, if they were counted.
fn counted(row: &str) -> Option<[f64; 2]> {
    let (counts, cases) = (instructions(), of(row));
    let of = |who: &str| {
        let case = cases.iter().find(|case| case.row == row && case.who == who)?;
        let count = counts.get(&(row.to_owned(), who.to_owned()))?;
        Some(count / f64::from(case.times))
    };
    Some([of("limit")?, of("auth-core")?])
}

fn in_words(row: &str, [limit, ours, ratio]: [f64; 3]) -> String {
    let times = format!("{ratio:.2}× ({} against {})", time(ours), time(limit));
    match counted(row) {
        Some([limit, ours]) => {
            format!("{times}; {:.2}× in instructions ({ours:.0} against {limit:.0})", ours / limit)
        }
        None => times,
    }
}

/// T1.
#[must_use]
pub fn kept(effort: Effort) -> Vec<Figure> {
    let line = |(row, what): (&str, &str)| {
        let figures = in_turn(row, effort);
        Figure::new("T1", what, in_words(row, figures), "≤ 1.15× a known token", figures[2] <= 1.15)
    };
    let rows = [
        (KEPT_COOKIE, "request with a kept session, cookie"),
        (KEPT_TOKEN, "request with a kept session, bearer token"),
        (KEPT_KEY, "request with a kept API key"),
    ];
    rows.map(line).into()
}

/// T3.
#[must_use]
pub fn refused(effort: Effort) -> Vec<Figure> {
    let kept = Kept::new(SessionMode::Strict, Carrier::Cookie);
    let faults = kept.store.faults();
    faults.reset();
    let _in = runtime().enter();
    let mistyped = kept.keys.iter().map(|key| {
        let other = if key.ends_with('0') { "1" } else { "0" };
        format!("{}{other}", &key[..key.len() - 1])
    });
    let forged = kept.people.iter().map(|it| of_session(Carrier::Cookie, &it.forged()));
    for request in forged.chain(bearer(&mistyped.collect::<Vec<_>>())) {
        request.send(&kept.node.router, StatusCode::UNAUTHORIZED);
    }
    let calls = faults.total();
    let mut lines = vec![Figure::new(
        "T3",
        "store calls of 16 cookies with a wrong tag and 16 keys with a wrong checksum",
        format!("{calls}"),
        "0",
        calls == 0,
    )];
    for (row, what) in
        [(WRONG_TAG, "cookie with a wrong tag"), (WRONG_CHECKSUM, "key with a wrong checksum")]
    {
        let [limit, ours, ratio] = in_turn(row, effort);
        let more = ours - limit;
        lines.push(Figure::new(
            "T3",
            what,
            format!(
                "{}; {} more than without a credential",
                in_words(row, [limit, ours, ratio]),
                time(more)
            ),
            "≤ 1.1× no credential, ≤ 1 µs",
            ratio <= 1.1 && more <= 1_000.0,
        ));
    }
    lines
}

/// T8.
#[must_use]
pub fn factors(effort: Effort) -> Vec<Figure> {
    let [limit, ours, ratio] = in_turn(FACTORS, effort);
    let more = ours - limit;
    vec![Figure::new(
        "T8",
        "decision with `mfa, factor(Totp, within)` beside role and scope",
        format!("+{more:.0} ns; {}", in_words(FACTORS, [limit, ours, ratio])),
        "≤ +20 ns",
        more <= 20.0,
    )]
}

/// T9.
///
/// # Panics
/// If the case is not there.
#[must_use]
pub fn cross_site(effort: Effort) -> Vec<Figure> {
    let mut cases = of(CROSS_SITE);
    let case = cases.first_mut().expect("the case");
    let mut all = Vec::new();
    let start = Instant::now();
    while start.elapsed() < effort.round {
        let start = Instant::now();
        for _ in 0..1_000 {
            case.run();
        }
        all.push(nanoseconds(start.elapsed()) / f64::from(1_000 * case.times));
    }
    let each = median(&all);
    let counts = instructions();
    let count = counts.get(&(CROSS_SITE.to_owned(), "auth-core".to_owned()));
    let count = count.map(|it| format!("; {:.0} instructions", it / f64::from(case.times)));
    let measured = format!("{}{}", time(each), count.unwrap_or_default());
    vec![Figure::new("T9", "cross-site check", measured, "≤ 60 ns", each <= 60.0)]
}
