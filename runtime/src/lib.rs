//! Runs compiled detection rules over event streams.
//!
//! A [`Pack`] holds rules that the compiler made; an [`Engine`] links packs into one immutable matcher; a [`Session`] runs it
//! over one stream of events and reports an [`Alert`] for each rule that matches. Nothing is parsed here but events.
//!
//! ```
//! use sigil_runtime::{Engine, Pack};
//!
//! # fn packs() -> Vec<Pack> { Vec::new() }
//! let engine = Engine::new(&packs())?;      // immutable, shared by threads
//! let mut session = engine.session();       // one for each stream
//! session.process_json(br#"{"Image": "/usr/bin/bash"}"#, |alert| println!("{}", alert.rule().title))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alert;
pub mod bytes;
mod candidates;
mod classes;
#[cfg(feature = "cli")]
pub mod cli;
mod engine;
pub mod event;
mod feedback;
pub mod fold;
mod fold_table;
pub mod generated;
mod include;
pub mod input;
pub mod matcher;
pub mod operator;
pub mod pack;
mod session;
mod simd;
mod snapshot;
mod spelled;
pub mod stars;
mod states;
pub mod table;
mod time;

pub use alert::Alert;
pub use engine::{Engine, EngineError, MAX_CLASSES, Options};
pub use event::{DecodeError, Event};
pub use pack::Pack;
pub use session::Session;
pub use snapshot::{RestoreError, Restored};
pub use states::HeldRow;
