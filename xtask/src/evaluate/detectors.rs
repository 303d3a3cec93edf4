//! The detectors that are judged, and what their rules say they look for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// A finished component.
pub struct Detector {
    pub name: String,
    pub component: PathBuf,
    /// Its techniques by rule, as `detector/rule`.
    pub rules: BTreeMap<String, Vec<String>>,
}

/// The components of these detectors in a folder; only what is built there counts, unless it was asked for.
pub fn find(host: &Path, folder: &Path, all: &[&str], wanted: &[String]) -> Result<Vec<Detector>> {
    let names: Vec<_> = if wanted.is_empty() { all.to_vec() } else { wanted.iter().map(String::as_str).collect() };
    let mut detectors = Vec::new();
    for name in names {
        let component = folder.join(format!("{}.wasm", name.replace('-', "_")));
        if component.is_file() {
            let rules = rules(host, &component)?;
            detectors.push(Detector { name: name.to_owned(), component, rules });
        } else if !wanted.is_empty() {
            bail!("the detector {name} is not in {}; `cargo xtask plugins` builds it", folder.display());
        }
    }
    ensure!(!detectors.is_empty(), "there is no detector in {}; `cargo xtask plugins` builds them", folder.display());
    Ok(detectors)
}

fn rules(host: &Path, component: &Path) -> Result<BTreeMap<String, Vec<String>>> {
    let mut inspect = Command::new(host);
    inspect.args(["plugin", "inspect", "--format", "json"]).arg(component);
    let output = inspect.output().with_context(|| format!("failed to run {}", host.display()))?;
    let told: Value = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("failed to inspect {}: {}", component.display(), String::from_utf8_lossy(&output.stderr).trim())
    })?;
    let plugin = &told["plugin"];
    if let Some(problem) = plugin["problems"].get(0) {
        bail!("{} is refused: {}", component.display(), problem.as_str().unwrap_or_default());
    }
    let detector = plugin["accepted"]["identity"]["id"].as_str().unwrap_or_default();
    let rules = plugin["accepted"]["plan"]["rules"].as_array().into_iter().flatten();
    Ok(rules
        .map(|rule| (format!("{detector}/{}", rule["id"].as_str().unwrap_or_default()), techniques(rule)))
        .collect())
}

fn techniques(rule: &Value) -> Vec<String> {
    let techniques = rule["techniques"].as_array().into_iter().flatten();
    techniques.filter_map(|technique| technique["id"].as_str()).map(str::to_owned).collect()
}
