//! `cargo xtask bench scaling`: a model of a whole site, run: how many workers, partitions and brokers a rate takes, from
//! what an event, a frame, a transaction and a marker cost. Writes its tables into `docs/scaling.md`.

use std::ffi::OsString;
use std::fmt::Write as _;

use anyhow::Result;
use clap::Parser;

use crate::marked;
use crate::workspace::{Workspace, say};

/// What things cost, from `docs/performance.md`; give your own where you have measured them.
#[derive(Parser, Clone, Copy, Debug)]
#[command(name = "cargo xtask bench scaling")]
struct Options {
    /// CPU of the worker's process for an event, without what is fixed for each frame and transaction, µs
    #[arg(long, default_value_t = 8.0)]
    event: f64,
    /// CPU of the brokers for an event: raw read, frames, states, µs
    #[arg(long, default_value_t = 4.0)]
    broker_event: f64,
    /// Rows that travel the exchange for an event
    #[arg(long, default_value_t = 0.8)]
    rows: f64,
    /// CPU to write and to read a frame, whatever it holds, µs
    #[arg(long, default_value_t = 25.0)]
    frame: f64,
    /// CPU of the worker's process for a transaction, µs
    #[arg(long, default_value_t = 1000.0)]
    transaction: f64,
    /// CPU of the brokers for a transaction, markers apart, µs
    #[arg(long, default_value_t = 1000.0)]
    broker_transaction: f64,
    /// CPU of the brokers for what one transaction does to one partition: a batch, its marker, its replicas, µs
    #[arg(long, default_value_t = 120.0)]
    marker: f64,
    /// Bytes of an event as it lies on the raw topic, compressed
    #[arg(long, default_value_t = 300.0)]
    raw_bytes: f64,
    /// Bytes that an event adds to exchange and states, compressed
    #[arg(long, default_value_t = 200.0)]
    own_bytes: f64,
    /// Copies of every record
    #[arg(long, default_value_t = 3.0)]
    replicas: f64,
    /// Part of a core or a network that is used in the usual hour
    #[arg(long, default_value_t = 0.6)]
    busy: f64,
    /// Cores of one broker
    #[arg(long, default_value_t = 16.0)]
    broker_cores: f64,
    /// Bytes a second of one broker's network, each way
    #[arg(long, default_value_t = 1.25e9)]
    broker_network: f64,
}

/// What a site is asked for, and how it is laid out.
#[derive(Clone, Copy, Debug)]
struct Site {
    /// Events a second.
    rate: f64,
    /// Partitions of the exchange for each worker.
    spread: f64,
    /// Length of an interval under load, seconds.
    interval: f64,
}

/// What it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Layout {
    workers: f64,
    shards: f64,
    /// Rows of a frame.
    frame_rows: f64,
    /// Partitions that all transactions of a second touch.
    markers: f64,
    /// Cores of all brokers that are busy, and the part of them that markers take.
    broker_cores: f64,
    marker_part: f64,
    brokers: f64,
    /// Log to alert over both hops, seconds, about.
    latency: f64,
}

/// Writes the tables.
pub fn run(workspace: &Workspace, rest: &[OsString]) -> Result<()> {
    let costs = Options::parse_from([OsString::from("scaling")].iter().chain(rest));
    let text = tables(&costs);
    println!("{text}");
    marked::replace(&workspace.root.join("docs/scaling.md"), "scaling", &text)?;
    say("written into docs/scaling.md");
    Ok(())
}

/// The least number of workers that keep up: what each does grows with the number of partitions that it writes to, which
/// grows with the number of workers. None: no number does.
fn lay_out(costs: &Options, site: Site) -> Option<Layout> {
    let mut workers = 1.0_f64;
    // Each step uses what the last one asked for; it settles or runs away.
    for _ in 0..200 {
        let needed = (worker_load(costs, site, workers) / costs.busy).ceil().max(1.0);
        if needed <= workers {
            return Some(measure(costs, site, workers));
        }
        workers = needed;
        if workers > 1e6 {
            return None;
        }
    }
    None
}

fn shards(site: Site, workers: f64) -> f64 {
    (workers * site.spread).max(12.0)
}

/// Frames of one worker's interval: one for each partition, but no more than it has rows.
fn frames(costs: &Options, site: Site, workers: f64) -> f64 {
    let rows = site.rate / workers * site.interval * costs.rows;
    shards(site, workers).min(rows.max(1.0))
}

/// Cores that all workers keep busy together.
fn worker_load(costs: &Options, site: Site, workers: f64) -> f64 {
    let intervals = workers / site.interval;
    let fixed = costs.transaction + frames(costs, site, workers) * costs.frame;
    (site.rate * costs.event + intervals * fixed) / 1e6
}

