//! The memories of the detector: what each reads, keeps and reviews.

pub mod destination;
pub mod host;
pub mod names;
pub mod source;
pub mod tunnel;

mod shape;

use sekisho_sdk::bindings::Condition;
use sekisho_sdk::plan::condition::{eq, not, zone};
use sekisho_sdk::prelude::*;

use shape::Shape;

/// First of the sections that hold the plugin's own memories: the SDK's windows count from 1, its own from 253.
const OWN_SECTIONS: u8 = 100;

/// Flows from inside to a destination outside that fill it: uploads, and all that is large. (Inside is what the inventory
/// says; without one the private ranges: RFC 1918, 6598, 4193 and benchmarks.)
fn sending() -> Vec<Vec<Condition>> {
    let (out, inward) = ("traffic.bytes_out", "traffic.bytes_in");
    shape::filling(out, inward).into_iter().map(|some| some.into_iter().chain(leaving()).collect()).collect()
}

/// Flows that tell whether a destination is read as well: all that are large, and a sample of the others.
fn receiving() -> Vec<Vec<Condition>> {
    shape::reading("traffic.bytes_in").into_iter().map(|some| some.into_iter().chain(leaving()).collect()).collect()
}

fn leaving() -> [Condition; 3] {
    let outside = not(zone("dst_endpoint.address", ["internal", "multicast"]));
    // Who comes from outside to an address of ours that no network of the inventory holds is no theft of ours.
    let inside = zone("src_endpoint.address", ["internal"]);
    [eq("activity_id", 6), outside, inside]
}

/// Requests that a proxy carries outside: where the destination is the name that was asked for, since the address is the
/// proxy's. Known by a whole address in the request line, or told by the proxy itself with the bytes that went through.
/// (What goes through CONNECT is told by the proxy's own log alone.)
fn proxied() -> Vec<Vec<Condition>> {
    let named = || [present("http_request.url.hostname"), zone("src_endpoint.address", ["internal"])];
    let asked = || prefix("http_request.url.path", ["http://", "ftp://"]);
    let (request, response) = ("http_request.body_length", "http_response.body_length");
    let (out, inward) = ("traffic.bytes_out", "traffic.bytes_in");
    let of = |some: Vec<Vec<Condition>>, path: Option<fn() -> Condition>| {
        some.into_iter().map(move |some| some.into_iter().chain(path.map(|path| path())).chain(named()).collect())
    };
    let mut all: Vec<_> = of(shape::requests(request, response), Some(asked)).collect();
    all.extend(of(shape::requests(out, inward), None));
    all
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

/// The columns of a request through a proxy, besides.
struct RequestFields {
    request: Integer,
    response: Integer,
    name: Text,
}

// === impl FlowFields ===

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

    /// A flow by its bytes as they count; what only reads stands for others like it.
    fn flow<'r>(&self, row: &Row<'r>, party: &'r str) -> crate::memory::Flow<'r> {
        let shape = Shape::of(row.integer(self.out).unwrap_or(0), row.integer(self.inward).unwrap_or(0));
        self.counted(row, party, shape.counted())
    }

    fn counted<'r>(&self, row: &Row<'r>, party: &'r str, (out, inward): (i64, i64)) -> crate::memory::Flow<'r> {
        let observer = row.text(self.observer).or(row.text(self.product)).unwrap_or_default();
        crate::memory::Flow { time: row.time(), observer, party, out, inward, off_hours: row.boolean(self.off_hours) }
    }
}

// === impl RequestFields ===

impl RequestFields {
    /// Reads requests through a proxy into a key space, and the columns that flows have too.
    fn read(plan: &mut Plan, space: KeySpace, by: &str) -> (FlowFields, Self, Reading) {
        let read = plan.read("http_activity", space).by([by]);
        let mut read = proxied().into_iter().fold(read, sekisho_sdk::plan::ReadBuilder::when);
        let request = read.integer("http_request.body_length");
        let (response, name) = (read.integer("http_response.body_length"), read.text("http_request.url.hostname"));
        read.text("src_endpoint.address");
        read.text("src_endpoint.host");
        (FlowFields::of(&mut read), Self { request, response, name }, read.done())
    }

    /// The host that a request through a proxy goes to, as it is spelled, since it is the key; none: it is no name of the outside.
    fn asked<'r>(&self, row: &Row<'r>) -> Option<&'r str> {
        row.text(self.name).filter(|name| !crate::command::is_local(&name.to_ascii_lowercase()))
    }

    fn flow<'r>(&self, fields: &FlowFields, row: &Row<'r>, party: &'r str) -> crate::memory::Flow<'r> {
        let out = row.integer(fields.out).or(row.integer(self.request)).unwrap_or(0).max(0);
        let inward = row.integer(fields.inward).or(row.integer(self.response)).unwrap_or(0).max(0);
        fields.counted(row, party, (out, inward))
    }
}
