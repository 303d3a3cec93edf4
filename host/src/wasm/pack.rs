//! From a core module to a component, for languages whose compilers stop at core modules.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::outline::Outline;

/// The contract, for modules that don't carry it themselves.
const CONTRACT: &str = include_str!("../../../wit/plugin.wit");
/// Answers the system calls that runtimes of C, C++ and Go make at start, so that nothing is left to import.
const STUB: &str = include_str!("stub-wasip1.wat");
const WASIP1: &str = "wasi_snapshot_preview1";

/// Why no component can be made of a file.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("not a WebAssembly module: {0}")]
    NotWasm(String),
    #[error("a component already: nothing to do")]
    Component,
    /// Imports that no adapter of ours answers.
    #[error("imports {}: only calls of {WASIP1} can be answered for it", .0.join(", "))]
    Imports(Vec<String>),
    #[error("failed to make a component: {0}")]
    Encode(String),
}

/// Makes a component that imports nothing of a core module that exports the functions of the contract. Calls of the
/// system that the module makes are answered as if there were no files, no arguments and no time.
///
/// # Errors
/// A file that is no core module, that imports something else, or that does not export what the contract asks for.
pub fn pack(module: &[u8]) -> Result<Vec<u8>, PackError> {
    let outline = Outline::of(module).map_err(PackError::NotWasm)?;
    if !outline.core {
        return Err(PackError::Component);
    }
    let foreign = |name: &String| name.split_once('/').is_none_or(|(module, _)| module != WASIP1);
    let foreign: Vec<_> = outline.imports.into_iter().filter(foreign).collect();
    if !foreign.is_empty() {
        return Err(PackError::Imports(foreign));
    }
    encode(module).map_err(|error| PackError::Encode(format!("{error:#}")))
}

fn encode(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut module = module.to_vec();
    if !carries_types(&module) {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("plugin.wit", CONTRACT)?;
        let world = resolve.select_world(&[package], Some("detector"))?;
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    }
    let stub = wat::parse_str(STUB)?;
    ComponentEncoder::default().validate(true).module(&module)?.adapter(WASIP1, &stub)?.encode()
}

/// Whether the module's bindings left a description of its world in it.
fn carries_types(module: &[u8]) -> bool {
    wasmparser::Parser::new(0).parse_all(module).any(|payload| match payload {
        Ok(wasmparser::Payload::CustomSection(section)) => section.name().starts_with("component-type"),
        _ => false,
    })
}
