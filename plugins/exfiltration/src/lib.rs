//! Theft of data, as connections, tunnels, processes, scripts and names tell it.
//!
//! Five memories, each with the rules that it can answer: what left for a destination ([`spaces::destination`]), what a
//! source sent in all ([`spaces::source`]), what went through a user's tunnel ([`spaces::tunnel`]), which names a client
//! asked for ([`spaces::names`]), which archivers and transfer tools ran on a host ([`spaces::host`]). Judgement is in
//! [`rules`], one file for each; what a past looks like is in [`memory`].

pub mod command;
pub mod memory;
pub mod rules;
pub mod services;
pub mod spaces;
pub mod words;

use sekisho_sdk::prelude::*;

use spaces::destination::Destination;
use spaces::host::Host;
use spaces::names::Names;
use spaces::source::Source;
use spaces::tunnel::Tunnel;

settings! {
    /// How the operator tunes it.
    pub struct Settings {
        /// what each of two or more clients must send a young destination within 24 hours to be a fan-in; below it lie
        /// web forms and mail, above it a theft is told too late
        client_bytes: Bytes = Bytes(50_000_000),
        /// bytes out for each byte in from which a flow counts as an upload; web, mail and video stay below 3
        upload_ratio: i64 [2..=1000] = 10,
        /// a destination is young for so long after the estate first met it
        young: Span = Span::days(7),
        /// a client that was met less than this long ago tells of a cold start: what it does is told as low
        learning: Span = Span::days(3),
        /// from so many clients within a week on, a new destination looks like a service that the whole house adopts
        house_wide: usize [5..=10_000] = 15,
        /// what one destination must take in a day to be told as volume
        day_bytes: Bytes = Bytes(1_000_000_000),
        /// what a VPN user must take out in a day to be told as volume
        tunnel_bytes: Bytes = Bytes(2_000_000_000),
        /// roles of hosts that move much by their nature; they are no clients of a fan-in and have no volume of their own
        movers: Vec<String> = ["backup", "deployment", "proxy", "nat", "mail-server"].map(String::from).to_vec(),
        /// registrable domains whose long names are no tunnel: reputation look-ups carry digests in the name
        lookup_domains: Vec<String> = services::LOOKUPS.map(String::from).to_vec(),
    }
}

/// The detector, configured.
pub struct Exfiltration {
    destination: Destination,
    source: Source,
    tunnel: Tunnel,
    names: Names,
    host: Host,
}

impl Detector for Exfiltration {
    type Settings = Settings;

    fn describe() -> Identity {
        Identity { id: "exfiltration", version: env!("CARGO_PKG_VERSION"), title: "Theft of data" }
    }

    fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        if settings.client_bytes.0 < 1_000_000 {
            problems.add("/client_bytes", "at least 1MB is wanted: below it every web form is an upload");
        }
        if settings.young.nanos() > 28 * DAY {
            problems.add("/young", "at most 28d is wanted: destinations are remembered for 30 days");
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        // 2: records of windows are written shorter, and what a source read and uploaded is kept in a few words.
        plan.state_version(2, []);
        let source = Source::plan(&settings, plan);
        Ok(Self {
            destination: Destination::plan(&settings, plan),
            source,
            tunnel: Tunnel::plan(&settings, plan),
            names: Names::plan(&settings, plan),
            host: Host::plan(plan),
        })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if group.is_of(self.destination.space) {
            self.destination.judge(group, out);
        } else if group.is_of(self.source.space) {
            self.source.judge(group, out);
        } else if group.is_of(self.host.space) {
            self.host.judge(group, out);
        } else if group.is_of(self.names.space) {
            self.names.judge(group, out);
        } else {
            self.tunnel.judge(group, out);
        }
        Ok(())
    }
}

sekisho_sdk::export_detector!(Exfiltration);
