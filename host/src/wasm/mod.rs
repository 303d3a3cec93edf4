//! The engine room: detectors run here, as WebAssembly components that import nothing.
//!
//! [`Runtime`] → [`CompiledDetector`] → [`DetectorInstance`]: compile once, instantiate many. What a guest may reach is
//! nothing (an empty linker); what it may use is [`Limits`]; what it answers is checked against its plan before anyone
//! else sees it. A guest that fails takes only its own call with it. The rest of the host sees the plain types of
//! `sekisho_core::contract` and never the generated bindings.

mod bindings;
mod cache;
mod check;
mod clock;
mod guard;
mod inspect;
mod instance;
mod limits;
mod load;
mod outline;
mod pack;
mod runtime;

pub use clock::thread_cpu;
pub use inspect::{Inspection, inspect};
pub use instance::DetectorInstance;
pub use limits::Limits;
pub use load::{CompiledDetector, ConfigureError, LoadError, LoadTimes};
pub use pack::{PackError, pack};
pub use runtime::{Runtime, RuntimeError};
