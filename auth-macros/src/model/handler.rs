//! What a handler has to be for a guard to be in front of it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{FnArg, Safety, Type};

use super::{Caller, open};
use crate::parse::function::{Function, Item};
use crate::parse::show;
use crate::report::{Message, Report};

/// axum's `Handler` is implemented for up to 16 extractors, and the guard is one of them.
const MAX_EXTRACTORS: usize = 15;

/// The attributes that declare who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Declares {
    Requires,
    Public,
    Pending,
}

impl Declares {
    /// `#[requires]`, as messages name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Requires => "#[requires]",
            Self::Public => "#[public]",
            Self::Pending => "#[pending]",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Requires => "requires",
            Self::Public => "public",
            Self::Pending => "pending",
        }
    }

    /// What helps where this and another one are on a handler.
    const fn choice(self, other: Self) -> &'static str {
        match (self, other) {
            (Self::Pending, _) | (_, Self::Pending) => {
                "keep `#[pending]` if the handler finishes a sign-in"
            }
            _ => "keep `#[requires]` to say who may call, or `#[public]` to let everyone call",
        }
    }
}

/// What the attribute is on.
pub(crate) enum Target {
    /// An `async fn` that axum calls.
    Handler(Box<Function>),
    /// A function that is handed the caller's identity.
    Caller(Box<Caller>),
}

/// Checks the function under `#[requires(arguments)]` or `#[public(arguments)]`.
///
/// `None` after an error that leaves no handler to guard; then the item has to be emitted as it is.
pub(crate) fn check(
    declares: Declares,
    arguments: &TokenStream,
    item: Item,
    report: &mut Report,
) -> Option<Target> {
    let mut function = match item {
        Item::Function(function) => function,
        Item::Other { word, span } => {
            report.at(span, not_a_function(declares, &word));
            return None;
        }
        Item::Broken => return None,
    };
    stacked(declares, arguments, &mut function, report)?;
    if declares == Declares::Requires && Caller::is_in(&function) {
        if Caller::owe_handler(&mut function, report) {
            return Some(Target::Handler(function));
        }
        return Caller::check(function, report).map(|caller| Target::Caller(Box::new(caller)));
    }
    if !callable(declares, &function, report) {
        return None;
    }
    if declares != Declares::Requires {
        open::check(declares, &function, report);
    }
    Some(Target::Handler(function))
}

fn not_a_function(declares: Declares, word: &str) -> Message {
    let message = Message::new(format_args!(
        "`{}` can only be applied to an `async fn` handler, found `{word}`",
        declares.name()
    ));
    match word {
        "impl" | "mod" | "trait" if declares == Declares::Requires => message
            .help("put it on each handler")
            .help("write `Router::require(requirement!(..))` to require it of many routes at once"),
        _ => message.help("put it on the `async fn` that axum calls"),
    }
}

/// Reports a second declaration on the same handler, and takes it away.
fn stacked(
    declares: Declares,
    arguments: &TokenStream,
    function: &mut Function,
    report: &mut Report,
) -> Option<()> {
    let name = declares.name();
    function.attributes.retain(|attribute| {
        let Some(last) = attribute.path().segments.last() else { return true };
        if last.ident == declares.word() {
            let message = Message::new(format_args!("`{name}` is already given on this handler"));
            report.on(attribute.path(), message.help(merged(declares, arguments, &attribute.meta)));
            return false;
        }
        let others = [Declares::Requires, Declares::Public, Declares::Pending];
        let mut others = others.into_iter().filter(|other| *other != declares);
        if let Some(other) = others.find(|other| last.ident == other.word()) {
            let message =
                Message::new(format_args!("`{name}` and `{}` exclude each other", other.name()))
                    .help(declares.choice(other));
            report.on(attribute.path(), message);
            return false;
        }
        true
    });
    // A renamed attribute above this one has put its guard in place already.
    if let Some(FnArg::Typed(first)) = function.signature.inputs.first()
        && is_guard(&first.ty)
    {
        let message = Message::new("this handler already declares who may call it")
            .help(format_args!("keep one of the attributes: `{name}` or the one above it"));
        report.on(&function.signature.ident, message);
        return None;
    }
    Some(())
}

