//! One idea: count in a bucket. Many failed logons of one user within ten minutes, from however many addresses.

use sekisho_sdk::prelude::*;

settings! {
    /// How the operator tunes it.
    pub struct Settings {
        /// failed logons within ten minutes that raise a finding
        threshold: u64 [2..=100_000] = 20,
    }
}

/// The detector, configured.
pub struct Guessing {
    threshold: u64,
    address: Text,
    failed: Tally,
    rule: Rule,
}

impl Detector for Guessing {
    type Settings = Settings;

    fn describe() -> Identity {
        Identity { id: "guessing", version: env!("CARGO_PKG_VERSION"), title: "Password guessing" }
    }

    fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
        let by_user = plan.key_space("user", ["user.canonical"]);
        let address = plan
            .read("authentication", by_user)
            .when(all([eq("activity_id", 1), eq("status_id", 2)]))
            .text("src_endpoint.ip");
        let failed = plan.tally(by_user, 10 * MINUTE);
        let rule = plan.rule("guessing", by_user).title("Password guessing").bucket(10 * MINUTE);
        let rule = rule.weighs(Severity::Medium, 60).technique("T1110.001", "failed logons").done();
        Ok(Self { threshold: settings.threshold, address, failed, rule })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        for row in group.rows() {
            self.failed.add(group, Entry::of(&row, row.text(self.address).unwrap_or("unknown")));
        }
        let user = group.part(0);
        out.review(group, self.rule, |state, bucket| {
            let failed = self.failed.within(state, bucket);
            (failed.count() >= self.threshold).then(|| {
                Draft::new(format!("{} failed logons of {user} within ten minutes", failed.count()))
                    .user(user, "target")
                    .figure("failures", failed.count())
                    .evidences(failed.members().iter().map(|from| from.evidence("first failure from this address")))
            })
        });
        Ok(())
    }
}

sekisho_sdk::export_detector!(Guessing);
