//! All that is wrong with one use of a macro, reported at once.
//!
//! A user who fixes the first error should not meet the second one only then: parsing and checking go
//! on after an error and put each of them here.

use std::fmt::{self, Display, Write as _};

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors of one macro call.
///
/// Dropping it without [`Report::into_errors`] is a bug that debug builds point out: an error that
/// no one reads could let a wrong declaration pass.
#[derive(Default)]
pub(crate) struct Report {
    errors: Vec<syn::Error>,
    read: bool,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Notes what is wrong at `span`.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.errors.push(syn::Error::new(span, message));
    }

    /// Notes what is wrong with `tokens`, from the first to the last of them.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.errors.push(syn::Error::new_spanned(tokens, message));
    }

    /// Notes an error of `syn`'s own, for example about a signature that is no Rust.
    pub(crate) fn syntax(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// Whether nothing was wrong so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// How much was wrong so far.
    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// The errors as code that makes the compiler show them; empty if there are none.
    pub(crate) fn into_errors(mut self) -> TokenStream {
        self.read = true;
        self.errors.iter().map(syn::Error::to_compile_error).collect()
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        debug_assert!(self.read || std::thread::panicking(), "the errors of a macro were not read");
    }
}

/// The text of one error: what is wrong, then on lines of their own what to type instead.
pub(crate) struct Message(String);

impl Message {
    pub(crate) fn new(problem: impl Display) -> Self {
        Self(problem.to_string())
    }

    /// A line that says what to type.
    pub(crate) fn help(self, text: impl Display) -> Self {
        self.line("help", text)
    }

    /// A line with a fact that helps to understand; at most one for each message.
    pub(crate) fn note(self, text: impl Display) -> Self {
        self.line("note", text)
    }

    fn line(mut self, label: &str, text: impl Display) -> Self {
        // Writing to a `String` does not fail.
        let _ = write!(self.0, "\n{label}: {text}");
        self
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Message, Report};

    #[test]
    fn every_error_is_emitted() {
        let mut report = Report::new();
        report.at(proc_macro2::Span::call_site(), "one");
        report.at(proc_macro2::Span::call_site(), Message::new("two").help("three"));
        assert!(!report.is_empty());
        let text = report.into_errors().to_string();
        assert_eq!(text.matches("compile_error").count(), 2);
        assert!(text.contains(r#""two\nhelp: three""#));
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "not read")]
    fn an_unread_report_is_a_bug() {
        drop(Report::new());
    }
}
