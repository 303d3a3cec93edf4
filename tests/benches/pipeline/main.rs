//! Sekisho beside a raw copy of its input and beside other stream processors, on one real Kafka: `cargo xtask bench pipeline`.
//!
//! Every system starts, settles and waits; then the whole input becomes readable at one moment (it lies in a transaction
//! that is committed then), and what each uses from that shot to its last record is read from the kernel, for it and
//! for the broker apart.

mod alerts;
mod child;
mod copy;
mod feed;
mod lab;
mod lines;
mod peers;
mod plot;
mod product;
mod report;
mod usage;

use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use sekisho_tests::broker;

use crate::child::Running;
use crate::lab::{Figures, Lab, PARTITIONS, millis};
use crate::lines::{Generator, Spec};
use crate::peers::Peer;
use crate::product::{Detectors, Setup};
use crate::report::{Report, Row, Section};

#[derive(Parser)]
#[command(name = "pipeline")]
struct Options {
    #[command(subcommand)]
    child: Option<Child>,
    /// A small form: fewer lines, once each, and no variations
    #[arg(long)]
    quick: bool,
    /// Lines of the input [default: 400000, of the small form 50000]
    #[arg(long)]
    lines: Option<u64>,
    /// How often each of the first table is measured, in turn; the median counts [default: 3]
    #[arg(long)]
    rounds: Option<usize>,
    /// Parts to run: full, paced, peers, shards, workers, dense, keys [default: all]
    #[arg(long, value_delimiter = ',')]
    parts: Vec<String>,
    /// The page to write the results into, between its marks; else they are printed alone
    #[arg(long)]
    page: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Child {
    /// A process of the yardstick
    #[command(hide = true)]
    Copy(copy::Options),
    /// Print the input, such as for `sekisho replay` under a profiler
    Lines {
        #[arg(default_value_t = 50_000)]
        count: u64,
        /// Of kinds that detectors want alone
        #[arg(long)]
        dense: bool,
        /// Hosts that they come from
        #[arg(long, default_value_t = 5_000)]
        hosts: u64,
    },
}

fn main() -> Result<()> {
    let options = Options::parse();
    match &options.child {
        Some(Child::Copy(options)) => return copy::run(options),
        Some(Child::Lines { count, dense, hosts }) => {
            return print(Spec { hosts: *hosts, dense: *dense, ..Spec::until(millis(), *count) });
        }
        None => {}
    }
    if let Some(reason) = broker::no_tools() {
        eprintln!("skipped, the benchmark needs Apache Kafka: {reason}");
        return Ok(());
    }
    let load = usage::load();
    let bench = Bench { lab: Lab::open()?, options };
    let mut report = Report::new(bench.lines(), &load)?;
    bench.warm_up()?;
    bench.run(&mut report)?;
    println!("{}", report.text());
    Ok(())
}

/// One run of all that was asked for.
struct Bench {
    lab: Lab,
    options: Options,
}

// === impl Bench ===

impl Bench {
    fn lines(&self) -> u64 {
        self.options.lines.unwrap_or(if self.options.quick { 50_000 } else { 400_000 })
    }

    fn spec(&self) -> Spec {
        Spec::until(millis(), self.lines())
    }

    fn wants(&self, part: &str) -> bool {
        let usual = !self.options.quick || matches!(part, "full" | "paced");
        if self.options.parts.is_empty() { usual } else { self.options.parts.iter().any(|wanted| wanted == part) }
    }

    /// A fresh broker compiles itself for a minute, which would be counted against whoever comes first.
    fn warm_up(&self) -> Result<()> {
        progress("the broker is warmed up");
        let seconds = if self.options.quick { 5 } else { 30 };
        Setup::new(Detectors::Marks).paced(&self.lab, 10_000, seconds)?;
        self.copy(100).map(drop)
    }

    fn run(&self, report: &mut Report) -> Result<()> {
        type Part = fn(&Bench, &mut Report) -> Result<()>;
        let parts: [(&str, Part); 7] = [
            ("full", Self::full),
            ("paced", Self::paced),
            ("peers", Self::peers),
            ("shards", Self::shards),
            ("workers", Self::workers),
            ("dense", Self::dense),
            ("keys", Self::keys),
        ];
        for (name, part) in parts.into_iter().filter(|(name, _)| self.wants(name)) {
            // One that fails takes nothing from the others.
            if let Err(error) = part(self, report) {
                eprintln!("    {name} ended early: {error:#}");
            }
            if let Some(page) = &self.options.page {
                report.write(page)?;
            }
        }
        Ok(())
    }

    /// The yardstick and Sekisho, in turn, several times.
    fn full(&self, report: &mut Report) -> Result<()> {
        let rounds = self.options.rounds.unwrap_or(if self.options.quick { 1 } else { 3 });
        let mut rows: [Vec<Figures>; 5] = Default::default();
        for round in 1..=rounds {
            progress(&format!("round {round} of {rounds}: a raw copy"));
            rows[0].push(self.copy(0)?);
            progress(&format!("round {round} of {rounds}: a raw copy in transactions"));
            rows[1].push(self.copy(100)?);
            for (at, set) in [(2, Detectors::Marks), (3, Detectors::All), (4, Detectors::Bursts)] {
                progress(&format!("round {round} of {rounds}: sekisho, {set:?}"));
                rows[at].push(Setup::new(set).full(&self.lab, self.spec())?);
            }
        }
        let names = [
            "raw copy",
            "raw copy in transactions of 100 ms",
            "Sekisho, no detectors",
            "Sekisho, three detectors",
            "windowed count: Sekisho, exactly once",
        ];
        for (name, figures) in names.into_iter().zip(rows) {
            report.add(Section::Full, Row { name: name.to_owned(), figures: median(figures) });
        }
        Ok(())
    }

