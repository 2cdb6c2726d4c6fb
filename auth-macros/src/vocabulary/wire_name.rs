//! What a name on the wire may look like.

use crate::kind::AuthorityKind;

/// What is wrong with `name`, if anything is.
pub(super) fn objection(kind: AuthorityKind, name: &str) -> Option<String> {
    let word = kind.word();
    if name.is_empty() {
        return Some(format!(
            "the name of a {word} must not be empty\nhelp: write a name, for example `\"{}\"`",
            kind.example(),
        ));
    }
    if kind == AuthorityKind::Level {
        return name.chars().find(|letter| !is_scope_letter(*letter)).map(|letter| {
            format!(
                "{} is not allowed in a level\nhelp: a level is made of printable ASCII characters \
                 other than the space, `\"` and `\\`, since challenges list them (RFC 9470, section 3)",
                describe(letter),
            )
        });
    }
    if kind == AuthorityKind::Scope {
        return name.chars().find(|letter| !is_scope_letter(*letter)).map(|letter| {
            format!(
                "{} is not allowed in a scope\nhelp: a scope is made of printable ASCII characters \
                 other than the space, `\"` and `\\` (RFC 6749, section 3.3)",
                describe(letter),
            )
        });
    }
    if let Some(letter) = name.chars().find(|letter| letter.is_control()) {
        return Some(format!("{} is not allowed in the name of a {word}", describe(letter)));
    }
    (name.trim() != name).then(|| {
        format!(
            "the name of a {word} must not begin or end with a space\nhelp: write `\"{}\"`",
            name.trim(),
        )
    })
}

/// `scope-token` of RFC 6749, section 3.3.
const fn is_scope_letter(letter: char) -> bool {
    matches!(letter, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')
}

fn describe(letter: char) -> String {
    match letter {
        ' ' => "a space".to_owned(),
        letter if letter.is_control() || letter.is_whitespace() => {
            format!("the character U+{:04X}", u32::from(letter))
        }
        letter => format!("the character `{letter}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthorityKind, objection};

    #[test]
    fn scopes_are_scope_tokens() {
        for name in ["orders:read", "https://api.example.com/read", "!", "~", "#[]"] {
            assert_eq!(objection(AuthorityKind::Scope, name), None, "{name}");
        }
        for (name, named) in [
            ("orders read", "a space"),
            ("a\"b", "the character `\"`"),
            ("a\\b", "the character `\\`"),
            ("aufträge", "the character `ä`"),
            ("a\tb", "the character U+0009"),
            ("a\u{7f}", "the character U+007F"),
        ] {
            for kind in [AuthorityKind::Scope, AuthorityKind::Level] {
                let message = objection(kind, name).unwrap();
                assert!(message.starts_with(named), "{message}");
            }
        }
    }

    #[test]
    fn other_names_are_taken_literally() {
        for kind in [AuthorityKind::Role, AuthorityKind::Permission, AuthorityKind::Group] {
            for name in ["/staff/managers", "Shop Owner", "Aufträge", "6f1f…", "a,b"] {
                assert_eq!(objection(kind, name), None, "{name}");
            }
            for name in ["", " ", " admin", "admin ", "ad\nmin", "admin\u{a0}", "\0"] {
                assert!(objection(kind, name).is_some(), "{name:?}");
            }
        }
    }
}
