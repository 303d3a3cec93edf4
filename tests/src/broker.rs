//! A real Apache Kafka for tests: fetched by Maven once, started in a temporary folder, gone with the process.
//!
//! A broker that is already there is used instead where `SEKISHO_TEST_KAFKA=host:port` names it.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

/// The version that is fetched unless the environment asks for another.
const VERSION: &str = "4.3.1";

/// Asks for another version of Kafka, such as `4.1.1`.
pub const VERSION_VARIABLE: &str = "SEKISHO_TEST_KAFKA_VERSION";

/// Names a broker to use instead of starting one.
pub const BROKER_VARIABLE: &str = "SEKISHO_TEST_KAFKA";

const PROPERTIES: &str = "server.properties";
const LOG: &str = "log";

/// How long a broker may take to open its port.
const START_LIMIT: Duration = Duration::from_secs(90);

/// A one-node Kafka that ends when this value is dropped, or the process ends in whatever way.
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
        let folder = tempfile::Builder::new().prefix("sekisho-kafka-").tempdir()?;
        let ports = Ports::free(options)?;
        let file = folder.path().join(PROPERTIES);
        fs::write(&file, properties(&ports, options, &folder.path().join("data")))?;
        format(&jars, &file, &options.users)?;
        let (guard, pid) = launch(&jars, folder.path())?;
        let address = |port: u16| format!("127.0.0.1:{port}");
        let names = options.listeners.iter().map(|(name, _)| name.clone());
        let mut broker = Self {
            address: address(ports.plain),
            listeners: names.zip(ports.listeners.iter().copied().map(address)).collect(),
            own: Some(Own { guard, pid, jars, folder }),
        };
        broker.wait()?;
        Ok(broker)
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
            (own.guard, own.pid) = launch(&own.jars, own.folder.path())?;
        }
        self.wait()
    }

    /// What Kafka's own tool says of transactions that nobody will ever end, for people.
    pub fn hanging_transactions(&self) -> String {
        let Some(own) = &self.own else { return String::new() };
        let find = ["find-hanging", "--broker-id", "1", "--max-transaction-timeout", "1"];
        let output = java(&own.jars)
            .arg("org.apache.kafka.tools.TransactionsCommand")
            .args(["--bootstrap-server", &self.address])
            .args(find)
            .stderr(Stdio::null())
            .output();
        output.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).into_owned())
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

/// Where the jars are; fetches them the first time.
///
/// # Errors
/// When the cache can't be written or Maven fails.
pub fn fetch() -> Result<PathBuf> {
    let version = version();
    let folder = cache()?.join(format!("kafka-{version}"));
    let (lib, whole) = (folder.join("lib"), folder.join("whole"));
    if whole.exists() {
        return Ok(lib);
    }
    fs::create_dir_all(&folder).with_context(|| format!("failed to create {}", folder.display()))?;
    let work = tempfile::tempdir_in(&folder)?;
    fs::write(work.path().join("pom.xml"), pom(&version))?;
    let fetched = work.path().join("lib");
    let output = Command::new("mvn")
        .args(["-q", "-B", "dependency:copy-dependencies"])
        .arg(format!("-DoutputDirectory={}", fetched.display()))
        .current_dir(work.path())
        .output()
        .context("failed to run mvn")?;
    ensure!(output.status.success(), "mvn failed: {}", String::from_utf8_lossy(&output.stdout));
    // Several processes may fetch at once: the first to rename wins, and all files are the same.
    if fs::rename(&fetched, &lib).is_err() {
        ensure!(lib.exists(), "failed to move the jars to {}", lib.display());
    }
    fs::write(whole, version)?;
    Ok(lib)
}

/// Where what is fetched is kept: `SEKISHO_CACHE`, else `sekisho` in the user's cache folder.
///
/// # Errors
/// When no variable names a folder.
pub fn cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("SEKISHO_CACHE") {
        return Ok(folder.into());
    }
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")))
        .context("neither SEKISHO_CACHE, XDG_CACHE_HOME nor HOME is set")?;
    Ok(base.join("sekisho"))
}

