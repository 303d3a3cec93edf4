//! What a plugin's file is, for people: also of one that is refused.

use sekisho_core::contract::{DetectorPlan, Identity};
use sekisho_core::model::Digest;
use serde::Serialize;

use super::load::LoadTimes;
use super::outline::Outline;
use super::runtime::Runtime;

/// All that can be told of a plugin without logs.
#[derive(Debug, Serialize)]
pub struct Inspection {
    pub digest: Digest,
    /// Of the file.
    pub bytes: usize,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    /// None: the file is refused, and `problems` says why.
    pub accepted: Option<Accepted>,
    /// Why it can't run, or can't run with these settings.
    pub problems: Vec<String>,
}

/// What a plugin that can be loaded says of itself, and what it takes.
#[derive(Debug, Serialize)]
pub struct Accepted {
    pub identity: Identity,
    /// Of the compiled code, in bytes.
    pub code_bytes: usize,
    /// Linear memory of a fresh instance, in bytes.
    pub start_memory: usize,
    #[serde(skip)]
    pub times: LoadTimes,
    /// None: it refuses the settings, and `problems` says why.
    pub plan: Option<DetectorPlan>,
}

/// Looks at a plugin's file, and at its plan under the given settings (JSON text).
pub fn inspect(runtime: &Runtime, wasm: &[u8], settings: &str) -> Inspection {
    let outline = Outline::of(wasm).ok();
    let (imports, exports) = outline.map_or_else(Default::default, |outline| (outline.imports, outline.exports));
    let mut problems = Vec::new();
    let accepted = match runtime.load(wasm) {
        Err(error) => {
            problems.push(error.to_string());
            None
        }
        Ok(detector) => Some(Accepted {
            identity: detector.identity().clone(),
            code_bytes: detector.code_bytes(),
            start_memory: detector.start_memory(),
            times: detector.times(),
            plan: match detector.configure(&detector.identity().id, settings) {
                Ok(configured) => Some(configured.plan),
                Err(error) => {
                    problems.push(error.to_string());
                    None
                }
            },
        }),
    };
    Inspection { digest: Digest::of(wasm), bytes: wasm.len(), imports, exports, accepted, problems }
}
