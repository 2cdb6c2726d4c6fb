//! Nothing but tests, under `tests/`: what the compiler says.
