//! Abuse of administrator rights, blinding, and what comes before the end.
//!
//! | module | key space | judges |
//! |---|---|---|
//! | [`rules`] with `host` | host | acts that are bad by nature, folded by theme and hour; `before-the-end` |
//! | `files` | host | `ransom-note`, `files-encrypted` |
//! | `silence` | host | `log-service-ended`, `sensor-silent` |
//! | `logons` | session → source | `privileged-logon-from-vpn`, `credential-switch` |
//! | `account` | account | `account-raised`, `account-short-lived`, `before-the-end-everywhere`, `service-account-interactive` |
//! | `paths` | account | `privileged-new-path`, `vpn-new-place` |
//! | `groups` | account | `group-nested`, `group-command` |

mod account;
pub mod act;
mod files;
mod groups;
mod hints;
mod host;
mod logons;
mod paths;
mod reads;
pub mod rules;
mod silence;
pub mod text;

use sekisho_sdk::prelude::*;

settings! {
    /// How the operator tunes it.
    pub struct Settings {
        /// zones of the inventory from which a privileged logon is told
        vpn_zones: Vec<String> = vec!["vpn".into(), "vpn-pool".into()],
        /// roles of hosts that many people share: switches of credentials on them are their purpose
        shared_roles: Vec<String> = ["jump-host", "terminal-server", "nat", "proxy", "vpn-gateway"].map(String::from).into(),
        /// different steps towards destruction on one host within half an hour that raise before-the-end
        steps: usize [2..=8] = 3,
        /// hosts on which one account takes such steps within half an hour that raise before-the-end-everywhere
        hosts: u64 [2..=1000] = 2,
        /// folders that get the same file name within a minute
        note_folders: u64 [2..=1000] = 3,
        /// files that take one new ending within a minute
        encrypted_files: u64 [5..=10000] = 20,
    }
}

/// The detector, configured.
pub struct AdminAbuse {
    host: host::HostRules,
    files: files::FileRules,
    logons: logons::LogonRules,
    account: account::AccountRules,
    paths: paths::PathRules,
    groups: groups::GroupRules,
    silence: silence::SilenceRules,
}

impl Detector for AdminAbuse {
    type Settings = Settings;

    fn describe() -> Identity {
        Identity { id: "admin-abuse", version: env!("CARGO_PKG_VERSION"), title: "Abuse of administrator rights" }
    }

    fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
        // 2: records of windows are written shorter.
        plan.state_version(2, []);
        let host = host::HostRules::new(plan, settings.steps);
        let files = files::FileRules::new(plan, host.space, settings.note_folders, settings.encrypted_files);
        let logons = logons::LogonRules::new(plan, &settings.vpn_zones, settings.shared_roles);
        let person = plan.key_space("account", ["user.canonical"]);
        let account = account::AccountRules::new(plan, person, settings.hosts);
        let paths = paths::PathRules::new(plan, person);
        let groups = groups::GroupRules::new(plan, person);
        let silence = silence::SilenceRules::new(plan);
        Ok(Self { host, files, logons, account, paths, groups, silence })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if group.is_of(self.host.space) {
            self.host.judge(group, out);
            self.files.judge(group, out);
        } else if group.is_of(self.silence.space) {
            self.silence.judge(group, out);
        } else if group.is_of(self.logons.session) {
            self.logons.judge_session(group, out);
        } else if group.is_of(self.logons.source) {
            self.logons.judge_source(group, out);
        } else {
            self.account.judge(group, out);
            self.paths.judge(group, out);
            self.groups.judge(group, out);
        }
        Ok(())
    }
}

sekisho_sdk::export_detector!(AdminAbuse);
