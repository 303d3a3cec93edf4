//! What a file is and what it asks for and offers by name, read from its outline before anything is compiled.

use wasmparser::{Encoding, Parser, Payload};

/// The name under which a detector exports its one interface, without the version.
pub(super) const INTERFACE: &str = "sekisho:detector/plugin";

/// A WebAssembly file from outside.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outline {
    /// A core module, to be packed into a component.
    pub(super) core: bool,
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
}

// === impl Outline ===

impl Outline {
    /// Reads the outline.
    ///
    /// # Errors
    /// What about the file is not WebAssembly.
    pub(super) fn of(wasm: &[u8]) -> Result<Self, String> {
        if !wasm.starts_with(b"\0asm") {
            return Err(match wasm {
                [] => "the file is empty".to_owned(),
                _ => "it does not begin as WebAssembly does".to_owned(),
            });
        }
        let mut outline = Self { core: false, imports: Vec::new(), exports: Vec::new() };
        outline.read(wasm).map_err(|error| error.to_string())?;
        Ok(outline)
    }

    fn read(&mut self, wasm: &[u8]) -> wasmparser::Result<()> {
        // Nested modules and components are stepped over: what they import, their component hands to them.
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::Version { encoding, .. } if depth == 0 => self.core = encoding == Encoding::Module,
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(imports) if depth == 0 => {
                    for import in imports {
                        self.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(exports) if depth == 0 => {
                    for export in exports {
                        self.exports.push(export?.name.name.to_owned());
                    }
                }
                Payload::ImportSection(imports) if depth == 0 => {
                    for import in imports.into_imports() {
                        let import = import?;
                        self.imports.push(format!("{}/{}", import.module, import.name));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The versions of the contract that the component says it keeps.
    pub(super) fn versions(&self) -> Vec<&str> {
        self.exports.iter().filter_map(|name| name.strip_prefix(INTERFACE)?.strip_prefix('@')).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::load::VERSION;
    use super::*;

    #[test]
    fn the_names_here_are_those_of_the_contract() {
        let contract = include_str!("../../../wit/plugin.wit");
        assert!(contract.starts_with(&format!("package sekisho:detector@{VERSION};")));
        assert!(contract.contains("interface plugin {") && INTERFACE == "sekisho:detector/plugin");
    }

    #[test]
    fn imports_of_modules_inside_a_component_are_its_own_business() {
        let wasm = wat::parse_str(
            r#"(component
                (import "outer" (func))
                (component (import "inner" (func)))
                (core module (import "env" "now" (func)))
                (instance $i)
                (export "sekisho:detector/plugin@0.1.0" (instance $i)))"#,
        );
        let outline = Outline::of(&wasm.unwrap()).unwrap();
        assert_eq!((outline.core, &outline.imports), (false, &vec!["outer".to_owned()]));
        assert_eq!(outline.versions(), ["0.1.0"]);
    }
}
