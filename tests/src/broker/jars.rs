//! Kafka's jars, fetched by Maven once, and the Java processes that they are run in.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::{LOG, PROPERTIES};

/// The version that is fetched unless the environment asks for another.
const VERSION: &str = "4.3.1";

/// Asks for another version of Kafka, such as `4.1.1`.
pub const VERSION_VARIABLE: &str = "SEKISHO_TEST_KAFKA_VERSION";

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

/// Kafka, its tools, and what writes its log to standard error.
fn pom(version: &str) -> String {
    let dependency = |group: &str, artifact: &str, version: &str| {
        format!(
            "<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>\
             <version>{version}</version></dependency>"
        )
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>sekisho</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>\
         <dependencies>{}{}{}</dependencies></project>\n",
        dependency("org.apache.kafka", "kafka_2.13", version),
        dependency("org.apache.kafka", "kafka-tools", version),
        dependency("org.slf4j", "slf4j-simple", "1.7.36"),
    )
}

/// Java with the jars.
pub(super) fn java(jars: &Path) -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx512m", "-cp"]).arg(format!("{}/*", jars.display()));
    command
}

/// A new name for a cluster.
pub(super) fn cluster_id(jars: &Path) -> Result<String> {
    let id = java(jars).args(["kafka.tools.StorageTool", "random-uuid"]).stderr(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&id.stdout).trim().to_owned())
}

/// Makes the folders of a broker.
pub(super) fn format(jars: &Path, id: &str, properties: &Path, users: &[(String, String)]) -> Result<()> {
    let mut format = java(jars);
    format.args(["kafka.tools.StorageTool", "format", "-t", id, "-c"]).arg(properties);
    for (name, password) in users {
        format.args(["--add-scram", &format!("SCRAM-SHA-512=[name={name},password={password}]")]);
    }
    let output = format.output()?;
    ensure!(output.status.success(), "formatting failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Starts Java, with more flags, under a shell that kills it when our end of its standard input closes, however we end, and
/// removes its folder unless it was told to keep it.
pub(super) fn launch(jars: &Path, folder: &Path, flags: &str) -> Result<(Child, u32)> {
    const GUARD: &str = "java -Dorg.slf4j.simpleLogger.showDateTime=true \
                         -Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS $5 -cp \"$1\" kafka.Kafka \"$2\" >>\"$3\" 2>&1 </dev/null & pid=$!; echo $pid; \
                         exec >/dev/null; word=$(cat); kill -KILL $pid; wait $pid 2>/dev/null; \
                         [ \"$word\" = keep ] || rm -rf \"$4\"";
    let mut guard = Command::new("sh")
        .args(["-c", GUARD, "sh"])
        .arg(format!("{}/*", jars.display()))
        .arg(folder.join(PROPERTIES))
        .arg(folder.join(LOG))
        .arg(folder)
        .arg(flags)
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

/// Whether a tool can be run here.
pub(super) fn runs(tool: &str, flag: &str) -> bool {
    Command::new(tool)
        .arg(flag)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
