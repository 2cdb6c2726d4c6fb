//! Every reason to reject a token, in words: the one place where a rejection is described.
//!
//! A new [`VerifyError`] needs nothing here: it is described by its own text. An arm of its own adds
//! what came, what is configured, and a hint.

use serde_json::Value;

use super::finding::{Finding, kind, listed, quoted, shown};
use super::seen::{Expected, Seen};
use crate::jose::algorithm::{Algorithm, AlgorithmSet};
use crate::token::error::VerifyError;
use crate::token::profile::TokenProfile;
use crate::wording::difference;

/// From here on, a date in seconds is no date of this millennium: it is one in milliseconds.
const MILLISECONDS: f64 = 100_000_000_000.0;
/// A clock that is wrong by more than this many seconds is not merely skewed.
const SKEW: u64 = 600;

/// A rejection in words.
pub(crate) fn describe(error: VerifyError, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let finding = Finding::new(error.to_string());
    match error {
        VerifyError::TooLarge => finding
            .found(format!("{} bytes", seen.length))
            .expected(format!("at most {} bytes", expected.max_token_bytes))
            .hint(Some("`.max_token_bytes(..)` of the verifier takes up to 65536; mostly there are too many groups or roles in the token".to_owned())),
        VerifyError::Malformed => malformed(finding, seen, expected),
        VerifyError::UnsupportedAlgorithm => algorithm(finding, seen, expected),
        VerifyError::UnsupportedCriticalHeader => {
            let which = seen.header("crit").map_or("`b64`".to_owned(), |crit| format!("`crit` {}", shown(crit)));
            finding.found(which)
        }
        VerifyError::UnknownKey => unknown_key(finding, seen, expected),
        VerifyError::TooManyKeys => finding
            .found(key_asked_for(seen))
            .expected(format!("one of {}", keys(expected)))
            .hint(Some("have the issuer write `kid` into its tokens, or give `.keys(..)` only the keys that are in use".to_owned())),
        VerifyError::BadSignature => finding
            .found(key_asked_for(seen))
            .expected(keys(expected))
            .hint(another_issuer(seen, expected).or_else(|| Some("the token was changed on its way, or the keys are those of another issuer or environment".to_owned()))),
        VerifyError::WrongType => wrong_type(finding, seen, expected),
        VerifyError::MissingClaim(name) => finding.hint(missing_claim(name, seen)),
        VerifyError::InvalidClaim(name) => {
            // Of a subject or a session the type is enough: the value is someone's.
            let show = if matches!(name, "iss" | "aud" | "azp" | "exp" | "nbf" | "iat") { shown } else { kind };
            let found = seen.claim(name).map(show);
            let hint = milliseconds(seen, name).or_else(|| date_as_text(seen, name));
            Finding { found, ..finding }.hint(hint)
        }
        VerifyError::Expired => expired(finding, seen, expected),
        VerifyError::LifetimeTooLong { .. } => {
            let found = seen.claim("exp").map(|exp| format!("exp {}", shown(exp)));
            Finding { found, ..finding }.hint(milliseconds(seen, "exp"))
        }
        VerifyError::NotYetValid => early(finding, "nbf", seen, expected),
        VerifyError::IssuedInFuture => early(finding, "iat", seen, expected),
        VerifyError::IssuerMismatch => issuer(finding, seen, expected),
        VerifyError::AudienceMismatch => audience(finding, seen, expected),
        VerifyError::SenderConstrained => sender_constrained(finding, seen),
        VerifyError::BindingMismatch => finding.hint(Some("the token has to be bound (`cnf`) to the key or the certificate that the client shows: ask the issuer for a DPoP or certificate-bound token with that same key".to_owned())),
        VerifyError::Inactive => finding.hint(Some("the token has expired, was ended, or is of another issuer than the one whose endpoint is asked".to_owned())),
        _ => {
            let hint = ["exp", "nbf", "iat"].into_iter().find_map(|name| milliseconds(seen, name));
            finding.hint(hint)
        }
    }
}

