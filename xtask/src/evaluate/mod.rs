//! `cargo xtask evaluate`: the detectors over labelled logs, beside what two thousand community rules find there.
//!
//! [`data`] says what the files hold, [`judge`] runs them, [`score`] counts, [`page`] tells.

mod alert;
mod data;
mod detectors;
mod judge;
mod labels;
mod misses;
mod page;
mod run;
mod score;
mod sigma;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

pub use self::alert::{HIGH, MEDIUM, severity};
use self::data::DataSet;
use self::misses::Reasons;
use self::page::Page;
use self::run::Run;
use self::score::Scores;
pub use self::table::Table;
use crate::plugins;
use crate::workspace::{Workspace, cargo, finish, say};

#[derive(Args)]
pub struct Options {
    /// The unpacked data set
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where `index.tsv` and `stages.tsv` lie, and row labels in `labels/`; the data set's own folder unless said
    #[arg(long, value_name = "DIR")]
    labels: Option<PathBuf>,
    /// A detector of `plugins/`, by its package's name; may be given again. All of them unless said
    #[arg(long, value_name = "NAME")]
    detector: Vec<String>,
    /// The page to write; `docs/detection.md` unless said
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Save the run for a later comparison
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Tell what was gained and lost since a run that was saved
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Judge with what is built already
    #[arg(long)]
    no_build: bool,
    /// A `sekisho` built elsewhere, instead of this repository's
    #[arg(long, value_name = "FILE")]
    host: Option<PathBuf>,
}

/// Builds what is old, judges, prints the tables and writes the page.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let host = built(workspace, options.host.as_deref(), options.no_build)?;
    // Paths stay right though the files are judged from the data set's folder.
    let root = absolute(&options.data)?;
    let beside = options.labels.as_deref().map_or(Ok(root.clone()), absolute)?;
    let data = DataSet::read(&root, &beside)?;
    let detectors = detectors::find(&host, &workspace.components(), &workspace.plugins(), &options.detector)?;
    let components: Vec<_> = detectors.iter().map(|detector| detector.component.clone()).collect();
    let names: Vec<_> = data.files.iter().map(|file| file.name.as_str()).collect();
    say(format!("judging {} files by {}", names.len(), list(detectors.iter().map(|detector| &*detector.name))));
    let judged = judge::judge(&host, &components, &root, &names, &workspace.target.join("evaluate"))?;
    let scores = Scores::of(&data, judged);
    tell_failures(&scores);
    let fits = labels::fit(&scores, &root, &beside.join("labels"))?;
    let reasons = Reasons::read(&workspace.root.join("docs/detection-misses.tsv"))?;
    for written in reasons.idle(&scores) {
        say(format!("docs/detection-misses.tsv explains no miss: {written}"));
    }
    let page = Page { scores: &scores, detectors: &detectors, fits: &fits, reasons: &reasons };
    print!("{}", page.summary());
    let path = options.page.clone().unwrap_or_else(|| workspace.root.join("docs/detection.md"));
    page::write(&page, &path).with_context(|| format!("failed to write {}", path.display()))?;
    say(format!("the page is {}", path.display()));
    keep(&Run::of(&scores), options)
}

/// Compares before it saves: both may name the same file.
fn keep(run: &Run, options: &Options) -> Result<()> {
    if let Some(path) = &options.compare {
        let earlier = serde_json::from_str(&data::text(path)?)
            .with_context(|| format!("{} is not a saved run", path.display()))?;
        print!("## Since {}\n\n{}", path.display(), run.since(&earlier));
    }
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(run).context("failed to save the run")?;
        fs::write(path, text + "\n").with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

/// The `sekisho` that judges: one built elsewhere, or ours; it and the plugins are built unless they are taken as they are.
pub fn built(workspace: &Workspace, host: Option<&Path>, as_it_is: bool) -> Result<PathBuf> {
    if !as_it_is {
        if host.is_none() {
            finish(cargo().args(["build", "--release", "--package", "sekisho"]).current_dir(&workspace.root))?;
        }
        plugins::run(workspace)?;
    }
    host.map_or_else(|| Ok(workspace.target.join("release/sekisho")), absolute)
}

/// A detector that failed on a file makes the numbers worthless: it is said aloud.
fn tell_failures(scores: &Scores) {
    for scored in &scores.files {
        for (detector, groups) in &scored.account.quarantined {
            say(format!("{detector} failed on {groups} groups of {}", scored.file.name));
        }
    }
}

fn absolute(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).with_context(|| format!("failed to find {}", path.display()))
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
