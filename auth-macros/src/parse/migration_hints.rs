//! Words that people bring along from other frameworks, and what they are called here.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::show;
use crate::keyword;

/// What a foreign word means here.
enum Meaning {
    /// A name of this kind, with what follows it: `roles = ["a", "b"]`, `hasRole("a")`.
    Name(&'static str),
    /// Everyone, or everyone who is logged in: said only where no name follows.
    Everybody(&'static str),
    /// Something else, written like this.
    Other(&'static str),
}

const CONDITION: &str = "write the condition as an `async fn` under `#[check(\"..\")]` and name it: `check = owns_order`";

/// The help line for `word` as a requirement, if it is a known habit; `rest` is what follows it.
pub(super) fn help(word: &str, rest: TokenStream) -> Option<String> {
    let meaning = meaning(word)?;
    let told = !says_nothing(rest.clone());
    Some(match meaning {
        Meaning::Name(key) => {
            let Some(values) = names_in(rest) else {
                return keyword::find(key).map(|key| format!("write `{}`", key.example));
            };
            named(word, key, &values)
        }
        // A user who names a caller must not read how to let every caller in.
        Meaning::Everybody(_) if told && word == "none" => "write `not(..)`".to_owned(),
        Meaning::Everybody(_) if told => CONDITION.to_owned(),
        Meaning::Everybody(text) | Meaning::Other(text) => text.to_owned(),
    })
}

/// The help line for a text such as `"hasRole('ADMIN')"`, if that is what it is.
pub(super) fn help_for_text(text: &str) -> Option<String> {
    let (word, rest) = text.trim().split_once('(')?;
    let inside = rest.strip_suffix(')')?;
    let inside = inside.replace('\'', "\"");
    let rest: TokenStream = format!("({inside})").parse().ok()?;
    help(word.trim(), rest)
}

/// Whether nothing follows a word, or `()`, or `= true`.
fn says_nothing(rest: TokenStream) -> bool {
    matches!(show::tokens(rest).trim(), "" | "()" | "= true")
}

/// `'ADMIN'` as `"ADMIN"`.
fn requoted(value: &str) -> String {
    let inside = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inside.map_or_else(|| value.to_owned(), |inside| format!("\"{inside}\""))
}

/// The names that `word` was given, without what other frameworks put in front of them.
fn named(word: &str, key: &'static str, values: &[String]) -> String {
    // Others quote with `'`; the compiler has complained of that already.
    let requoted: Vec<String> = values.iter().map(|value| requoted(value)).collect();
    let values = requoted.as_slice();
    let prefix = |prefix: &str| {
        let stripped = values.iter().map(|value| {
            value.strip_prefix(&format!("\"{prefix}")).map(|rest| format!("\"{rest}"))
        });
        stripped.collect::<Option<Vec<_>>>()
    };
    let (key, mut values) = match (key, prefix("SCOPE_"), prefix("ROLE_")) {
        ("permission" | "scope", Some(scopes), _) => ("scope", scopes),
        ("permission" | "role", _, Some(roles)) => ("role", roles),
        _ => (key, values.to_vec()),
    };
    // One text of several names; the name of a group may hold a comma (LDAP).
    if let ([list], true) = (values.as_slice(), key != "group")
        && list.starts_with('"')
        && list.contains(',')
    {
        let names = list.trim_matches('"').split(',').map(str::trim).filter(|it| !it.is_empty());
        values = names.map(|name| format!("\"{name}\"")).collect();
    }
    let all = word.to_ascii_lowercase().contains("all");
    if all && !word.eq_ignore_ascii_case("rolesallowed") && values.len() > 1 {
        let each = values.iter().map(|value| format!("{key} = {value}")).collect::<Vec<_>>();
        return format!("write `all({})`", each.join(", "));
    }
    several(key, &values)
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
        | "loggedin" | "user" | "users" => {
            Meaning::Everybody("write `authenticated` to let every caller in who is logged in")
        }
        "public" | "permitall" | "allowanonymous" | "anonymous" | "allowany" | "none" | "open" => {
            Meaning::Everybody("write `#[public(reason = \"..\")]` to leave the handler open")
        }
        "denyall" | "nobody" | "never" => {
            Meaning::Other("remove the route: a handler that no one may call needs none")
        }
        "policy" | "policies" | "claim" | "claims" | "attribute" | "predicate" | "owner"
        | "when" | "if" | "expr" | "guard" | "custom" | "subject" | "sub" | "username"
        | "userid" | "tenant" | "tenantid" | "org" | "organization" | "ip" | "email" | "client"
        | "clientid" => Meaning::Other(CONDITION),
        "anyof" | "oneof" | "or" | "either" | "some" => {
            Meaning::Other("write `any(.., ..)` to accept either")
        }
        "allof" | "and" | "both" | "every" => {
            Meaning::Other("write a comma, or `all(.., ..)`, to demand each")
        }
        "unless" | "except" | "noneof" => Meaning::Other("write `not(..)`"),
        "csrfexempt" | "csrfdisabled" | "disablecsrf" | "nocsrf" | "csrfprotection" => {
            Meaning::Other("write `csrf(exempt = \"..\")`, with the reason")
        }
        "twofactor" | "twofactorauthentication" | "multifactor" | "requiremfa" | "tfa" => {
            Meaning::Other("write `mfa` to demand two factors of different categories")
        }
        "amr" | "factors" | "requirefactor" | "factorauthority" => Meaning::Other(
            "write `factor(Passkey | Totp)`, with the factors of which one has to be proved",
        ),
        "passkey" | "webauthn" | "fido" => Meaning::Other("write `factor(Passkey)`"),
        "totp" | "otp" => Meaning::Other("write `factor(Totp)`"),
        "password" => Meaning::Other("write `factor(Password)`"),
        "level" | "levels" | "authlevel" => Meaning::Name("acr"),
        "stepup" | "loa" => Meaning::Other(
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