fn malformed(finding: Finding, seen: &Seen, expected: &Expected<'_>) -> Finding {
    if let Some(word) = seen.word {
        return finding
            .found(format!("the word `{word}`"))
            .hint(Some("the client has no token, and sends the word for that".to_owned()));
    }
    let count = seen.segments.len();
    let finding = finding.expected("three parts in base64url without padding, with dots between");
    let hint = match count {
        5 => "an encrypted token (JWE) has five parts: have the issuer sign it only",
        1 if expected.has_introspection => "",
        1 => {
            "a token without dots is an opaque one: an `IntrospectionVerifier` asks its issuer about it; or the client has to ask for the audience of this API to get a JWT"
        }
        3 if seen.segments.iter().any(|segment| segment.is_padded) => {
            "padding (`=`) is signed along and against RFC 7515, section 2: the token of an AWS load balancer has it, and cannot be used"
        }
        3 if seen.segments.last().is_some_and(|segment| segment.length == 0) => {
            "it has no signature: an unsigned token is never accepted"
        }
        3 if seen.segments.iter().all(|segment| segment.is_base64url) && seen.header.is_none() => {
            "the first part is not a JOSE header: a JSON object with `alg`, no member twice"
        }
        3 if seen.segments.iter().all(|segment| segment.is_base64url) && seen.claims.is_none() => {
            "the second part is not a JSON object, or has a member twice"
        }
        3 if seen.header.is_some() && seen.header("alg").is_none() => "the header has no `alg`",
        3 => "a part is not base64url: was the token cut, or quoted?",
        _ => "",
    };
    finding
        .found(format!("{count} {}", if count == 1 { "part" } else { "parts" }))
        .hint((!hint.is_empty()).then(|| hint.to_owned()))
}

fn algorithm(finding: Finding, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let name = seen.header("alg").and_then(Value::as_str).unwrap_or_default();
    let hint = match name {
        name if name.eq_ignore_ascii_case("none") => {
            Some("an unsigned token is never accepted".to_owned())
        }
        "HS256" | "HS384" | "HS512" => Some(shared_secret(name)),
        name if name.parse::<Algorithm>().is_ok() => {
            Some(format!("add it to `.algorithms([Algorithm::{name}])`, or leave the list out"))
        }
        _ => None,
    };
    let allowed = expected.allowed.map_or("one of the supported".to_owned(), algorithms);
    finding.found(format!("alg {}", quoted(name))).expected(allowed).hint(hint)
}

fn shared_secret(name: &str) -> String {
    format!(
        "the issuer signs with a shared secret: `.shared_secret(HmacSecret::new(Algorithm::{name}, secret)?)`; better, have it sign with a key pair"
    )
}

fn unknown_key(finding: Finding, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let kid = seen.header("kid").and_then(Value::as_str);
    let alg =
        seen.header("alg").and_then(Value::as_str).and_then(|name| name.parse::<Algorithm>().ok());
    let known = expected.keys.as_deref().unwrap_or_default();
    let hint = match (kid, alg) {
        (_, Some(Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)) => {
            alg.map(|alg| shared_secret(alg.name()))
        }
        (Some(kid), _) if known.iter().any(|(own, _)| own.as_deref() == Some(kid)) => {
            Some("a key of that name is there, but not for that algorithm: see `alg` and `kty` of the key".to_owned())
        }
        _ => another_issuer(seen, expected).or_else(|| {
            Some("the keys are those of another issuer, realm or environment, or older than the token: compare with the key set that the issuer publishes".to_owned())
        }),
    };
    finding.found(key_asked_for(seen)).expected(keys(expected)).hint(hint)
}

fn key_asked_for(seen: &Seen) -> String {
    let show = |name| seen.header(name).map_or("none".to_owned(), shown);
    format!("kid {}, alg {}", show("kid"), show("alg"))
}

fn keys(expected: &Expected<'_>) -> String {
    match expected.keys.as_deref() {
        None => "keys that are not there yet".to_owned(),
        Some([]) => "a key, and there is none".to_owned(),
        Some(keys) => {
            let names =
                listed(keys.iter().map(|(kid, _)| kid.as_deref().unwrap_or("(without kid)")));
            let all = keys.iter().flat_map(|(_, set)| set.iter()).collect();
            format!("kid {names}, alg {}", algorithms(all))
        }
    }
}

fn algorithms(set: AlgorithmSet) -> String {
    let names: Vec<&str> = set.iter().map(Algorithm::name).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(" ") }
}

