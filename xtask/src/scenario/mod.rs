//! `cargo xtask scenario`: weeks of office life with an intrusion inside, in the log shapes that Sekisho decodes.
//!
//! Short captures can't show what needs a past: fan-in, first-seen, low and slow, false alarms a day. [`play`] writes a
//! stream from a seed ([`office`], [`traps`], [`intrusion`] in the [`shapes`] of forwarders) with the [`truth`] beside it;
//! [`replay`] runs the detectors over it, [`score`] counts.

mod campaign;
mod chance;
mod chart;
mod estate;
mod growth;
mod intrusion;
mod moment;
mod office;
mod page;
mod play;
mod replay;
mod score;
mod shapes;
mod stream;
mod tables;
mod traps;
mod truth;

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;

use self::intrusion::{VARIANTS, Variant};
use self::page::Page;
use self::play::{INVENTORY, Script};
use self::replay::Judges;
use self::score::Score;
use self::stream::LOGS;
use self::traps::Doses;
use crate::evaluate;
use crate::workspace::{Workspace, say};

#[derive(Args)]
pub struct Options {
    /// The same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Days from a Monday on
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(i64).range(4..=92))]
    days: i64,
    /// People of the house, each with a client
    #[arg(long, value_name = "N", default_value_t = 300)]
    users: usize,
    /// How many of a hundred people are at work: fewer make a smaller stream with the same traps
    #[arg(long, value_name = "PERCENT", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=100))]
    desks: u64,
    /// How often the stream is judged, in its own time: an alert can't come sooner than that
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    interval: String,
    /// A variant of the intrusion, `none`, or `all` of them one after another
    #[arg(long, value_name = "VARIANT", default_value = "mino")]
    intrusion: String,
    /// Leave the traps out
    #[arg(long)]
    no_traps: bool,
    /// Where the stream is written; below the target folder unless said
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replay it, with and without the inventory, and print the score
    #[arg(long)]
    score: bool,
    /// Judge office life and every variant with so many seeds from `--seed` on, write `docs/streams.md`
    #[arg(long)]
    page: bool,
    /// Sweep each trap over its strength, write `docs/traps.md`
    #[arg(long)]
    sweep: bool,
    /// Measure how what detectors remember grows over a month, write it into `docs/performance.md`
    #[arg(long)]
    growth: bool,
    /// Seeds of the page's tables
    #[arg(long, value_name = "N", default_value_t = 2)]
    seeds: u64,
    /// Judge with what is built already
    #[arg(long)]
    no_build: bool,
    /// A `sekisho` built elsewhere, instead of this repository's
    #[arg(long, value_name = "FILE")]
    host: Option<PathBuf>,
}

/// Writes streams; scores them where that is asked for.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.page || options.sweep || options.growth {
        return write_pages(workspace, options);
    }
    let judges = options.score.then(|| judges(workspace, options)).transpose()?;
    for intrusion in variants(&options.intrusion)? {
        let (name, title) = intrusion.map_or(("none", "office life alone"), |variant| (variant.id, variant.title));
        let folder =
            options.out.clone().unwrap_or_else(|| workspace.target.join(format!("scenario/{name}-{}", options.seed)));
        let began = Instant::now();
        let doses = if options.no_traps { Doses::none() } else { Doses::usual() };
        let script = Script {
            seed: options.seed,
            days: options.days,
            users: options.users,
            desks: options.desks,
            intrusion,
            doses,
        };
        let played = script.play(&folder)?;
        say(format!(
            "{name} ({title}): {} lines, {} MB of {} hosts over {} days in {:.1} s: {}",
            played.size.lines,
            played.size.bytes / 1_000_000,
            played.hosts,
            options.days,
            began.elapsed().as_secs_f64(),
            folder.display(),
        ));
        let Some(judges) = &judges else { continue };
        for inventory in [true, false] {
            let began = Instant::now();
            let told = judges.judge(&folder, inventory, &played.truth)?;
            let score = Score::of(&told, &played.truth);
            let kind = if inventory { "with the inventory" } else { "without an inventory" };
            println!("## {name}, {kind} ({:.1} s)\n", began.elapsed().as_secs_f64());
            println!("{}", tables::acts(&score));
            println!("{}", tables::theft(&score));
            println!("{}", tables::alarms(&score, options.days, played.hosts));
            println!("{}", tables::loud(&score));
        }
    }
    Ok(())
}

fn write_pages(workspace: &Workspace, options: &Options) -> Result<()> {
    let judges = judges(workspace, options)?;
    let scratch = workspace.target.join("scenario/page");
    let write = |name: &str, text: String| {
        let path = workspace.root.join("docs").join(name);
        say(format!("the page is {}", path.display()));
        fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))
    };
    if options.page {
        let seeds: Vec<_> = (options.seed..options.seed + options.seeds.max(1)).collect();
        let trials = campaign::trials(&judges, &scratch, options.days, options.users, options.desks, &seeds)?;
        let Options { seed, seeds, days, users, desks, interval, .. } = options;
        let command = format!(
            "--page --seed {seed} --seeds {seeds} --days {days} --users {users} --desks {desks} --interval {interval}"
        );
        let page = Page { days: *days, command: &command, interval, desks: *desks, trials: &trials };
        write("streams.md", page.whole())?;
    }
    if options.sweep {
        let swept = campaign::sweep(&judges, &scratch, options.days, options.seed)?;
        write("traps.md", page::traps(&swept, options.days, options.seed, &options.interval))?;
    }
    if options.growth {
        growth::run(workspace, &judges, options.users, options.seed)?;
    }
    Ok(())
}

/// A stream to measure on: office life with its traps and the incident. Gives its files and its inventory.
pub fn mixed(workspace: &Workspace) -> Result<(Vec<PathBuf>, PathBuf)> {
    let folder = workspace.target.join("scenario/mixed");
    let intrusion = VARIANTS.first();
    Script { seed: 1, days: 20, users: 300, desks: 100, intrusion, doses: Doses::usual() }.play(&folder)?;
    Ok((LOGS.iter().map(|(_, name)| folder.join(name)).collect(), folder.join(INVENTORY)))
}

fn judges(workspace: &Workspace, options: &Options) -> Result<Judges> {
    let host = evaluate::built(workspace, options.host.as_deref(), options.no_build)?;
    let plugin = |name: &&str| workspace.components().join(format!("{}.wasm", name.replace('-', "_")));
    Ok(Judges { host, plugins: workspace.plugins().iter().map(plugin).collect(), interval: options.interval.clone() })
}

fn variants(name: &str) -> Result<Vec<Option<&'static Variant>>> {
    match name {
        "none" => Ok(vec![None]),
        "all" => Ok(std::iter::once(None).chain(VARIANTS.iter().map(Some)).collect()),
        name => {
            let known = || VARIANTS.iter().map(|variant| variant.id).collect::<Vec<_>>().join(", ");
            let variant = VARIANTS.iter().find(|variant| variant.id == name);
            Ok(vec![Some(variant.with_context(|| format!("no variant {name}; there are: none, all, {}", known()))?)])
        }
    }
}
