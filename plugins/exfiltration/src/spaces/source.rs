//! What one source sent in all: against its own past, after reading many folders, inside DNS or ICMP. And what it tells
//! the destinations of itself.

use sekisho_sdk::plan::condition::mask;
use sekisho_sdk::prelude::*;
use sekisho_sdk::state::{hash, mix};

use super::{FlowFields, OWN_SECTIONS, RequestFields, sending};
use crate::Settings;
use crate::memory::{Flow, Folders, Ledger, Uploads};
use crate::rules::shares_then_upload::{self, SharesThenUpload};
use crate::rules::source_volume::{self, SourceVolume};
use crate::rules::wire_tunnel::{self, WireTunnel};

/// Days that a source's own past reaches back.
const PAST: i64 = 21 * DAY;
/// From so many bytes within a day on a source tells the destination of itself: below what any rule there asks for.
const TELL: i64 = 20_000_000;
/// A flow that sends so many times what it receives is an upload. Reading the web and mail is none, so that the few destinations
/// of uploads have room.
const UPLOAD: i64 = 2;
/// A single flow of so much names its destination in the source's own alerts.
const LARGE: i64 = 4_000_000;
/// The host's name with a large flow, and its bytes: short, since this is what most of a source's memory would be made of.
pub const HOST: &str = "h";
const BYTES: &str = "b";

/// The memory of a source, and its rules.
pub struct Source {
    pub space: KeySpace,
    flows: Reading,
    requests: Reading,
    reads: Reading,
    fields: FlowFields,
    request: RequestFields,
    host: Text,
    destination: Text,
    share: Text,
    path: Text,
    server: Text,
    user: Text,
    wires: Reading,
    wire: WireFields,
    upload: SignalType,
    movers: Vec<String>,
    books: Books,
    volume: SourceVolume,
    shares: SharesThenUpload,
    tunnel: WireTunnel,
}

struct WireFields {
    protocol: Text,
    out: Integer,
    both: Integer,
    packets: Integer,
    destination: Text,
    host: Text,
    role: Text,
}

/// What a source is remembered by.
#[derive(Clone, Copy)]
pub struct Books {
    /// All that left, by day; the party is none.
    pub days: Ledger,
    /// What uploads left for each destination today.
    pub destinations: Uploads,
    /// Destinations of large flows, by day.
    pub large: Tally,
    /// Folders read on shares, by day.
    pub folders: Folders,
    /// Some of them to show.
    pub shown: Tally,
    /// Bytes and packets one way of DNS and ICMP by destination, by hour.
    pub wires: Tally,
}

// === impl Source ===

