//! Field pipelines: they rewrite names, values and log sources before lowering.