/// The line that says what two `#[requires]` meant to say.
fn merged(declares: Declares, arguments: &TokenStream, second: &syn::Meta) -> String {
    let second = match second {
        syn::Meta::List(list) => show::tokens(&list.tokens),
        _ => String::new(),
    };
    let first = show::tokens(arguments);
    if declares != Declares::Requires || first.is_empty() || second.is_empty() {
        return "keep one of them".to_owned();
    }
    let tidy = |text: &str| text.trim_end_matches(',').to_owned();
    format!("write `#[requires({}, {})]` to demand both", tidy(&first), tidy(&second))
}

/// Whether this is the guard that another declaration has inserted.
fn is_guard(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| {
        (last.ident == "Guard" || last.ident == "Public")
            && show::tokens(&last.arguments).contains("__requires_")
    })
}

/// Whether axum can call the function.
fn callable(declares: Declares, function: &Function, report: &mut Report) -> bool {
    let name = declares.name();
    let signature = &function.signature;
    if let Some(receiver) = signature.receiver() {
        let message = Message::new(format_args!(
            "`{name}` cannot be applied to a method: axum passes no receiver to a handler"
        ));
        let message = message.help("take the value through `State`, in a function without `self`");
        report.on(receiver.self_token, message);
        return false;
    }
    if let Some(span) = mention_of_self(signature.to_token_stream()) {
        let message = Message::new(format_args!(
            "`{name}` cannot be applied to a function in an `impl` block or a trait"
        ))
        .help(
            "move the handler out of the block, and write the name of the type in place of `Self`",
        );
        report.at(span, message);
        return false;
    }
    if signature.ident == "main" {
        let message = Message::new(format_args!("`main` is not a handler: remove `{name}`"))
            .help("put it on each `async fn` that is given to `get(..)`, `post(..)` and so on");
        report.on(&signature.ident, message);
        return false;
    }
    if signature.asyncness.is_none() {
        report.at(signature.fn_token.span(), not_async(declares, function));
        return false;
    }
    if function.body.to_string() == ";" {
        let message =
            Message::new(format_args!("`{name}` cannot be applied to a function without a body"));
        report.on(&function.body, message.help("put it on the function that is the handler"));
        return false;
    }
    let unusual = if let Some(token) = &signature.constness {
        Some(("const", token.span()))
    } else if let Safety::Unsafe(token) = &signature.safety {
        Some(("unsafe", token.span()))
    } else if let Some(abi) = &signature.abi {
        Some(("extern", abi.span()))
    } else {
        signature.variadic.as_ref().map(|variadic| ("..", variadic.span()))
    };
    if let Some((word, span)) = unusual {
        let message = Message::new(format_args!("a handler cannot be `{word}`"));
        report.at(span, message.help(format_args!("remove `{word}`")));
        return false;
    }
    if let Some(extra) = signature.inputs.iter().nth(MAX_EXTRACTORS) {
        let message = Message::new(format_args!(
            "a guarded handler takes at most {MAX_EXTRACTORS} extractors"
        ))
        .help("group some of them in a tuple: `(Path(id), State(db)): (Path<u64>, State<Db>)`");
        report.on(extra, message);
        return false;
    }
    true
}

/// Where a signature says `Self`: only in a block can it.
fn mention_of_self(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Group(group) => mention_of_self(group.stream()),
        TokenTree::Ident(ident) if ident == "Self" => Some(ident.span()),
        _ => None,
    })
}

fn not_async(declares: Declares, function: &Function) -> Message {
    let ident = &function.signature.ident;
    match declares {
        Declares::Requires => Message::new(
            "`#[requires]` can only be applied to an `async fn` handler, or to a function that takes `&Identity`",
        )
        .help(format_args!("write `async fn {ident}` if axum calls it"))
        .help("add the parameter `caller: &Identity` if your own code calls it"),
        Declares::Public | Declares::Pending => {
            let name = declares.name();
            Message::new(format_args!("`{name}` can only be applied to an `async fn` handler"))
                .help(format_args!("write `async fn {ident}` if axum calls it, or remove the attribute"))
        }
    }
}
