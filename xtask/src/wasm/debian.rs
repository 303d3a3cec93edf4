//! Debian's Rust for the web: its compiler, its sources of the standard library, and its linkers.
//!
//! Debian ships no standard library for `wasm32-unknown-unknown`, so one is built once, from Debian's own sources, into
//! the cache. Afterwards it serves every plugin as rustup's would.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::TARGET;
use crate::workspace::{answer, cargo, finish, is_there, say, text};

/// Compiler, sources of the standard library, `wasm-component-ld`, and the linker that it calls.
pub const PACKAGES: &[&str] = &["rustc-web", "rust-web-src", "rust-web-llvm", "lld-22"];

pub const RUSTC: &str = "/usr/bin/rustc";

/// The standard library's sources, as the package lays them down.
const SOURCES: &str = "/usr/lib/rustlib/src/rust/library";

/// Whether the packages are installed; installs them where this user may.
pub fn is_there_or_comes() -> bool {
    if complete() {
        return true;
    }
    let Some(mut install) = apt_get() else { return false };
    say(format!("apt-get install {}", PACKAGES.join(" ")));
    install.args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(PACKAGES);
    let installed = install.env("DEBIAN_FRONTEND", "noninteractive").status().is_ok_and(|status| status.success());
    installed && complete()
}

/// The standard library for the target, built on first use; keyed by the compiler, so that a newer one makes its own.
pub fn sysroot(cache: &Path) -> Result<PathBuf> {
    let compiler = answer(RUSTC, &["-vV"]).context("Debian's rustc does not answer")?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let mut key = DefaultHasher::new();
    compiler.hash(&mut key);
    let folder = cache.join(format!("wasm-{:016x}", key.finish()));
    let sysroot = folder.join("sysroot");
    if sysroot.exists() {
        return Ok(sysroot);
    }
    say(format!("building Rust's standard library for {TARGET}, once, into {}", folder.display()));
    let work = folder.join("build");
    build(&work)?;
    let made = folder.join("made");
    let _ = fs::remove_dir_all(&made);
    assemble(&work.join("target").join(TARGET).join("release/deps"), &made.join("lib/rustlib"), host)?;
    // Whoever looks sees the whole of it or nothing.
    fs::rename(&made, &sysroot).with_context(|| format!("failed to make {}", sysroot.display()))?;
    let _ = fs::remove_dir_all(work);
    Ok(sysroot)
}

/// An empty crate, whose dependencies are the standard library.
fn build(work: &Path) -> Result<()> {
    fs::create_dir_all(work.join("src")).with_context(|| format!("failed to create {}", work.display()))?;
    let manifest = "[package]\nname = \"stdonly\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
                    [profile.release]\npanic = \"abort\"\n[workspace]\n";
    fs::write(work.join("Cargo.toml"), manifest)?;
    fs::write(work.join("src/lib.rs"), "")?;
    finish(
        cargo()
            .args(["build", "--release", "-Z", "build-std=std,panic_abort", "--target", TARGET])
            .current_dir(work)
            .env("CARGO_TARGET_DIR", work.join("target"))
            .env("RUSTC", RUSTC)
            // Building the standard library is an unstable feature; the compiler is Debian's stable one.
            .env("RUSTC_BOOTSTRAP", "1")
            // Plugins are optimised as a whole program, which needs the library's bitcode.
            .env("RUSTFLAGS", "-C embed-bitcode=yes"),
    )
}

fn assemble(built: &Path, rustlib: &Path, host: &str) -> Result<()> {
    let lib = rustlib.join(TARGET).join("lib");
    fs::create_dir_all(&lib)?;
    for entry in fs::read_dir(built).with_context(|| format!("failed to read {}", built.display()))? {
        let path = entry?.path();
        let name = text(&path)?.rsplit('/').next().unwrap_or_default().to_owned();
        if name.ends_with(".rlib") && !name.starts_with("libstdonly") {
            fs::copy(&path, lib.join(name))?;
        }
    }
    // So that rustc finds its linkers by their bare names.
    let tools = PathBuf::from(format!("/usr/lib/rustlib/{host}/bin"));
    ensure!(tools.exists(), "{} is missing: is rust-web-llvm installed?", tools.display());
    fs::create_dir_all(rustlib.join(host))?;
    link(&tools, &rustlib.join(host).join("bin"))
}

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(from, to)?)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> Result<()> {
    anyhow::bail!("Debian's packages are for Debian")
}

fn complete() -> bool {
    Path::new(RUSTC).exists() && Path::new(SOURCES).exists()
}

/// apt-get with the rights to install: as root, or where sudo asks nothing.
fn apt_get() -> Option<Command> {
    if !is_there("apt-get", "--version") {
        return None;
    }
    if answer("id", &["-u"]).as_deref() == Some("0") {
        return Some(Command::new("apt-get"));
    }
    answer("sudo", &["-n", "true"])?;
    let mut sudo = Command::new("sudo");
    sudo.args(["-n", "apt-get"]);
    Some(sudo)
}
