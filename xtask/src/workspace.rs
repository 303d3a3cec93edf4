//! Where things are, as `cargo metadata` tells it, and how commands are run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

/// The folder, under the target folder, where finished components lie.
const COMPONENTS: &str = "wasm32-unknown-unknown/plugin";

/// This workspace.
pub struct Workspace {
    pub root: PathBuf,
    /// Where cargo builds, wherever `CARGO_TARGET_DIR` and the configuration put it.
    pub target: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

// === impl Workspace ===

impl Workspace {
    pub fn find() -> Result<Self> {
        let output = cargo()
            .args(["metadata", "--format-version", "1", "--no-deps", "--quiet"])
            .stderr(Stdio::inherit())
            .output()
            .context("failed to run cargo metadata")?;
        ensure!(output.status.success(), "cargo metadata failed");
        let metadata: Metadata =
            serde_json::from_slice(&output.stdout).context("failed to read what cargo metadata says")?;
        let Metadata { workspace_root: root, target_directory: target, packages } = metadata;
        Ok(Self { root, target, packages })
    }

    /// Names of the detectors in `plugins/`.
    pub fn plugins(&self) -> Vec<&str> {
        self.below("plugins")
    }

    /// Names of the WebAssembly guests of the tests, which are built for nothing else.
    pub fn guests(&self) -> Vec<&str> {
        self.below("tests/guests")
    }

    /// Where the finished components lie.
    pub fn components(&self) -> PathBuf {
        self.target.join(COMPONENTS)
    }

    /// What outlives a clone: the jars of Kafka, a WebAssembly sysroot. The tests look in the same place.
    pub fn cache(&self) -> Result<PathBuf> {
        let given = |name| std::env::var_os(name).map(PathBuf::from);
        if let Some(folder) = given("SEKISHO_CACHE") {
            return Ok(folder);
        }
        given("XDG_CACHE_HOME")
            .or_else(|| given("HOME").map(|home| home.join(".cache")))
            .map(|base| base.join("sekisho"))
            .context("neither SEKISHO_CACHE, XDG_CACHE_HOME nor HOME is set")
    }

    fn below(&self, folder: &str) -> Vec<&str> {
        let folder = self.root.join(folder);
        let mut names: Vec<_> = self
            .packages
            .iter()
            .filter(|package| package.manifest_path.starts_with(&folder))
            .map(|package| package.name.as_str())
            .collect();
        names.sort_unstable();
        names
    }
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Says what is done and why, in words.
pub fn say(text: impl AsRef<str>) {
    eprintln!("==> {}", text.as_ref());
}

/// Runs a command to its end; an error unless it succeeded.
pub fn finish(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("failed to run `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed: {status}");
    }
    Ok(())
}

/// What a command prints, without the line break at its end; none where it fails or is not there.
pub fn answer(program: impl AsRef<OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_owned())
}

/// Whether a program is there and answers.
pub fn is_there(program: &str, flag: &str) -> bool {
    answer(program, &[flag]).is_some()
}

/// A path as text, for the settings that cargo takes from the environment.
pub fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
