//! Readers of events.
