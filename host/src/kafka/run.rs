//! `run`: from a configuration to a worker at work, and what happens when its session fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho_core::plan::{Plan, SourceSpec};

use super::admin::Admin;
use super::config::{Config, Mistake};
use super::connect::{ConnectError, Reader, connect, wait_for_answer};
use super::failure::Failure;
use super::gate::Gate;
use super::pipeline::Pipeline;
use super::shutdown::Shutdown;
use super::topics::{Limits, TopicError, Topics, raw_partitions};
use super::watch::Watch;
use super::worker::{Session, Shared};
use crate::metrics::{Phase, Telemetry};

/// Between two attempts at what may heal.
const PAUSE: Duration = Duration::from_secs(2);
/// Two fences within this time mean that another process lives under our name.
const FENCED_AGAIN: Duration = Duration::from_secs(120);
/// So many sessions in a row without a commit, and it is an error.
const FRUITLESS: u32 = 10;

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
                std::thread::sleep(PAUSE);
            }
            other => break other?,
        }
    };
    let spec = |(name, partitions): (&String, u32)| SourceSpec { name: name.clone(), partitions };
    let sources = raw.iter().zip(partitions).map(spec).collect();
    Ok(Prepared { config: config.clone(), topics, limits, sources, uncommitted, telemetry: Arc::default() })
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

    /// Runs one worker on this thread until the shutdown. `make` makes a pipeline that owns nothing; it is called anew
    /// when a session failed, since only the log is to be trusted then.
    ///
    /// # Errors
    /// What can't heal; see [`RunError`].
    pub fn run<P: Pipeline>(
        &self,
        plan: &Plan,
        mut make: impl FnMut() -> Result<P, String>,
        shutdown: &Shutdown,
    ) -> Result<(), RunError> {
        let gate = Arc::new(Gate::new());
        let _watch = Watch::start(&self.config, &self.topics.exchange, Arc::clone(&gate))?;
        let shared = Shared {
            config: &self.config,
            topics: &self.topics,
            limits: &self.limits,
            plan,
            gate: &gate,
            uncommitted: &self.uncommitted,
            shutdown,
            telemetry: &self.telemetry,
        };
        let mut trouble = History::default();
        loop {
            let pipeline = make().map_err(RunError::Pipeline)?;
            let mut progressed = false;
            let ended = Session::begin(&shared, 0, pipeline).and_then(|mut session| {
                let ended = session.run();
                progressed = session.progressed();
                ended
            });
            let Err(failure) = ended else { return Ok(()) };
            self.telemetry.worker(0).enters(Phase::Waiting(failure.to_string()));
            trouble.judge(&self.config, failure, progressed, Instant::now())?;
            std::thread::sleep(PAUSE);
            // An outage is waited for, however long: it is no failure of ours.
            match wait_for_answer(&self.uncommitted, &self.config, shutdown) {
                Err(ConnectError::Stopped { .. }) => return Ok(()),
                answered => answered?,
            }
            if shutdown.is_requested() {
                return Ok(());
            }
        }
    }
}

/// Sessions that failed: whether to try once more.
#[derive(Debug, Default)]
struct History {
    fenced: Option<Instant>,
    fruitless: u32,
}

// === impl History ===

impl History {
    /// # Errors
    /// When trying again can't help.
    fn judge(&mut self, config: &Config, failure: Failure, progressed: bool, now: Instant) -> Result<(), RunError> {
        if progressed {
            self.fruitless = 0;
        }
        self.fruitless += 1;
        match failure {
            Failure::Fatal(reason) => Err(RunError::Fatal(reason)),
            Failure::Fenced(reason) => {
                let again = self.fenced.replace(now).is_some_and(|before| now - before < FENCED_AGAIN);
                if again {
                    let (instance, group) = (config.instance.clone(), config.group.clone());
                    return Err(RunError::Elsewhere { instance, group, reason });
                }
                tracing::warn!(instance = config.instance, "another producer has our name, trying once more: {reason}");
                Ok(())
            }
            Failure::Abort(reason) | Failure::Rebuild(reason) if self.fruitless >= FRUITLESS => Err(RunError::Fatal(
                format!("{FRUITLESS} attempts in a row achieved nothing, the last one since {reason}"),
            )),
            Failure::Abort(reason) | Failure::Rebuild(reason) => {
                tracing::warn!("starting anew: {reason}");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(history: &mut History, failure: Failure, seconds: u64, start: Instant) -> Result<(), RunError> {
        let config = Config::new(["a:1".to_owned()]);
        history.judge(&config, failure, false, start + Duration::from_secs(seconds))
    }

    #[test]
    fn a_fence_is_forgiven_once_and_again_only_after_a_while() {
        let (mut history, start) = (History::default(), Instant::now());
        let fenced = || Failure::Fenced("epoch".to_owned());
        assert!(judge(&mut history, fenced(), 0, start).is_ok());
        assert!(judge(&mut history, fenced(), 300, start).is_ok());
        let error = judge(&mut history, fenced(), 310, start).unwrap_err();
        assert!(error.to_string().contains("is running elsewhere"), "{error}");
    }

    #[test]
    fn attempts_without_progress_end_with_the_last_reason() {
        let (mut history, start) = (History::default(), Instant::now());
        let rebuild = || Failure::Rebuild("the coordinator is gone".to_owned());
        for attempt in 1..FRUITLESS {
            assert!(judge(&mut history, rebuild(), 0, start).is_ok(), "attempt {attempt}");
        }
        assert!(judge(&mut history, rebuild(), 0, start).unwrap_err().to_string().contains("coordinator"));
    }
}
