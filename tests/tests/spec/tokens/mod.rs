//! Which tokens are accepted, and what they say of the caller.

mod attacks;
mod attacks_over_http;
mod cache;
mod claim_maps;
mod elsewhere;
mod introspection;
mod properties;
mod real_tokens;
mod renewal;
mod second_opinion;
mod unknown_names;
mod wycheproof;
