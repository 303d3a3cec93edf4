//! `cargo xtask plugins`: every detector and every guest of the tests, as a finished component.

use std::path::PathBuf;

use anyhow::Result;

use crate::wasm::Toolchain;
use crate::workspace::{Workspace, cargo, finish, say};

/// Builds what changed and tells where the components lie.
pub fn run(workspace: &Workspace) -> Result<PathBuf> {
    let components = workspace.components();
    let (plugins, guests) = (workspace.plugins(), workspace.guests());
    if plugins.is_empty() && guests.is_empty() {
        say("there are no plugins to build");
        return Ok(components);
    }
    let toolchain = Toolchain::find(workspace)?;
    say(format!("plugins: {} (WebAssembly by {toolchain})", [&*plugins, &*guests].concat().join(", ")));
    let mut build = cargo();
    build.args(["build", "--profile", "plugin", "--target", "wasm32-unknown-unknown"]).current_dir(&workspace.root);
    for name in plugins.iter().chain(&guests) {
        build.args(["--package", name]);
    }
    toolchain.apply(&mut build);
    finish(&mut build)?;
    say(format!("plugins are in {}", components.display()));
    Ok(components)
}
