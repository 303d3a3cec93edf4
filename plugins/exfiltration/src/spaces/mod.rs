//! The memories of the detector: what each reads, keeps and reviews.

pub mod destination;
pub mod host;
pub mod names;
pub mod source;
pub mod tunnel;

use sekisho_sdk::bindings::Condition;
use sekisho_sdk::plan::condition::{eq, not, zone};
use sekisho_sdk::prelude::*;

/// Flows below this many bytes out (and below the other many bytes in) are handshakes and beacons. Leaving them out keeps
/// most rows of a firewall away; what they add up to is no theft of files.
const LEAST_OUT: i64 = 16 << 10;
const LEAST_IN: i64 = 64 << 10;

/// First of the sections that hold the plugin's own memories: the SDK's windows count from 1, its own from 253.
const OWN_SECTIONS: u8 = 100;

/// A flow from inside to a destination outside that sends enough. (Inside is what the inventory says; without one the
/// private ranges: RFC 1918, 6598, 4193 and benchmarks.)
fn sending() -> Vec<Condition> {
    moving("traffic.bytes_out", LEAST_OUT)
}

/// The same of a flow that receives enough: what makes the difference between a service that is used and one that is filled.
fn receiving() -> Vec<Condition> {
    moving("traffic.bytes_in", LEAST_IN)
}

fn moving(bytes: &str, least: i64) -> Vec<Condition> {
    let outside = not(zone("dst_endpoint.address", ["internal", "multicast"]));
    // Who comes from outside to an address of ours that no network of the inventory holds is no theft of ours.
    let inside = zone("src_endpoint.address", ["internal"]);
    all([eq("activity_id", 6), between(bytes, least, i64::MAX), outside, inside])
}

/// The columns of a flow.
struct FlowFields {
    out: Integer,
    inward: Integer,
    off_hours: sekisho_sdk::Boolean,
    product: Text,
    observer: Text,
    role: Text,
}

impl FlowFields {
    fn of(read: &mut sekisho_sdk::plan::ReadBuilder<'_>) -> Self {
        Self {
            out: read.integer("traffic.bytes_out"),
            inward: read.integer("traffic.bytes_in"),
            off_hours: read.boolean("off_hours"),
            product: read.text("metadata.product.name"),
            observer: read.text("device.host"),
            role: read.text("src_endpoint.role"),
        }
    }

    fn flow<'r>(&self, row: &Row<'r>, party: &'r str) -> crate::memory::Flow<'r> {
        crate::memory::Flow {
            time: row.time(),
            observer: row.text(self.observer).or(row.text(self.product)).unwrap_or_default(),
            party,
            out: row.integer(self.out).unwrap_or(0).max(0),
            inward: row.integer(self.inward).unwrap_or(0).max(0),
            off_hours: row.boolean(self.off_hours),
        }
    }
}
