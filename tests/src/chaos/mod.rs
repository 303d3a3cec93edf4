//! Faults on purpose: the real binary on a real Kafka while processes are killed and stopped, the broker is restarted,
//! the network is cut and slowed; and a checker that compares what came of it with a run that nobody disturbed.
//!
//! Everything follows from a seed: the input and its order, which faults strike, whom, and for how long. What the machine
//! makes of them (which record was on its way) does not, so a seed shows a kind of trouble again, not its every step.

mod check;
mod cluster;
mod fault;
mod gather;
mod input;
mod memory;
mod outcome;
mod pace;
mod process;
mod proxy;
mod report;
mod rng;
mod run;
mod times;
mod topics;

pub use check::{differences, differences_by_order};
pub use cluster::{Cluster, Names, PROCESSES};
pub use fault::Fault;
pub use gather::gather;
pub use input::{Input, Line};
pub use memory::COUNTER;
pub use outcome::{Outcome, Revision};
pub use process::{Process, Setup};
pub use proxy::{Mode, Proxy};
pub use report::Report;
pub use rng::Rng;
pub use run::Run;
pub use topics::{Topics, feed};
