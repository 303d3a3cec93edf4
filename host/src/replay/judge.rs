//! Files through the pipeline: what `replay`, `demo` and `plugin` do with logs.

use std::path::PathBuf;
use std::sync::Arc;

use sekisho_core::decode::Decoder;
use sekisho_core::model::{RawPartition, Record, SourceId, Time, TimestampKind};
use sekisho_core::pipeline::{Account, EmbeddedError, Interval, Remembered};
use sekisho_core::plan::Plan;
use sekisho_core::schema::Projection;

use super::merge::{Merge, Taken};
use super::open::Limits;
use crate::app::{App, EmbedError};
use crate::config::Source;

/// Reason of a record that its file does not give.
const UNREADABLE: &str = "unreadable";

/// What of the judging can be chosen.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Ask detectors why.
    pub explain: bool,
    /// How to read records: one for all files.
    pub source: Option<Source>,
    /// Judge what came at least so often in the stream's own time, nanoseconds, as a pipeline that runs along with the
    /// logs would; else by number of records. What stands at the end is the same, when it is told is not.
    pub interval: Option<i64>,
    /// Look so often in the stream's own time at what detectors remember, nanoseconds.
    pub memory: Option<i64>,
}

/// Takes what comes of the files, as it comes.
pub trait Sink {
    /// The outputs of one interval, in order.
    ///
    /// # Errors
    /// They can't be taken; judging ends.
    fn interval(&mut self, interval: Interval, plan: &Plan) -> std::io::Result<()>;

    /// What detectors remember at a moment of the stream, where that was asked for.
    ///
    /// # Errors
    /// It can't be taken; judging ends.
    fn remembered(&mut self, at: Time, remembered: &[Remembered]) -> std::io::Result<()> {
        let _ = (at, remembered);
        Ok(())
    }

    /// A record was read: so many bytes of its file.
    fn read(&mut self, bytes: usize) {
        let _ = bytes;
    }
}

/// What became of the files.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    pub account: Account,
    /// Files that could not be read, or not to their end, with the reason.
    pub broken: Vec<(String, String)>,
    /// Records that their files do not give: the first few, with the reason.
    pub faults: Vec<(String, u64, String)>,
}

// === impl Judged ===

impl Judged {
    /// Adds what became of other files.
    pub fn add(&mut self, other: Self) {
        self.account.add(&other.account);
        self.broken.extend(other.broken);
        self.faults.extend(other.faults);
    }
}

/// Why judging ended early.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    #[error("the plan: {0}")]
    Plan(String),
    #[error(transparent)]
    Start(#[from] EmbedError),
    #[error(transparent)]
    Pipeline(#[from] EmbeddedError),
    #[error("failed to write: {0}")]
    Sink(#[from] std::io::Error),
}

/// So many faults are told one by one.
const TOLD: usize = 20;

/// Merges the files by time and judges them as one stream; the end of the files is the end of time.
///
/// # Errors
/// What keeps the pipeline from going on; nothing that a log line can cause.
pub fn judge(app: &App, files: &[PathBuf], options: &Options, sink: &mut dyn Sink) -> Result<Judged, JudgeError> {
    let plan = app
        .plan_of_files(files)
        .map_err(|errors| JudgeError::Plan(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    judge_with(app, files, &plan, app.instances(), options, sink)
}

/// The same with detectors of the caller's.
///
/// # Errors
/// As [`judge`].
pub fn judge_with(
    app: &App,
    files: &[PathBuf],
    plan: &Arc<Plan>,
    detectors: Vec<Box<dyn sekisho_core::detect::Detector>>,
    options: &Options,
    sink: &mut dyn Sink,
) -> Result<Judged, JudgeError> {
    let sources = vec![options.source.clone().unwrap_or_default(); files.len()];
    let mut pipeline = app.embedded(plan, &sources, detectors, options.explain)?;
    let mut timekeeper = app.decoder(&Projection::default(), &sources).map_err(EmbedError::from)?;
    let mut time_of = |file: usize, line: u64, value: &[u8]| time_of(&mut timekeeper, file, line, value);
    let mut judged = Judged::default();
    let mut unreadable = 0;
    let mut failed = None;
    let mut merge = Merge::new(files, Limits::default(), &mut time_of);
    let (mut judging, mut looking) = (Every::of(options.interval), Every::of(options.memory));
    while let Some(taken) = merge.next(&mut time_of) {
        match taken {
            Taken::Record { file, line, value } => {
                sink.read(value.len() + 1);
                pipeline
                    .feed(&record(file, line, value), &mut |interval| hand_on(sink, interval, plan, &mut failed))?;
            }
            Taken::Fault { file, line, message } => {
                unreadable += 1;
                if judged.faults.len() < TOLD {
                    judged.faults.push((files[file].display().to_string(), line, message));
                }
            }
            Taken::Broken { file, message } => judged.broken.push((files[file].display().to_string(), message)),
        }
        if let Some(now) = merge.time() {
            if judging.is_due(now) {
                pipeline.settle(&mut |interval| hand_on(sink, interval, plan, &mut failed))?;
            }
            if looking.is_due(now) {
                sink.remembered(now, &pipeline.worker().remembered())?;
            }
        }
        if failed.is_some() {
            break;
        }
    }
    judged.account = pipeline.finish(&mut |interval| hand_on(sink, interval, plan, &mut failed))?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    if unreadable > 0 {
        judged.account.read += unreadable;
        *judged.account.rejected.entry(UNREADABLE.to_owned()).or_default() += unreadable;
    }
    Ok(judged)
}

/// Something that is done again and again in the stream's own time.
struct Every {
    period: Option<i64>,
    next: Option<Time>,
}

// === impl Every ===

impl Every {
    fn of(period: Option<i64>) -> Self {
        Self { period, next: None }
    }

    /// Whether it is to be done now. The first time is a period after the stream's beginning.
    fn is_due(&mut self, now: Time) -> bool {
        let Some(period) = self.period else { return false };
        let due = self.next.is_some_and(|next| now >= next);
        if due || self.next.is_none() {
            self.next = Some(now.plus(period));
        }
        due
    }
}

fn hand_on(sink: &mut dyn Sink, interval: Interval, plan: &Plan, failed: &mut Option<std::io::Error>) {
    if failed.is_none() {
        *failed = sink.interval(interval, plan).err();
    }
}

fn record(file: usize, line: u64, value: &[u8]) -> Record<'_> {
    Record {
        from: RawPartition { source: SourceId(u32::try_from(file).unwrap_or(u32::MAX)), partition: 0 },
        offset: i64::try_from(line).unwrap_or(i64::MAX),
        timestamp: None,
        timestamp_kind: TimestampKind::Create,
        arrival: Time::MAX,
        value,
    }
}

fn time_of(timekeeper: &mut Decoder, file: usize, line: u64, value: &[u8]) -> Option<Time> {
    timekeeper.time_of(&record(file, line, value))
}
