//! Sigil.
