//! `cargo xtask lint`: what a machine can judge of the code.

use anyhow::Result;

use crate::workspace::{Workspace, cargo, finish, is_there, say};

/// Format, clippy with warnings as errors, and the dependency check where cargo-deny is installed.
pub fn run(workspace: &Workspace) -> Result<()> {
    say("format");
    finish(cargo().args(["fmt", "--all", "--check"]).current_dir(&workspace.root))?;
    say("clippy");
    finish(
        cargo()
            .args(["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"])
            .current_dir(&workspace.root),
    )?;
    if !is_there("cargo-deny", "--version") {
        say("dependencies were not checked: `cargo install cargo-deny --locked`");
        return Ok(());
    }
    say("dependencies");
    finish(cargo().args(["deny", "--locked", "check", "bans", "licenses", "sources"]).current_dir(&workspace.root))
}
