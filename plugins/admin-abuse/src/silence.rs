//! Logs that fall silent.
//!
//! - **`log-service-ended`** (T1685.001): the log service of a host ended (1100, 7036), and neither a shutdown nor a start
//!   of the host stands beside it. Low, and only for hosts where it did not happen in the eight days before: those whose
//!   shutdowns are not told end it every evening.
//! - **`sensor-silent`** (T1685): Security or Sysmon told of process starts and service logons in each of three hours, then
//!   for a whole hour of nothing while the other went on. Low, since subscriptions and forwarders fail; medium when somebody
//!   touched the log service or the sensor in the hours before. A host that is off is silent in both, and not told.

use sekisho_sdk::prelude::*;

use crate::reads::wanted;

const ENDED: u32 = 1;
const EXPLAINED: u32 = 2;
const TOUCHED: u32 = 3;
/// A shutdown or a start explains an end this near.
const NEAR: i64 = 15 * MINUTE;
/// A host whose log ended so recently ends it every day.
const HABIT: i64 = 8 * DAY;
/// Whole hours in which a log told something before it fell silent.
const LIVELY: i64 = 3;
/// Records an hour that make it lively: an idle server starts some services an hour.
const PULSE: u64 = 3;
/// Names of the two logs, as rows are counted.
const LOGS: [&str; 2] = ["Security", "Sysmon"];

/// The rules about silence on one host.
pub struct SilenceRules {
    pub space: KeySpace,
    logs: Reading,
    services: Reading,
    others: Reading,
    starts: Reading,
    logons: Reading,
    code: Text,
    name: Text,
    channel: Text,
    facts: Timeline,
    touches: Timeline,
    pulse: Tally,
    ended: Rule,
    silent: Rule,
}

// === impl SilenceRules ===

