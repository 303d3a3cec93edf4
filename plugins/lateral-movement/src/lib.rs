//! Lateral movement: remote execution, admin shares, logon edges, looking around, credentials in motion, remote tools.
//!
//! Judgement is in [`rules`], pure and a file a theme; [`host`], [`user`], [`source`], [`failures`], [`walk`], [`brought`] and [`spread`] are the
//! memories that feed it, [`habits`] is what they know of the past.

pub mod acts;
pub mod brought;
pub mod failures;
pub mod habits;
pub mod host;
pub mod records;
pub mod rules;
pub mod signs;
pub mod source;
pub mod spread;
pub mod text;
pub mod user;
pub mod walk;
pub mod wants;
pub mod words;

use sekisho_sdk::prelude::*;

settings! {
    /// How the operator tunes it.
    pub struct Settings {
        /// hosts with a service installed from elsewhere, within an hour, by one account, source or service, that raise an alert
        service_hosts: u64 [2..=1000] = 3,
        /// hosts new to an account, within an hour, that raise an alert
        new_hosts: usize [1..=1000] = 3,
        /// a host is new to an account when it was not there for so long
        absence: Span = Span::days(60),
        /// a past shorter than this is a cold start: said, and low
        learning: Span = Span::days(7),
        /// services of user accounts, within an hour, whose tickets of an old cipher are more than chance; twice as many weigh high
        roasted_services: u64 [2..=1000] = 3,
        /// different groups or account objects that one account reads within an hour before it is told
        enumerated_groups: u64 [1..=10_000] = 3,
        /// different directory objects that one account reads within an hour before it is told
        enumerated_objects: u64 [1..=100_000] = 10,
        /// inside hosts reached by ports of administration within ten minutes that are a fan-out
        fan_out: u64 [2..=10_000] = 20,
        /// refused pairs of host and port within ten minutes that are a scan
        probes: u64 [2..=100_000] = 50,
        /// failed logons of one source within ten minutes that are more than a typist's
        failed_logons: u64 [2..=10_000] = 10,
        /// accounts as which one source fails to log on within ten minutes that are more than chance; twice as many weigh medium
        failed_accounts: u64 [2..=10_000] = 5,
        /// hosts that one account asks for administrators, sessions or shares within minutes; twice as many weigh medium
        walked_hosts: u64 [2..=10_000] = 5,
        /// beginnings of the names of accounts that may replicate the directory
        replicators: Vec<String> = vec!["msol_".into(), "aad_".into()],
    }
}

/// The detector, configured.
#[derive(Debug)]
pub struct LateralMovement {
    host: host::Host,
    user: user::User,
    source: source::Source,
    spread: spread::Spread,
    failures: failures::Failures,
    walk: walk::Walk,
    programs: brought::Programs,
}

impl Detector for LateralMovement {
    type Settings = Settings;

    fn describe() -> Identity {
        Identity {
            id: "lateral-movement",
            version: env!("CARGO_PKG_VERSION"),
            title: "Lateral movement and credentials in motion",
        }
    }

    fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
        plan.memory(32 << 20);
        // 2: heavy acts have windows of their own, behind all others. 3: records of windows are written shorter.
        plan.state_version(3, []);
        Ok(Self {
            host: host::plan(&settings, plan),
            user: user::plan(&settings, plan),
            source: source::plan(&settings, plan),
            spread: spread::plan(&settings, plan),
            failures: failures::plan(&settings, plan),
            walk: walk::plan(&settings, plan),
            programs: brought::plan(plan),
        })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if group.is_of(self.host.space) {
            self.host.judge(group, out);
        } else if group.is_of(self.user.space) {
            self.user.judge(group, out);
        } else if group.is_of(self.source.space) {
            self.source.judge(group, out);
        } else if group.is_of(self.failures.space) {
            self.failures.judge(group, out);
        } else if group.is_of(self.programs.space) {
            self.programs.judge(group, out);
        } else if group.is_of(self.walk.space) {
            self.walk.judge(group, out);
        } else if group.is_of(self.spread.services) {
            self.spread.judge_services(group, out);
        } else {
            self.spread.judge_products(group, out);
        }
        Ok(())
    }
}

sekisho_sdk::export_detector!(LateralMovement);
