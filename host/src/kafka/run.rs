//! `run`: from a configuration to workers at work, and what happens when one's session fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sekisho_core::plan::SourceSpec;

use super::admin::Admin;
use super::config::{Config, Mistake};
use super::connect::{ConnectError, Reader, connect, wait_for_answer};
use super::gate::Gate;
use super::history::History;
use super::offer::Offer;
use super::pipeline::Pipeline;
use super::shutdown::Shutdown;
use super::topics::{Limits, TopicError, Topics, raw_partitions};
use super::watch::Watch;
use super::worker::{Session, Shared};
use crate::metrics::{Phase, Telemetry};

/// Between two attempts at what may heal.
const PAUSE: Duration = Duration::from_secs(2);
/// A worker's stack unless said.
const STACK: usize = 8 << 20;

/// Why `run` ended otherwise than by a shutdown.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration is wrong; all of it at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Config(Vec<Mistake>),
    /// No broker can be worked with.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The topics are not as they must be.
    #[error(transparent)]
    Topics(#[from] TopicError),
    /// The pipeline could not be made.
    #[error("failed to make the pipeline: {0}")]
    Pipeline(String),
    /// Another process has our name.
    #[error(
        "instance {instance} of group {group} is running elsewhere: give each process its own kafka.instance ({reason})"
    )]
    Elsewhere {
        /// Our name.
        instance: String,
        /// Of this group.
        group: String,
        /// What the broker said.
        reason: String,
    },
    /// Work can't go on.
    #[error("{0}")]
    Fatal(String),
}

/// Kafka as it was found at the start: connected, with all topics there and right.
pub struct Prepared {
    config: Config,
    topics: Topics,
    limits: Limits,
    sources: Vec<SourceSpec>,
    uncommitted: Reader,
    telemetry: Arc<Telemetry>,
    stack: usize,
}

/// Connects, creates topics where that is allowed, and checks all of them. `raw` are the topics to read.
///
/// # Errors
/// What is wrong with configuration, connection or topics. An unreachable broker is waited for.
pub fn prepare(config: &Config, raw: &[String], shutdown: &Shutdown) -> Result<Prepared, RunError> {
    let mistakes = config.mistakes();
    if !mistakes.is_empty() {
        return Err(RunError::Config(mistakes));
    }
    let uncommitted = connect(config, shutdown)?;
    let admin = Admin::new(config)?;
    let topics = Topics::of(config);
    let attempt = || {
        let partitions = raw_partitions(&uncommitted, raw)?;
        let checked = topics.prepare(config, &uncommitted, &admin)?;
        Ok::<_, TopicError>((partitions, checked.limits))
    };
    let (partitions, limits) = loop {
        match attempt() {
            Err(TopicError::Ask(reason)) if !shutdown.is_requested() => {
                tracing::warn!("failed to ask about topics, trying again: {reason}");
                thread::sleep(PAUSE);
            }
            other => break other?,
        }
    };
    let spec = |(name, partitions): (&String, u32)| SourceSpec { name: name.clone(), partitions };
    let sources = raw.iter().zip(partitions).map(spec).collect();
    Ok(Prepared {
        config: config.clone(),
        topics,
        limits,
        sources,
        uncommitted,
        telemetry: Arc::default(),
        stack: STACK,
    })
}

// === impl Prepared ===

impl Prepared {
    /// With a place where the workers leave what they count.
    #[must_use]
    pub fn told_to(mut self, telemetry: Arc<Telemetry>) -> Self {
        self.telemetry = telemetry;
        self
    }

    /// The raw topics with their partitions, for the plan.
    pub fn sources(&self) -> &[SourceSpec] {
        &self.sources
    }

    /// What the output topics take, for the pipeline.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Partitions of the exchange, for the plan.
    pub fn shards(&self) -> u32 {
        self.config.topics.shards
    }

    /// Workers get a stack of this many bytes.
    #[must_use]
    pub fn with_stack(self, bytes: usize) -> Self {
        Self { stack: bytes, ..self }
    }

    /// Runs the workers of this process, each on a thread of its own, until the shutdown. Pipelines are made by
    /// what is offered, and anew when a session failed, since only the log is to be trusted then; what is offered may change.
    /// A worker that can't go on asks for the shutdown: the others drain and end.
    ///
    /// # Errors
    /// What can't heal, of the first worker that met it; see [`RunError`].
    pub fn run<P: Pipeline>(&self, offer: &Offer<P>, shutdown: &Shutdown) -> Result<(), RunError> {
        let gate = Arc::new(Gate::new());
        let _watch = Watch::start(&self.config, &self.topics.exchange, Arc::clone(&gate))?;
        let shared = Shared {
            config: &self.config,
            topics: &self.topics,
            limits: &self.limits,
            gate: &gate,
            uncommitted: &self.uncommitted,
            shutdown,
            telemetry: &self.telemetry,
        };
        let first = Mutex::new(None);
        thread::scope(|scope| {
            for worker in 0..self.config.workers {
                let (shared, first) = (&shared, &first);
                let begun = thread::Builder::new()
                    .name(format!("worker-{worker}"))
                    .stack_size(self.stack)
                    .spawn_scoped(scope, move || ending(shutdown, worker, first, || live(shared, offer, worker)));
                if let Err(error) = begun {
                    shutdown.request();
                    note(first, RunError::Fatal(format!("failed to start worker {worker}: {error}")));
                }
            }
        });
        first.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }
}

/// One worker, through all its sessions.
fn live<P: Pipeline>(shared: &Shared<'_>, offer: &Offer<P>, worker: u32) -> Result<(), RunError> {
    let _span = tracing::info_span!("worker", index = worker).entered();
    let mut history = History::default();
    loop {
        let mut progressed = false;
        let ended = Session::begin(shared, offer, worker).and_then(|mut session| {
            let ended = session.run();
            progressed = session.progressed();
            ended
        });
        let Err(failure) = ended else { return Ok(()) };
        shared.telemetry.worker(worker).enters(Phase::Waiting(failure.to_string()));
        history.judge(shared.config, failure, progressed, Instant::now())?;
        thread::sleep(PAUSE);
        // An outage is waited for, however long: it is no failure of ours.
        match wait_for_answer(shared.uncommitted, shared.config, shared.shutdown) {
            Err(ConnectError::Stopped { .. }) => return Ok(()),
            answered => answered?,
        }
        if shared.shutdown.is_requested() {
            return Ok(());
        }
    }
}

/// Whatever ends one worker ends all: a process that does a part of its work only would hide it.
fn ending(
    shutdown: &Shutdown,
    worker: u32,
    first: &Mutex<Option<RunError>>,
    work: impl FnOnce() -> Result<(), RunError>,
) {
    let ended = catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(RunError::Fatal(format!("worker {worker} ended by a fault of its own"))));
    shutdown.request();
    if let Err(error) = ended {
        tracing::error!(worker, "a worker can't go on: {error}");
        note(first, error);
    }
}

fn note(first: &Mutex<Option<RunError>>, error: RunError) {
    first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_can_not_go_on_ends_all_and_the_first_error_is_told() {
        let (shutdown, first) = (Shutdown::default(), Mutex::new(None));
        ending(&shutdown, 0, &first, || Ok(()));
        assert!(shutdown.is_requested());
        ending(&shutdown, 1, &first, || Err(RunError::Fatal("the disk is gone".to_owned())));
        ending(&shutdown, 2, &first, || panic!("a fault"));
        let told = first.into_inner().unwrap().unwrap().to_string();
        assert_eq!(told, "the disk is gone");
    }
}
