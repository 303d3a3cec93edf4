//! A client meets a service that takes files or texts from anyone.
//!
//! **Fires** on a name asked for, or a server name in a TLS greeting, of a service that intruders send files or texts to
//! ([`crate::services`]), once a day for each client.
//!
//! **ATT&CK** T1567 (T1567.002 storage, T1567.003 texts).
//!
//! **Severity** informational where a browser asks for it by day or the process is not told; low outside office hours;
//! medium when the process that asks is told and is no browser.
//!
//! **False alarms** people who use them: the operator's policy decides.

use sekisho_sdk::prelude::*;

use crate::command::file_name;
use crate::services::{BROWSERS, service_of};
use crate::words::{list, moment};

/// The rule, configured.
pub struct ServiceContact {
    pub rule: Rule,
}

/// Plans the rule.
pub fn plan(plan: &mut Plan, space: KeySpace) -> ServiceContact {
    let rule = plan
        .rule("service-contact", space)
        .title("A client meets a service that takes files from anyone")
        .weighs(Severity::Informational, 30)
        .technique("T1567.002", "name of a file-sharing service asked for or greeted")
        .technique("T1567.003", "name of a paste service asked for or greeted")
        .bucket(DAY)
        .advice("By itself a click of a person. Beside an archive, a transfer tool or a volume of bytes out it names the drop.")
        .done();
    ServiceContact { rule }
}

// === impl ServiceContact ===

impl ServiceContact {
    /// What is to be said of a day.
    pub fn judge(&self, state: &State, bucket: Bucket, met: Tally, client: &str) -> Option<Draft> {
        let window = met.within(state, bucket);
        if window.is_empty() {
            return None;
        }
        let met = window.members();
        let programs = || met.iter().filter_map(|member| member.seen("process.file.path")).map(file_name);
        let is_browser = |name: &str| BROWSERS.iter().any(|browser| name.eq_ignore_ascii_case(browser));
        // The system's own resolver and unknown processes say nothing of who asked.
        let dull = |name: &str| {
            is_browser(name)
                || ["svchost.exe", "<unknown process>", "system"].iter().any(|own| name.eq_ignore_ascii_case(own))
        };
        let program = programs().find(|name| !dull(name));
        let night = met.iter().any(|member| member.sum2 > 0);
        let severity = match program {
            Some(_) => Severity::Medium,
            None if night => Severity::Low,
            None => Severity::Informational,
        };
        let mut services: Vec<&str> =
            met.iter().filter_map(|member| service_of(member.name)).map(|(service, _)| service).collect();
        services.sort_unstable();
        services.dedup();
        let by = program.map_or(String::new(), |program| format!(" by {program}"));
        let services = list(services, 4);
        let text = format!(
            "{client} met {services} {} times on the day from {}{by}{}. Names: {}.",
            window.count(),
            moment(bucket.start),
            if night { ", outside office hours too" } else { "" },
            list(met.iter().map(|member| member.name), 6)
        );
        let draft = Draft::new(format!("{client} met {services}{by}"))
            .describe(text)
            .entity(if client.contains(['.', ':']) { EntityKind::Address } else { EntityKind::Host }, client, "source")
            .severity(severity)
            .evidences(met.iter().map(|member| member.evidence("first contact")));
        Some(met.iter().fold(draft, |draft, member| draft.entity(EntityKind::Domain, member.name, "destination")))
    }
}
