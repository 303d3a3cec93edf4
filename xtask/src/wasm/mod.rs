//! A Rust toolchain that builds for `wasm32-unknown-unknown`: rustup's where it has or can fetch the target, else one
//! made of Debian's packages.

mod debian;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::{Workspace, answer, is_there, say};

pub const TARGET: &str = "wasm32-unknown-unknown";

/// Chooses one by name (`rustup`, `debian`); the first that works unless it is set.
const CHOICE: &str = "SEKISHO_WASM_TOOLCHAIN";

/// What components are built with.
pub enum Toolchain {
    /// The rustc on the path, which has the target.
    Installed,
    /// Debian's rustc with a standard library that was built once into the cache.
    Debian { sysroot: PathBuf },
}

// === impl Toolchain ===

impl Toolchain {
    /// Finds a toolchain, or makes one, saying what it does.
    pub fn find(workspace: &Workspace) -> Result<Self> {
        let choice = std::env::var(CHOICE).unwrap_or_default();
        if choice != "debian" && (has_target() || add_target()) {
            return Ok(Self::Installed);
        }
        if choice != "rustup" && debian::is_there_or_comes() {
            return Ok(Self::Debian { sysroot: debian::sysroot(&workspace.cache()?)? });
        }
        bail!(
            "no Rust for {TARGET} here. Install it in one of two ways:\n  \
             rustup target add {TARGET}\n  \
             apt-get install --no-install-recommends {}   (Debian or Ubuntu)",
            debian::PACKAGES.join(" ")
        )
    }

    /// Sets what cargo needs to build with it.
    pub fn apply(&self, build: &mut Command) {
        if let Self::Debian { sysroot } = self {
            build.env("RUSTC", debian::RUSTC);
            build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("--sysroot={}", sysroot.display()));
        }
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installed => f.write_str("the installed Rust"),
            Self::Debian { .. } => f.write_str("Debian's Rust"),
        }
    }
}

fn has_target() -> bool {
    answer("rustc", &["--print", "target-libdir", "--target", TARGET]).is_some_and(|folder| Path::new(&folder).exists())
}

fn add_target() -> bool {
    if !is_there("rustup", "--version") {
        return false;
    }
    say(format!("rustup target add {TARGET}"));
    let added = Command::new("rustup").args(["target", "add", TARGET]).status().is_ok_and(|status| status.success());
    if !added {
        say("rustup could not add the target");
    }
    added && has_target()
}
