//! How many files a reader opens who follows a request.
//!
//! A walk names the functions that a request passes, in their order, with the files that have them.
//! Each function is there and names the one that the next step is reached by.

use std::collections::BTreeSet;
use std::path::Path;

use super::source::{Source, sources};

/// A function in a file, and what its body calls to get to the next step.
type Step = (&'static str, &'static str, &'static str);

/// A caller who may not: from the guard of a handler to the response with status 403.
const REJECTION: &[Step] = &[
    ("web/guard.rs", "from_request_parts", "decide"),
    ("web/guard.rs", "decide", "authorize"),
    ("web/authorize.rs", "authorize", "unmet"),
    ("web/authorize.rs", "authorize", "refuse"),
    ("web/request_auth.rs", "refuse", "render"),
    ("response/renderer.rs", "render", "set_challenges"),
    ("response/renderer.rs", "set_challenges", "each"),
    ("response/challenge.rs", "each", "challenges"),
];

/// An access token: from the header to the identity of its caller.
const TOKEN: &[Step] = &[
    ("web/request_auth.rs", "caller", "credential"),
    ("authenticator/pipeline.rs", "credential", "find"),
    ("authenticator/pipeline.rs", "find", "find_token"),
    ("authenticator/pipeline.rs", "find_token", "PresentedToken::find"),
    ("scheme/presented_token.rs", "find", "in_authorization"),
    ("web/request_auth.rs", "caller", "authenticate_with"),
    ("authenticator/pipeline.rs", "authenticate_with", "by_token"),
    ("authenticator/pipeline.rs", "by_token", "verify"),
    ("authenticator/pipeline.rs", "verify", "verifiers.verify"),
    ("authenticator/verifiers/mod.rs", "verify", "verify_unproven"),
    ("token/verifier.rs", "verify_unproven", "judge"),
    ("token/verifier.rs", "judge", "check"),
    ("token/verifier.rs", "check", "VerifiedToken::new"),
    ("authenticator/pipeline.rs", "verify", "Identity::new"),
    ("identity/caller.rs", "new", "authorities"),
];

/// The bodies of all functions of this name in a file.
fn bodies<'a>(source: &'a Source, name: &str) -> Vec<&'a str> {
    let wanted = format!("fn {name}");
    let after_name = source.code.split(&wanted).skip(1);
    after_name.filter(|code| code.starts_with(['(', '<'])).filter_map(body).collect()
}

/// The first block of a text.
fn body(code: &str) -> Option<&str> {
    let (_, block) = code.split_once('{')?;
    let mut depth = 1_usize;
    let (end, _) = block.char_indices().find(|(_, letter)| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    block.get(..end)
}

/// The files of a walk, if each step leads to the next.
///
/// The next step is the function that this one calls, or one that the walk came through before and that
/// calls something else now.
fn files(walk: &[Step]) -> BTreeSet<&'static str> {
    let sources = sources();
    let mut passed = BTreeSet::new();
    let mut led_to = None;
    for (file, function, next) in walk {
        let source = sources.iter().find(|source| source.path == Path::new(file));
        let source = source.unwrap_or_else(|| panic!("{file} is gone"));
        let bodies = bodies(source, function);
        assert!(!bodies.is_empty(), "{file} has no function `{function}`");
        let leads_on = bodies.iter().any(|body| body.contains(&format!("{next}(")));
        assert!(leads_on, "`{function}` in {file} does not call `{next}`");
        let is_next = led_to.is_none_or(|called: &str| called.ends_with(function));
        assert!(
            is_next || passed.contains(&(file, function)),
            "`{function}` is reached by no step"
        );
        passed.insert((file, function));
        led_to = Some(*next);
    }
    walk.iter().map(|(file, ..)| *file).collect()
}

#[test]
fn a_rejection_is_followed_through_five_files() {
    let files = files(REJECTION);
    assert!(files.len() <= 5, "{files:?}");
}

#[test]
fn a_token_is_followed_through_six_files() {
    let files = files(TOKEN);
    assert!(files.len() <= 6, "{files:?}");
}
