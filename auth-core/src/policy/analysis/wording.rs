//! The words of a finding: what is wrong on the first line, what to do about it on the second.

use super::Flaw;
use super::cause::Cause;
use super::outline::Fault;
use super::search::{Defect, What};
use crate::policy::display::alternatives;
use crate::policy::method::Unclear;
use crate::policy::{Factor, MaxAge, Method, RequiredFactor, Requirement};
use crate::vocabulary::AuthorityKind;
use crate::vocabulary::text::Text;

pub(super) const fn of(defect: &Defect) -> Text {
    let mut text = Text::new();
    if let Cause::Methods(unclear) = defect.cause {
        methods(&mut text, unclear);
        return text;
    }
    match defect.what {
        What::Idle { part, other, list_is_all } => {
            idle(&mut text, &part, &other, list_is_all, defect.cause);
        }
        What::Whole => {
            text.push(match defect.flaw {
                Flaw::Tautology => "every authenticated caller satisfies this requirement",
                _ => "no caller can satisfy this requirement",
            });
            unless_open(&mut text, defect);
            because(&mut text, defect);
            help_whole(&mut text, defect);
        }
        What::Part { part, wanted } => {
            text.push(match defect.flaw {
                Flaw::Tautology => "every authenticated caller satisfies `",
                _ => "no caller can satisfy `",
            });
            if wanted {
                write(&mut text, &part, false);
            } else {
                text.push("not(");
                write(&mut text, &part, false);
                text.push(")");
            }
            text.push("`");
            unless_open(&mut text, defect);
            because(&mut text, defect);
            text.push("\nhelp: remove it, it decides nothing");
            if defect.unless_open {
                text.push(" else");
            }
        }
    }
    text
}

const fn idle(
    text: &mut Text,
    part: &Requirement,
    other: &Requirement,
    list_is_all: bool,
    cause: Cause,
) {
    quote(text, part);
    if let Cause::Same = cause {
        text.push(" is given twice\nhelp: remove one of them");
        return;
    }
    text.push(if list_is_all { " is already demanded by " } else { " is already covered by " });
    quote(text, other);
    if let Cause::Implies(one, two) = cause {
        text.push(": ");
        implies(text, &one, &two);
    }
    text.push("\nhelp: remove ");
    quote(text, part);
}

const fn methods(text: &mut Text, unclear: Unclear) {
    match unclear {
        Unclear::Negated(part) => {
            text.push("`not(");
            write(text, &part, false);
            text.push(")` does not say which methods are accepted");
            text.push("\nhelp: list the methods that are accepted instead");
        }
        Unclear::InSomeAlternatives(any) => {
            text.push("some alternatives of ");
            quote(text, &any);
            text.push(" name a `method` and others do not");
            text.push("\nhelp: say for every alternative which methods it takes");
        }
    }
}

const fn unless_open(text: &mut Text, defect: &Defect) {
    if defect.unless_open {
        text.push(", unless the credential leaves open what the caller holds");
    }
    text.push(": ");
}

const fn because(text: &mut Text, defect: &Defect) {
    match defect.cause {
        Cause::Fault(fault) => because_of_fault(text, fault),
        Cause::Implies(one, other) => implies(text, &one, &other),
        Cause::Excludes(one @ Requirement::Method(_), other @ Requirement::Method(_)) => {
            text.push("a credential has one method, not both ");
            word(text, &one);
            text.push(" and ");
            word(text, &other);
        }
        Cause::Negated(fact) => {
            text.push("no one knows what a caller did not prove, so `not(");
            write(text, &fact, false);
            text.push(")` is never met");
        }
        Cause::Excludes(Requirement::Method(methods), fact)
        | Cause::Excludes(fact, Requirement::Method(methods)) => {
            text.push("a caller by ");
            word(text, &Requirement::Method(methods));
            text.push(" did not log in, which ");
            quote(text, &fact);
            text.push(" asks about");
        }
        Cause::NoLogin => {
            text.push("a key or a password that comes with each request is no login");
        }
        Cause::OneMethod => {
            text.push("a credential has one method");
        }
        Cause::Excludes(Requirement::Level(a), Requirement::Level(b)) => {
            text.push("no level includes both ").quote(a.name()).push(" and ").quote(b.name());
        }
        Cause::Excludes(one, other) => {
            text.push("a login has one `acr`, not both ");
            word(text, &one);
            text.push(" and ");
            word(text, &other);
        }
        Cause::Both(fact) => {
            quote(text, &fact);
            text.push(match defect.flaw {
                Flaw::Tautology => " and its opposite are both accepted",
                _ => " is both demanded and ruled out",
            });
        }
        Cause::Authenticated => {
            text.push(match (defect.flaw, defect.what) {
                (Flaw::Tautology, What::Whole) => "it accepts `authenticated`",
                _ => "only authenticated callers get this far",
            });
        }
        // Its own words are above.
        Cause::Methods(_) => {}
        Cause::Same | Cause::Several => {
            text.push(match defect.flaw {
                Flaw::Tautology => "its parts together let every caller in",
                _ => "its parts contradict each other",
            });
        }
    }
}

