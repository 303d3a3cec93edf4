//! The alerts of a shard in its store: a finding goes in, and what is to be published comes out.

use super::Alert;
use super::draft::Draft;
use super::revision::{Decision, Memory, tell};
use super::subject::Subject;
use crate::bytes::CodecError;
use crate::model::Time;
use crate::state::{AlertMemory, StateKey, Store};

/// Whether this very finding was the last that was told of its alert: [`record`] would change nothing.
pub fn is_told(store: &Store, subject: &Subject) -> bool {
    let known = store.alert(&subject.uid).and_then(|alert| Memory::last_of(&alert.bytes));
    known == Some(subject.fingerprint)
}

/// Takes a finding about a key into the shard's memory, and answers with the revision to publish, if any. `watermark` is
/// that of the key's key space.
///
/// # Errors
/// The memory of this alert can't be read; it is left as it is.
pub fn record(store: &mut Store, about: &StateKey, draft: Draft, watermark: Time) -> Result<Option<Alert>, CodecError> {
    let uid = draft.uid.clone();
    let before = store.alert(&uid).map(|alert| Memory::from_bytes(&alert.bytes)).transpose()?;
    let (after, decision) = tell(before.clone(), draft, watermark);
    if after != before {
        keep(store, &uid, about, after);
    }
    Ok(match decision {
        Decision::Publish(alert) => Some(alert),
        Decision::Hold | Decision::Nothing => None,
    })
}

/// Publishes the revision that is held of an alert, if its time has come: for each uid of [`Store::due_alerts`].
///
/// # Errors
/// The memory of this alert can't be read; it is left as it is.
pub fn release(store: &mut Store, uid: &str, watermark: Time) -> Result<Option<Alert>, CodecError> {
    let Some(alert) = store.alert(uid) else { return Ok(None) };
    let about = alert.about.clone();
    let (after, alert) = Memory::from_bytes(&alert.bytes)?.release(uid, watermark);
    if alert.is_some() {
        keep(store, uid, &about, Some(after));
    }
    Ok(alert)
}

fn keep(store: &mut Store, uid: &str, about: &StateKey, memory: Option<Memory>) {
    let alert = memory.map(|memory| AlertMemory {
        about: about.clone(),
        open: memory.is_open(),
        release: memory.release_at(),
        expires: Some(memory.keep),
        bytes: memory.to_bytes(),
    });
    store.put_alert(uid, alert);
}
