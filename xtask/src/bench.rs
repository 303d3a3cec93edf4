//! `cargo xtask bench`: every benchmark, on the machine that it runs on.

use std::ffi::OsString;

use anyhow::Result;

use crate::plugins;
use crate::workspace::{Workspace, cargo, finish, say};

/// Builds the plugins that benchmarks need, then runs them.
pub fn run(workspace: &Workspace, rest: &[OsString]) -> Result<()> {
    let components = plugins::run(workspace)?;
    say("benchmarks: let the machine do nothing else; `docs/performance.md` says what was measured and how");
    let mut bench = cargo();
    bench.args(["bench", "--bench", "*"]).current_dir(&workspace.root);
    if !rest.iter().any(|argument| argument == "-p" || argument == "--package") {
        bench.arg("--workspace");
        for guest in workspace.guests() {
            bench.args(["--exclude", guest]);
        }
    }
    finish(bench.args(rest).env("SEKISHO_PLUGIN_DIR", components))
}
