//! Nothing but tests, under `tests/`: the vectors, verified by the backend `rust_crypto`.
