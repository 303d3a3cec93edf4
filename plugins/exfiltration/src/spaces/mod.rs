//! The memories of the detector: what each reads, keeps and reviews.

pub mod destination;
pub mod host;
pub mod names;
pub mod source;
pub mod tunnel;

use sekisho_sdk::plan::condition::{eq, not, zone};
use sekisho_sdk::prelude::*;

/// Flows below this many bytes out (and below the other many bytes in) are handshakes and beacons. Leaving them out keeps
/// most rows of a firewall away; what they add up to is no theft of files.
const LEAST_OUT: i64 = 4 << 10;
const LEAST_IN: i64 = 64 << 10;

/// First of the sections that hold the plugin's own memories: the SDK's windows count from 1, its own from 253.
const OWN_SECTIONS: u8 = 100;

/// A flow from inside to a destination outside with enough in it: two alternatives of a subscription.
fn leaving() -> [Vec<sekisho_sdk::bindings::Condition>; 2] {
    let outside = || not(zone("dst_endpoint.address", ["internal", "multicast"]));
    let flow = || eq("activity_id", 6);
    [
        all([flow(), between("traffic.bytes_out", LEAST_OUT, i64::MAX), outside()]),
        all([flow(), between("traffic.bytes_in", LEAST_IN, i64::MAX), outside()]),
    ]
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
            off_hours: row.boolean(self.off_hours).unwrap_or(false),
        }
    }
}
