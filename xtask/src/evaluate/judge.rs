//! Files through `sekisho replay`, each by itself with empty memory, a few processes side by side.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::available_parallelism;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::alert::Alert;
use super::data::text;

/// What the pipeline tells of one file.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Account {
    files: Vec<String>,
    pub broken: Vec<IgnoredAny>,
    pub decoded: u64,
    pub events: u64,
    /// Events of classes that no rule reads.
    pub unwanted: u64,
    /// Rows that passed a rule's conditions.
    pub rows: u64,
    pub keyless: u64,
    pub quarantined: BTreeMap<String, u64>,
}

/// What came of one file.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    pub account: Account,
    /// As they stood at the end, by uid; those that were taken back are gone.
    pub alerts: BTreeMap<String, Alert>,
}

/// A process and where it writes.
struct Job {
    child: Child,
    alerts: PathBuf,
    account: PathBuf,
    said: PathBuf,
}

/// Judges these files (relative to `root`) by these plugins with default settings. `scratch` is overwritten.
pub fn judge(
    host: &Path,
    plugins: &[PathBuf],
    root: &Path,
    names: &[&str],
    scratch: &Path,
) -> Result<BTreeMap<String, Judged>> {
    fs::create_dir_all(scratch).with_context(|| format!("failed to create {}", scratch.display()))?;
    let jobs = shares(root, names)
        .iter()
        .enumerate()
        .map(|(at, share)| Job::start(host, plugins, root, share, &scratch.join(at.to_string())))
        .collect::<Result<Vec<_>>>()?;
    let mut judged = BTreeMap::new();
    for job in jobs {
        job.finish(&mut judged)?;
    }
    if let Some(name) = names.iter().find(|name| !judged.contains_key(**name)) {
        bail!("sekisho replay told nothing of {name}");
    }
    Ok(judged)
}

/// Divides files among processes by size.
fn shares<'n>(root: &Path, names: &[&'n str]) -> Vec<Vec<&'n str>> {
    let size = |name: &str| fs::metadata(root.join(name)).map_or(0, |metadata| metadata.len());
    let mut sized: Vec<_> = names.iter().map(|name| (size(name), *name)).collect();
    sized.sort_by(|a, b| b.cmp(a));
    let count = available_parallelism().map_or(1, usize::from).min(names.len().max(1));
    let mut shares = vec![(0, Vec::new()); count];
    for (bytes, name) in sized {
        if let Some((load, share)) = shares.iter_mut().min_by_key(|(load, _)| *load) {
            *load += bytes;
            share.push(name);
        }
    }
    shares.into_iter().map(|(_, share)| share).collect()
}

// === impl Job ===

impl Job {
    fn start(host: &Path, plugins: &[PathBuf], root: &Path, names: &[&str], stem: &Path) -> Result<Self> {
        let [alerts, account, said] = ["alerts.jsonl", "account.jsonl", "log"].map(|kind| stem.with_extension(kind));
        let log = File::create(&said).with_context(|| format!("failed to write {}", said.display()))?;
        let mut replay = Command::new(host);
        replay.arg("replay").arg("--each").arg("--format").arg("json").current_dir(root);
        replay.arg("--alerts").arg(&alerts).arg("--account").arg(&account);
        for plugin in plugins {
            replay.arg("--plugin").arg(plugin);
        }
        replay.arg("--").args(names).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = replay.spawn().with_context(|| format!("failed to run {}", host.display()))?;
        Ok(Self { child, alerts, account, said })
    }

    fn finish(mut self, judged: &mut BTreeMap<String, Judged>) -> Result<()> {
        let status = self.child.wait().context("failed to wait for sekisho replay")?;
        let accounts = text(&self.account).unwrap_or_default();
        if accounts.is_empty() {
            bail!("sekisho replay failed ({status}):\n{}", text(&self.said)?);
        }
        for line in accounts.lines() {
            let account: Account = serde_json::from_str(line).context("failed to read an account of sekisho replay")?;
            let name = account.files.first().cloned().context("an account names no file")?;
            judged.entry(name).or_default().account = account;
        }
        for line in text(&self.alerts)?.lines() {
            let alert = Alert::of_json(line)?;
            // The last revision is the alert.
            let file = judged.entry(alert.file.clone()).or_default();
            if alert.stands {
                file.alerts.insert(alert.uid.clone(), alert);
            } else {
                file.alerts.remove(&alert.uid);
            }
        }
        Ok(())
    }
}
