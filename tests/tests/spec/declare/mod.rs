//! What a handler declares: the names of an API, and the attributes with everything that people put around them.

mod attributes;
mod levels;
mod named;
mod several_enums;
mod vocabulary;
