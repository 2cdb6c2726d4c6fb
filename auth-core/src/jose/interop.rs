//! The types of [`jsonwebtoken`], which the ecosystem speaks: to and from ours.
//!
//! What comes in is judged as what is read from text is: a key that is weak, symmetric in a key set or
//! not on its curve is rejected. What goes out is a public key, and nothing else.

use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters,
    EllipticCurveKeyType, Jwk, JwkSet, OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse,
    RSAKeyParameters, RSAKeyType,
};
use jsonwebtoken::{AlgorithmFamily, DecodingKey, DecodingKeyKind};

use super::algorithm::{Algorithm, AlgorithmSet, UnknownAlgorithm};
use super::base64url::encode;
use super::der;
use super::jwks::{Jwks, JwksError};
use super::key_set::{KeySet, VerifyingKey};
use super::public_key::{Curve, KeyError, PublicKey};
use super::shared_secret::HmacSecret;
use super::thumbprint::thumbprint;

/// Each algorithm that both have.
const ALGORITHMS: [(Algorithm, jsonwebtoken::Algorithm); 12] = [
    (Algorithm::RS256, jsonwebtoken::Algorithm::RS256),
    (Algorithm::RS384, jsonwebtoken::Algorithm::RS384),
    (Algorithm::RS512, jsonwebtoken::Algorithm::RS512),
    (Algorithm::PS256, jsonwebtoken::Algorithm::PS256),
    (Algorithm::PS384, jsonwebtoken::Algorithm::PS384),
    (Algorithm::PS512, jsonwebtoken::Algorithm::PS512),
    (Algorithm::ES256, jsonwebtoken::Algorithm::ES256),
    (Algorithm::ES384, jsonwebtoken::Algorithm::ES384),
    (Algorithm::EdDSA, jsonwebtoken::Algorithm::EdDSA),
    (Algorithm::HS256, jsonwebtoken::Algorithm::HS256),
    (Algorithm::HS384, jsonwebtoken::Algorithm::HS384),
    (Algorithm::HS512, jsonwebtoken::Algorithm::HS512),
];

/// Every algorithm that `jsonwebtoken` 12 has is one of ours. The conversion can fail because its enum
/// may grow.
///
/// ```
/// use auth_core::jose::Algorithm;
///
/// assert_eq!(jsonwebtoken::Algorithm::PS256.try_into(), Ok(Algorithm::PS256));
/// assert_eq!(Algorithm::PS256.try_into(), Ok(jsonwebtoken::Algorithm::PS256));
/// ```
impl TryFrom<jsonwebtoken::Algorithm> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(theirs: jsonwebtoken::Algorithm) -> Result<Self, UnknownAlgorithm> {
        let pair = ALGORITHMS.iter().find(|(_, other)| *other == theirs);
        pair.map(|(ours, _)| *ours).ok_or(UnknownAlgorithm)
    }
}

/// Each of ours but [`ES512`](Algorithm::ES512), which `jsonwebtoken` does not have.
impl TryFrom<Algorithm> for jsonwebtoken::Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(ours: Algorithm) -> Result<Self, UnknownAlgorithm> {
        let pair = ALGORITHMS.iter().find(|(own, _)| *own == ours);
        pair.map(|(_, theirs)| *theirs).ok_or(UnknownAlgorithm)
    }
}

/// What [`JwtVerifierBuilder::keys`](crate::token::JwtVerifierBuilder::keys) takes: a
/// [`Jwks`], a [`KeySet`], an [`HmacSecret`], and of `jsonwebtoken` a [`JwkSet`], a [`Jwk`] or a
/// [`DecodingKey`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no keys to verify tokens with",
    label = "expected keys",
    note = "a JWKS is read by `Jwks::from_json(..)`, a PEM file by `Jwks::from_pem_file(..)`; `jsonwebtoken`'s `JwkSet` and `DecodingKey` are taken as they are"
)]
pub trait IntoKeySet: sealed::Sealed {
    /// The keys, ready to verify.
    ///
    /// # Errors
    /// If none of them can verify tokens.
    #[doc(hidden)]
    fn into_key_set(self) -> Result<KeySet, JwksError>;
}

mod sealed {
    #[expect(unnameable_types, reason = "what can be keys is decided here")]
    pub trait Sealed {}
}

macro_rules! into_key_set {
    ($($from:ty: |$it:ident| $set:expr;)+) => {$(
        impl sealed::Sealed for $from {}
        impl IntoKeySet for $from {
            fn into_key_set(self) -> Result<KeySet, JwksError> {
                let $it = self;
                $set
            }
        }
    )+};
}

into_key_set! {
    KeySet: |it| Ok(it);
    Jwks: |it| Ok(it.into());
    HmacSecret: |it| Ok(it.into());
    JwkSet: |it| Jwks::try_from(&it).map(Into::into);
    &JwkSet: |it| Jwks::try_from(it).map(Into::into);
    Jwk: |it| Jwks::try_from(&JwkSet { keys: vec![it] }).map(Into::into);
    DecodingKey: |it| of_decoding_key(&it);
    &DecodingKey: |it| of_decoding_key(it);
}

/// As [`Jwks::from_json`] of the same set: odd keys are skipped, none of its keys is symmetric.
///
/// # Errors
/// If the set has more than 1024 keys, or none of them can verify tokens.
impl TryFrom<&JwkSet> for Jwks {
    type Error = JwksError;

