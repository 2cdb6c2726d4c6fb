//! Makes the keys and tokens of the benchmark: four keys for each algorithm, every token another
//! subject. Private keys are thrown away.
//!
//! `cargo run --release --bin prepare`

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use auth_benches::claims::{KEY_IDS, Standing, TOKENS, claims};
use auth_benches::material::{Algorithm, Material, folder};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// How many tokens the load over HTTP takes in turn.
const MANY: usize = 4_096;

#[expect(clippy::large_enum_variant, reason = "there are four of them")]
enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Hmac(hmac::Key, [u8; 32]),
}

impl Key {
    fn generate(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Rs256 => {
                Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made"))
            }
            Algorithm::Es256 => Self::Ec(
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .expect("a key can be made"),
            ),
            Algorithm::EdDsa => {
                Self::Ed25519(Ed25519KeyPair::generate().expect("a key can be made"))
            }
            Algorithm::Hs256 => {
                let mut secret = [0; 32];
                rand::fill(&mut secret).expect("there is chance");
                Self::Hmac(hmac::Key::new(hmac::HMAC_SHA256, &secret), secret)
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("it signs");
                signature
            }
            Self::Ec(key) => key.sign(&random, message).expect("it signs").as_ref().to_vec(),
            Self::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Self::Hmac(key, _) => hmac::sign(key, message).as_ref().to_vec(),
        }
    }

    fn jwk(&self, algorithm: Algorithm, kid: &str) -> Value {
        let mut jwk = match self {
            Self::Rsa(key) => {
                // RSAPublicKey: SEQUENCE { INTEGER n (00 and 256 bytes), INTEGER e (3 bytes) }
                let der = key.public_key().as_ref();
                let (n, e) = (&der[9..265], &der[267..]);
                json!({"kty": "RSA", "n": encode(n), "e": encode(e)})
            }
            Self::Ec(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519(key) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": encode(key.public_key())})
            }
            Self::Hmac(_, secret) => json!({"kty": "oct", "k": encode(secret)}),
        };
        jwk["alg"] = algorithm.name().into();
        jwk["use"] = "sig".into();
        jwk["kid"] = kid.into();
        jwk
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn main() {
    let folder = folder();
    fs::create_dir_all(&folder).expect("the folder can be made");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    for algorithm in Algorithm::ALL {
        let keys: Vec<Key> = KEY_IDS.iter().map(|_| Key::generate(algorithm)).collect();
        let token = |number: usize, standing: Standing| {
            let kid = number % keys.len();
            let header = json!({"alg": algorithm.name(), "typ": "at+jwt", "kid": KEY_IDS[kid]});
            let payload = claims(number, standing, now);
            let input = format!("{}.{}", encode(header.to_string()), encode(payload.to_string()));
            let signature = encode(keys[kid].sign(input.as_bytes()));
            format!("{input}.{signature}")
        };
        let all = |standing| (0..TOKENS).map(|number| token(number, standing)).collect::<Vec<_>>();
        let (tokens, forbidden) = (all(Standing::Manager), all(Standing::Visitor));
        let forged =
            tokens.iter().zip(&forbidden).map(|(token, other)| with_signature(token, other));
        let jwks = keys.iter().zip(KEY_IDS).map(|(key, kid)| key.jwk(algorithm, kid));
        let material = Material {
            jwks: json!({"keys": jwks.collect::<Vec<_>>()}),
            forged: forged.collect(),
            tokens,
            forbidden,
        };
        let path = folder.join(format!("{}.json", algorithm.name()));
        fs::write(path, serde_json::to_vec(&material).expect("it is JSON")).expect("it is written");
        if algorithm == Algorithm::Rs256 {
            let many: Vec<String> =
                (0..MANY).map(|number| token(number, Standing::Manager)).collect();
            fs::write(folder.join("many.txt"), many.join("\n")).expect("it is written");
        }
    }
}

/// A token with the signature of another one: of the right length, and wrong.
fn with_signature(token: &str, other: &str) -> String {
    let (input, _) = token.rsplit_once('.').expect("three segments");
    let (_, signature) = other.rsplit_once('.').expect("three segments");
    format!("{input}.{signature}")
}
