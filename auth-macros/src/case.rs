//! From the name of a variant to the name on the wire.
//!
//! A variant is first cut into words. A word starts at a capital letter that follows a small letter
//! or a digit, at the last capital of a run of capitals when a small letter follows (so an acronym
//! is one word), and after an underscore. Digits belong to the word before them.
//!
//! | variant | words |
//! |---|---|
//! | `OrdersRead` | orders, read |
//! | `HttpAdmin`, `HTTPAdmin` | http, admin |
//! | `Tier2Support` | tier2, support |
//! | `S3Reader` | s3, reader |
//! | `OAuth2Client` | o, auth2, client |
//!
//! Where that guess is not the name that the token carries, the name is written out.

/// How the words of a variant become a name: the values of `rename_all`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Case {
    #[default]
    Snake,
    Kebab,
    ScreamingSnake,
    Camel,
    Pascal,
    Lower,
    Upper,
}

impl Case {
    /// Every case as it is written after `rename_all =`: the name is an example of the case.
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("snake_case", Self::Snake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("camelCase", Self::Camel),
        ("PascalCase", Self::Pascal),
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
    ];

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find_map(|(known, case)| (known == name).then_some(case))
    }

    pub(crate) fn apply(self, variant: &str) -> String {
        let words = words(variant);
        let lower = || words.iter().map(|word| word.to_lowercase());
        let upper = || words.iter().map(|word| word.to_uppercase());
        let capitalized = || words.iter().map(|word| capitalize(word));
        match self {
            Self::Snake => join(lower(), "_"),
            Self::Kebab => join(lower(), "-"),
            Self::ScreamingSnake => join(upper(), "_"),
            Self::Camel => join(lower().take(1).chain(capitalized().skip(1)), ""),
            Self::Pascal => join(capitalized(), ""),
            Self::Lower => join(lower(), ""),
            Self::Upper => join(upper(), ""),
        }
    }
}

fn join(words: impl Iterator<Item = String>, separator: &str) -> String {
    words.collect::<Vec<_>>().join(separator)
}

fn capitalize(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect()
    })
}

fn words(variant: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = variant.chars().peekable();
    let mut before = None;
    while let Some(letter) = letters.next() {
        let starts = letter == '_'
            || letter.is_uppercase()
                && (before.is_some_and(|before: char| !before.is_uppercase())
                    || letters.peek().is_some_and(|after| after.is_lowercase()));
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter != '_' {
            word.push(letter);
        }
        before = Some(letter);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn cuts_a_variant_into_words() {
        for (variant, name) in [
            ("Clerk", "clerk"),
            ("OrdersRead", "orders_read"),
            ("HttpAdmin", "http_admin"),
            ("HTTPAdmin", "http_admin"),
            ("AdminHTTP", "admin_http"),
            ("HTTP", "http"),
            ("HTTP2Server", "http2_server"),
            ("Tier2Support", "tier2_support"),
            ("Tier2", "tier2"),
            ("S3Reader", "s3_reader"),
            ("OAuth2Client", "o_auth2_client"),
            ("A1B2", "a1_b2"),
            ("A", "a"),
            ("Read_Write", "read_write"),
            ("READ_WRITE", "read_write"),
            ("_Hidden", "hidden"),
            ("ÄrzteBüro", "ärzte_büro"),
        ] {
            assert_eq!(Case::Snake.apply(variant), name, "{variant}");
        }
    }

    #[test]
    fn writes_the_words_in_every_case() {
        for (case, name) in [
            (Case::Snake, "http_admin2"),
            (Case::Kebab, "http-admin2"),
            (Case::ScreamingSnake, "HTTP_ADMIN2"),
            (Case::Camel, "httpAdmin2"),
            (Case::Pascal, "HttpAdmin2"),
            (Case::Lower, "httpadmin2"),
            (Case::Upper, "HTTPADMIN2"),
        ] {
            assert_eq!(case.apply("HTTPAdmin2"), name);
        }
        assert_eq!(Case::from_name("Snake_Case"), None);
        for (name, case) in Case::ALL {
            assert_eq!(Case::from_name(name), Some(case));
        }
    }
}
