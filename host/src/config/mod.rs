//! The configuration: one YAML file, and the inventory that it names.
//!
//! It composes what each room has to be told, and checks what no room can see alone. Nothing of it is used before all of
//! it is right: every mistake is shown at once, each in its place.

mod draft;
mod load;
mod sections;
pub mod yaml;

pub use draft::Draft;
pub use load::{inventory_of, load, load_inventory};
pub use sections::{Config, Detector, Log, LogFormat, Memory, Source};
