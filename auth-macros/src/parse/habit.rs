//! Words that people bring along from other frameworks, and what they are called here.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::show;
use crate::keyword;

/// What a foreign word stands for.
enum Meaning {
    /// A name of this kind, with what follows it: `roles = ["a", "b"]`, `hasRole("a")`.
    Name(&'static str),
    /// Something else, written like this.
    Other(&'static str),
}

/// The help line for `word` as a requirement, if it is a known habit; `rest` is what follows it.
pub(super) fn help(word: &str, rest: TokenStream) -> Option<String> {
    Some(match meaning(word)? {
        Meaning::Name(key) => {
            let Some(values) = names_in(rest) else {
                return keyword::find(key).map(|key| format!("write `{}`", key.example));
            };
            several(key, &values)
        }
        Meaning::Other(text) => text.to_owned(),
    })
}

/// `` write `role = "a"` ``, or both ways to combine several names.
pub(super) fn several(key: &str, values: &[String]) -> String {
    if values.len() < 2 {
        return format!("write `{key} = {}`", values.concat());
    }
    let each = values.iter().map(|value| format!("{key} = {value}")).collect::<Vec<_>>();
    format!(
        "write `{key} = {}` to accept any of them, or `all({})` to demand all",
        values.join(" | "),
        each.join(", ")
    )
}

fn meaning(word: &str) -> Option<Meaning> {
    let plain: String =
        word.chars().filter(|sign| *sign != '_').map(|sign| sign.to_ascii_lowercase()).collect();
    Some(match plain.as_str() {
        "roles" | "hasrole" | "hasroles" | "hasanyrole" | "rolesallowed" | "anyrole" => {
            Meaning::Name("role")
        }
        "permissions" | "haspermission" | "haspermissions" | "hasauthority" | "hasanyauthority"
        | "authority" | "authorities" | "can" | "perm" | "perms" => Meaning::Name("permission"),
        "scopes" | "hasscope" | "hasscopes" => Meaning::Name("scope"),
        "groups" | "ingroup" | "hasgroup" | "memberof" => Meaning::Name("group"),
        "authenticate" | "isauthenticated" | "fullyauthenticated" | "auth" | "login"
        | "loggedin" | "user" => {
            Meaning::Other("write `authenticated` to let every caller in who is logged in")
        }
        "public" | "permitall" | "allowanonymous" | "anonymous" | "allowany" | "none" => {
            Meaning::Other("write `#[public(reason = \"..\")]` to leave the handler open")
        }
        "denyall" | "nobody" | "never" => {
            Meaning::Other("leave the route away: a handler that nobody may call needs none")
        }
        "policy" | "policies" | "claim" | "claims" | "attribute" | "predicate" | "owner"
        | "when" | "if" | "expr" | "guard" | "custom" => Meaning::Other(
            "write the condition as an `async fn` under `#[check(\"..\")]` and name it: `check = owns_order`",
        ),
        "anyof" | "oneof" | "or" | "either" | "some" => {
            Meaning::Other("write `any(.., ..)` to accept either")
        }
        "allof" | "and" | "both" | "every" => {
            Meaning::Other("write a comma, or `all(.., ..)`, to demand each")
        }
        "unless" | "except" | "noneof" => Meaning::Other("write `not(..)`"),
        "mfa" | "stepup" | "amr" | "loa" => Meaning::Other(
            "write `acr = \"mfa\"`, with the value by which the identity provider tells such a login",
        ),
        _ => return None,
    })
}

/// The names in `= ["a", "b"]`, `("a", B)` or `= "a" | "b"`; none if there is anything else.
pub(super) fn names_in(rest: TokenStream) -> Option<Vec<String>> {
    let mut values = Vec::new();
    let mut value = TokenStream::new();
    for token in rest {
        match token {
            TokenTree::Group(group) if matches!(group.delimiter(), Delimiter::Brace) => {
                return None;
            }
            TokenTree::Group(group) => values.extend(names_in(group.stream())?),
            TokenTree::Punct(punct) if matches!(punct.as_char(), '=' | ',' | '|' | '&') => {
                flush(&mut value, &mut values);
            }
            TokenTree::Punct(punct) if punct.as_char() != ':' => return None,
            other => value.extend([other]),
        }
    }
    flush(&mut value, &mut values);
    (!values.is_empty()).then_some(values)
}

fn flush(value: &mut TokenStream, values: &mut Vec<String>) {
    if !value.is_empty() {
        values.push(show::tokens(std::mem::take(value)));
    }
}
