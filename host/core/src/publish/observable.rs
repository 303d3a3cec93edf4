//! The entities of an alert as OCSF observables, which SIEMs index and correlate.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::evidence::named;
use crate::contract::{Entity, EntityKind};

/// One observable for each entity; its name is the role that the entity plays.
pub(super) fn observables(entities: &[Entity]) -> Vec<Value> {
    let observable = |entity: &Entity| {
        let (type_id, caption) = kind(entity);
        let mut observable = json!({"type_id": type_id, "type": caption, "value": named(&entity.name)});
        if !entity.role.is_empty() {
            observable["name"] = json!(named(&entity.role));
        }
        observable
    };
    entities.iter().map(observable).collect()
}

/// `type_id` of OCSF 1.6 and its caption; what it has no number for is 99 under our own word.
fn kind(entity: &Entity) -> (u32, &'static str) {
    match entity.kind {
        EntityKind::User => (4, "User Name"),
        EntityKind::Host | EntityKind::Domain => (1, "Hostname"),
        EntityKind::Address if entity.name.parse::<IpAddr>().is_ok() => (2, "IP Address"),
        EntityKind::Address => (20, "Endpoint"),
        EntityKind::File if entity.name.contains(['/', '\\']) => (45, "File Path"),
        EntityKind::File => (7, "File Name"),
        EntityKind::Process => (9, "Process Name"),
        EntityKind::Service => (99, "Service"),
        EntityKind::Session => (99, "Session"),
        EntityKind::Share => (99, "Share"),
    }
}
