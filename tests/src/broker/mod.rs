//! A real Apache Kafka for tests: fetched by Maven once, started in a temporary folder, gone with the process.
//!
//! A broker that is already there is used instead where `SEKISHO_TEST_KAFKA=host:port` names it.

mod brokers;
mod jars;
mod properties;

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

pub use brokers::{Brokers, Hanging};
pub use jars::{VERSION_VARIABLE, cache, fetch, version};

use jars::runs;
use properties::Place;

/// Names a broker to use instead of starting one.
pub const BROKER_VARIABLE: &str = "SEKISHO_TEST_KAFKA";

const PROPERTIES: &str = "server.properties";
const LOG: &str = "log";

/// How long a broker may take to open its port.
const START_LIMIT: Duration = Duration::from_secs(90);

/// A Kafka of one node, or one node among [`Brokers`], that ends when this value is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct Broker {
    address: String,
    listeners: Vec<(String, String)>,
    /// None: somebody else's broker.
    own: Option<Own>,
}

#[derive(Debug)]
struct Own {
    /// Holds the pipe whose end tells the guard to kill the broker.
    guard: Child,
    pid: u32,
    jars: PathBuf,
    folder: TempDir,
    /// Of Java.
    flags: &'static str,
}

/// What else a broker should do; plain by default.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// More listeners, each a name and its security protocol; [`Broker::listener`] answers where they are.
    pub listeners: Vec<(String, String)>,
    /// Ports of this machine that listeners of these names tell clients to come to, such as a proxy's.
    pub advertised: Vec<(String, u16)>,
    /// More lines of `server.properties`.
    pub properties: String,
    /// Names and passwords for SCRAM-SHA-512.
    pub users: Vec<(String, String)>,
}

/// Why no broker can be had here, for people.
pub fn missing() -> Option<String> {
    if std::env::var_os(BROKER_VARIABLE).is_some() { None } else { no_tools() }
}

/// Why no broker can be started here, for people.
pub fn no_tools() -> Option<String> {
    let absent: Vec<_> =
        [("java", "-version"), ("mvn", "--version")].into_iter().filter(|(tool, flag)| !runs(tool, flag)).collect();
    (!absent.is_empty()).then(|| {
        let tools: Vec<_> = absent.iter().map(|(tool, _)| *tool).collect();
        format!(
            "no {} here; install a Java runtime (17 or newer) and Maven, or name a broker: {BROKER_VARIABLE}=host:port",
            tools.join(" and no ")
        )
    })
}

/// Whether a broker of a test's own can be started here. Where it can't, that is said on standard error.
///
/// # Panics
/// Where it can't and the variable `CI` is set: there no test is skipped.
pub fn can_start() -> bool {
    can_run("a broker of its own", no_tools())
}

fn can_run(needed: &str, missing: Option<String>) -> bool {
    let Some(reason) = missing else { return true };
    assert!(std::env::var_os("CI").is_none(), "the tests on Kafka can't run: {reason}");
    eprintln!("skipped, the test needs {needed}: {reason}");
    false
}

/// The broker that all tests of this process share, or none where none can be had (which is said on standard error).
///
/// # Panics
/// When a broker should start and does not, and always without one where the variable `CI` is set.
pub fn shared() -> Option<&'static Broker> {
    static BROKER: OnceLock<Option<Broker>> = OnceLock::new();
    BROKER
        .get_or_init(|| {
            if !can_run("Apache Kafka", missing()) {
                return None;
            }
            Some(Broker::find_or_start().expect("a broker should start"))
        })
        .as_ref()
}

// === impl Broker ===

impl Broker {
    /// The broker that the environment names, else a new one.
    ///
    /// # Errors
    /// When the jars can't be fetched or the broker does not open its port in time.
    pub fn find_or_start() -> Result<Self> {
        match std::env::var(BROKER_VARIABLE) {
            Ok(address) => Ok(Self { address, listeners: Vec::new(), own: None }),
            Err(_) => Self::start(&Options::default()),
        }
    }

