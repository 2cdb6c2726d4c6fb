//! All candidates do the same work: they give every caller the same yes and the same no.

use auth_benches::decision::shape::{self, Shape};
use auth_benches::material::{Algorithm, Material};
use auth_benches::service::{candidates, requests};
use auth_benches::{decision, token};

fn expected(shape: &Shape) -> Vec<bool> {
    let answers: Vec<bool> = shape.callers.iter().map(|held| shape.tree.is_met_by(held)).collect();
    assert!(answers.contains(&true) && answers.contains(&false), "{}: {answers:?}", shape.row);
    answers
}

#[test]
fn decisions_of_the_limit_and_ours() {
    for shape in shape::all() {
        assert_eq!(decision::limit::answers(&shape), expected(&shape), "{}", shape.row);
        assert_eq!(decision::ours::answers(&shape), expected(&shape), "{}", shape.row);
    }
}

#[test]
fn every_service_answers_every_request_as_it_must() {
    for candidate in candidates() {
        for row in candidate.rows {
            let (requests, expected) = requests(row, candidate.refuses);
            // Twice: what is known must be answered as it was before.
            for request in requests.iter().chain(&requests) {
                let status = request.answer(&candidate.router);
                assert_eq!(status, expected, "{} {row}", candidate.who);
            }
        }
    }
}

#[test]
fn valid_tokens_are_accepted_and_forged_ones_are_not() {
    for algorithm in Algorithm::ALL {
        let (verifier, material) = (token::ours::verifier(algorithm), Material::read(algorithm));
        assert!(material.tokens.iter().all(|token| verifier.verify(token).is_ok()));
        assert!(material.forged.iter().all(|token| verifier.verify(token).is_err()));
        let length = material.tokens[0].split('.').nth(1).map_or(0, str::len) * 3 / 4;
        assert!((950..1_100).contains(&length), "{length} bytes of claims");
    }
}

#[cfg(feature = "peers")]
mod peers {
    use auth_benches::peers::jsonwebtoken::{Backend, Verifier};
    use auth_benches::peers::{aliri, axum_gate, protect_axum};

    use super::{Algorithm, Material, expected, shape};

    #[test]
    fn decisions() {
        for shape in shape::all() {
            let answers = |decide: &dyn Fn(&[String]) -> bool| -> Vec<bool> {
                shape.callers.iter().map(|held| decide(held)).collect()
            };
            let names = shape.form(str::to_owned);
            for (who, found) in [
                ("protect-axum", answers(&|held| protect_axum::answer(&names, held))),
                ("axum-gate", answers(&|held| axum_gate::answer(&shape, held))),
                ("aliri", answers(&|held| aliri::answer(&names, held))),
            ] {
                assert_eq!(found, expected(&shape), "{who}: {}", shape.row);
            }
        }
    }

    #[test]
    fn tokens() {
        for algorithm in Algorithm::ALL {
            let material = Material::read(algorithm);
            for backend in [Backend::AwsLc, Backend::RustCrypto] {
                backend.choose();
                let verifier = Verifier::new(algorithm);
                let suffices =
                    |token: &String| verifier.verify(token).map(|claims| claims.suffice());
                assert!(material.tokens.iter().all(|token| suffices(token) == Some(true)));
                assert!(material.forbidden.iter().all(|token| suffices(token) == Some(false)));
                assert!(material.forged.iter().all(|token| suffices(token).is_none()));
            }
        }
    }
}
