//! An authenticator of the test, with the browser around it: it makes what a good one makes, but for what a
//! test twists before it is signed.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::ORIGIN;

pub(crate) const PRESENT: u8 = 1;
pub(crate) const VERIFIED: u8 = 1 << 2;
pub(crate) const ELIGIBLE: u8 = 1 << 3;
pub(crate) const BACKED_UP: u8 = 1 << 4;
pub(crate) const ATTESTED: u8 = 1 << 6;
pub(crate) const EXTENSIONS: u8 = 1 << 7;

/// One passkey, and what its authenticator says.
#[derive(Clone)]
pub(crate) struct Device {
    key: Key,
    pub(crate) id: Vec<u8>,
    /// Whose it is: what the options of its enrolment said.
    pub(crate) user: Option<Vec<u8>>,
    /// The counter at the last signature; an authenticator that counts nothing stays at 0.
    pub(crate) count: u32,
    pub(crate) flags: u8,
}

#[derive(Clone)]
enum Key {
    Es256(Arc<EcdsaKeyPair>),
    Es384(Arc<EcdsaKeyPair>),
    Rs256(Arc<RsaKeyPair>),
}

impl Key {
    fn cose(&self) -> Vec<u8> {
        match self {
            Self::Es256(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                es256(x, y)
            }
            Self::Es384(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(48);
                let head = &[0xa5, 1, 2, 3, 0x38, 34, 0x20, 2, 0x21][..];
                [head, &cbor_bytes(x), &[0x22], &cbor_bytes(y)].concat()
            }
            Self::Rs256(key) => {
                // RFC 8017, appendix A.1.1: a sequence of two numbers, the first with a zero before it.
                let der = key.public_key().as_ref();
                let (n, e) = (&der[9..9 + 256], &der[der.len() - 3..]);
                let head = &[0xa4, 1, 3, 3, 0x39, 1, 0, 0x20][..];
                [head, &cbor_bytes(n), &[0x21], &cbor_bytes(e)].concat()
            }
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Es256(key) | Self::Es384(key) => {
                key.sign(&random, text).unwrap().as_ref().to_vec()
            }
            Self::Rs256(key) => {
                let mut signature = vec![0; 256];
                key.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).unwrap();
                signature
            }
        }
    }
}

/// What is about to be signed and sent.
pub(crate) struct Draft {
    /// The members of the client data, in their order.
    pub(crate) client: Vec<(&'static str, Value)>,
    pub(crate) rp_id: String,
    pub(crate) flags: u8,
    pub(crate) count: u32,
    /// The credential that it says it is.
    pub(crate) id: Vec<u8>,
    /// The COSE key of a new passkey.
    pub(crate) cose: Vec<u8>,
    /// After the parts of the authenticator data.
    pub(crate) after: Vec<u8>,
    pub(crate) user: Option<Vec<u8>>,
    /// The format of the attestation and its statement in CBOR; `None`: signed by the new key itself.
    pub(crate) statement: Option<(&'static str, Vec<u8>)>,
    /// After the attestation object.
    pub(crate) after_object: Vec<u8>,
}

impl Draft {
    /// Puts another value in the place of a member of the client data, or adds one.
    pub(crate) fn say(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.client.iter_mut().find(|(other, _)| *other == name) {
            Some((_, old)) => *old = value,
            None => self.client.push((name, value)),
        }
    }

    fn client_data(&self) -> Vec<u8> {
        let members = self.client.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(",")).into_bytes()
    }

    fn fixed(&self) -> Vec<u8> {
        let hash = sha256(self.rp_id.as_bytes());
        [&hash[..], &[self.flags], &self.count.to_be_bytes()].concat()
    }
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn bytes(text: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap()
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// The head of a byte string of CBOR, and the bytes.
pub(crate) fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let head = match length {
        0..24 => vec![0x40 | u8::try_from(length).unwrap()],
        24..256 => vec![0x58, u8::try_from(length).unwrap()],
        _ => [&[0x59][..], &length.to_be_bytes()].concat(),
    };
    [head, bytes.to_vec()].concat()
}

fn cbor_text(text: &str) -> Vec<u8> {
    let mut encoded = cbor_bytes(text.as_bytes());
    encoded[0] |= 0x60;
    encoded
}

/// A COSE key for ES256 with these coordinates.
pub(crate) fn es256(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &cbor_bytes(x), &[0x22], &cbor_bytes(y)].concat()
}

impl Device {
    pub(crate) fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self::with_key(Key::Es256(Arc::new(key)))
    }

