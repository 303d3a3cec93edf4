//! `sekisho plugin test`: the five laws over logs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sekisho_core::testing::{Recorder, laws};

use super::super::alerts::Gathered;
use super::super::exit::Exit;
use super::super::replay::files;
use super::super::screen::counted;
use crate::app::App;
use crate::config::Source;
use crate::replay::{Options, judge_with};

pub fn run(file: &Path, settings: &str, logs: &[PathBuf], seeds: u64, zone: Option<String>) -> Result<Exit> {
    let Some(found) = files(logs) else { return Ok(Exit::Refused) };
    let app = match App::from_plugin(file, settings) {
        Ok(app) => app,
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(Exit::Refused);
        }
    };
    let configured = app.configured().next().context("no detector")?.clone();
    let plan = app
        .plan_of_files(&found.files)
        .map_err(|errors| anyhow::anyhow!(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    let inner = app.instances().pop().context("no detector")?;
    let (recorder, rows) = Recorder::new(inner, &configured.plan);
    let source = Source { time_zone: zone, ..Source::default() };
    let options = Options { source: Some(source), ..Options::default() };
    let mut gathered = Gathered::new();
    let judged = judge_with(&app, &found.files, &plan, vec![Box::new(recorder)], &options, &mut gathered)?;
    let rows = rows.take();
    println!(
        "{} of {}: {} reached it; {}",
        counted(judged.account.events, "event", "events"),
        counted(found.files.len() as u64, "file", "files"),
        counted(rows.len() as u64, "row", "rows"),
        counted(gathered.standing().len() as u64, "finding stands", "findings stand"),
    );
    for body in gathered.standing() {
        println!("  {}", super::super::screen::plain(body["message"].as_str().unwrap_or_default()));
    }
    if !gathered.failures.is_empty() {
        gathered.failures.iter().for_each(|failure| println!("  {failure}"));
    }
    if rows.is_empty() {
        println!(
            "nothing to hold against the laws: do the logs have what the plugin reads? (`sekisho plugin inspect`)"
        );
        return Ok(Exit::Incomplete);
    }
    let mut detector = app.instances().pop().context("no detector")?;
    let verdict = match laws::check(&mut *detector, &configured.plan, &rows, seeds) {
        Ok(verdict) => verdict,
        Err(fault) => {
            println!("a call failed: {fault}");
            return Ok(Exit::Failed);
        }
    };
    for broken in &verdict.broken {
        println!("{broken}");
    }
    if verdict.broken.is_empty() && gathered.failures.is_empty() {
        println!("the five laws hold, each tried in {}", counted(seeds, "way", "ways"));
        Ok(Exit::Done)
    } else {
        println!("{}", counted(verdict.broken.len() as u64, "law does not hold", "laws do not hold"));
        Ok(Exit::Failed)
    }
}
