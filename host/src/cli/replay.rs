//! `sekisho replay`: files in, alerts out.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sekisho_core::publish::readable;

use super::alerts::Gathered;
use super::arguments::{Format, ReplayOptions};
use super::detectors::{self, Given};
use super::exit::Exit;
use super::progress::Progress;
use super::{account, screen};
use crate::app::App;
use crate::config::Source;
use crate::replay::{Found, Judged, Options, find, judge};

/// How often `--memory` looks, nanoseconds.
const DAY: i64 = 86_400_000_000_000;

pub fn run(options: &ReplayOptions) -> Result<Exit> {
    let Some(found) = files(&options.paths) else { return Ok(Exit::Refused) };
    let app = match &options.config {
        Some(path) => match detectors::of_config(path)? {
            Some(Given { app, .. }) => app,
            None => return Ok(Exit::Refused),
        },
        None => match detectors::of_plugins(&options.plugins)? {
            Ok(app) => app,
            Err(exit) => return Ok(exit),
        },
    };
    let mut gathered = Gathered::new();
    gathered.revisions = match (&options.alerts, options.format) {
        (Some(path), _) => Some(create(path)?),
        (None, Format::Json) => Some(Box::new(BufWriter::new(io::stdout().lock()))),
        (None, Format::Text) => None,
    };
    gathered.dead_letters = options.dead_letters.as_deref().map(create).transpose()?;
    gathered.notes = match options.format {
        _ if !options.explain => None,
        Format::Text => Some(Box::new(BufWriter::new(io::stdout()))),
        Format::Json => Some(Box::new(BufWriter::new(io::stderr()))),
    };
    gathered.memory = options.memory.as_deref().map(create).transpose()?;
    gathered.progress = Some(Progress::new(&found));
    let judged = all(&app, &found, options, &mut gathered)?;
    if let Some(progress) = &gathered.progress {
        progress.end();
    }
    for out in [&mut gathered.revisions, &mut gathered.dead_letters, &mut gathered.notes, &mut gathered.memory]
        .into_iter()
        .flatten()
    {
        out.flush().context("failed to write")?;
    }
    // Standard output is given back before the account is written to it.
    gathered.revisions = None;
    show(&judged, &gathered, &found, options.format)?;
    Ok(account::exit(&judged, &gathered))
}

/// The files under these paths; what is wrong with a path is said.
pub fn files(paths: &[PathBuf]) -> Option<Found> {
    match find(paths) {
        Ok(found) if found.files.is_empty() => {
            eprintln!(
                "error: no log files there{}",
                if found.passed_over.is_empty() { "" } else { ", only files of other kinds" }
            );
            None
        }
        Ok(found) => Some(found),
        Err(errors) => {
            errors.iter().for_each(|(path, error)| eprintln!("error: can't read {}: {error}", path.display()));
            None
        }
    }
}

fn all(app: &App, found: &Found, options: &ReplayOptions, gathered: &mut Gathered<'_>) -> Result<Judged> {
    let source = Source { time_zone: options.zone.clone(), ..Source::default() };
    let how = Options {
        explain: options.explain,
        source: Some(source),
        interval: options.interval,
        memory: options.memory.as_ref().map(|_| DAY),
    };
    let mut accounts = options.account.as_deref().map(create).transpose()?;
    let streams: Vec<&[PathBuf]> = if options.each { found.files.chunks(1).collect() } else { vec![&found.files] };
    let mut sum = Judged::default();
    for files in streams {
        let judged = judge(app, files, &how, gathered)?;
        if let Some(out) = &mut accounts {
            writeln!(out, "{}", account::json(files, &judged)).context("failed to write the account")?;
        }
        sum.add(judged);
    }
    if let Some(out) = &mut accounts {
        out.flush().context("failed to write the account")?;
    }
    Ok(sum)
}

fn show(judged: &Judged, gathered: &Gathered<'_>, found: &Found, format: Format) -> Result<()> {
    let account = account::text(judged, gathered, found.files.len(), &found.passed_over);
    match format {
        Format::Json => io::stderr().write_all(account.as_bytes()).context("failed to write the account"),
        Format::Text => {
            let mut out = BufWriter::new(io::stdout().lock());
            let look = screen::look();
            for body in gathered.standing() {
                writeln!(out, "{}", readable(&body, look))?;
            }
            write!(out, "{account}")?;
            Ok(out.flush()?)
        }
    }
}

fn create(path: &Path) -> Result<Box<dyn Write>> {
    if path.as_os_str() == crate::replay::STDIN {
        return Ok(Box::new(BufWriter::new(io::stdout())));
    }
    let file = File::create(path).with_context(|| format!("failed to write {}", path.display()))?;
    Ok(Box::new(BufWriter::new(file)))
}
