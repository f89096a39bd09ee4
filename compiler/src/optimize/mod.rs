//! Passes: they may change the shape of a rule, never its answer.
