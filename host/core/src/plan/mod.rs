//! What all configured detectors want together, known by its digest.

mod build;
mod condition;
mod rows;
mod strata;

pub use build::{MAX_READERS, PlanError, build};
pub use condition::{Compiled, Zones};
pub use rows::{FINDING_COLUMNS, ORIGINS, SIGNAL_COLUMNS, signal_columns};
pub use strata::MAX_STRATA;

use serde::{Deserialize, Serialize};

use crate::contract::{DetectorPlan, Identity, Kind};
use crate::model::{Digest, RawPartition};
use crate::schema::{ClassUid, Projection};

/// A detector as the operator configured it, with its own plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configured {
    /// The operator's name for it, unique.
    pub name: String,
    /// Of the plugin's file.
    pub plugin: Digest,
    pub identity: Identity,
    /// JSON text, as given to `configure`.
    pub settings: String,
    pub plan: DetectorPlan,
}

/// A raw topic with its partitions, or a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSpec {
    pub name: String,
    pub partitions: u32,
}

/// What a plan is made from; `Plan` follows from it alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wants {
    pub detectors: Vec<Configured>,
    pub sources: Vec<SourceSpec>,
    /// The raw partitions whose progress the watermark waits for.
    pub clocks: Vec<RawPartition>,
    /// Partitions of the exchange.
    pub shards: u32,
    /// Of the operator's inventory.
    pub inventory: Digest,
}

/// The union of all detectors' plans: what is extracted, how it is routed, who reads it.
#[derive(Debug)]
pub struct Plan {
    pub wants: Wants,
    pub digest: Digest,
    pub projection: Projection,
    pub streams: Vec<Stream>,
    /// For each detector, the stratum of each of its key spaces: 0 reads raw events alone.
    pub strata: Vec<Vec<u8>>,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Class(ClassUid),
    /// Findings of the detector at this position.
    Finding(usize),
    /// Signals of the detector at this position, by position in its plan.
    Signal(usize, usize),
}

/// Rows of one source that are routed by one key: a section of a frame.
#[derive(Debug)]
pub struct Stream {
    pub source: Source,
    /// Columns of the source's row that make the key.
    pub key: Vec<usize>,
    pub columns: Vec<StreamColumn>,
    pub readers: Vec<Reader>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamColumn {
    pub path: String,
    pub kind: Kind,
    /// The most that any reader asked for.
    pub max_bytes: u32,
    /// Position in the source's row: among the class's projected fields, or among the columns of signal and finding rows.
    pub from: usize,
}

/// One subscription that reads a stream. A row carries a bit for each reader of its stream that wants it.
#[derive(Debug)]
pub struct Reader {
    pub detector: usize,
    pub subscription: usize,
    pub key_space: u32,
    /// Nanoseconds.
    pub lateness: i64,
    /// For each field of the subscription, the stream's column.
    pub columns: Vec<usize>,
    pub condition: Compiled,
}

// === impl Plan ===

impl Plan {
    /// The stratum of a key space; 0 for one that the plan does not have.
    pub fn stratum(&self, detector: usize, key_space: u32) -> u8 {
        self.strata.get(detector).and_then(|spaces| spaces.get(key_space as usize)).copied().unwrap_or(0)
    }

    /// How many strata there are; at least the raw one.
    pub fn strata_count(&self) -> u8 {
        self.strata.iter().flatten().max().map_or(1, |highest| highest + 1)
    }
}
