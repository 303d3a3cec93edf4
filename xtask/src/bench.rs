//! `cargo xtask bench`: every benchmark of a single step, on the machine that it runs on; and `cargo xtask bench pipeline`:
//! all of it, beside other systems, on a real Apache Kafka; `cargo xtask bench detectors`, each detector and rule; and
//! `cargo xtask bench scaling`, a model of whole sites.

use std::ffi::OsString;
use std::path::Path;

use anyhow::Result;

use crate::workspace::{Workspace, cargo, finish, say};
use crate::{cost, plugins, scaling};

/// Builds the plugins that benchmarks need, then runs them.
pub fn run(workspace: &Workspace, rest: &[OsString]) -> Result<()> {
    match rest.split_first().map(|(what, rest)| (what.to_str(), rest)) {
        Some((Some("scaling"), rest)) => return scaling::run(workspace, rest),
        Some((Some("detectors"), rest)) => return cost::run(workspace, rest),
        Some((Some("pipeline"), rest)) => return pipeline(workspace, &plugins::run(workspace)?, rest),
        _ => {}
    }
    let components = plugins::run(workspace)?;
    say("benchmarks: let the machine do nothing else; `docs/performance.md` says what was measured and how");
    let mut bench = cargo();
    bench.args(["bench", "--bench", "*"]).current_dir(&workspace.root);
    if !rest.iter().any(|argument| argument == "-p" || argument == "--package") {
        bench.arg("--workspace");
        // The pipeline takes minutes, a broker and the whole machine: it is asked for by name.
        for other in workspace.guests().into_iter().chain(["sekisho-tests"]) {
            bench.args(["--exclude", other]);
        }
    }
    finish(bench.args(rest).env("SEKISHO_PLUGIN_DIR", components))
}

/// Builds the product, then measures it; the results of a whole run go into the page about performance.
fn pipeline(workspace: &Workspace, components: &Path, rest: &[OsString]) -> Result<()> {
    finish(cargo().args(["build", "--release", "-p", "sekisho"]).current_dir(&workspace.root))?;
    say("the pipeline on Apache Kafka, beside others: let the machine do nothing else");
    let mut bench = cargo();
    bench.args(["bench", "-p", "sekisho-tests", "--bench", "pipeline", "--"]).current_dir(&workspace.root);
    // A part of the tables would be written over the whole.
    let is_part = |option: &OsString| option == "--quick" || option.to_string_lossy().starts_with("--parts");
    if !rest.iter().any(is_part) {
        bench.arg("--page").arg(workspace.root.join("docs/performance.md"));
    }
    finish(bench.args(rest).env("SEKISHO_PLUGIN_DIR", components))
}
