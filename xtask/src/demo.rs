//! `cargo xtask demo`: from a fresh clone to alerts on the screen.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result};

use crate::plugins;
use crate::workspace::{Workspace, cargo, finish, say};

/// Builds the host and the plugins where they are missing or old, and becomes `sekisho demo`.
pub fn run(workspace: &Workspace, rest: &[OsString]) -> Result<()> {
    say("building the host (the first time takes some minutes)");
    finish(cargo().args(["build", "--release", "--package", "sekisho"]).current_dir(&workspace.root))?;
    let components = plugins::run(workspace)?;
    let mut demo = Command::new(workspace.target.join("release/sekisho"));
    demo.arg("demo").args(rest).env("SEKISHO_PLUGIN_DIR", components);
    become_it(&mut demo).context("failed to run sekisho demo")
}

#[cfg(unix)]
fn become_it(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> Result<()> {
    finish(command)
}
