//! What the host tells of itself in numbers.
//!
//! Workers count in plain values of their own and hand them over a few times a second ([`Slot::publish`]); whoever asks
//! gets what was handed over last ([`Telemetry::snapshot`]). No loop of a worker ever waits for a reader, and nothing that
//! stands in a log or in an event becomes a label: names of labels and their values come from the configuration and from
//! closed sets, so that no attacker can make them grow.

mod counts;
mod expose;
mod process;
mod samples;
mod table;
mod telemetry;
#[cfg(test)]
mod tests;

pub use counts::{Flow, Gap, Histogram, Rebalanced, Stage};
pub use expose::{CONTENT_TYPE, expose};
pub use process::Process;
pub use table::{ALL, Family, Kind, Unit};
pub use telemetry::{LaneReport, Phase, Published, RestoreReport, Slot, Snapshot, Standing, Telemetry, WorkerView};