    pub(crate) fn es384() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
        Self::with_key(Key::Es384(Arc::new(key)))
    }

    pub(crate) fn rs256() -> Self {
        Self::with_key(Key::Rs256(Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap())))
    }

    fn with_key(key: Key) -> Self {
        let id = auth_accounts::secret::random_bytes::<16>().to_vec();
        Self { key, id, user: None, count: 0, flags: PRESENT | VERIFIED }
    }

    /// One of the same user, which no account has.
    pub(crate) fn unknown_of(other: &Self) -> Self {
        Self { user: other.user.clone(), ..Self::new() }
    }

    /// One that counts its signatures.
    pub(crate) fn counting() -> Self {
        Self { count: 1, ..Self::new() }
    }

    fn draft(&self, kind: &str, options: &Value, rp_id: &Value) -> Draft {
        Draft {
            client: vec![
                ("type", kind.into()),
                ("challenge", options["challenge"].clone()),
                ("origin", ORIGIN.into()),
                ("crossOrigin", false.into()),
            ],
            rp_id: rp_id.as_str().unwrap().to_owned(),
            flags: self.flags,
            count: self.count,
            id: self.id.clone(),
            cose: Vec::new(),
            after: Vec::new(),
            user: self.user.clone(),
            statement: Some(("none", vec![0xa0])),
            after_object: Vec::new(),
        }
    }

    /// The answer to options for a new passkey.
    pub(crate) fn create(&mut self, options: &Value, twist: impl FnOnce(&mut Draft)) -> Value {
        self.user = Some(bytes(&options["user"]["id"]));
        let mut draft = self.draft("webauthn.create", options, &options["rp"]["id"]);
        draft.flags |= ATTESTED;
        draft.cose = self.key.cose();
        twist(&mut draft);
        let client = draft.client_data();
        let mut data = draft.fixed();
        if draft.flags & ATTESTED != 0 {
            data.extend([0; 16]);
            data.extend(u16::try_from(draft.id.len()).unwrap().to_be_bytes());
            data.extend(&draft.id);
            data.extend(&draft.cose);
        }
        data.extend(&draft.after);
        let (format, statement) = draft.statement.unwrap_or_else(|| {
            let signature = self.key.sign(&[&data[..], &sha256(&client)].concat());
            let alg = [cbor_text("alg"), vec![0x26]].concat();
            let sig = [cbor_text("sig"), cbor_bytes(&signature)].concat();
            ("packed", [&[0xa2][..], &alg, &sig].concat())
        });
        let object = [
            vec![0xa3],
            cbor_text("fmt"),
            cbor_text(format),
            cbor_text("attStmt"),
            statement,
            cbor_text("authData"),
            cbor_bytes(&data),
            draft.after_object,
        ];
        json!({
            "id": base64url(&draft.id),
            "rawId": base64url(&draft.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": base64url(&client),
                "attestationObject": base64url(&object.concat()),
                "authenticatorData": base64url(&data),
                "publicKeyAlgorithm": -7,
                "transports": ["internal", "hybrid", "carrier-pigeon"],
            },
        })
    }

    /// The answer to options for a proof.
    pub(crate) fn get(&mut self, options: &Value, twist: impl FnOnce(&mut Draft)) -> Value {
        if self.count > 0 {
            self.count += 1;
        }
        let mut draft = self.draft("webauthn.get", options, &options["rpId"]);
        twist(&mut draft);
        let client = draft.client_data();
        let data = [draft.fixed(), draft.after].concat();
        let signature = self.key.sign(&[&data[..], &sha256(&client)].concat());
        json!({
            "id": base64url(&draft.id),
            "rawId": base64url(&draft.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(&client),
                "authenticatorData": base64url(&data),
                "signature": base64url(&signature),
                "userHandle": draft.user.as_deref().map(base64url),
            },
        })
    }
}
