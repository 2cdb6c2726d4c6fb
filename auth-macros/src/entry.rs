//! The macros from end to end: read, check, write.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::expand::{self, Declaration, Runtime};
use crate::model::handler::{self, Declares, Target};
use crate::model::{predicate, requirement};
use crate::parse::syntax::Ends;
use crate::parse::{argument, function, step};
use crate::report::{Message, Report};

/// `#[requires(arguments)] item`
pub(crate) fn requires(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let mut report = Report::new();
    let syntax = crate::parse::requirement::read(arguments.clone(), "#[requires]", &mut report);
    let runtime = Runtime::new(syntax.krate.as_ref());
    let ends = Ends::of(arguments);
    let parsed = function::read(item.clone(), &mut report);
    let target = handler::check(Declares::Requires, arguments, parsed, &mut report);
    // After an error the handler still has a guard, which lets no caller in: then the
    // routes do not complain of a missing policy on top of it.
    let expanded = match target {
        Some(Target::Handler(function)) => {
            let policy =
                requirement::check(&syntax.terms, requirement::Place::Handler, &mut report);
            let csrf = syntax.csrf.as_ref();
            let declaration = Declaration::Requires { policy: &policy, csrf, ends };
            expand::handler(function, &declaration, &runtime)
        }
        Some(Target::Caller(caller)) => {
            if let Some(csrf) = &syntax.csrf {
                let message = Message::new(
                    "a function that takes `&Identity` has no cross-site check",
                )
                .help("put `csrf(..)` on the handler: `#[requires(.., csrf(exempt = \"..\"))]`");
                report.on(&csrf.word, message);
            }
            let policy =
                requirement::check(&syntax.terms, requirement::Place::Function, &mut report);
            if report.is_empty() { expand::caller(*caller, &policy, ends, &runtime) } else { item }
        }
        None => item,
    };
    followed_by_errors(expanded, report)
}

/// `#[public(arguments)] item`
pub(crate) fn public(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let mut report = Report::new();
    let read = argument::read(arguments.clone(), argument::Style::Reason, &mut report);
    let runtime = Runtime::new(read.krate.as_ref());
    let parsed = function::read(item.clone(), &mut report);
    let reason = read.text.map(|text| text.value()).unwrap_or_default();
    let expanded = match handler::check(Declares::Public, arguments, parsed, &mut report) {
        Some(Target::Handler(function)) => {
            expand::handler(function, &Declaration::Public { reason: &reason }, &runtime)
        }
        Some(Target::Caller(_)) | None => item,
    };
    followed_by_errors(expanded, report)
}

/// `#[pending(arguments)] item`
pub(crate) fn pending(arguments: &TokenStream, item: TokenStream) -> TokenStream {
    let mut report = Report::new();
    let read = step::read(arguments.clone(), &mut report);
    let runtime = Runtime::new(read.krate.as_ref());
    let parsed = function::read(item.clone(), &mut report);
    let expanded = match handler::check(Declares::Pending, arguments, parsed, &mut report) {
        Some(Target::Handler(function)) => {
            let step = step::SECOND_FACTOR;
            expand::handler(function, &Declaration::Pending { step }, &runtime)
        }
        Some(Target::Caller(_)) | None => item,
    };
    followed_by_errors(expanded, report)
}

/// `#[check(arguments)] item`
pub(crate) fn check(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut report = Report::new();
    let read = argument::read(arguments, argument::Style::Sentence, &mut report);
    let runtime = Runtime::new(read.krate.as_ref());
    let parsed = function::read(item.clone(), &mut report);
    let expanded = match predicate::check(&read, parsed, &mut report) {
        Some(predicate) => expand::predicate(&predicate, &runtime),
        None => item,
    };
    followed_by_errors(expanded, report)
}

/// `requirement!(arguments)`
pub(crate) fn requirement(arguments: &TokenStream) -> TokenStream {
    let mut report = Report::new();
    let syntax = crate::parse::requirement::read(arguments.clone(), "requirement!", &mut report);
    let runtime = Runtime::new(syntax.krate.as_ref());
    let policy = requirement::check(&syntax.terms, requirement::Place::Value, &mut report);
    let value = expand::value(&policy, &runtime, Ends::of(arguments));
    if report.is_empty() {
        drop(report.into_errors());
        return value;
    }
    let errors = report.into_errors();
    quote_spanned!(Span::mixed_site()=> { #errors #value })
}

/// The item first: editors look at it, and its own errors come before those of the macro.
fn followed_by_errors(mut expanded: TokenStream, report: Report) -> TokenStream {
    expanded.extend(report.into_errors());
    expanded
}
