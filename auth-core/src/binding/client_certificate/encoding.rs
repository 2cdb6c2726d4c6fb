//! The forms in which proxies hand a client certificate on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::jose::{certificate_der, first_certificate};

/// How a proxy writes the certificate of a client into a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateEncoding {
    /// `:MIIB…=:`, the `Client-Cert` header of
    /// [RFC 9440 §2](https://www.rfc-editor.org/rfc/rfc9440#section-2). The default.
    #[default]
    Rfc9440,
    /// PEM, percent-encoded: `$ssl_client_escaped_cert` of nginx, `{http.request.tls.client.certificate_pem}`
    /// through an encoder, `X-Amzn-Mtls-Clientcert` and `X-Amzn-Mtls-Clientcert-Leaf` of AWS ALB. Of
    /// a chain the first certificate, which is that of the client.
    UrlEncodedPem,
    /// Base64 of the DER of one certificate: `%[ssl_c_der,base64]` of `HAProxy`, `X-ARR-ClientCert`
    /// of Azure App Service, `{http.request.tls.client.certificate_der_base64}` of Caddy.
    Base64Der,
    /// `X-Forwarded-Tls-Client-Cert` of Traefik (`passTLSClientCert` with `pem`): PEM without its
    /// lines, several certificates separated by commas, of which the first is that of the client.
    /// Percent-encoded too, as Traefik 2 sends it.
    Traefik,
    /// `X-Forwarded-Client-Cert` of Envoy with one element: its `Cert`, else the first of its
    /// `Chain`, else its `Hash`.
    Envoy,
}

/// The SHA-256 over the DER of a certificate.
pub(super) type Thumbprint = [u8; 32];

impl CertificateEncoding {
    /// Reads the one certificate in a value.
    pub(super) fn read(self, value: &str) -> Option<Thumbprint> {
        match self {
            Self::Rfc9440 => {
                let base64 = value.strip_prefix(':')?.strip_suffix(':')?;
                of_base64(base64)
            }
            Self::UrlEncodedPem => of_pem(value),
            Self::Base64Der => of_base64(value),
            Self::Traefik => of_traefik(value),
            Self::Envoy => of_envoy(value),
        }
    }
}

/// The thumbprint of what has the outer form of a certificate.
pub(super) fn thumbprint(der: &[u8]) -> Option<Thumbprint> {
    certificate_der(der).then(|| Sha256::digest(der).into())
}

fn of_base64(text: &str) -> Option<Thumbprint> {
    thumbprint(&STANDARD.decode(text).ok()?)
}

/// Percent-encoded PEM of a certificate, perhaps with those that lead from it to its authority.
fn of_pem(encoded: &str) -> Option<Thumbprint> {
    let pem = String::from_utf8(percent_decode(encoded)?).ok()?;
    thumbprint(&first_certificate(&pem)?)
}

/// A chain as Traefik writes it. Base64 has no percent sign, so what is encoded is seen.
fn of_traefik(value: &str) -> Option<Thumbprint> {
    let chain = String::from_utf8(percent_decode(value)?).ok()?;
    let mut thumbprints = chain.split(',').map(of_base64);
    let first = thumbprints.next()??;
    thumbprints.all(|other| other.is_some()).then_some(first)
}

/// Reads `Hash=…;Cert="…";Subject="…"`. A comma would begin the element of another proxy.
fn of_envoy(value: &str) -> Option<Thumbprint> {
    let (mut certificate, mut chain, mut hash) = (None, None, None);
    let mut rest = value;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (text, after) = if let Some(quoted) = after.strip_prefix('"') {
            quoted_string(quoted)?
        } else {
            let end = after.find([';', ',']).unwrap_or(after.len());
            after.split_at_checked(end)?
        };
        rest = match after.strip_prefix(';') {
            Some(more) if !more.is_empty() => more,
            None if after.is_empty() => after,
            _ => return None,
        };
        let (slot, read): (_, fn(&str) -> Option<Thumbprint>) = if name.eq_ignore_ascii_case("cert")
        {
            (&mut certificate, of_pem)
        } else if name.eq_ignore_ascii_case("chain") {
            (&mut chain, of_pem)
        } else if name.eq_ignore_ascii_case("hash") {
            (&mut hash, of_hex)
        } else {
            continue;
        };
        if slot.replace(read(text)?).is_some() {
            return None;
        }
    }
    // All that is there is about one certificate.
    let mut said = [certificate, chain, hash].into_iter().flatten();
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

