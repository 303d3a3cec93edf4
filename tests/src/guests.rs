//! WebAssembly files for tests: those that `cargo xtask plugins` built.

use std::path::{Path, PathBuf};

/// Where built plugins lie.
pub fn directory() -> PathBuf {
    std::env::var_os("SEKISHO_PLUGIN_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/wasm32-unknown-unknown/plugin"),
        PathBuf::from,
    )
}

/// The file of a built guest or plugin, such as `sekisho_guest_zoo`.
///
/// # Panics
/// Where it was not built, saying how to.
pub fn wasm(name: &str) -> Vec<u8> {
    let path = directory().join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask plugins` first", path.display()))
}

/// The zoo with another deed at `describe`, written over the mark in the built file.
pub fn zoo_that_describes(deed: &str) -> Vec<u8> {
    let mark = format!("zoo-describe={deed}..............................");
    rewritten(&wasm("sekisho_guest_zoo"), b"zoo-describe=well...............", &mark.as_bytes()[..32])
}

/// A file with every occurrence of some bytes replaced by as many others.
///
/// # Panics
/// If they are not in the file, or of another length.
pub fn rewritten(wasm: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut wasm = wasm.to_vec();
    let found: Vec<_> = (0..wasm.len() - from.len()).filter(|&at| wasm[at..].starts_with(from)).collect();
    assert!(!found.is_empty(), "the mark is not in the file");
    for at in found {
        wasm[at..at + to.len()].copy_from_slice(to);
    }
    wasm
}
