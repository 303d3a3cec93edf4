//! `cargo xtask <verb>`: builds plugins, shows the demo, runs every test, every benchmark and every check.
//!
//! One file a verb. Nothing here is needed to build the host: `cargo build --release` does that alone.

mod bench;
mod chaos;
mod cost;
mod demo;
mod evaluate;
mod lint;
mod marked;
mod plugins;
mod scaling;
mod scenario;
mod test;
mod wasm;
mod workspace;

use std::ffi::OsString;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// The chores of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Build the detectors of `plugins/` and the guests of the tests as WebAssembly components
    Plugins,
    /// Build what is missing, then show real attack logs becoming alerts: `sekisho demo`
    Demo {
        /// Passed on to `sekisho demo`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<OsString>,
    },
    /// Run every test there is, those on a real Apache Kafka included
    Test {
        /// Passed on to `cargo test`, such as `-p sekisho-core` or `-- --nocapture`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<OsString>,
    },
    /// Run the benchmarks: those of single steps; `bench pipeline`, all of it on a real Apache Kafka beside others; `bench
    /// detectors`, each detector and rule on a generated stream; or `bench scaling`, what a whole site takes
    Bench {
        /// Passed on to `cargo bench`, such as `-p sekisho-core`; or `pipeline`, `detectors` or `scaling`, each with options of
        /// its own, such as `pipeline --quick`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<OsString>,
    },
    /// Strike the product with faults on a real Kafka, and compare what comes of it with an undisturbed run
    Chaos(chaos::Options),
    /// Judge the detectors on labelled logs and write `docs/detection.md`
    Evaluate(evaluate::Options),
    /// Write weeks of office life with an intrusion inside, and score the detectors on them
    Scenario(scenario::Options),
    /// Check format, lints and dependencies, as CI does
    Lint,
}

fn main() -> Result<()> {
    let verb = Arguments::parse().verb;
    let workspace = Workspace::find()?;
    match verb {
        Verb::Plugins => plugins::run(&workspace).map(drop),
        Verb::Demo { rest } => demo::run(&workspace, &rest),
        Verb::Test { rest } => test::run(&workspace, &rest),
        Verb::Bench { rest } => bench::run(&workspace, &rest),
        Verb::Chaos(options) => chaos::run(&workspace, &options),
        Verb::Evaluate(options) => evaluate::run(&workspace, &options),
        Verb::Scenario(options) => scenario::run(&workspace, &options),
        Verb::Lint => lint::run(&workspace),
    }
}
