//! Share sweep: one user opens shares on many hosts within a few minutes.
//!
//! It means that somebody maps what an account can reach, before taking it. See README.md for what to do.

use sekisho_sdk::prelude::*;

settings! {
    /// How the operator tunes it.
    pub struct Settings {
        /// hosts within the window that raise a finding
        hosts: u64 [2..=10_000] = 10,
        /// how close together
        window: Span = Span::minutes(10),
        /// accounts that may: scanners, backup
        allowed: Vec<String> = Vec::new(),
    }
}

/// The detector, configured.
pub struct ShareSweep {
    settings: Settings,
    host: Text,
    share: Text,
    hosts: Tally,
    sweep: Rule,
}

impl Detector for ShareSweep {
    type Settings = Settings;

    fn describe() -> Identity {
        Identity { id: "share-sweep", version: env!("CARGO_PKG_VERSION"), title: "One user, shares on many hosts" }
    }

    fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
        let by_user = plan.key_space("user", ["user.canonical"]);

        let mut wanted = vec![present("share")];
        if !settings.allowed.is_empty() {
            wanted.push(not(one_of("user.canonical", settings.allowed.clone())));
        }
        let mut opened = plan.read("smb_activity", by_user).when(wanted);
        let (host, share) = (opened.text("device.host"), opened.text_up_to("share", 256));

        let window = settings.window.nanos();
        let hosts = plan.tally(by_user, (window / 10).max(SECOND));
        let sweep = plan
            .rule("share-sweep", by_user)
            .title("Shares opened on many hosts")
            .weighs(Severity::Medium, 60)
            .technique("T1135", "shares of many hosts opened by one user")
            .bucket(window)
            .reach(window)
            .advice("Ask the user. Look for the same account's logons on those hosts.")
            .done();
        Ok(Self { settings, host, share, hosts, sweep })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        for row in group.rows() {
            if let Some(host) = row.text(self.host) {
                let seen = [("share", row.text(self.share)), ("device.host", Some(host))];
                self.hosts.add(group, Entry::of(&row, host).seen(&seen));
            }
        }
        let user = group.part(0);
        out.review(group, self.sweep, |state, bucket| {
            let window = self.hosts.sliding(state, bucket, |window| window.distinct() >= self.settings.hosts)?;
            let hosts = window.members();
            let draft = Draft::new(format!("{user} opened shares on {} hosts", hosts.len()))
                .describe(format!("within {}, {} times in all", self.settings.window, window.count()))
                .user(user, "actor")
                .figure("distinct_hosts", window.distinct())
                .severity_by(hosts.len() as i64, 10, 50, 500);
            Some(hosts.iter().fold(draft, |draft, host| {
                draft.host(host.name, "target").evidence(host.evidence("first share opened on this host"))
            }))
        });
        Ok(())
    }
}

sekisho_sdk::export_detector!(ShareSweep);