    fn try_from(set: &JwkSet) -> Result<Self, JwksError> {
        let set = serde_json::to_value(set).map_err(|_| JwksError::NotASet)?;
        let jwks = Self::of_value(&set, false)?;
        jwks.warn_of_skipped();
        Ok(jwks)
    }
}

/// As the conversion of a [`&JwkSet`](JwkSet).
///
/// # Errors
/// If the set has more than 1024 keys, or none of them can verify tokens.
impl TryFrom<JwkSet> for Jwks {
    type Error = JwksError;

    fn try_from(set: JwkSet) -> Result<Self, JwksError> {
        Self::try_from(&set)
    }
}

/// The usable keys, as they are published: each with `use`, with its `kid` or else its thumbprint
/// ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)), and with `alg` if it is for one alone that
/// `jsonwebtoken` has.
///
/// ```
/// use auth_core::Jwks;
/// use auth_core::jose::JwksError;
/// use jsonwebtoken::jwk::JwkSet;
///
/// let jwks = Jwks::from_json(
///     r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
/// )?;
/// let set = JwkSet::from(&jwks);
/// let kid = set.keys[0].common.key_id.as_deref();
/// assert_eq!(kid, Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
/// # Ok::<(), JwksError>(())
/// ```
impl From<&Jwks> for JwkSet {
    fn from(jwks: &Jwks) -> Self {
        let keys = jwks.keys().public_keys();
        Self { keys: keys.map(|(key, kid, algorithms)| jwk(key, kid, algorithms)).collect() }
    }
}

/// A public key as it is published.
pub(crate) fn jwk(key: &PublicKey, kid: Option<&str>, algorithms: AlgorithmSet) -> Jwk {
    let algorithm = match key {
        PublicKey::Rsa { n, e } => AlgorithmParameters::RSA(RSAKeyParameters {
            key_type: RSAKeyType::RSA,
            n: encode(n),
            e: encode(e),
        }),
        PublicKey::Ec { curve, point } => {
            // 04 || x || y
            let xy = point.get(1..).unwrap_or_default();
            let (x, y) = xy.split_at(xy.len() / 2);
            AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                key_type: EllipticCurveKeyType::EC,
                curve: match curve {
                    Curve::P256 => EllipticCurve::P256,
                    Curve::P384 => EllipticCurve::P384,
                    Curve::P521 => EllipticCurve::P521,
                },
                x: encode(x),
                y: encode(y),
            })
        }
        PublicKey::Ed25519(x) => AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: encode(x),
        }),
    };
    let mut own = algorithms.iter();
    let only = own.next().filter(|_| own.next().is_none());
    let common = CommonParameters {
        public_key_use: Some(PublicKeyUse::Signature),
        key_algorithm: only
            .and_then(|only| jsonwebtoken::Algorithm::try_from(only).ok())
            .map(Into::into),
        key_id: Some(kid.map_or_else(|| encode(thumbprint(key)), str::to_owned)),
        ..CommonParameters::default()
    };
    Jwk { common, algorithm }
}

/// The same key for a provider.
pub(crate) fn decoding_key(key: &PublicKey) -> DecodingKey {
    match key {
        PublicKey::Rsa { n, e } => DecodingKey::from_rsa_raw_components(n, e),
        PublicKey::Ec { point, .. } => DecodingKey::from_ec_der(point),
        PublicKey::Ed25519(x) => DecodingKey::from_ed_der(x),
    }
}

/// A key without a name, for each algorithm of its family that suits it. A secret, for each of HMAC that
/// it is long enough for.
fn of_decoding_key(key: &DecodingKey) -> Result<KeySet, JwksError> {
    let bytes = || key.try_get_as_bytes().map_err(|_| KeyError::Invalid("DER"));
    let public = match (key.family(), key.kind()) {
        (AlgorithmFamily::Hmac, _) => return of_secret(bytes().map_err(JwksError::Key)?),
        (_, DecodingKeyKind::RsaModulusExponent { n, e }) => PublicKey::rsa(n, e),
        (AlgorithmFamily::Rsa, _) => bytes().and_then(|der| {
            der::rsa_key(der).or_else(|error| der::subject_public_key_info(der).map_err(|_| error))
        }),
        (AlgorithmFamily::Ec, _) => bytes().and_then(|point| {
            let curve = if point.len() > 65 { Curve::P384 } else { Curve::P256 };
            let info = |error| der::subject_public_key_info(point).map_err(|_| error);
            PublicKey::ec_point(curve, point).or_else(info)
        }),
        (AlgorithmFamily::Ed, _) => bytes().and_then(|x| {
            let info = |error| der::subject_public_key_info(x).map_err(|_| error);
            PublicKey::ed25519(x).or_else(info)
        }),
    };
    let public = public.map_err(JwksError::Key)?;
    let algorithms = public.algorithms();
    let key = VerifyingKey::public(public, algorithms, None).map_err(JwksError::Key)?;
    Ok(KeySet::new(vec![key]))
}

fn of_secret(secret: &[u8]) -> Result<KeySet, JwksError> {
    let mut keys = KeySet::from(HmacSecret::new(Algorithm::HS256, secret)?);
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        // The first one has found all that can be wrong with it but for its length.
        if let Ok(secret) = HmacSecret::new(algorithm, secret) {
            keys.add(secret);
        }
    }
    Ok(keys)
}
