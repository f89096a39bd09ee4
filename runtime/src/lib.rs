//! Runs compiled detection rules over event streams.
//!
//! A [`pack::Pack`] holds rules that the compiler made; [`engine::Engine`] links packs into one immutable matcher; a
//! [`session::Session`] runs it over one stream of events. Nothing is parsed here but events.

pub mod pack;

#[cfg(feature = "cli")]
pub mod cli;