/// What the token says of its issuer, where that is not ours: the likeliest reason why no key fits.
fn another_issuer(seen: &Seen, expected: &Expected<'_>) -> Option<String> {
    let found = seen.text("iss")?;
    let own = *expected.issuers.first()?;
    (found != own).then(|| {
        let difference = difference(found, own).map(|it| format!(": {it}")).unwrap_or_default();
        format!(
            "it says that it is of the issuer {}, and this verifier is for {}{difference}",
            quoted(found),
            quoted(own)
        )
    })
}

fn wrong_type(finding: Finding, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let typ = seen.header("typ").and_then(Value::as_str);
    let is = |name: &str| {
        typ.is_some_and(|typ| {
            let typ = typ.to_ascii_lowercase();
            typ.strip_prefix("application/").unwrap_or(&typ) == name
        })
    };
    let found = typ.map_or("no `typ`".to_owned(), |typ| format!("typ {}", quoted(typ)));
    let marks: Vec<&str> = ["nonce", "at_hash", "c_hash", "s_hash", "events", "token_use", "typ"]
        .into_iter()
        .filter(|name| seen.claim(name).is_some())
        .collect();
    let is_plain = typ.is_none() || is("jwt");
    let hint = if is("dpop+jwt") {
        Some("this is a DPoP proof: it belongs into the header `DPoP`, and the access token into `Authorization`".to_owned())
    } else if is("logout+jwt") {
        Some("this is a logout token".to_owned())
    } else if !is_plain {
        None
    } else if expected.profile == Some(TokenProfile::Rfc9068) {
        Some("Keycloak, Auth0, Entra, Okta, Cognito and others write no `at+jwt`: say `.profile(TokenProfile::Generic)`".to_owned())
    } else {
        let marks = marks.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Some(format!(
            "the claims {marks} are marks of an ID token or of another kind: have the client send the access token; where the issuer has nothing but ID tokens (Dex, Authentik), say `.profile(TokenProfile::IdTokenAsAccessToken)`"
        ))
    };
    let found = match seen.claim("typ").or_else(|| seen.claim("token_use")) {
        Some(kind) => format!("{found}, kind {}", shown(kind)),
        None => found,
    };
    let profile =
        expected.profile.map_or_else(String::new, |profile| format!(" (profile {profile:?})"));
    let wanted = if expected.profile == Some(TokenProfile::Rfc9068) {
        "typ \"at+jwt\""
    } else {
        "an access token"
    };
    finding.found(found).expected(format!("{wanted}{profile}")).hint(hint)
}

fn missing_claim(name: &str, seen: &Seen) -> Option<String> {
    let client =
        ["azp", "client_id", "cid", "appid"].into_iter().find(|name| seen.text(name).is_some());
    match (name, client) {
        ("aud", Some("client_id")) => Some("the audience of the token is in `client_id` only: have the issuer write `aud` (an audience mapper), or say `.client_id_as_audience()`".to_owned()),
        ("aud", Some(client)) => Some(format!("the token says which client got it in `{client}` only: have the issuer write `aud` (in Keycloak an audience mapper), or say `.audience_in(\"/{client}\")`")),
        ("aud", None) => Some("have the issuer write the name of this API into `aud`".to_owned()),
        ("sub", Some(client)) => Some(format!("the token of a machine? Its client is named in `{client}`: `.subject_in(\"/{client}\")`")),
        ("exp", _) => Some("a token that never ends is not accepted".to_owned()),
        _ => None,
    }
}

fn milliseconds(seen: &Seen, name: &str) -> Option<String> {
    let number = seen.claim(name)?.as_f64()?;
    (matches!(name, "exp" | "nbf" | "iat" | "auth_time") && number >= MILLISECONDS).then(|| {
        format!("`{name}` is in milliseconds, expected seconds since 1970 (RFC 7519, section 2)")
    })
}

fn date_as_text(seen: &Seen, name: &str) -> Option<String> {
    (matches!(name, "exp" | "nbf" | "iat" | "auth_time") && seen.text(name).is_some()).then(|| {
        format!("`{name}` is a text, expected a number of seconds since 1970 (RFC 7519, section 2)")
    })
}

