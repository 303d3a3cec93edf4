//! One real Kafka, one folder, and how a system is measured between the starting shot and its end.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use sekisho::kafka::{Admin, Config, Isolation, Reader, purge, reader};
use sekisho_tests::broker::{Broker, Options};
use tempfile::TempDir;

use crate::child::Running;
use crate::feed::{Loaded, load};
use crate::lines::Spec;
use crate::usage;

/// Partitions of the raw topic.
pub const PARTITIONS: i32 = 4;
/// How long the broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// After the last record was seen, for what is still being done for it: counted in.
const AFTERMATH: Duration = Duration::from_millis(500);

/// Where measurements are made.
pub struct Lab {
    broker: Broker,
    admin: Admin,
    reader: Reader,
    folder: TempDir,
    names: Cell<u32>,
}

/// What a system used, by the same rule for all.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub events: u64,
    /// From the shot until the last record was dealt with.
    pub wall: Duration,
    /// CPU time of its processes, and of the broker.
    pub process: Duration,
    pub broker: Duration,
    /// The most memory that one process had resident, in bytes.
    pub peak: u64,
    /// From log to alert, sorted.
    pub delays: Vec<Duration>,
    /// Alerts by uid.
    pub alerts: u64,
    /// What is to be said beside the figures.
    pub note: String,
}

/// Times of all parties at one moment.
pub struct Clock {
    at: Instant,
    process: Duration,
    broker: Duration,
}

// === impl Lab ===

impl Lab {
    pub fn open() -> Result<Self> {
        let broker = Broker::start(&Options::default())?;
        let config = Config::new([broker.address().to_owned()]);
        let (admin, reader) = (Admin::new(&config)?, reader(&config, Isolation::Uncommitted)?);
        let folder = tempfile::Builder::new().prefix("sekisho-bench-").tempdir()?;
        Ok(Self { broker, admin, reader, folder, names: Cell::new(0) })
    }

    pub fn address(&self) -> &str {
        self.broker.address()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A name that nothing in this run has.
    pub fn name(&self, what: &str) -> String {
        self.names.set(self.names.get() + 1);
        format!("{what}-{}", self.names.get())
    }

    /// A topic that keeps records of any age.
    pub fn topic(&self, what: &str, partitions: i32) -> Result<String> {
        let name = self.name(what);
        let settings = [("retention.ms", "-1"), ("max.message.bytes", "4194304")];
        self.admin
            .create_topic(&name, partitions as u32, None, &settings)
            .map_err(|code| anyhow::anyhow!("topic {name} can't be created: {code}"))?;
        Ok(name)
    }

    /// A topic whose lines nobody can read before the shot.
    pub fn load(&self, spec: Spec) -> Result<(String, Loaded)> {
        let topic = self.topic("raw", PARTITIONS)?;
        let loaded = load(self.address(), &topic, PARTITIONS, spec)?;
        Ok((topic, loaded))
    }

    /// Gives the room of a topic back.
    pub fn empty(&self, topic: &str, partitions: i32) -> Result<()> {
        let end = |partition| Ok((partition, self.reader.fetch_watermarks(topic, partition, PATIENCE)?.1));
        let ends = (0..partitions).map(end).collect::<Result<Vec<_>, KafkaError>>()?;
        purge(&self.admin, topic, &ends).map_err(anyhow::Error::msg).context("records can't be deleted")
    }

    /// Reads all clocks.
    pub fn clock(&self, running: &[Running]) -> Clock {
        Clock {
            at: Instant::now(),
            process: running.iter().map(Running::cpu).sum(),
            broker: self.broker.pid().map(usage::cpu).unwrap_or_default(),
        }
    }

    /// What was used since a moment, when the last record was dealt with now.
    pub fn since(&self, start: &Clock, running: &[Running], events: u64) -> Figures {
        let wall = start.at.elapsed();
        thread::sleep(AFTERMATH);
        let end = self.clock(running);
        Figures {
            events,
            wall,
            process: end.process.saturating_sub(start.process),
            broker: end.broker.saturating_sub(start.broker),
            peak: running.iter().map(|child| usage::peak(child.pid())).max().unwrap_or_default(),
            ..Figures::default()
        }
    }
}

// === impl Figures ===

impl Figures {
    pub fn process_micros(&self) -> f64 {
        micros(self.process, self.events)
    }

    pub fn broker_micros(&self) -> f64 {
        micros(self.broker, self.events)
    }

    pub fn per_second(&self) -> f64 {
        self.events as f64 / self.wall.as_secs_f64().max(1e-9)
    }

    /// The delay that this part of alerts stays below; none without any.
    pub fn delay(&self, part: f64) -> Option<Duration> {
        let at = ((self.delays.len() as f64 * part).ceil() as usize).saturating_sub(1);
        self.delays.get(at).copied()
    }
}

fn micros(time: Duration, events: u64) -> f64 {
    time.as_secs_f64() * 1e6 / events.max(1) as f64
}

/// Where the programs of this build lie: beside the folder of the benchmark.
pub fn programs() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    own.parent().and_then(Path::parent).map(Path::to_owned).context("the benchmark lies nowhere")
}

/// Now, in milliseconds since 1970.
pub fn millis() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
