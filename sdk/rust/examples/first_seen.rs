//! One idea: what was not there before. A user reaches several hosts within an hour that are new to this user.

use sekisho_sdk::prelude::*;

settings! {
    /// How the operator tunes it.
    pub struct Settings {
        /// hosts that are new to the user, within an hour, that raise a finding
        hosts: usize [1..=1000] = 3,
        /// a host is new when the user was not there for so long
        absence: Span = Span::days(30),
    }
}

/// The detector, configured.
pub struct NewHosts {
    hosts: usize,
    host: Text,
    known: FirstSeen,
    rule: Rule,
}

impl Detector for NewHosts {
    type Settings = Settings;

    fn describe() -> Identity {
        Identity { id: "new-hosts", version: env!("CARGO_PKG_VERSION"), title: "A user on new hosts" }
    }

    fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
        let by_user = plan.key_space("user", ["user.canonical"]);
        let host = plan.read("authentication", by_user).when(all([eq("activity_id", 1)])).text("dst_endpoint.host");
        let known = plan.first_seen(by_user, settings.absence.nanos());
        let rule = plan.rule("new-hosts", by_user).bucket(HOUR);
        let rule = rule.technique("T1021", "logons to hosts that the user did not use").done();
        Ok(Self { hosts: settings.hosts, host, known, rule })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        for row in group.rows() {
            if let Some(host) = row.text(self.host) {
                self.known.add(group, Entry::of(&row, host));
            }
        }
        let user = group.part(0);
        out.review(group, self.rule, |state, bucket| {
            let new = self.known.new_within(state, bucket);
            (new.len() >= self.hosts && self.known.age(state, bucket.start) >= DAY).then(|| {
                let draft = Draft::new(format!("{user} on {} new hosts within an hour", new.len())).user(user, "actor");
                new.iter()
                    .fold(draft, |draft, host| draft.host(host.name, "target").evidence(host.evidence("first logon")))
            })
        });
        Ok(())
    }
}

sekisho_sdk::export_detector!(NewHosts);
