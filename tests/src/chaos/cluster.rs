//! Brokers, a proxy before each of them for each process, and the processes: what faults strike.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use super::process::{Process, Setup};
use super::proxy::{Mode, Proxy};
use super::topics::Topics;
use crate::broker::{Brokers, Options};

/// The most processes of one run.
pub const PROCESSES: usize = 3;
/// How long a process may take to end when it is asked to.
const STOP: Duration = Duration::from_secs(45);
/// For so long after two processes had one name, one of them may give way.
const TWINS_REMEMBERED: Duration = Duration::from_secs(150);
const GAVE_WAY: &str = "is running elsewhere";
const ASSIGNED: &str = "partitions assigned";

/// The names of one run.
#[derive(Clone, Debug)]
pub struct Names {
    /// The consumer group.
    pub group: String,
    /// What its own topics begin with.
    pub prefix: String,
    /// The raw topic.
    pub raw: String,
    /// Workers of each process.
    pub workers: u32,
    /// `consumer` or `classic`.
    pub protocol: &'static str,
}

/// Everything that can be struck.
pub struct Cluster {
    /// The brokers.
    pub brokers: Brokers,
    /// For each process one to each broker.
    proxies: Vec<Vec<Proxy>>,
    /// When all lines are open again.
    open_at: Instant,
    processes: Vec<Option<Process>>,
    twins: Vec<Option<Instant>>,
    names: Names,
    binary: PathBuf,
    /// The sections of the configuration beside `kafka` and `sources`.
    detectors: String,
    folder: TempDir,
    /// How often a process gave way to another of its name.
    pub gave_way: u32,
}

// === impl Cluster ===

impl Cluster {
    /// Starts so many brokers; no process yet. `detectors` is the configuration but for Kafka.
    ///
    /// # Errors
    /// The brokers do not start.
    pub fn start(binary: PathBuf, detectors: String, names: Names, brokers: usize) -> Result<Self> {
        let open = || (0..brokers).map(|_| Proxy::open()).collect::<Result<Vec<_>>>();
        let proxies = (0..PROCESSES).map(|_| open()).collect::<Result<Vec<_>>>()?;
        let line = |at: usize| format!("LINE{at}");
        let options = |broker: usize| Options {
            listeners: (0..PROCESSES).map(|at| (line(at), "PLAINTEXT".to_owned())).collect(),
            advertised: proxies.iter().enumerate().map(|(at, lines)| (line(at), lines[broker].port())).collect(),
            ..Options::default()
        };
        let mut brokers = Brokers::start(&(0..brokers).map(options).collect::<Vec<_>>())?;
        for (at, lines) in proxies.iter().enumerate() {
            for (broker, proxy) in lines.iter().enumerate() {
                proxy.lead_to(brokers.node(broker).listener(&line(at)).context("the broker has no such listener")?);
            }
        }
        let folder = tempfile::Builder::new().prefix("sekisho-chaos-").tempdir()?;
        let none = || (0..PROCESSES).map(|_| None);
        let processes = none().collect();
        Ok(Self {
            brokers,
            proxies,
            open_at: Instant::now(),
            processes,
            twins: vec![None; PROCESSES],
            names,
            binary,
            detectors,
            folder,
            gave_way: 0,
        })
    }

    /// The names in use.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// From now on processes are started with these names. None must run.
    pub fn rename(&mut self, names: Names) {
        self.names = names;
    }

    /// The topics of the names in use, as seen past all proxies.
    ///
    /// # Errors
    /// The client can't be made.
    pub fn topics(&self) -> Result<Topics> {
        let Names { group, prefix, raw, .. } = &self.names;
        Topics::of(&self.brokers.address(), group, raw, prefix)
    }

    /// Strikes the lines of a process, to one broker or to all, for so long. Nobody waits for it.
    pub fn strike_line(&mut self, process: usize, broker: Option<usize>, mode: Mode, time: Duration) {
        let lines = self.proxies[process].iter().enumerate();
        let lines = lines.filter(|(at, _)| broker.is_none_or(|broker| broker == *at));
        lines.for_each(|(_, proxy)| proxy.strike(mode, time));
        self.open_at = self.open_at.max(Instant::now() + time);
    }

    /// Waits until all lines are open.
    pub fn wait_for_lines(&self) {
        std::thread::sleep(self.open_at.saturating_duration_since(Instant::now()));
    }

    /// Which processes should run.
    pub fn up(&self) -> Vec<usize> {
        (0..PROCESSES).filter(|at| self.processes[*at].is_some()).collect()
    }

