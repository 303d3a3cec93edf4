//! `cargo xtask chaos`: the long form of the chaos test.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::plugins;
use crate::workspace::{Workspace, cargo, finish, say};

/// What strikes, and how often.
#[derive(Args)]
pub struct Options {
    /// How many faults
    #[arg(long, default_value_t = 1000)]
    faults: usize,
    /// Runs a seed again; another one each time unless said
    #[arg(long)]
    seed: Option<u64>,
    /// The protocol of the consumer group
    #[arg(long, value_enum, default_value_t = Protocol::Consumer)]
    protocol: Protocol,
}

#[derive(Clone, Copy, ValueEnum)]
enum Protocol {
    Consumer,
    Classic,
}

/// Builds the binary and its plugins, then strikes them on three brokers of its own, and prints a report.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let components = plugins::run(workspace)?;
    finish(cargo().args(["build", "--release", "-p", "sekisho"]).current_dir(&workspace.root))?;
    say("a fault takes some four seconds; then the same input again, undisturbed, and a comparison");
    let protocol = match options.protocol {
        Protocol::Consumer => "consumer",
        Protocol::Classic => "classic",
    };
    let mut test = cargo();
    test.args(["test", "--release", "-p", "sekisho-tests", "--test", "kafka", "--"])
        .args(["--exact", "chaos::long_form", "--ignored", "--nocapture"])
        .env("SEKISHO_PLUGIN_DIR", components)
        .env("SEKISHO_CHAOS_FAULTS", options.faults.to_string())
        .env("SEKISHO_CHAOS_PROTOCOL", protocol)
        .current_dir(&workspace.root);
    if let Some(seed) = options.seed {
        test.env("SEKISHO_CHAOS_SEED", seed.to_string());
    }
    finish(&mut test)
}
