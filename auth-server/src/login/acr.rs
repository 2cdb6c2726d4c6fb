//! Which sign-ins reach which class (`acr`).

/// The classes of sign-ins
/// ([OpenID Connect Core §2](https://openid.net/specs/openid-connect-core-1_0.html#IDToken), `acr`), the weakest
/// first, each with the means (`amr`, [RFC 8176](https://www.rfc-editor.org/rfc/rfc8176)) that it takes.
#[derive(Clone, Debug)]
pub(crate) struct AcrValues(Vec<(String, Vec<String>)>);

impl Default for AcrValues {
    /// `pwd`: any sign-in; `mfa`: two factors; `phr`: a passkey, which no other site can phish.
    fn default() -> Self {
        let class = |name: &str, amr: &[&str]| {
            (name.to_owned(), amr.iter().map(|it| (*it).to_owned()).collect())
        };
        Self(vec![class("pwd", &[]), class("mfa", &["mfa"]), class("phr", &["pop"])])
    }
}

impl AcrValues {
    pub(crate) fn new(classes: Vec<(String, Vec<String>)>, problems: &mut Vec<String>) -> Self {
        if classes.is_empty() {
            return Self::default();
        }
        for (place, (name, _)) in classes.iter().enumerate() {
            let is_valid = !name.is_empty() && name.bytes().all(|it| it.is_ascii_graphic());
            if !is_valid {
                problems.push(format!("`{name}` is no `acr`: expected visible ASCII"));
            }
            if classes.iter().take(place).any(|(it, _)| it == name) {
                problems.push(format!("the `acr` `{name}` is there twice"));
            }
        }
        Self(classes)
    }

    /// Their names, the weakest first (`acr_values_supported`).
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.names().any(|it| it == name)
    }

    /// The class of a sign-in by these means: of those that a client asks for the first that is reached,
    /// as it prefers them; if it asks for none the strongest. `None`: none is reached.
    pub(crate) fn reached(&self, asked: &[String], amr: &[String]) -> Option<&str> {
        let is_reached = |needed: &[String]| needed.iter().all(|it| amr.contains(it));
        let mut reached = self.0.iter().filter(|(_, it)| is_reached(it)).map(|(it, _)| it.as_str());
        if asked.is_empty() {
            return reached.next_back();
        }
        let reached: Vec<&str> = reached.collect();
        asked.iter().find_map(|it| reached.iter().copied().find(|name| name == it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_reaches_the_classes_whose_means_it_has() {
        let values = AcrValues::default();
        let texts = |them: &[&str]| them.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        for (asked, amr, expected) in [
            (&[][..], &["pwd"][..], Some("pwd")),
            (&[], &["pwd", "otp", "mfa"], Some("mfa")),
            (&[], &["pop", "user", "mfa"], Some("phr")),
            (&["mfa"], &["pwd"], None),
            (&["mfa", "pwd"], &["pwd"], Some("pwd")),
            (&["pwd", "mfa"], &["pwd", "otp", "mfa"], Some("pwd")),
            (&["phr"], &["pwd", "otp", "mfa"], None),
        ] {
            assert_eq!(values.reached(&texts(asked), &texts(amr)), expected, "{asked:?} {amr:?}");
        }
    }
}
