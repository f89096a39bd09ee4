//! Loads rule files and writes what the compiler makes of them: the only library code that touches disk.