const fn because_of_fault(text: &mut Text, fault: Fault) {
    match fault {
        Fault::Empty(list) => text.quote(list).push(" is empty"),
        Fault::TooDeep => {
            text.push("it has more than ").number(Requirement::MAX_DEPTH as u64).push(" levels")
        }
        Fault::Slot(check) => {
            text.push("the check ").quote(check).push(" is beyond the 64 of one requirement")
        }
        Fault::NoName(enum_name) => text.quote(enum_name).push(" has no name at this position"),
    };
}

const fn help_whole(text: &mut Text, defect: &Defect) {
    match (defect.flaw, defect.cause) {
        (Flaw::Tautology, _) => {
            text.push(
                "\nhelp: write `authenticated` if every caller with a valid credential is meant",
            );
        }
        (_, Cause::Implies(one, other)) => {
            text.push("\nhelp: remove ");
            quote(text, &one);
            text.push(" or `not(");
            write(text, &other, false);
            text.push(")`");
        }
        (_, Cause::Excludes(Requirement::Method(one), Requirement::Method(other))) => {
            text.push("\nhelp: write `method = ");
            list_methods(text, one);
            text.push(" | ");
            list_methods(text, other);
            text.push("` to accept either");
        }
        (_, Cause::Negated(fact)) => {
            text.push("\nhelp: remove `not(");
            write(text, &fact, false);
            text.push(")`");
        }
        (
            _,
            Cause::Excludes(Requirement::Method(_), fact)
            | Cause::Excludes(fact, Requirement::Method(_)),
        ) => {
            text.push(
                "\nhelp: accept another method as well, such as `method = \"session\"`, or remove ",
            );
            quote(text, &fact);
        }
        (_, Cause::NoLogin) => {
            text.push("\nhelp: accept another method as well, such as `method = \"session\"`");
        }
        (_, Cause::Excludes(one, other)) => {
            text.push("\nhelp: write `any(");
            write(text, &one, false);
            text.push(", ");
            write(text, &other, false);
            text.push(")` to accept either");
        }
        (_, Cause::Both(fact)) => {
            text.push("\nhelp: remove ");
            quote(text, &fact);
            text.push(" or `not(");
            write(text, &fact, false);
            text.push(")`");
        }
        (_, Cause::OneMethod) => {
            text.push("\nhelp: list the methods that are accepted in one place");
        }
        _ => {}
    }
}

/// `` `admin` includes `clerk` ``, `` `clerk` grants `orders:read` ``, ...
const fn implies(text: &mut Text, one: &Requirement, other: &Requirement) {
    if let (Requirement::Authority(a), Requirement::Authority(b)) = (one, other) {
        let verb = match (a.kind(), b.kind()) {
            (AuthorityKind::Role, AuthorityKind::Permission) => " grants ",
            (a, b) if a.same(b) => " includes ",
            _ => " brings ",
        };
        text.quote(a.name()).push(verb).quote(b.name());
    } else if let (Some(a), Some(b)) = (one.class(), other.class()) {
        text.quote(a).push(" includes ").quote(b);
    } else if matches!(one, Requirement::Factor(_)) {
        quote(text, one);
        text.push(" includes ");
        quote(text, other);
    } else {
        text.push("a login that is at most ");
        word(text, one);
        text.push(" old is at most ");
        word(text, other);
        text.push(" old");
    }
}

