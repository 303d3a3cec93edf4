//! The OCSF classes that Sekisho knows, and which of their fields somebody wants.

mod class;
mod projection;

pub use class::{CLASSES, Class, ClassUid, OCSF_VERSION};
pub use projection::{Projection, Wanted};