impl Source {
    pub fn plan(settings: &Settings, plan: &mut Plan) -> Self {
        let space = plan.key_space("source", ["src_endpoint.address"]);
        let (fields, request, requests) = RequestFields::read(plan, space, "src_endpoint.address");
        let read = plan.read("network_activity", space);
        let mut read = sending().into_iter().fold(read, sekisho_sdk::plan::ReadBuilder::when);
        FlowFields::of(&mut read);
        let (host, destination) = (read.text("src_endpoint.host"), read.text("dst_endpoint.address"));
        let flows = read.done();
        // 5145 with the right to read data, and Zeek's opened files; named pipes are no folders.
        let folder = || not(one_of("share", ["IPC$", "\\\\*\\IPC$", "\\\\*\\SYSVOL", "\\\\*\\NETLOGON"]));
        let mut read = plan
            .read("smb_activity", space)
            .when(all([
                eq_any("activity_id", [1, 2, 99]),
                present("file.path"),
                mask("actual_permissions", 1),
                folder(),
            ]))
            .when(all([
                eq_any("activity_id", [1, 2]),
                present("file.path"),
                one_of("metadata.product.name", ["Zeek"]),
                folder(),
            ]));
        let (share, path) = (read.text("share"), read.text_up_to("file.path", 512));
        let (server, user) = (read.text("dst_endpoint.host"), read.text("user.canonical"));
        let reads = read.done();
        let mut read = plan
            .read("network_activity", space)
            .when(all([eq("activity_id", 6), eq("dst_endpoint.port", 53), between("traffic.bytes_out", 200, i64::MAX)]))
            // To a resolver inside nothing leaves yet: both ways are told in one sum.
            .when(all([
                eq("activity_id", 6),
                eq("dst_endpoint.port", 53),
                between("traffic.bytes", 400, i64::MAX),
                zone("dst_endpoint.address", ["internal"]),
            ]))
            .when(all([
                eq("activity_id", 6),
                one_of("connection_info.protocol_name", ["icmp", "ipv6-icmp", "icmp6"]),
                between("traffic.bytes_out", 1000, i64::MAX),
                zone("src_endpoint.address", ["internal"]),
                not(zone("dst_endpoint.address", ["internal", "multicast"])),
            ]));
        let wire = WireFields {
            protocol: read.text("connection_info.protocol_name"),
            out: read.integer("traffic.bytes_out"),
            both: read.integer("traffic.bytes"),
            packets: read.integer("traffic.packets"),
            destination: read.text("dst_endpoint.address"),
            host: read.text("src_endpoint.host"),
            role: read.text("src_endpoint.role"),
        };
        let wires = read.done();
        let upload =
            plan.signal("upload", space).text("destination").text("source").integer("since").integer("most").done();
        let volume = source_volume::plan(settings, plan, space, PAST);
        let shares = shares_then_upload::plan(plan, space);
        let tunnel = wire_tunnel::plan(plan, space);
        let books = Books {
            days: Ledger::new(OWN_SECTIONS, PAST + 4 * DAY),
            destinations: Uploads::new(OWN_SECTIONS + 2, HOUR),
            large: plan.tally(space, DAY).members(8),
            folders: Folders::new(OWN_SECTIONS + 3, 3 * DAY),
            shown: plan.tally(space, DAY).members(6),
            wires: plan.tally(space, HOUR).members(8),
        };
        let movers = settings.movers.clone();
        Self {
            space,
            flows,
            requests,
            reads,
            fields,
            request,
            host,
            destination,
            share,
            path,
            server,
            user,
            wires,
            wire,
            upload,
            movers,
            books,
            volume,
            shares,
            tunnel,
        }
    }

    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        for row in group.rows() {
            if row.is(self.reads) {
                self.take_read(group, &row);
            } else if row.is(self.wires) {
                self.take_wire(group, &row);
            } else if self.is_mover(row.text(self.fields.role)) {
                // Its volume is its work.
            } else if row.is(self.requests) {
                if let Some(name) = self.request.asked(&row) {
                    self.take_flow(group, out, &row, self.request.flow(&self.fields, &row, name));
                }
            } else if let Some(destination) = row.text(self.destination).filter(|_| row.is(self.flows)) {
                self.take_flow(group, out, &row, self.fields.flow(&row, destination));
            }
        }
        let source = group.part(0);
        out.review(group, self.volume.rule, |state, bucket| self.volume.judge(state, bucket, &self.books, source));
        out.review(group, self.shares.rule, |state, bucket| self.shares.judge(state, bucket, &self.books, source));
        out.review(group, self.tunnel.rule, |state, bucket| self.tunnel.judge(state, bucket, &self.books, source));
    }

    fn is_mover(&self, role: Option<&str>) -> bool {
        role.is_some_and(|role| self.movers.iter().any(|mover| mover == role))
    }

    fn take_flow(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, flow: Flow<'_>) {
        self.books.days.add(group, Flow { party: "", ..flow });
        if flow.out >= UPLOAD.saturating_mul(flow.inward) {
            self.take_upload(group, out, row, flow);
        }
        if flow.out >= LARGE {
            let bytes = flow.out.to_string();
            let seen = [(HOST, row.text(self.host)), (BYTES, Some(bytes.as_str()))];
            self.books.large.add(group, Entry::of(row, flow.party).amount(flow.out).and(flow.inward).seen(&seen));
        }
    }

    /// Counts an upload. One of a day's crosses the line, in whatever order they come.
    fn take_upload(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, flow: Flow<'_>) {
        if self.books.destinations.reaches(group, flow, TELL) {
            self.tell(group, out, row, flow.party, sekisho_sdk::time::align(flow.time, DAY));
        }
    }

    /// Tells the destination since when this source is known and what its best day was, once a day.
    fn tell(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, destination: &str, day: i64) {
        let state = group.state();
        // Yesterday may still grow by rows that are late; the days before it stand.
        let past = self.books.days.by_day(state, day.saturating_sub(PAST), day.saturating_sub(DAY));
        let since = past.first().map_or(crate::memory::day_of(day), |(first, _)| *first);
        let most = past.iter().map(|(_, sums)| sums.out).max().unwrap_or(0);
        let signal = Signal::new(self.upload, day).origin(row.origin());
        out.signal(group, signal.text(destination).text(group.part(0)).integer(i64::from(since)).integer(most));
    }

    fn take_read(&self, group: &mut Group<'_>, row: &Row<'_>) {
        let (Some(path), user) = (row.text(self.path), row.text(self.user)) else { return };
        if user.is_some_and(|user| user.ends_with('$')) {
            return;
        }
        let share = row.text(self.share).unwrap_or_default().trim_start_matches("\\\\*\\");
        let folder = path.rsplit_once(['\\', '/']).map_or("", |(folder, _)| folder);
        let server = row.text(self.server).unwrap_or_default();
        let digest = [share, folder].iter().fold(hash(server.as_bytes()), |digest, part| mix(part.as_bytes(), digest));
        if !self.books.folders.add(group, row.time(), digest) {
            return;
        }
        let seen = [("user.name", user), ("share", row.text(self.share)), ("file.path", Some(path))];
        let folder = format!("{server}\\{share}\\{folder}");
        // A tail of the path tells folders apart; a digest keeps long ones short.
        let folder = if folder.len() > 60 { format!("…{digest:016x}") } else { folder };
        self.books.shown.add(group, Entry::of(row, &folder).seen(&seen));
    }

    fn take_wire(&self, group: &mut Group<'_>, row: &Row<'_>) {
        let Some(destination) = row.text(self.wire.destination) else { return };
        let icmp = row.text(self.wire.protocol).is_some_and(|protocol| protocol.contains("icmp"));
        let role = row.text(self.wire.role);
        // Resolvers ask for everyone.
        if !icmp
            && role.is_some_and(|role| matches!(role, "domain-controller" | "dns-server") || self.is_mover(Some(role)))
        {
            return;
        }
        let name = format!("{} {destination}", if icmp { "ICMP" } else { "DNS" });
        let bytes = row.integer(self.wire.out).or(row.integer(self.wire.both).map(|both| both / 2)).unwrap_or(0);
        let told = bytes.to_string();
        let seen = [
            ("src_endpoint.host", row.text(self.wire.host)),
            ("dst_endpoint.ip", Some(destination)),
            ("traffic.bytes_out", Some(told.as_str())),
        ];
        let entry = Entry::of(row, &name).amount(bytes).and(row.integer(self.wire.packets).unwrap_or(0) / 2);
        self.books.wires.add(group, entry.seen(&seen));
    }
}

/// A large flow as evidence.
pub fn large_flow(member: &Member<'_>, role: &str) -> Evidence {
    let mut evidence = member.evidence(role);
    let short = |(path, _): &(String, String)| match path.as_str() {
        HOST => "src_endpoint.host".to_owned(),
        BYTES => "traffic.bytes_out".to_owned(),
        path => path.to_owned(),
    };
    evidence.seen.iter_mut().for_each(|seen| seen.0 = short(seen));
    evidence
}
