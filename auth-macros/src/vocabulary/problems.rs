//! Everything that is wrong with one enum, reported in one build.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};

/// The errors of one derive, in the order in which they were found.
#[derive(Default)]
pub(super) struct Problems(Option<syn::Error>);

impl Problems {
    pub(super) fn add(&mut self, span: Span, message: impl Display) {
        self.add_error(syn::Error::new(span, message));
    }

    pub(super) fn add_error(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            none => *none = Some(error),
        }
    }

    /// Keeps the value of a step that went well and the error of one that did not.
    pub(super) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add_error(error)).ok()
    }

    pub(super) fn into_compile_errors(self) -> TokenStream {
        self.0.map(|errors| errors.to_compile_error()).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn messages(self) -> Vec<String> {
        self.0.into_iter().flatten().map(|error| error.to_string()).collect()
    }
}
