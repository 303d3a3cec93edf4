//! What can be asked, and the help that teaches it.

use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use super::exit;

/// Examines logs by sandboxed WebAssembly detectors: Kafka in, alerts out, exactly once.
#[derive(Parser)]
#[command(name = "sekisho", version, after_help = exit::HELP, max_term_width = 110, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Show real attack logs becoming alerts; needs no set-up
    Demo(DemoOptions),
    /// Read raw topics of Kafka, publish alerts
    Run(RunOptions),
    /// Read files, show alerts
    Replay(Box<ReplayOptions>),
    /// Show every mistake of a configuration
    Check(CheckOptions),
    /// Show the raw records that an alert rests on
    Evidence(EvidenceOptions),
    /// Show what detectors did not see, and whether they have by now
    Coverage(CoverageOptions),
    /// Give a detector what it missed while it was suspended
    Heal(HealOptions),
    /// Show what could not be handled, and try it again
    DeadLetters {
        #[command(subcommand)]
        verb: DeadLettersVerb,
    },
    /// Look at a plugin, test it, make one of a core module
    Plugin {
        #[command(subcommand)]
        verb: PluginVerb,
    },
}

#[derive(Args)]
#[command(after_help = "Example:\n  sekisho demo\n\nThe logs are in `demo/`, with a word on where each comes from.")]
pub struct DemoOptions {
    /// Don't wait between alerts
    #[arg(long)]
    pub fast: bool,
    #[command(flatten)]
    pub plugins: PluginOptions,
}

#[derive(Args)]
#[command(after_help = "Examples:
  sekisho run -c sekisho.yaml
  sekisho run -c sekisho.yaml --workers 4
  KAFKA_PASSWORD=… sekisho run -c sekisho.yaml      # `password: ${KAFKA_PASSWORD}` in the file

It reads until it gets SIGTERM or SIGINT, then commits what it has begun and leaves the group. A second signal ends it at
once; nothing is lost or doubled by that either.")]
pub struct RunOptions {
    /// The configuration
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Workers of this process, whatever the configuration says (`kafka.workers`)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub workers: Option<u32>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  sekisho replay logs/                                 # every log under a folder, as one stream by time
  sekisho replay security.evtx proxy.log.gz
  zcat old.json.gz | sekisho replay -
  sekisho replay logs/ --alerts alerts.jsonl           # for machines
  sekisho replay --each captures/                      # every file by itself, with empty memory
  sekisho replay -c sekisho.yaml logs/ --explain       # your detectors, inventory and settings; and why not

Files may hold JSON lines, indented JSON, key=value lines, Windows events as XML or text, or be event logs (.evtx); gzip
and zstd are unpacked. The same input gives the same output, byte for byte.")]
pub struct ReplayOptions {
    /// Files and folders; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Detectors, inventory and limits of this configuration; Kafka is not touched
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["plugin", "inventory"])]
    pub config: Option<PathBuf>,
    #[command(flatten)]
    pub plugins: PluginOptions,
    /// Judge every file by itself, with empty memory
    #[arg(long)]
    pub each: bool,
    /// Write every revision of every alert to this file, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub alerts: Option<PathBuf>,
    /// Write every record that could not be decoded to this file, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub dead_letters: Option<PathBuf>,
    /// Write what was read and what became of it to this file, one JSON object for each stream
    #[arg(long, value_name = "FILE")]
    pub account: Option<PathBuf>,
    /// Write how much detectors remember, by key space, at the end of each day of the logs' own time, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub memory: Option<PathBuf>,
    /// Judge at least so often in the logs' own time, as a pipeline that runs along with them would: 1m, 30s
    #[arg(long, value_name = "DURATION", value_parser = nanoseconds)]
    pub interval: Option<i64>,
    /// Show why detectors did or did not find something
    #[arg(long)]
    pub explain: bool,
    /// What standard output shows
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// IANA name of the zone of times that are written without one. Unless said, what the record itself lets conclude, else UTC
    #[arg(long, value_name = "ZONE", value_parser = time_zone)]
    pub zone: Option<String>,
}

