//! Maps and sets that iterate the same in every instance.
//!
//! `std::collections::HashMap` takes its seed from addresses on WebAssembly and so iterates differently from one instance
//! to the next, which breaks the law that a fresh instance answers as an old one does. These are ordered.

pub use std::collections::{BTreeMap as Map, BTreeSet as Set};
