//! Which names a client asked for: long ones by domain, and those of services that take files from anyone.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::rules::dns_tunnel::{self, DnsTunnel};
use crate::rules::service_contact::{self, ServiceContact};
use crate::services::{DROPS, PASTES, service_of};

/// The memory of a client's names. The client is its address, or its host name where it tells of itself.
pub struct Names {
    pub space: KeySpace,
    name: Text,
    kind: Text,
    process: Text,
    sni: Text,
    off_hours: sekisho_sdk::Boolean,
    asked: Tally,
    met: Tally,
    tunnel: DnsTunnel,
    contact: ServiceContact,
}

// === impl Names ===

impl Names {
    pub fn plan(settings: &Settings, plan: &mut Plan) -> Self {
        let space = plan.key_space("name-client", ["src_endpoint.address"]);
        // A host that tells of its own questions names the process; others tell the client's address.
        let mut read = plan.read("dns_activity", space).by(["device.host"]);
        read = read.when(all([present("query.hostname"), present("process.file.path")]));
        let (name, kind) = (read.text_up_to("query.hostname", 512), read.text("query.type"));
        let (process, off_hours) = (read.text("process.file.path"), read.boolean("off_hours"));
        read.done();
        let mut read =
            plan.read("dns_activity", space).when(all([present("query.hostname"), present("src_endpoint.address")]));
        read.text_up_to("query.hostname", 512);
        read.text("query.type");
        read.boolean("off_hours");
        read.done();
        let services = DROPS.iter().chain(&PASTES).copied();
        let mut read = plan.read("network_activity", space).when(all([suffix("tls.sni", services)]));
        let sni = read.text("tls.sni");
        read.boolean("off_hours");
        read.done();
        let tunnel = dns_tunnel::plan(&settings.lookup_domains, plan, space);
        let contact = service_contact::plan(plan, space);
        let (asked, met) = (plan.tally(space, HOUR).members(256), plan.tally(space, DAY).members(12));
        Self { space, name, kind, process, sni, off_hours, asked, met, tunnel, contact }
    }

    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let mut of_use = false;
        for row in group.rows() {
            of_use |= self.take(group, &row);
        }
        if !of_use && group.state().is_empty() {
            return;
        }
        let client = group.part(0);
        out.review(group, self.tunnel.rule, |state, bucket| self.tunnel.judge(state, bucket, self.asked, client));
        out.review(group, self.contact.rule, |state, bucket| self.contact.judge(state, bucket, self.met, client));
    }

    /// Whether the row left anything.
    fn take(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let Some(name) = row.text(self.name).or(row.text(self.sni)) else { return false };
        let seen = [("query.hostname", Some(name)), ("process.file.path", row.text(self.process))];
        if service_of(name).is_some() {
            let night = i64::from(row.boolean(self.off_hours).unwrap_or(false));
            let lower = name.to_ascii_lowercase();
            self.met.add(group, Entry::of(row, &lower).amount(1).and(night).seen(&seen));
            return true;
        }
        let Some(slot) = dns_tunnel::slot(&self.tunnel, name, row.text(self.kind)) else { return false };
        let rich = row.text(self.kind).is_some_and(dns_tunnel::carries);
        self.asked.add(group, Entry::of(row, &slot).amount(name.len() as i64).and(i64::from(rich)).seen(&seen));
        true
    }
}
