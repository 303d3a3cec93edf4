//! A detector's own signals, on their way back to it.

use std::collections::BTreeMap;

use super::row::Fed;
use crate::contract::{DetectorPlan, Scalar, Signal};
use crate::detect::Fault;
use crate::model::Value;

/// A signal as its readers get it.
///
/// # Errors
/// A type that the plan does not have.
pub fn fed(plan: &DetectorPlan, key: &[String], signal: Signal) -> Result<Fed, Fault> {
    let Some(kind) = plan.signals.get(signal.kind as usize) else {
        return Err(Fault::BadOutput(format!("signal {} where the plan has {}", signal.kind, plan.signals.len())));
    };
    let mut fields = BTreeMap::new();
    fields.insert("key".to_owned(), Value::Texts(key.iter().map(|part| part.clone().into()).collect()));
    fields.insert("origins".to_owned(), Value::Integers(signal.origins.iter().map(|o| o.cast_signed()).collect()));
    for (field, value) in kind.fields.iter().zip(signal.values) {
        fields.insert(field.path.clone(), value.map(plain).unwrap_or_default());
    }
    let origin = signal.origins.first().copied().unwrap_or(u64::MAX);
    let source = format!("signal:self/{}", kind.name);
    let digest = xxhash_rust::xxh3::xxh3_64(format!("{fields:?}").as_bytes());
    Ok(Fed { source, time: signal.time, digest, index: 0, origin, fields })
}

fn plain(scalar: Scalar) -> Value<'static> {
    match scalar {
        Scalar::Text(text) => Value::Text(text.into()),
        Scalar::Integer(integer) => Value::Integer(integer),
        Scalar::Real(real) => Value::Real(real),
        Scalar::Boolean(boolean) => Value::Boolean(boolean),
        Scalar::Texts(texts) => Value::Texts(texts.into_iter().map(Into::into).collect()),
        Scalar::Integers(integers) => Value::Integers(integers),
    }
}

/// The stratum of each key space, by the detector's own signals.
pub fn strata(plan: &DetectorPlan) -> Vec<u8> {
    let mut strata = vec![0u8; plan.key_spaces.len()];
    for _ in 0..strata.len() {
        for reader in &plan.subscriptions {
            let Some(name) = reader.source.strip_prefix("signal:self/") else { continue };
            let Some(signal) = plan.signals.iter().find(|signal| signal.name == name) else { continue };
            let below = strata.get(signal.key_space as usize).copied().unwrap_or(0);
            if let Some(stratum) = strata.get_mut(reader.key_space as usize) {
                *stratum = (*stratum).max(below.saturating_add(1));
            }
        }
    }
    strata
}
