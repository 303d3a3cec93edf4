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

/// Requests that a proxy carries outside: where the destination is the name that was asked for, since the address is the
/// proxy's. Known by a whole address in the request line, or told by the proxy itself with the bytes that went through.
/// (What goes through CONNECT is told by the proxy's own log alone.)
fn proxied() -> [Vec<Condition>; 4] {
    let inside = || zone("src_endpoint.address", ["internal"]);
    let asked = || prefix("http_request.url.path", ["http://", "ftp://"]);
    let named = || present("http_request.url.hostname");
    [
        all([between("http_request.body_length", LEAST_OUT, i64::MAX), asked(), named(), inside()]),
        all([between("http_response.body_length", LEAST_IN, i64::MAX), asked(), named(), inside()]),
        all([between("traffic.bytes_out", LEAST_OUT, i64::MAX), named(), inside()]),
        all([between("traffic.bytes_in", LEAST_IN, i64::MAX), named(), inside()]),
    ]
}

/// The columns of a flow, and of a request through a proxy.
struct FlowFields {
    out: Integer,
    inward: Integer,
    request: Integer,
    response: Integer,
    name: Text,
    off_hours: sekisho_sdk::Boolean,
    product: Text,
    observer: Text,
    role: Text,
}

impl FlowFields {
    /// Reads requests through a proxy into a key space, and names the columns that flows have too.
    fn requests(plan: &mut Plan, space: KeySpace, by: &str) -> (Self, Reading) {
        let read = plan.read("http_activity", space).by([by]);
        let mut read = proxied().into_iter().fold(read, sekisho_sdk::plan::ReadBuilder::when);
        let request = read.integer("http_request.body_length");
        let (response, name) = (read.integer("http_response.body_length"), read.text("http_request.url.hostname"));
        read.text("src_endpoint.address");
        read.text("src_endpoint.host");
        let fields = Self::of(&mut read, (request, response, name));
        (fields, read.done())
    }

    /// Reads the same of flows.
    fn flows(&self, read: &mut sekisho_sdk::plan::ReadBuilder<'_>) {
        Self::of(read, (self.request, self.response, self.name));
    }

    fn of(read: &mut sekisho_sdk::plan::ReadBuilder<'_>, (request, response, name): (Integer, Integer, Text)) -> Self {
        Self {
            out: read.integer("traffic.bytes_out"),
            inward: read.integer("traffic.bytes_in"),
            request,
            response,
            name,
            off_hours: read.boolean("off_hours"),
            product: read.text("metadata.product.name"),
            observer: read.text("device.host"),
            role: read.text("src_endpoint.role"),
        }
    }

    /// The host that a request through a proxy goes to, as it is spelled, since it is the key; none: it is no name of the outside.
    fn asked<'r>(&self, row: &Row<'r>) -> Option<&'r str> {
        row.text(self.name).filter(|name| !crate::command::is_local(&name.to_ascii_lowercase()))
    }

    fn flow<'r>(&self, row: &Row<'r>, party: &'r str) -> crate::memory::Flow<'r> {
        crate::memory::Flow {
            time: row.time(),
            observer: row.text(self.observer).or(row.text(self.product)).unwrap_or_default(),
            party,
            out: row.integer(self.out).or(row.integer(self.request)).unwrap_or(0).max(0),
            inward: row.integer(self.inward).or(row.integer(self.response)).unwrap_or(0).max(0),
            off_hours: row.boolean(self.off_hours),
        }
    }
}