    fn paced(&self, report: &mut Report) -> Result<()> {
        let seconds = if self.options.quick { 5 } else { 20 };
        for rate in [1_000, 20_000] {
            for set in [Detectors::Marks, Detectors::All] {
                progress(&format!("{rate} events a second for {seconds} s, {set:?}"));
                let figures = Setup::new(set).paced(&self.lab, rate, seconds)?;
                report.add(Section::Paced, Row { name: format!("{rate} events/s, {}", words(set)), figures });
            }
        }
        Ok(())
    }

    /// Others on the windowed count; Kafka Streams also when its virtual machine is warm.
    fn peers(&self, report: &mut Report) -> Result<()> {
        let cache = broker::cache()?;
        let mut add = |name: String, measured: Result<Figures>| match measured {
            Ok(figures) => report.add(Section::Full, Row { name: format!("windowed count: {name}"), figures }),
            Err(error) => eprintln!("    {name} is skipped: {error:#}"),
        };
        for peer in Peer::ALL {
            progress(&format!("windowed count by {}", peer.name()));
            add(peer.name(), peer.measure(&self.lab, &cache, self.spec(), false));
        }
        progress("windowed count by Kafka Streams, warm");
        let four = Spec::until(millis(), 4 * self.lines());
        let warm = Peer::KafkaStreams.measure(&self.lab, &cache, four, true);
        add(format!("{}, warm: second half of {} lines", Peer::KafkaStreams.name(), four.count), warm);
        Ok(())
    }

    fn shards(&self, report: &mut Report) -> Result<()> {
        for shards in [12, 64] {
            progress(&format!("{shards} partitions of the exchange"));
            let setup = Setup { shards, ..Setup::new(Detectors::All) };
            let figures = setup.full(&self.lab, self.spec())?;
            report.add(Section::Varied, Row { name: format!("{shards} exchange partitions, full speed"), figures });
            for rate in [1_000, 20_000] {
                progress(&format!("{shards} partitions of the exchange, {rate} events a second"));
                let figures = setup.paced(&self.lab, rate, 20)?;
                report.add(
                    Section::Paced,
                    Row { name: format!("{rate} events/s, {shards} exchange partitions"), figures },
                );
            }
        }
        Ok(())
    }

    /// More workers on the same machine, as threads of one process and as processes.
    fn workers(&self, report: &mut Report) -> Result<()> {
        for (processes, workers) in [(1, 1), (1, 2), (1, 4), (1, 8), (2, 1), (4, 1)] {
            let name = format!("{processes} × {workers} workers");
            progress(&format!("{name} (processes × threads)"));
            let setup = Setup { processes, workers, ..Setup::new(Detectors::All) };
            let figures = setup.full(&self.lab, self.spec())?;
            report.add(Section::Varied, Row { name: format!("{name} (processes × threads)"), figures });
        }
        Ok(())
    }

    /// Every line of a kind that detectors want.
    fn dense(&self, report: &mut Report) -> Result<()> {
        progress("lines that detectors want, all of them");
        let figures = Setup::new(Detectors::All).full(&self.lab, Spec { dense: true, ..self.spec() })?;
        report.add(Section::Varied, Row { name: "every line is one that detectors want".to_owned(), figures });
        Ok(())
    }

    fn keys(&self, report: &mut Report) -> Result<()> {
        for (hosts, number) in [(3_000, "3 thousand"), (30_000, "30 thousand"), (300_000, "300 thousand")] {
            progress(&format!("{number} hosts"));
            let spec = Spec { hosts, ..self.spec() };
            let figures = Setup::new(Detectors::All).full(&self.lab, spec)?;
            report.add(Section::Varied, Row { name: format!("{number} hosts, twice as many people"), figures });
        }
        Ok(())
    }

    fn copy(&self, every: u64) -> Result<Figures> {
        let (from, loaded) = self.lab.load(self.spec())?;
        let to = self.lab.topic("copy", PARTITIONS)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["copy", "--broker", self.lab.address(), "--from", &from, "--to", &to]);
        command.args(["--partitions", &PARTITIONS.to_string(), "--records", &loaded.records.to_string()]);
        let mut child = Running::start("the copy", command.args(["--every", &every.to_string()]))?;
        child.wait_for("ready")?;
        std::thread::sleep(Duration::from_secs(1));
        let mut running = [child];
        let records = loaded.records;
        let start = self.lab.clock(&running);
        loaded.release()?;
        running[0].wait_for("done")?;
        let figures = self.lab.since(&start, &running, records);
        self.lab.empty(&from, PARTITIONS)?;
        self.lab.empty(&to, PARTITIONS).context("the copy is not there")?;
        Ok(figures)
    }
}

/// Lines on standard output.
fn print(spec: Spec) -> Result<()> {
    let mut out = BufWriter::new(stdout().lock());
    let mut generator = Generator::new(spec);
    while let Some(line) = generator.line() {
        writeln!(out, "{}", line.text)?;
    }
    eprintln!("{:?}", generator.truth());
    Ok(out.flush()?)
}

fn words(set: Detectors) -> &'static str {
    match set {
        Detectors::Marks => "no detectors",
        Detectors::All => "three detectors",
        Detectors::Bursts => "windowed count",
    }
}

/// The middle one by CPU time of the process.
fn median(mut figures: Vec<Figures>) -> Figures {
    figures.sort_by_key(|figures| figures.process);
    let middle = figures.len() / 2;
    figures.into_iter().nth(middle).unwrap_or_default()
}

fn progress(what: &str) {
    eprintln!("==> {what}");
}