fn measure(costs: &Options, site: Site, workers: f64) -> Layout {
    let (shards, frames) = (shards(site, workers), frames(costs, site, workers));
    let transactions = workers / site.interval;
    // Frames to all shards; states of its own ones; alerts, offsets and the coordinator's own log.
    let touched = frames + shards / workers + 3.0;
    let markers = transactions * touched;
    let marker_cores = markers * costs.marker / 1e6;
    let cores = (site.rate * costs.broker_event + transactions * costs.broker_transaction) / 1e6 + marker_cores;
    // Out: raw and own once to the workers, all of it to the other replicas.
    let bytes = site.rate * (costs.raw_bytes + costs.own_bytes) * costs.replicas;
    let by_cores = cores / costs.broker_cores / costs.busy;
    let by_network = bytes / costs.broker_network / costs.busy;
    Layout {
        workers,
        shards,
        frame_rows: site.rate / workers * site.interval * costs.rows / frames,
        markers,
        broker_cores: cores,
        marker_part: marker_cores / cores,
        brokers: by_cores.max(by_network).ceil().max(costs.replicas),
        // On the average half an interval of waiting and a commit, for each hop; twice that for the slow hundredth.
        latency: 2.0 * (site.interval + 0.03),
    }
}

fn tables(costs: &Options) -> String {
    let mut text = format!("With these costs: `{costs:?}`.\n\n");
    text += "| events/s | interval | workers | exchange partitions | rows a frame | markers/s | broker cores busy | of that markers | brokers | log → alert, about |\n|---|---|---|---|---|---|---|---|---|---|\n";
    for rate in [1e4, 1e5, 1e6, 1e7] {
        for interval in [0.2, 1.0, 5.0] {
            let site = Site { rate, spread: 2.0, interval };
            let Some(layout) = lay_out(costs, site) else {
                let _ = writeln!(text, "| {} | {interval} s | no number keeps up | | | | | | | |", number(rate));
                continue;
            };
            let _ = writeln!(
                text,
                "| {} | {interval} s | {} | {} | {} | {} | {:.1} | {:.0} % | {} | {:.1} s |",
                number(rate),
                number(layout.workers),
                number(layout.shards),
                number(layout.frame_rows),
                number(layout.markers),
                layout.broker_cores,
                layout.marker_part * 100.0,
                number(layout.brokers),
                layout.latency
            );
        }
    }
    text += "\nWhere the wall is: the rate at which markers take half of the brokers' time, by interval.\n\n| interval | events/s | workers | markers/s |\n|---|---|---|---|\n";
    for interval in [0.2, 1.0, 5.0] {
        let (rate, layout) = wall(costs, interval);
        let _ = writeln!(
            text,
            "| {interval} s | {} | {} | {} |",
            number(rate),
            number(layout.workers),
            number(layout.markers)
        );
    }
    text
}

/// The least rate, in steps of a tenth, at which markers take half of the brokers' time.
fn wall(costs: &Options, interval: f64) -> (f64, Layout) {
    let mut rate = 1e5;
    loop {
        let site = Site { rate, spread: 2.0, interval };
        match lay_out(costs, site) {
            Some(layout) if layout.marker_part < 0.5 && rate < 1e9 => rate *= 1.1,
            Some(layout) => return (rate, layout),
            None => return (rate, measure(costs, site, 1e6)),
        }
    }
}

/// Two digits that count, with spaces between thousands.
fn number(value: f64) -> String {
    let rounded = if value >= 100.0 {
        let unit = 10_f64.powi(value.log10().floor() as i32 - 1);
        (value / unit).round() * unit
    } else {
        value.round()
    };
    let digits = format!("{rounded:.0}");
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs() -> Options {
        Options::parse_from(["scaling"])
    }

    #[test]
    fn more_events_take_more_workers_and_longer_intervals_fewer_markers() {
        let site = |rate, interval| Site { rate, spread: 2.0, interval };
        let layout = |rate, interval| lay_out(&costs(), site(rate, interval)).unwrap();
        assert!(layout(1e6, 1.0).workers > layout(1e5, 1.0).workers);
        assert!(layout(1e6, 1.0).markers < layout(1e6, 0.2).markers);
        assert!(layout(1e6, 1.0).frame_rows > layout(1e6, 0.2).frame_rows);
    }

    #[test]
    fn the_workers_that_are_named_keep_up() {
        for rate in [1e3, 1e4, 1e5, 1e6] {
            let site = Site { rate, spread: 2.0, interval: 0.2 };
            let layout = lay_out(&costs(), site).unwrap();
            assert!(worker_load(&costs(), site, layout.workers) <= layout.workers * costs().busy);
        }
    }

    #[test]
    fn numbers_are_rounded_to_two_digits() {
        assert_eq!([number(1.4), number(99.0), number(123_456.0)], ["1", "99", "120 000"]);
    }
}