fn expired(finding: Finding, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let Some(exp) = seconds(seen, "exp") else { return finding };
    let ago = expected.now.saturating_sub(exp);
    let hint = if exp == 0 {
        None
    } else if ago <= SKEW {
        Some(format!(
            "the client has to get a new one in time; or the clocks of issuer and service differ by {ago} seconds: `.leeway(..)` grants up to 60"
        ))
    } else {
        Some("the client has to get a new one".to_owned())
    };
    finding
        .found(format!("exp {exp}, {ago} seconds ago"))
        .expected(format!("later than {} less {} seconds of leeway", expected.now, expected.leeway))
        .hint(hint)
}

fn early(finding: Finding, name: &str, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let Some(date) = seconds(seen, name) else {
        return finding.hint(milliseconds(seen, name));
    };
    let ahead = date.saturating_sub(expected.now);
    let hint = milliseconds(seen, name).or_else(|| {
        Some(if ahead <= SKEW {
            format!("the clocks of issuer and service differ by at least {ahead} seconds: set them (NTP), or grant up to 60 with `.leeway(..)`")
        } else {
            "a clock of issuer or service is wrong".to_owned()
        })
    });
    finding
        .found(format!("{name} {date}, in {ahead} seconds"))
        .expected(format!("at most {} and {} seconds of leeway", expected.now, expected.leeway))
        .hint(hint)
}

fn seconds(seen: &Seen, name: &str) -> Option<u64> {
    let value = seen.claim(name)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "to be shown only, and a conversion of this kind saturates"
    )]
    value.as_u64().or_else(|| value.as_f64().map(|seconds| seconds as u64))
}

fn issuer(finding: Finding, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let resolver =
        if expected.has_resolver { ", or one that the issuer resolver knows" } else { "" };
    let wanted = format!("{}{resolver}", listed(expected.issuers.iter().copied()));
    let Some(found) = seen.text("iss") else { return finding.expected(wanted) };
    let near = expected.issuers.iter().find_map(|own| {
        difference(found, own).map(|difference| {
            format!("{difference}: `.issuer({})` has to be the exact text of `iss`", quoted(found))
        })
    });
    let hint = near.or_else(|| {
        (expected.issuers.iter().skip(1).any(|own| *own == found))
            .then(|| "another verifier of this authenticator is for that issuer".to_owned())
    });
    finding.found(quoted(found)).expected(wanted).hint(hint)
}

fn audience(finding: Finding, seen: &Seen, expected: &Expected<'_>) -> Finding {
    let found: Vec<&str> = match seen.claim("aud") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let near = found.iter().find_map(|name| {
        expected.audiences.iter().find_map(|own| {
            difference(name, own)
                .map(|difference| format!("{} is nearly it, but {difference}", quoted(name)))
        })
    });
    let is_client = |name: &&str| {
        ["azp", "client_id", "cid", "appid"].iter().any(|claim| seen.text(claim) == Some(name))
    };
    let hint = near.or_else(|| match found.as_slice() {
        [] => None,
        names if names.contains(&"account") => Some("Keycloak writes `account` by default: add an audience mapper for this API to the client or a client scope".to_owned()),
        names if names.iter().any(is_client) => Some("that is the client which got the token: have the client ask for a token for this API (in Keycloak an audience mapper, in Entra and Auth0 the audience or scope of the API); an ID token has this `aud`, too".to_owned()),
        _ => Some("have the client ask for a token for this API, or add `.audience(..)` if it is another name of it".to_owned()),
    });
    let found = seen.claim("aud").map_or("no `aud`".to_owned(), shown);
    finding.found(found).expected(listed(expected.audiences.iter().copied())).hint(hint)
}

fn sender_constrained(finding: Finding, seen: &Seen) -> Finding {
    let cnf = seen.claim("cnf").and_then(Value::as_object);
    let names = cnf.map(|members| listed(members.keys().map(String::as_str)));
    let has = |name| cnf.is_some_and(|members| members.contains_key(name));
    let hint = if has("jkt") {
        Some("the token is bound to a DPoP key: say `.dpop(..)` at the authenticator, and let the client send `Authorization: DPoP <token>` with a proof in `DPoP`".to_owned())
    } else if has("x5t#S256") {
        Some("the token is bound to a client certificate: say `.client_certificates(..)` at the authenticator, and let the proxy pass the certificate on".to_owned())
    } else {
        None
    };
    Finding { found: names.map(|names| format!("cnf with {names}")), ..finding }.hint(hint)
}