    /// Starts a new broker on free ports.
    ///
    /// # Errors
    /// When the jars can't be fetched or the broker does not open its port in time.
    pub fn start(options: &Options) -> Result<Self> {
        let jars = fetch()?;
        let place = Place::free(&jars::cluster_id(&jars)?, std::slice::from_ref(options))?.pop();
        let mut broker = Self::launch(jars, options, &place.context("no place")?)?;
        broker.wait()?;
        Ok(broker)
    }

    /// Starts a broker in its place, and does not wait for it.
    fn launch(jars: PathBuf, options: &Options, place: &Place) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sekisho-kafka-").tempdir()?;
        let file = folder.path().join(PROPERTIES);
        fs::write(&file, place.properties(options, &folder.path().join("data")))?;
        jars::format(&jars, &place.id, &file, &options.users)?;
        let flags = place.flags();
        let (guard, pid) = jars::launch(&jars, folder.path(), flags)?;
        let address = |port: u16| format!("127.0.0.1:{port}");
        let names = options.listeners.iter().map(|(name, _)| name.clone());
        Ok(Self {
            address: address(place.ports.plain),
            listeners: names.zip(place.ports.listeners.iter().copied().map(address)).collect(),
            own: Some(Own { guard, pid, jars, folder, flags }),
        })
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `host:port` of one of the listeners that the options asked for.
    pub fn listener(&self, name: &str) -> Option<&str> {
        self.listeners.iter().find(|(listener, _)| listener == name).map(|(_, address)| address.as_str())
    }

    /// Its process; none of a broker that was not started here.
    pub fn pid(&self) -> Option<u32> {
        self.own.as_ref().map(|own| own.pid)
    }

    /// Where its log is; none of a broker that was not started here.
    pub fn log(&self) -> Option<PathBuf> {
        self.own.as_ref().map(|own| own.folder.path().join(LOG))
    }

    /// Kills the broker's process at once, as a crash would. Nothing on a broker that was not started here.
    pub fn kill(&mut self) {
        self.signal("-KILL");
    }

    /// Asks the broker's process to end, as a service manager does, and waits for it; kills it where it does not.
    pub fn stop(&mut self) {
        self.signal("-TERM");
        let start = Instant::now();
        while start.elapsed() < START_LIMIT && self.is_alive() {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.kill();
    }

    fn is_alive(&self) -> bool {
        let Some(own) = &self.own else { return false };
        // The guard has not waited for it yet: a process that has ended is a zombie.
        let stat = fs::read_to_string(format!("/proc/{}/stat", own.pid)).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    }

    /// Starts a broker anew that was killed, with its data and on its ports.
    ///
    /// # Errors
    /// When it does not open its port in time.
    pub fn restart(&mut self) -> Result<()> {
        if let Some(own) = &mut self.own {
            own.end(true);
            (own.guard, own.pid) = jars::launch(&own.jars, own.folder.path(), own.flags)?;
        }
        self.wait()
    }

    /// Stops the process until [`Broker::go_on`], as a long pause would.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Ends a pause.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        if let Some(own) = &self.own {
            let _ = Command::new("kill").args([name, &own.pid.to_string()]).status();
        }
    }

    fn wait(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            let Some(own) = &mut self.own else { return Ok(()) };
            let log = own.folder.path().join(LOG);
            let ended = own.guard.try_wait()?.is_some();
            if ended || start.elapsed() > START_LIMIT {
                let text = fs::read_to_string(log).unwrap_or_default();
                let tail: Vec<_> = text.lines().rev().take(15).collect();
                bail!("the broker did not start:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

// === impl Own ===

impl Own {
    /// The end of the pipe kills the broker.
    fn end(&mut self, keep: bool) {
        if let Some(mut pipe) = self.guard.stdin.take().filter(|_| keep) {
            let _ = pipe.write_all(b"keep");
        }
        let _ = self.guard.wait();
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.end(false);
    }
}
