//! What the rules about where logons come from read and remember.

use sekisho_sdk::prelude::*;

use super::{JOIN, LogonRules, MEMORY, OWN_SESSIONS, TUNNEL_MEMORY};

impl LogonRules {
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan, zones: &[String], shared_roles: Vec<String>) -> Self {
        let session = plan.key_space("session", ["device.host", "session.uid"]);
        let person = || not(suffix("user.name", ["$"]));
        let mut read = plan.read("authentication", session).when(all([
            eq("activity_id", 1),
            zone("src_endpoint.address", zones.iter().cloned()),
            one_of("metadata.event_code", ["4624"]),
            person(),
        ]));
        let (user, address) = (read.text("user.canonical"), read.text("src_endpoint.address"));
        let (privileged, off_hours) = (read.boolean("user.privileged"), read.boolean("off_hours"));
        let (logon_type, target_role) = (read.integer("logon_type_id"), read.text("device.role"));
        let logons = read.done();
        let read = plan.read("authorize_session", session);
        let wanted = [one_of("metadata.event_code", ["4672"]), not(one_of("session.uid", OWN_SESSIONS)), person()];
        read.when(all(wanted)).done();
        let steps = plan.timeline(session).keep(2 * JOIN).events(8);
        let signal = plan.signal("privileged-logon", session).text("address").text("user").text("host").text("role");
        let signal = signal.integer("logon_type").integer("off_hours").done();

        let source = plan.key_space("source", ["src_endpoint.address"]);
        let mut read =
            plan.read("tunnel_activity", source).by(["tunnel_interface.ip"]).when(all([present("user.canonical")]));
        read.text("user.canonical");
        let tunnels = read.done();
        let mut read =
            plan.read("dhcp_activity", source).by(["src_endpoint.ip"]).when(all([present("src_endpoint.mac")]));
        let lease_mac = read.text("src_endpoint.mac");
        let leases = read.done();
        let mut read = plan
            .read("base_event", source)
            .by(["unmapped.param4"])
            .when(all([one_of("metadata.event_code", ["20274"]), present("unmapped.param2")]));
        let given_to = read.text("unmapped.param2");
        let given = read.done();
        let mut read = plan.read("signal:self/privileged-logon", source).by(["address"]).lateness(15 * MINUTE);
        let (told_user, told_host, told_role) = (read.text("user"), read.text("host"), read.text("role"));
        let (told_type, told_off) = (read.integer("logon_type"), read.integer("off_hours"));
        let signals = read.done();
        let mut read = plan.read("authentication", source).when(all([
            eq("activity_id", 1),
            eq("status_id", 1),
            eq_any("logon_type_id", [3, 10]),
            person(),
            not(prefix("user.canonical", ["nt authority\\"])),
        ]));
        read.text("user.canonical");
        let source_role = read.text("src_endpoint.role");
        let target = read.text("device.host");
        read.text("device.role");
        read.boolean("user.privileged");
        read.boolean("off_hours");
        let service = read.boolean("user.service_account");
        let network = read.done();
        let mut read = plan.read("authentication", source).by(["device.host"]);
        read =
            read.when(all([one_of("metadata.event_code", ["4648"]), person(), not(suffix("actor.user.name", ["$"]))]));
        read = read.when(all([one_of("metadata.event_code", ["4624"]), eq("logon_type_id", 9)]));
        read.text("user.canonical");
        let (actor, outbound) = (read.text("actor.user.canonical"), read.text("unmapped.TargetOutboundUserName"));
        let destination = read.text("dst_endpoint.host");
        read.boolean("user.privileged");
        read.boolean("off_hours");
        read.text("device.host");
        let explicit = read.done();

        let facts = plan.timeline(source).keep(TUNNEL_MEMORY).events(64);
        let switches = plan.timeline(source).events(64);
        let present = plan.tally(source, 10 * MINUTE).keep(DAY).members(32);
        let known = plan.first_seen(source, MEMORY).members(64);
        let rule = plan.rule("privileged-logon-from-vpn", source).title("Privileged logon from the VPN pool");
        let from_vpn = rule
            .weighs(Severity::Medium, 60)
            .bucket(HOUR)
            .lookback(TUNNEL_MEMORY)
            .technique("T1078.002", "a session with administrator rights comes from a VPN address")
            .technique("T1133", "the way in is remote access")
            .advice(
                "Ask the administrator, by telephone, whether it was them. If not: end the tunnel and the sessions, disable \
                 both accounts, and look at every host that the address reached.",
            )
            .done();
        let rule = plan.rule("credential-switch", source).title("Credentials switched on one source");
        let switch = rule
            .weighs(Severity::Medium, 55)
            .bucket(HOUR)
            .lookback(MEMORY)
            .technique("T1078.002", "a privileged account appears where a person's account was, for the first time")
            .advice(
                "Whose host is it, and does its user administer anything? If not, the privileged account's secret was found \
                 or dumped there: reset it and isolate the host.",
            )
            .done();
        Self {
            session,
            source,
            logons,
            tunnels,
            leases,
            given,
            given_to,
            signals,
            network,
            explicit,
            user,
            actor,
            outbound,
            address,
            source_role,
            target,
            target_role,
            destination,
            lease_mac,
            logon_type,
            privileged,
            service,
            off_hours,
            told_user,
            told_host,
            told_role,
            told_type,
            told_off,
            steps,
            facts,
            switches,
            present,
            known,
            signal,
            from_vpn,
            switch,
            shared_roles,
        }
    }
}
