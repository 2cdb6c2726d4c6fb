//! Who the user of a browser is.

mod acr;

pub(crate) use acr::AcrValues;
