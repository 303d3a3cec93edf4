//! `cargo xtask scenario`: weeks of office life with an intrusion inside, in the log shapes that Sekisho decodes.
//!
//! Short captures can't show what needs a past: fan-in, first-seen, low and slow, false alarms a day. [`play`] writes a
//! stream from a seed ([`office`], [`traps`], [`intrusion`] in the [`shapes`] of forwarders) with the [`truth`] beside it;
//! [`replay`] runs the detectors over it, [`score`] counts.

mod campaign;
mod chance;
mod estate;
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
use self::play::Script;
use self::replay::Judges;
use self::score::Score;
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
    /// Judge office life and every variant with so many seeds from `--seed` on, sweep the traps, write `docs/streams.md`
    #[arg(long)]
    page: bool,
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
    if options.page {
        return write_page(workspace, options);
    }
    let judges = options.score.then(|| judges(workspace, options)).transpose()?;
    for intrusion in variants(&options.intrusion)? {
        let (name, title) = intrusion.map_or(("none", "office life alone"), |variant| (variant.id, variant.title));
        let folder =
            options.out.clone().unwrap_or_else(|| workspace.target.join(format!("scenario/{name}-{}", options.seed)));
        let began = Instant::now();
        let doses = if options.no_traps { Doses::none() } else { Doses::usual() };
        let script =
            Script { seed: options.seed, days: options.days, users: options.users, desks: 100, intrusion, doses };
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

fn write_page(workspace: &Workspace, options: &Options) -> Result<()> {
    let judges = judges(workspace, options)?;
    let scratch = workspace.target.join("scenario/page");
    let seeds: Vec<_> = (options.seed..options.seed + options.seeds.max(1)).collect();
    let trials = campaign::trials(&judges, &scratch, options.days, options.users, &seeds)?;
    let swept = campaign::sweep(&judges, &scratch, options.days, options.seed)?;
    let page = Page { days: options.days, trials: &trials, swept: &swept }.whole();
    let path = workspace.root.join("docs/streams.md");
    fs::write(&path, page).with_context(|| format!("failed to write {}", path.display()))?;
    say(format!("the page is {}", path.display()));
    Ok(())
}

fn judges(workspace: &Workspace, options: &Options) -> Result<Judges> {
    let host = evaluate::built(workspace, options.host.as_deref(), options.no_build)?;
    let plugin = |name: &&str| workspace.components().join(format!("{}.wasm", name.replace('-', "_")));
    Ok(Judges { host, plugins: workspace.plugins().iter().map(plugin).collect() })
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