/// The text up to the closing quote, escapes skipped, and what follows it.
fn quoted_string(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (place, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some((text.get(..place)?, text.get(place + 1..)?)),
            _ => {}
        }
    }
    None
}

fn of_hex(text: &str) -> Option<Thumbprint> {
    let digits: Vec<u32> = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let bytes = digits.chunks_exact(2).filter_map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    let bytes: Vec<u8> = bytes.collect();
    if digits.len() != 64 {
        return None;
    }
    bytes.try_into().ok()
}

fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
                u8::try_from(high << 4 | low).ok()?
            }
            plain => plain,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Not a certificate, but in the frame of one.
    fn der() -> Vec<u8> {
        [vec![0x30, 0x81, 0xc8], vec![0xfb; 200]].concat()
    }

    /// That of an authority.
    fn other() -> Vec<u8> {
        [vec![0x30, 0x81, 0xc8], vec![0xfc; 200]].concat()
    }

    fn pem() -> String {
        pem_of(&der())
    }

    fn pem_of(der: &[u8]) -> String {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(der)
        )
    }

    fn escaped(text: &str) -> String {
        text.bytes().fold(String::new(), |text, byte| {
            if byte.is_ascii_alphanumeric() {
                text + &char::from(byte).to_string()
            } else {
                format!("{text}%{byte:02X}")
            }
        })
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    #[test]
    fn each_form_is_read() {
        let expected = thumbprint(&der());
        assert!(expected.is_some());
        let base64 = STANDARD.encode(der());
        assert_eq!(CertificateEncoding::Rfc9440.read(&format!(":{base64}:")), expected);
        let escaped = escaped(&pem());
        assert_eq!(CertificateEncoding::UrlEncodedPem.read(&escaped), expected);
        assert_eq!(CertificateEncoding::Base64Der.read(&base64), expected);
        assert_eq!(CertificateEncoding::Traefik.read(&base64), expected);
        assert_eq!(CertificateEncoding::Traefik.read(&self::escaped(&base64)), expected);
        let hash = hex(&expected.unwrap());
        for value in [
            format!("Hash={hash}"),
            format!("Hash={};URI=spiffe://a/b", hash.to_uppercase()),
            format!("By=spiffe://x;Hash={hash};Cert=\"{escaped}\";Subject=\"CN=a, O=\\\"b\\\";c\""),
            format!("cert=\"{escaped}\""),
            format!("Cert={escaped}"),
            format!("Chain=\"{escaped}{}\"", self::escaped(&pem_of(&other()))),
            format!("Hash={hash};Chain=\"{escaped}\";Cert=\"{escaped}\""),
        ] {
            assert_eq!(CertificateEncoding::Envoy.read(&value), expected, "{value}");
        }
    }

    #[test]
    fn of_a_chain_the_first_is_the_client() {
        let (own, authority) = (thumbprint(&der()), thumbprint(&other()));
        assert_ne!(own, authority);
        let chain = format!("{}{}", pem(), pem_of(&other()));
        // Everything but `+=/` is encoded by ALB, and the end of the last line may be missing.
        let alb = escaped(&chain).replace("%2B", "+").replace("%3D", "=").replace("%2F", "/");
        for value in [escaped(&chain), escaped(chain.trim_end()), alb] {
            assert_eq!(CertificateEncoding::UrlEncodedPem.read(&value), own, "{value}");
        }
        let (first, second) = (STANDARD.encode(der()), STANDARD.encode(other()));
        let traefik = format!("{first},{second}");
        assert_eq!(CertificateEncoding::Traefik.read(&traefik), own);
        assert_eq!(CertificateEncoding::Traefik.read(&escaped(&traefik)), own);
        assert_eq!(CertificateEncoding::Traefik.read(&format!("{second},{first}")), authority);
        for value in [
            escaped(&format!("{chain}garbage")),
            escaped(&format!("garbage{chain}")),
            escaped(&format!(
                "{}{}",
                pem_of(&other()).replace("CERTIFICATE", "PRIVATE KEY"),
                pem()
            )),
            escaped(&format!("{}{}", pem(), pem().replace("CERTIFICATE", "PRIVATE KEY"))),
            format!("{},{}", escaped(&pem()), escaped(&pem())),
        ] {
            assert_eq!(CertificateEncoding::UrlEncodedPem.read(&value), None, "{value}");
        }
        for value in [
            format!("{first},"),
            format!(",{first}"),
            format!("{first},garbage"),
            format!("{first};{second}"),
            format!("{first}%"),
            escaped(&pem()),
        ] {
            assert_eq!(CertificateEncoding::Traefik.read(&value), None, "{value}");
        }
        // Where one certificate is expected, a list may be what a stranger began.
        for value in [traefik, format!("{first} {second}"), escaped(&first), pem()] {
            assert_eq!(CertificateEncoding::Base64Der.read(&value), None, "{value}");
        }
    }

    #[test]
    fn other_encodings_are_rejected() {
        let base64 = STANDARD.encode(der());
        let (escaped, hash) = (escaped(&pem()), hex(&thumbprint(&der()).unwrap()));
        for value in [
            String::new(),
            "::".to_owned(),
            base64.clone(),
            format!(":{base64}"),
            format!(":{base64}:, :{base64}:"),
            format!(":{base64}:;p=1"),
            format!(":{}:", STANDARD.encode("garbage")),
            format!(":{}:", STANDARD.encode([der(), vec![0]].concat())),
            format!(":{base64}=:"),
            ":\u{e4}:".to_owned(),
        ] {
            assert_eq!(CertificateEncoding::Rfc9440.read(&value), None, "{value}");
        }
        for value in [
            String::new(),
            pem().replace("CERTIFICATE", "PUBLIC KEY"),
            format!("{escaped}%"),
            format!("{escaped}%zz"),
            "%ff".to_owned(),
        ] {
            assert_eq!(CertificateEncoding::UrlEncodedPem.read(&value), None, "{value}");
        }
        for value in [
            String::new(),
            "Subject=\"CN=a\"".to_owned(),
            format!("Hash={hash},Hash={hash}"),
            format!("Hash={hash};Hash={hash}"),
            format!("Hash={hash};"),
            format!("Hash={hash}00"),
            format!("Hash=0{hash}"),
            "Hash=".to_owned(),
            format!("Hash={}", hash.replace(['a', 'b', '0'], "g")),
            format!("Hash={};Cert=\"{escaped}\"", "0".repeat(64)),
            format!("Hash=x;Cert=\"{escaped}\""),
            format!("Cert=\"{escaped}"),
            format!("Cert=\"{escaped}\";Chain=\"{}\"", self::escaped(&pem_of(&other()))),
            format!("Cert=\"{escaped}\";Chain=\"\""),
            format!("Hash={};Chain=\"{escaped}\"", "0".repeat(64)),
            format!("Cert=\"{escaped}\"x"),
            format!("Subject=\"CN=\\\";Hash={hash}"),
            hash,
        ] {
            assert_eq!(CertificateEncoding::Envoy.read(&value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_value_panics(value in r"[ -~]{0,60}|\PC{0,20}") {
            for form in [
                CertificateEncoding::Rfc9440,
                CertificateEncoding::UrlEncodedPem,
                CertificateEncoding::Base64Der,
                CertificateEncoding::Traefik,
                CertificateEncoding::Envoy,
            ] {
                let _ = form.read(&value);
            }
        }
    }
}