/// The version of Kafka that brokers are started of.
pub fn version() -> String {
    std::env::var(VERSION_VARIABLE).unwrap_or_else(|_| VERSION.to_owned())
}

fn pom(version: &str) -> String {
    let dependency = |artifact: &str| {
        format!(
            "<dependency><groupId>org.apache.kafka</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>"
        )
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>sekisho</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>\
         <dependencies>{}{}</dependencies></project>\n",
        dependency("kafka_2.13"),
        dependency("kafka-tools")
    )
}

/// The ports of one broker.
struct Ports {
    plain: u16,
    controller: u16,
    listeners: Vec<u16>,
}

// === impl Ports ===

impl Ports {
    fn free(options: &Options) -> Result<Self> {
        // All are held until all are known, so that none is given twice.
        let held: Vec<_> =
            (0..options.listeners.len() + 2).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
        let ports: Vec<_> =
            held.iter().map(|socket| Ok(socket.local_addr()?.port())).collect::<Result<_, std::io::Error>>()?;
        Ok(Self { plain: ports[0], controller: ports[1], listeners: ports[2..].to_vec() })
    }
}

/// One KRaft node that is gentle to tests: single replicas, few internal partitions, no waiting for members, short
/// sessions.
fn properties(ports: &Ports, options: &Options, data: &Path) -> String {
    let Ports { plain, controller, listeners } = ports;
    let (mut addresses, mut protocols) = (format!("PLAINTEXT://127.0.0.1:{plain}"), String::new());
    let mut advertised = addresses.clone();
    for ((name, protocol), port) in options.listeners.iter().zip(listeners) {
        let outside = options.advertised.iter().find(|(listener, _)| listener == name).map_or(port, |(_, port)| port);
        addresses += &format!(",{name}://127.0.0.1:{port}");
        advertised += &format!(",{name}://127.0.0.1:{outside}");
        protocols += &format!(",{name}:{protocol}");
    }
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners={addresses},CONTROLLER://127.0.0.1:{controller}
advertised.listeners={advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT{protocols}
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.consumer.min.session.timeout.ms=6000
group.consumer.session.timeout.ms=6000
group.consumer.min.heartbeat.interval.ms=500
group.consumer.heartbeat.interval.ms=500
auto.create.topics.enable=false
{more}
",
        data = data.display(),
        more = options.properties,
    )
}

fn java(jars: &Path) -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx512m", "-cp"]).arg(format!("{}/*", jars.display()));
    command
}

fn format(jars: &Path, properties: &Path, users: &[(String, String)]) -> Result<()> {
    let id = java(jars).args(["kafka.tools.StorageTool", "random-uuid"]).stderr(Stdio::null()).output()?;
    let id = String::from_utf8_lossy(&id.stdout).trim().to_owned();
    let mut format = java(jars);
    format.args(["kafka.tools.StorageTool", "format", "-t", &id, "-c"]).arg(properties);
    for (name, password) in users {
        format.args(["--add-scram", &format!("SCRAM-SHA-512=[name={name},password={password}]")]);
    }
    let output = format.output()?;
    ensure!(output.status.success(), "formatting failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Starts Java under a shell that kills it when our end of its standard input closes, however we end, and removes its
/// folder unless it was told to keep it.
fn launch(jars: &Path, folder: &Path) -> Result<(Child, u32)> {
    const GUARD: &str = "java -Xmx512m -cp \"$1\" kafka.Kafka \"$2\" >\"$3\" 2>&1 </dev/null & pid=$!; echo $pid; \
                         exec >/dev/null; word=$(cat); kill -KILL $pid; wait $pid 2>/dev/null; \
                         [ \"$word\" = keep ] || rm -rf \"$4\"";
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "sh"])
        .arg(format!("{}/*", jars.display()))
        .arg(folder.join(PROPERTIES))
        .arg(folder.join(LOG))
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("failed to run sh")?;
    let mut line = String::new();
    BufReader::new(guard.stdout.take().context("no output of sh")?).read_line(&mut line)?;
    let pid = line.trim().parse().context("sh named no process")?;
    Ok((guard, pid))
}

fn runs(tool: &str, flag: &str) -> bool {
    Command::new(tool)
        .arg(flag)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
