//! One idea: A, then B, over two classes. A service is installed on a host after a network logon there.

use sekisho_sdk::prelude::*;

const LOGON: u32 = 1;
const SERVICE: u32 = 2;

/// The detector, configured.
pub struct RemoteService {
    address: Text,
    user: Text,
    service: Text,
    logons: Reading,
    steps: Timeline,
    rule: Rule,
}

impl Detector for RemoteService {
    type Settings = NoSettings;

    fn describe() -> Identity {
        Identity { id: "remote-service", version: env!("CARGO_PKG_VERSION"), title: "A service after a network logon" }
    }

    fn plan(_: NoSettings, plan: &mut Plan) -> Result<Self, Problems> {
        let by_host = plan.key_space("host", ["device.host"]);
        let mut logons =
            plan.read("authentication", by_host).when(all([eq("logon_type_id", 3), present("src_endpoint.ip")]));
        let (address, user) = (logons.text("src_endpoint.ip"), logons.text("user.canonical"));
        let logons = logons.done();
        let service =
            plan.read("windows_service_activity", by_host).when(all([eq("activity_id", 1)])).text("service.name");
        let steps = plan.timeline(by_host);
        let rule = plan.rule("remote-service", by_host).bucket(HOUR).reach(5 * MINUTE);
        let rule = rule.technique("T1569.002", "service created after a network logon").done();
        Ok(Self { address, user, service, logons, steps, rule })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        for row in group.rows() {
            let seen = [("user.name", row.text(self.user)), ("src_endpoint.ip", row.text(self.address))];
            let (tag, name) =
                if row.is(self.logons) { (LOGON, row.text(self.user)) } else { (SERVICE, row.text(self.service)) };
            self.steps.add(group, tag, Entry::of(&row, name.unwrap_or_default()).seen(&seen));
        }
        let host = group.part(0);
        out.review(group, self.rule, |state, bucket| {
            let pairs = self.steps.then(state, bucket, (LOGON, SERVICE), |_, _| true);
            let (logon, service) = pairs.first()?;
            let draft = Draft::new(format!("{} installed service {} on {host}", logon.name, service.name));
            let draft = draft.user(logon.name, "actor").host(host, "target");
            Some(draft.evidence(logon.evidence("network logon")).evidence(service.evidence("service created")))
        });
        Ok(())
    }
}

sekisho_sdk::export_detector!(RemoteService);