/// The user's own word of a fact.
const fn word(text: &mut Text, fact: &Requirement) {
    match fact {
        Requirement::Authority(name) => {
            text.quote(name.name());
        }
        Requirement::Acr(class) => {
            text.quote(class);
        }
        Requirement::Level(level) => {
            text.quote(level.name());
        }
        Requirement::Method([method]) => {
            text.quote(method.as_str());
        }
        Requirement::MaxAge(seconds) => {
            let (number, unit) = MaxAge(*seconds).in_units();
            text.push("`").number(number).push(unit).push("`");
        }
        other => quote(text, other),
    }
}

const fn quote(text: &mut Text, requirement: &Requirement) {
    text.push("`");
    write(text, requirement, false);
    text.push("`");
}

/// `"session" | "api-key"`
const fn list_methods(text: &mut Text, methods: &[Method]) {
    let mut bar = "";
    let mut rest = methods;
    while let [method, more @ ..] = rest {
        text.push(bar).push("\"").push(method.as_str()).push("\"");
        bar = " | ";
        rest = more;
    }
}

/// `factor(Passkey | Totp, within = "5m")`
const fn write_factor(text: &mut Text, required: RequiredFactor) {
    text.push("factor(");
    let mut bar = "";
    let mut rest: &[Factor] = &Factor::ALL;
    while let [factor, more @ ..] = rest {
        if required.accepts(*factor) {
            text.push(bar).push(factor.word());
            bar = " | ";
        }
        rest = more;
    }
    if let Some(seconds) = required.max_age() {
        let (number, unit) = MaxAge(seconds).in_units();
        text.push(", within = \"").number(number).push(unit).push("\"");
    }
    text.push(")");
}

/// As `Display` shows it. Formatting is not to be had in const evaluation, hence once more.
pub(super) const fn write(text: &mut Text, requirement: &Requirement, outermost: bool) {
    let (word, parts) = match requirement {
        Requirement::Authenticated => {
            text.push("authenticated");
            return;
        }
        Requirement::Authority(name) => {
            text.push(name.kind().word()).push(" = \"").push(name.name()).push("\"");
            return;
        }
        Requirement::Acr(class) => {
            text.push("acr = \"").push(class).push("\"");
            return;
        }
        Requirement::Level(level) => {
            text.push("acr = \"").push(level.name()).push("\"");
            return;
        }
        Requirement::Method(methods) => {
            text.push("method = ");
            list_methods(text, methods);
            return;
        }
        Requirement::MaxAge(seconds) => {
            let (number, unit) = MaxAge(*seconds).in_units();
            text.push("max_age = \"").number(number).push(unit).push("\"");
            return;
        }
        Requirement::Mfa => {
            text.push("mfa");
            return;
        }
        Requirement::Factor(factor) => {
            write_factor(text, *factor);
            return;
        }
        Requirement::Check { check, .. } => {
            text.push("check = ").push(check.name);
            return;
        }
        Requirement::All(parts) if outermost && parts.len() > 1 => ("", *parts),
        Requirement::All(parts) => ("all", *parts),
        Requirement::Any(parts) if alternatives(parts) => ("", *parts),
        Requirement::Any(parts) => ("any", *parts),
        Requirement::Not(part) => ("not", std::slice::from_ref(*part)),
    };
    if !word.is_empty() {
        text.push(word).push("(");
    }
    let bare = alternatives(parts) && matches!(requirement, Requirement::Any(_));
    let mut first = true;
    let mut rest: &[Requirement] = parts;
    while let [part, more @ ..] = rest {
        match part {
            Requirement::Authority(name) if bare && !first => {
                text.push(" | \"").push(name.name()).push("\"");
            }
            _ => {
                text.push(if first { "" } else { ", " });
                write(text, part, false);
            }
        }
        first = false;
        rest = more;
    }
    if !word.is_empty() {
        text.push(")");
    }
}
