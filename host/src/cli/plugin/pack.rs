//! `sekisho plugin pack`: a component of a core module.

use std::path::Path;

use anyhow::{Context, Result};

use super::super::exit::Exit;
use super::read;
use crate::wasm;

pub fn run(module: &Path, output: &Path) -> Result<Exit> {
    let component = match wasm::pack(&read(module)?) {
        Ok(component) => component,
        Err(error) => {
            eprintln!("error: {}: {error}", module.display());
            return Ok(Exit::Refused);
        }
    };
    std::fs::write(output, &component).with_context(|| format!("failed to write {}", output.display()))?;
    println!("{}: {} bytes; `sekisho plugin inspect {0}` shows what it is", output.display(), component.len());
    Ok(Exit::Done)
}
