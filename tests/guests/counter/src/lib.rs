//! The detector of the benchmarks, the smallest that does what stream processors are compared by: failed logons of a host
//! in five minutes of event time, told once when they are six. Or else it finds logons of users whose name says that the
//! line was marked, so that the way from log to alert can be timed.

use sekisho_sdk::prelude::*;

settings! {
    /// What it does.
    pub struct Settings {
        /// find marked lines, instead of counting failed logons
        marks: bool = false,
        /// failed logons within five minutes that raise a finding
        threshold: u64 [1..=100_000] = 6,
    }
}

/// What the name of a marked user begins with.
const MARK: &str = "marked-";

/// One of the two.
pub enum Counter {
    Bursts { threshold: u64, failed: Tally, rule: Rule },
    Marks { seen: Timeline, rule: Rule },
}

impl Detector for Counter {
    type Settings = Settings;

    fn describe() -> Identity {
        Identity { id: "counter", version: env!("CARGO_PKG_VERSION"), title: "Counts for benchmarks" }
    }

    fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
        if settings.marks {
            let by_user = plan.key_space("user", ["user.name"]);
            plan.read("authentication", by_user).when(all([prefix("user.name", [MARK])])).done();
            let rule = plan.rule("mark", by_user).bucket(MINUTE).technique("T1078", "a marked logon").done();
            return Ok(Self::Marks { seen: plan.timeline(by_user), rule });
        }
        let by_host = plan.key_space("host", ["device.host"]);
        plan.read("authentication", by_host).when(all([one_of("metadata.event_code", ["4625"])])).done();
        let rule = plan.rule("burst", by_host).bucket(5 * MINUTE).technique("T1110", "failed logons").done();
        Ok(Self::Bursts { threshold: settings.threshold, failed: plan.tally(by_host, 5 * MINUTE), rule })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        let key = group.part(0);
        match self {
            Self::Bursts { threshold, failed, rule } => {
                for row in group.rows() {
                    failed.add(group, Entry::of(&row, ""));
                }
                out.review(group, *rule, |state, bucket| {
                    let window = failed.within(state, bucket);
                    (window.count() >= *threshold).then(|| {
                        Draft::new(format!("{threshold} failed logons on {key} within five minutes"))
                            .host(key, "target")
                            .evidences(window.members().iter().map(|member| member.evidence("first failure")))
                    })
                });
            }
            Self::Marks { seen, rule } => {
                for row in group.rows() {
                    seen.add(group, 0, Entry::of(&row, ""));
                }
                out.review(group, *rule, |state, bucket| {
                    let first = seen.within(state, bucket).next()?;
                    Some(
                        Draft::new(format!("{key} was marked")).user(key, "actor").evidence(first.evidence("the line")),
                    )
                });
            }
        }
        Ok(())
    }
}

sekisho_sdk::export_detector!(Counter);
