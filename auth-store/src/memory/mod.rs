//! Everything in the memory of one process.
