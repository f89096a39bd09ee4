//! Maps and sets with a fast hash: expressions are hashed whole, again and again (a sixth of a compilation with the hash of the standard library).

pub(crate) use foldhash::fast::RandomState;

/// A map by a fast hash.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A set by a fast hash.
pub(crate) type HashSet<T> = std::collections::HashSet<T, RandomState>;
