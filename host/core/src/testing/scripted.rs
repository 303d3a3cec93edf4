//! A detector written as a closure.

use std::time::Duration;

use crate::contract::{Call, DetectorPlan, Identity, Outcome};
use crate::detect::{Detector, Evaluated, Fault};
use crate::model::Digest;
use crate::plan::Configured;

/// A detector that is a closure over the call. It keeps nothing between calls unless the closure does.
pub struct Scripted<F>(pub F);

/// A configured detector with this plan.
pub fn configured(name: &str, plan: DetectorPlan) -> Configured {
    let identity = Identity {
        id: name.to_owned(),
        version: "1.0.0".to_owned(),
        title: format!("the scripted detector {name}"),
        settings_schema: "{}".to_owned(),
        extra: Vec::new(),
    };
    Configured { name: name.to_owned(), plugin: Digest::of(name.as_bytes()), identity, settings: "{}".to_owned(), plan }
}

// === impl Scripted ===

impl<F: FnMut(Call) -> Result<Outcome, Fault>> Detector for Scripted<F> {
    fn evaluate(&mut self, call: Call) -> Evaluated {
        Evaluated { outcome: self.0(call), cpu: Duration::ZERO }
    }

    fn renew(&mut self) {}
}
