//! The words of the grammar, in one table that feeds the parser, its messages and the documentation.

use crate::kind::AuthorityKind;
use crate::nearest::distance;

/// What follows a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// `= "wire name"`, `= Variant` or `= path::To::Variant`, or several with `|` between.
    Names(AuthorityKind),
    /// `= Session`, `= path::TO_METHOD` or `= "name"`, or several with `|` between.
    Methods,
    /// `= "5m"` or a number of seconds.
    Duration,
    /// `(Passkey | Totp, within = "5m")`.
    Factors,
    /// `= path`, or several with `|` between.
    Checks,
    /// Nothing, and it says something beside others.
    Word,
    /// Nothing, and it has to be alone.
    Nothing,
    /// A list of requirements in parentheses.
    List(Combine),
}

/// How the requirements of a list combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combine {
    /// At least one.
    Any,
    /// Each of them.
    All,
    /// Not the one.
    Not,
}

/// One word of the grammar.
#[derive(Debug)]
pub(crate) struct Keyword {
    /// As it is written.
    pub(crate) word: &'static str,
    /// What follows.
    pub(crate) takes: Takes,
    /// The same in words, for "`role` takes ..".
    pub(crate) takes_text: &'static str,
    /// How it looks, for help lines.
    pub(crate) example: &'static str,
}

/// Every word, in the order of the documentation.
pub(crate) static KEYWORDS: [Keyword; 14] = [
    Keyword {
        word: "role",
        takes: Takes::Names(AuthorityKind::Role),
        takes_text: "a name",
        example: "role = \"admin\"` or `role = Admin",
    },
    Keyword {
        word: "permission",
        takes: Takes::Names(AuthorityKind::Permission),
        takes_text: "a name",
        example: "permission = \"orders:read\"` or `permission = OrdersRead",
    },
    Keyword {
        word: "scope",
        takes: Takes::Names(AuthorityKind::Scope),
        takes_text: "a name",
        example: "scope = \"read\"` or `scope = Read",
    },
    Keyword {
        word: "group",
        takes: Takes::Names(AuthorityKind::Group),
        takes_text: "a name",
        example: "group = \"staff\"` or `group = Staff",
    },
    Keyword {
        word: "authenticated",
        takes: Takes::Nothing,
        takes_text: "nothing",
        example: "authenticated",
    },
    Keyword {
        word: "method",
        takes: Takes::Methods,
        takes_text: "an authentication method",
        example: "method = Session` or `method = \"corporate-sso\"",
    },
    Keyword {
        word: "acr",
        takes: Takes::Names(AuthorityKind::Level),
        takes_text: "a level",
        example: "acr = \"urn:mfa\"` or `acr = Mfa",
    },
    Keyword {
        word: "max_age",
        takes: Takes::Duration,
        takes_text: "a duration",
        example: "max_age = \"5m\"",
    },
    Keyword { word: "mfa", takes: Takes::Word, takes_text: "nothing", example: "mfa" },
    Keyword {
        word: "factor",
        takes: Takes::Factors,
        takes_text: "factors in parentheses",
        example: "factor(Passkey, within = \"5m\")",
    },
    Keyword {
        word: "check",
        takes: Takes::Checks,
        takes_text: "the name of a function under `#[check(\"..\")]`",
        example: "check = owns_order",
    },
    Keyword {
        word: "any",
        takes: Takes::List(Combine::Any),
        takes_text: "a list in parentheses",
        example: "any(role = \"admin\", scope = \"read\")",
    },
    Keyword {
        word: "all",
        takes: Takes::List(Combine::All),
        takes_text: "a list in parentheses",
        example: "all(role = \"admin\", scope = \"read\")",
    },
    Keyword {
        word: "not",
        takes: Takes::List(Combine::Not),
        takes_text: "one requirement in parentheses",
        example: "not(role = \"guest\")",
    },
];

/// How old the proof of a factor may be: the only word inside of `factor(..)`.
pub(crate) static WITHIN: Keyword = Keyword {
    word: "within",
    takes: Takes::Duration,
    takes_text: "a duration",
    example: "within = \"5m\"",
};

/// The keyword written as `word`.
pub(crate) fn find(word: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.word == word)
}

/// The keyword that `word` is probably a misspelling of.
pub(crate) fn similar(word: &str) -> Option<&'static Keyword> {
    KEYWORDS
        .iter()
        .map(|keyword| (distance(word, keyword.word), keyword))
        .filter(|(distance, keyword)| *distance <= keyword.word.len().min(word.len() + 1) / 3 + 1)
        .filter(|(distance, keyword)| *distance < keyword.word.len().min(word.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, keyword)| keyword)
}

/// Every word in backticks, for the note that lists them.
pub(crate) fn listing() -> String {
    KEYWORDS.iter().map(|keyword| format!("`{}`", keyword.word)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, find, similar};

    #[test]
    fn typos_are_recognised() {
        for (typo, meant) in [
            ("rol", "role"),
            ("roles", "role"),
            ("Role", "role"),
            ("premission", "permission"),
            ("scop", "scope"),
            ("gruop", "group"),
            ("authenticatd", "authenticated"),
            ("methods", "method"),
            ("metod", "method"),
            ("maxage", "max_age"),
            ("max_ag", "max_age"),
            ("fator", "factor"),
            ("mfaa", "mfa"),
            ("chek", "check"),
            ("al", "all"),
            ("nto", "not"),
        ] {
            assert_eq!(similar(typo).map(|keyword| keyword.word), Some(meant), "{typo}");
        }
        for other in ["x", "user", "owner", "tenant", "if"] {
            assert!(similar(other).is_none(), "{other}: {:?}", similar(other));
        }
    }

    #[test]
    fn each_word_is_documented_where_users_read() {
        let documentation = include_str!("lib.rs");
        for keyword in &KEYWORDS {
            assert!(find(keyword.word).is_some_and(|found| found.word == keyword.word));
            let row = format!("/// | `{}` |", keyword.word);
            assert!(documentation.contains(&row), "no row for `{}` in lib.rs", keyword.word);
        }
    }
}