    /// Starts a process in a place where none is.
    ///
    /// # Errors
    /// It can't be started.
    pub fn launch(&mut self, at: usize) -> Result<()> {
        self.processes[at] = Some(Process::start(&self.setup(at, ""))?);
        Ok(())
    }

    /// A second process under the name of one that runs.
    ///
    /// # Errors
    /// It can't be started.
    pub fn twin(&mut self, at: usize) -> Result<Process> {
        self.twins[at] = Some(Instant::now());
        Process::start(&self.setup(at, "-twin"))
    }

    /// The process in this place.
    ///
    /// # Errors
    /// There is none.
    pub fn process(&mut self, at: usize) -> Result<&mut Process> {
        self.processes[at].as_mut().context("no process runs here")
    }

    /// Asks a process to end and waits for it. Answers whether it ended in order: struck by a fault it may give up.
    ///
    /// # Errors
    /// It does not end well.
    pub fn stop(&mut self, at: usize) -> Result<bool> {
        self.mend()?;
        let stopped = self.process(at)?.stop(STOP);
        let in_order = match stopped {
            // It was just giving way to another of its name.
            Err(_) if self.may_give_way(at)? => {
                self.gave_way += 1;
                false
            }
            stopped => stopped.with_context(|| format!("process {at}"))?,
        };
        self.processes[at] = None;
        Ok(in_order)
    }

    /// Stops all, when nothing strikes.
    ///
    /// # Errors
    /// One does not end in order.
    pub fn stop_all(&mut self) -> Result<()> {
        for at in self.up() {
            ensure!(self.stop(at)?, "process {at} gave up although nothing struck it");
        }
        Ok(())
    }

    /// Starts those again that gave way to another of their name.
    ///
    /// # Errors
    /// One ended for another reason: no fault may do that.
    pub fn mend(&mut self) -> Result<()> {
        for at in self.up() {
            let process = self.process(at)?;
            let Some(status) = process.ended() else { continue };
            let tail = process.tail();
            if !self.may_give_way(at)? {
                bail!("process {at} gave up ({status}):\n{tail}");
            }
            self.gave_way += 1;
            self.launch(at)?;
        }
        Ok(())
    }

    /// Whether a process says that it gave way to another of its name, and there was one.
    fn may_give_way(&mut self, at: usize) -> Result<bool> {
        let twin = self.twins[at].is_some_and(|twin| twin.elapsed() < TWINS_REMEMBERED);
        Ok(twin && self.process(at)?.tail().contains(GAVE_WAY))
    }

    /// How often a worker was assigned partitions, as the logs of all processes say.
    pub fn assignments(&self) -> usize {
        let files = fs::read_dir(self.folder.path()).into_iter().flatten().flatten();
        let logs = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"));
        logs.map(|file| fs::read_to_string(file.path()).unwrap_or_default().matches(ASSIGNED).count()).sum()
    }

    /// Keeps the logs of all processes and brokers, and says where.
    pub fn keep_logs(&mut self) -> PathBuf {
        for at in 0..self.brokers.count() {
            if let Some(log) = self.brokers.node(at).log() {
                let _ = fs::copy(log, self.folder.path().join(format!("broker-{at}.log")));
            }
        }
        self.folder.disable_cleanup(true);
        self.folder.path().to_owned()
    }

    fn setup(&self, at: usize, suffix: &str) -> Setup {
        Setup {
            binary: self.binary.clone(),
            folder: self.folder.path().to_owned(),
            name: format!("{}-{at}{suffix}", self.names.group),
            yaml: self.yaml(at),
        }
    }

    fn yaml(&self, at: usize) -> String {
        let Names { group, prefix, raw, workers, protocol } = &self.names;
        let addresses: Vec<_> =
            self.proxies[at].iter().map(|proxy| format!("\"127.0.0.1:{}\"", proxy.port())).collect();
        let addresses = addresses.join(", ");
        let cache = self.folder.path().join("cache");
        // In the classic protocol the member says how long its session is, and by default it is 45 s.
        let session = match (*protocol, self.brokers.count()) {
            ("classic", 1) => "  librdkafka: {session.timeout.ms: 6000, heartbeat.interval.ms: 500}\n",
            ("classic", _) => "  librdkafka: {session.timeout.ms: 4000, heartbeat.interval.ms: 500}\n",
            _ => "",
        };
        format!(
            "kafka:\n  brokers: [{addresses}]\n  group: {group}\n  instance: process-{at}\n  prefix: {prefix}\n  \
             workers: {workers}\n  protocol: {protocol}\n  topics: {{shards: 6}}\n{session}sources:\n  - topic: {raw}\n\
             admin: {{listen: \"off\"}}\ncache: {}\n{}",
            cache.display(),
            self.detectors
        )
    }
}
