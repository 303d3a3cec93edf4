//! `sekisho coverage`: what detectors did not see.

mod gaps;

use std::io::Write;

use anyhow::Result;

use super::arguments::CoverageOptions;
use super::exit::Exit;
use super::screen::{self, counted, number, plain};
use super::topic;
use crate::kafka;

pub use gaps::{Gap, Gaps, Status};

pub fn run(options: &CoverageOptions) -> Result<Exit> {
    let config = match topic::kafka_of(&options.config)? {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let gaps: Vec<_> = read(&config)?
        .into_iter()
        .filter(|gap| options.detector.as_ref().is_none_or(|wanted| *wanted == gap.detector))
        .collect();
    let mut out = std::io::stdout().lock();
    if options.json {
        for gap in &gaps {
            writeln!(out, "{}", gap.json(&config.topic("exchange")))?;
        }
    } else {
        table(&mut out, &gaps, &config.topic("exchange"))?;
    }
    Ok(if gaps.iter().any(Gap::is_unseen) { Exit::Incomplete } else { Exit::Done })
}

/// What the coverage topic tells, each range once as it was told last: what is still unseen first.
///
/// # Errors
/// The topic can't be read.
pub fn read(config: &kafka::Config) -> Result<Vec<Gap>> {
    let reader = topic::connect(config)?;
    let mut gaps = Gaps::default();
    topic::entries(config, &reader, &config.topic("coverage"), |entry| gaps.take(&entry))?;
    Ok(gaps.finish())
}

fn table(out: &mut dyn Write, gaps: &[Gap], exchange: &str) -> Result<()> {
    if gaps.is_empty() {
        writeln!(out, "every detector saw everything that it asked for, as far as the topic remembers")?;
        return Ok(());
    }
    let color = screen::look().color;
    let longest = gaps.iter().map(|gap| gap.detector.len()).max().unwrap_or(0).max(8);
    let widest = gaps.iter().map(|gap| gap.place(exchange).len()).max().unwrap_or(0).max(5);
    let reason = gaps.iter().map(|gap| gap.reason.len()).max().unwrap_or(0).max(6);
    writeln!(
        out,
        "{:<8}  {:<longest$}  {:<reason$}  {:<widest$}  {:>12}  SINCE",
        "STATUS", "DETECTOR", "REASON", "WHERE", "ROWS"
    )?;
    for gap in gaps {
        let status = format!("{:<8}", gap.status.label());
        let status = if color { format!("\x1b[{}m{status}\x1b[0m", gap.status.color()) } else { status };
        writeln!(
            out,
            "{status}  {:<longest$}  {:<reason$}  {:<widest$}  {:>12}  {}",
            plain(&gap.detector),
            plain(&gap.reason),
            plain(&gap.place(exchange)),
            number(gap.rows),
            plain(gap.since.as_deref().unwrap_or("-")),
        )?;
        for raw in &gap.raw {
            writeln!(out, "{:<8}  {}", "", plain(&format!("rests on {raw}")))?;
        }
        writeln!(out, "{:<8}  {}", "", plain(&gap.message))?;
    }
    let count = |status: Status| gaps.iter().filter(|gap| gap.status == status).count() as u64;
    writeln!(
        out,
        "\n{}: {} open, {} closed, {} lost, {} healed",
        counted(gaps.len() as u64, "range", "ranges"),
        count(Status::Open),
        count(Status::Closed),
        count(Status::Lost),
        count(Status::Healed)
    )?;
    Ok(())
}