impl SilenceRules {
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan) -> Self {
        let space = plan.key_space("sensor", ["device.host"]);
        let mut read = plan
            .read("event_log_activity", space)
            .when(all([one_of("metadata.event_code", ["1100", "6005", "4", "16", "255", "4719", "1102"])]));
        let code = read.text("metadata.event_code");
        let logs = read.done();
        let mut read = plan.read("windows_service_activity", space);
        read = read.when(all([
            eq_any("activity_id", [2, 4]),
            prefix("win_service.name", ["eventlog", "windows event log", "sysmon"]),
        ]));
        let name = read.text("win_service.name");
        read.text("metadata.event_code");
        let services = read.done();
        let mut read = plan
            .read("base_event", space)
            .when(all([one_of("metadata.event_code", ["1074", "4608", "4609", "6008"])]))
            .when(wanted::kernel());
        read.text("metadata.event_code");
        let others = read.done();
        // One pulse for both logs: what every Windows host does some times an hour.
        let mut read = plan
            .read("process_activity", space)
            .when(all([eq("activity_id", 1), one_of("process.file.name", ["svchost.exe"])]));
        let channel = read.text("metadata.event_code");
        let starts = read.done();
        let mut read = plan
            .read("authentication", space)
            .when(all([one_of("metadata.event_code", ["4624"]), eq("logon_type_id", 5)]));
        read.text("metadata.event_code");
        let logons = read.done();
        let facts = plan.timeline(space).keep(HABIT).events(16);
        // Of their own: a change of the audit policy tells of dozens, and would leave no room for the end itself.
        let touches = plan.timeline(space).keep(2 * HOUR).events(16);
        let pulse = plan.tally(space, HOUR).keep((LIVELY + 1) * HOUR).members(2);
        let rule = plan.rule("log-service-ended", space).title("Log service ended without a shutdown");
        let ended = rule
            .weighs(Severity::Low, 40)
            .bucket(HOUR)
            .reach(NEAR)
            .lookback(HABIT)
            .settled()
            .technique("T1685.001", "the log service ends, and the host neither shuts down nor starts")
            .advice(
                "See who was on the host, whether its logs go on, and when: what happened in the gap is not in them.",
            )
            .done();
        let rule = plan.rule("sensor-silent", space).title("Sensor silent while the host goes on");
        let silent = rule
            .weighs(Severity::Low, 45)
            .bucket(HOUR)
            .lookback((LIVELY + 1) * HOUR)
            .settled()
            .technique("T1685", "one log of a host stops while another goes on")
            .advice("Ask the host whether the sensor runs, and the collector whether it receives. Several hosts at once: the collector.")
            .done();
        Self {
            space,
            logs,
            services,
            others,
            starts,
            logons,
            code,
            name,
            channel,
            facts,
            touches,
            pulse,
            ended,
            silent,
        }
    }

    /// Judges one host.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        for row in group.rows() {
            let code = row.text(self.code).unwrap_or_default();
            let seen = [("metadata.event_code", Some(code)), ("win_service.name", row.text(self.name))];
            if row.is(self.starts) || row.is(self.logons) {
                // Sysmon numbers a process start 1, Security 4688.
                let log = LOGS[usize::from(row.text(self.channel) == Some("1"))];
                self.pulse.add(group, Entry::of(&row, log).seen(&seen[..1]));
            } else if row.is(self.others) || row.is(self.logs) && code == "6005" {
                self.facts.add(group, EXPLAINED, Entry::of(&row, code));
            } else if row.is(self.logs) && code == "1100"
                || row.is(self.services) && is_log_service(row.text(self.name))
            {
                self.facts.add(group, ENDED, Entry::of(&row, code).seen(&seen));
            } else {
                self.touches.add(group, TOUCHED, Entry::of(&row, code).seen(&seen));
            }
        }
        let host = group.part(0);
        out.review(group, self.ended, |state, bucket| self.tell_ended(host, state, bucket));
        out.review(group, self.silent, |state, bucket| self.tell_silent(host, state, bucket));
    }

    fn tell_ended(&self, host: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let ends: Vec<Event<'_>> = self.facts.tagged(state, bucket.start, bucket.end, ENDED).collect();
        let first = ends.first()?;
        let near = |tag, from: i64, to: i64| {
            self.facts
                .tagged(state, first.time.saturating_sub(from), first.time.saturating_add(to), tag)
                .next()
                .is_some()
        };
        if near(EXPLAINED, NEAR, NEAR) || near(ENDED, HABIT, 0) {
            return None;
        }
        let title = format!("the log service of {host} ended, and the host was not shut down");
        let text = format!(
            "Event {} without a shutdown or a start within {} minutes, and without another end in the {} days before.",
            first.name,
            NEAR / MINUTE,
            HABIT / DAY
        );
        let draft = Draft::new(title).describe(text).host(host, "target");
        Some(draft.evidences(ends.iter().map(|end| end.evidence("log service ended"))))
    }

    fn tell_silent(&self, host: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let beats = |log: &str, from: i64, to: i64| {
            let window = self.pulse.between(state, from, to);
            window.members().iter().find(|member| member.name == log).map_or(0, |member| member.count)
        };
        let lively = |log: &str| {
            (1..=LIVELY).all(|ago| {
                let from = bucket.start.saturating_sub(ago.saturating_mul(HOUR));
                beats(log, from, from.saturating_add(HOUR)) >= PULSE
            })
        };
        let silent = |log: &&str| beats(log, bucket.start, bucket.end) == 0 && lively(log);
        let log = LOGS.into_iter().find(silent)?;
        let other = LOGS.into_iter().find(|other| *other != log)?;
        if beats(other, bucket.start, bucket.end) < PULSE {
            return None;
        }
        let before = bucket.start.saturating_sub(HOUR);
        let touched = self.touches.between(state, before, bucket.end);
        let touched = touched.chain(self.facts.tagged(state, before, bucket.end, ENDED));
        let touched: Vec<Event<'_>> = touched.collect();
        let here = self.pulse.within(state, bucket).members();
        let beat = here.iter().find(|member| member.name == other)?;
        let title = format!("{log} on {host} fell silent while {other} goes on");
        let mut text =
            format!("{log} told something in each of the {LIVELY} hours before, and for a whole hour nothing.");
        if !touched.is_empty() {
            text.push_str(" The log service, its policy or the sensor was touched just before.");
        }
        let severity = if touched.is_empty() { Severity::Low } else { Severity::Medium };
        let draft = Draft::new(title).describe(text).severity(severity).host(host, "target");
        let draft = draft.evidence(beat.evidence("the other log goes on"));
        let touched = touched.iter().filter(|event| event.time >= bucket.start);
        Some(draft.evidences(touched.map(|event| event.evidence("touched"))))
    }
}

fn is_log_service(name: Option<&str>) -> bool {
    name.is_some_and(|name| ["eventlog", "windows event log"].iter().any(|own| name.eq_ignore_ascii_case(own)))
}