#[derive(Args)]
#[command(
    after_help = "Example:\n  sekisho check -c sekisho.yaml\n\nIt starts every detector and asks it for its plan; Kafka is not asked."
)]
pub struct CheckOptions {
    /// The configuration
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
}

#[derive(Args)]
#[command(after_help = "Examples:
  sekisho evidence 3f0c… -c sekisho.yaml               # from Kafka, while the topics have the records
  sekisho evidence 3f0c… --alerts alerts.jsonl         # from the files of a replay")]
pub struct EvidenceOptions {
    /// The alert's `finding_info.uid`, or its beginning
    pub uid: String,
    /// The configuration that names Kafka
    #[arg(short, long, value_name = "FILE", required_unless_present = "alerts", conflicts_with = "alerts")]
    pub config: Option<PathBuf>,
    /// Alerts that `sekisho replay --alerts` wrote
    #[arg(long, value_name = "FILE")]
    pub alerts: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  sekisho coverage -c sekisho.yaml
  sekisho coverage -c sekisho.yaml --detector exfiltration --json

open: it still grows. closed: it is over, and stays unseen unless it is healed. lost: the exchange does not have it any
more. healed: the detector has seen it by now. It ends with 3 while anything is unseen.")]
pub struct CoverageOptions {
    /// The configuration that names Kafka
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Of this detector alone
    #[arg(long, value_name = "NAME")]
    pub detector: Option<String>,
    /// For machines: one JSON object for each range
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  sekisho heal exfiltration -c sekisho.yaml
  sekisho heal exfiltration -c sekisho.yaml --wait 5m

The owners of its shards give the detector the frames that it missed, in their order, from the states that it had then;
so mend first what it failed on. They do so while `run` is at work. What the exchange does not have any more
(kafka.topics.healing_horizon) can't be healed, which it says.")]
pub struct HealOptions {
    /// Its name in the configuration
    pub detector: String,
    /// The configuration that names Kafka
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    /// Wait until it is done, at most so long
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait: Option<std::time::Duration>,
    /// Say what would be healed, and ask nobody
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Subcommand)]
pub enum DeadLettersVerb {
    /// Show the last letters, and how many there are by reason
    #[command(after_help = "Example:\n  sekisho dead-letters list -c sekisho.yaml --reason json --limit 10")]
    List {
        /// The configuration that names Kafka
        #[arg(short, long, value_name = "FILE")]
        config: PathBuf,
        #[command(flatten)]
        filter: LetterFilter,
        /// At most so many, the last ones
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// For machines: one JSON object for each letter
        #[arg(long)]
        json: bool,
    },
    /// Show one letter with its raw records
    #[command(after_help = "Example:\n  sekisho dead-letters show 0-42 -c sekisho.yaml")]
    Show {
        /// As `list` shows it: partition and offset on the dead-letter topic
        id: String,
        /// The configuration that names Kafka
        #[arg(short, long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Try letters again, when their cause is mended
    #[command(after_help = "Examples:
  sekisho dead-letters retry 0-42 0-43 -c sekisho.yaml
  sekisho dead-letters retry --reason trap --detector exfiltration -c sekisho.yaml --dry-run

A record that could not be decoded is produced again, the same bytes to the same partition of its raw topic, with the
header `sekisho-retry`. A group that a detector failed on goes back to the owner of its shard, for that detector alone. A
letter that was retried is not retried again unless --again says so. It ends with 3 if any could not be.")]
    Retry(RetryOptions),
}

#[derive(Args)]
pub struct RetryOptions {
    /// Letters, as `list` shows them
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// The configuration that names Kafka
    #[arg(short, long, value_name = "FILE")]
    pub config: PathBuf,
    #[command(flatten)]
    pub filter: LetterFilter,
    /// Every letter
    #[arg(long)]
    pub all: bool,
    /// Those too that were retried before
    #[arg(long)]
    pub again: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Which letters.
#[derive(Args)]
pub struct LetterFilter {
    /// With this reason
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// Of groups that this detector failed on
    #[arg(long, value_name = "NAME")]
    pub detector: Option<String>,
}

#[derive(Subcommand)]
pub enum PluginVerb {
    /// Show a plugin's identity, imports, plan and limits, and its cost on a sample
    #[command(after_help = "Examples:
  sekisho plugin inspect lateral_movement.wasm
  sekisho plugin inspect lateral_movement.wasm --settings '{\"hosts\": 5}' --sample logs/")]
    Inspect {
        /// The plugin's file
        file: PathBuf,
        /// Settings as JSON, or a file that holds them
        #[arg(long, value_name = "JSON|FILE", default_value = "{}")]
        settings: String,
        /// Logs to judge, for its cost and its widest keys
        #[arg(long, value_name = "PATH", num_args = 1..)]
        sample: Vec<PathBuf>,
        /// Zones, roles, accounts and office hours of the sample's network
        #[arg(long, value_name = "FILE", requires = "sample")]
        inventory: Option<PathBuf>,
        /// What standard output shows
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Hold a plugin to the five laws, over your logs
    #[command(after_help = "Example:
  sekisho plugin test lateral_movement.wasm logs/

The laws: what stands in the end does not depend on how rows are cut into calls, on their order within the lateness, on
the keys beside them, on how long an instance lives, and on when wake-ups and expiry come.")]
    Test {
        /// The plugin's file
        file: PathBuf,
        /// Files and folders of logs
        #[arg(required = true, value_name = "LOGS")]
        logs: Vec<PathBuf>,
        /// Settings as JSON, or a file that holds them
        #[arg(long, value_name = "JSON|FILE", default_value = "{}")]
        settings: String,
        /// How many ways each law is tried
        #[arg(long, default_value_t = 5)]
        seeds: u64,
        /// IANA name of the zone of times that are written without one. Unless said, what the record itself lets conclude, else UTC
        #[arg(long, value_name = "ZONE", value_parser = time_zone)]
        zone: Option<String>,
    },
    /// Make a component of a core module, as compilers for other languages write them
    #[command(after_help = "Example:\n  sekisho plugin pack core.wasm -o detector.wasm")]
    Pack {
        /// The core module
        module: PathBuf,
        /// The component to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

/// Which plugins to use where no configuration names them.
#[derive(Args)]
pub struct PluginOptions {
    /// A plugin to use, with its default settings; may be given again. Sekisho's own detectors unless said
    #[arg(long, value_name = "FILE")]
    pub plugin: Vec<PathBuf>,
    /// Where Sekisho's own detectors lie
    #[arg(long, value_name = "FOLDER", env = "SEKISHO_PLUGIN_DIR")]
    pub plugin_dir: Option<PathBuf>,
    /// Zones, roles, accounts and office hours of your network
    #[arg(long, value_name = "FILE")]
    pub inventory: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// Alerts as JSON lines; the rest goes to standard error
    Json,
}

/// The command line as clap has it, for the page that documents it.
pub fn command() -> clap::Command {
    Arguments::command()
}

fn nanoseconds(text: &str) -> Result<i64, String> {
    let duration = text.parse::<jiff::SignedDuration>().ok().filter(|duration| duration.is_positive());
    let nanoseconds = duration.and_then(|duration| i64::try_from(duration.as_nanos()).ok());
    nanoseconds.ok_or_else(|| "a duration such as 30s or 1m".to_owned())
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    let read = text.parse::<jiff::SignedDuration>().ok().and_then(|read| std::time::Duration::try_from(read).ok());
    read.ok_or_else(|| "a duration is like 30s or 5m".to_owned())
}

fn time_zone(name: &str) -> Result<String, String> {
    let known = jiff::tz::TimeZone::get(name).map(|_| name.to_owned());
    known.map_err(|_| "no such time zone; IANA names are like Asia/Tokyo".to_owned())
}
