//! The five laws over a detector that uses every window at once, with rows that chance makes; and detectors that break
//! a law, to show that the harness sees it.

#![cfg(feature = "testing")]

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use sekisho_sdk::prelude::*;
use sekisho_sdk::testing::{Bench, Rows};

/// Every window, immediate and settled rules, a signal to itself.
struct Everything {
    host: Text,
    bytes: Integer,
    relayed: Text,
    relays: Reading,
    hosts: Tally,
    events: Timeline,
    known: FirstSeen,
    days: Baseline,
    rules: [Rule; 6],
    signal: SignalType,
    by_user: KeySpace,
}

use sekisho_sdk::SignalType;

impl Detector for Everything {
    type Settings = NoSettings;

    fn describe() -> Identity {
        Identity { id: "everything", version: "1.0.0", title: "Every window at once" }
    }

    fn plan(_: NoSettings, plan: &mut Plan) -> Result<Self, Problems> {
        let by_user = plan.key_space("user", ["user.canonical"]);
        let by_host = plan.key_space("host", ["host"]);
        let mut read = plan.read("authentication", by_user).lateness(3 * MINUTE);
        let (host, bytes) = (read.text("dst_endpoint.host"), read.integer("traffic.bytes_out"));
        let mut relays = plan.read("signal:self/relay", by_host).by(["host"]).lateness(4 * HOUR);
        let relayed = relays.text("user");
        let relays = relays.done();
        let rules = [
            plan.rule("distinct", by_user).bucket(10 * MINUTE).done(),
            plan.rule("sliding", by_user).bucket(10 * MINUTE).reach(5 * MINUTE).done(),
            plan.rule("sequence", by_user).bucket(10 * MINUTE).reach(4 * MINUTE).settled().done(),
            plan.rule("new", by_user).bucket(10 * MINUTE).done(),
            plan.rule("unusual", by_user).bucket(DAY).done(),
            plan.rule("relayed", by_host).bucket(HOUR).done(),
        ];
        Ok(Self {
            host,
            bytes,
            relayed,
            relays,
            hosts: plan.tally(by_user, MINUTE).members(4),
            events: plan.timeline(by_user).events(16),
            known: plan.first_seen(by_user, 30 * MINUTE),
            days: plan.baseline(by_user, 2),
            rules,
            signal: plan.signal("relay", by_user).text("host").text("user").done(),
            by_user,
        })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if !group.is_of(self.by_user) {
            return self.judge_host(group, out);
        }
        for row in group.rows() {
            let (host, bytes) = (row.text(self.host).unwrap_or_default(), row.integer(self.bytes).unwrap_or(0));
            let seen = [("host", row.text(self.host))];
            self.hosts.add(group, Entry::of(&row, host).amount(bytes).seen(&seen));
            self.events.add(group, u32::from(bytes % 2 == 0), Entry::of(&row, host).seen(&seen));
            self.known.add(group, Entry::of(&row, host).seen(&seen));
            self.days.add(group, Entry::of(&row, "").amount(bytes));
            if bytes % 5 == 0 {
                let signal = Signal::new(self.signal, row.time()).origin(row.origin()).text(host).text(group.part(0));
                out.signal(group, signal);
            }
        }
        self.judge_user(group, out);
        Ok(())
    }
}

fn told(title: &str, window: &Window<'_>) -> Draft {
    Draft::new(format!("{title}: {}", window.distinct()))
        .figure("sum", window.sum())
        .figure("count", window.count())
        .span(window.since().unwrap_or(0), window.until().unwrap_or(0))
        .evidences(window.members().iter().map(|member| member.evidence("first")))
}

impl Everything {
    fn judge_user(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let [distinct, sliding, sequence, new, unusual, _] = self.rules;
        out.review(group, distinct, |state, bucket| {
            let window = self.hosts.within(state, bucket);
            (window.distinct() >= 3).then(|| told("distinct", &window))
        });
        out.review(group, sliding, |state, bucket| {
            let window = self.hosts.sliding(state, bucket, |window| window.sum() >= 20)?;
            Some(told("sliding", &window))
        });
        out.review(group, sequence, |state, bucket| {
            let pairs = self.events.then(state, bucket, (0, 1), |first, then| first.name != then.name);
            let draft = Draft::new(format!("{} pairs", pairs.len()));
            let shown = pairs.iter().flat_map(|(a, b)| [a.evidence("first"), b.evidence("then")]);
            (!pairs.is_empty()).then(|| draft.evidences(shown))
        });
        out.review(group, new, |state, bucket| {
            let new = self.known.new_within(state, bucket);
            let old = self.known.age(state, bucket.start) > 0;
            let shown = new.iter().map(|member| member.evidence("new"));
            (new.len() >= 2).then(|| Draft::new(format!("{} new, {old}", new.len())).evidences(shown))
        });
        out.review(group, unusual, |state, bucket| {
            let (past, today) = (self.days.before(state, bucket), self.days.today(state, bucket));
            let unusual = past.age > 0 && today > past.most;
            unusual.then(|| Draft::new(format!("{today} after {past:?}")).span(bucket.start, bucket.start))
        });
    }

    fn judge_host(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        for row in group.rows().filter(|row| row.is(self.relays)) {
            self.hosts.add(group, Entry::of(&row, row.text(self.relayed).unwrap_or_default()));
        }
        out.review(group, self.rules[5], |state, bucket| {
            let window = self.hosts.within(state, bucket);
            (window.distinct() >= 2).then(|| told("relayed", &window))
        });
        Ok(())
    }
}

const START: i64 = 1_759_314_600_000_000_000;

/// Rows of three users on eight hosts; minutes apart at most, sometimes a day.
fn rows() -> impl Strategy<Value = Rows> {
    let row = (0..240i64, 0..3u8, 0..8u8, 0..20i64, prop::bool::weighted(0.03));
    prop::collection::vec(row, 1..120).prop_map(|made| {
        let (mut rows, mut time) = (Rows::default(), START);
        for (apart, user, host, bytes, leap) in made {
            time += apart * SECOND / 4 + if leap { DAY } else { 0 };
            let row = rows.of("authentication").at_nanos(time).set("user.canonical", format!("user{user}"));
            row.set("dst_endpoint.host", format!("host{host}")).set("traffic.bytes_out", bytes);
        }
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_window_obeys_the_laws(rows in rows()) {
        let broken = Bench::<Everything>::new("{}").broken_laws(&rows);
        prop_assert!(broken.is_empty(), "{}", broken.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn the_detector_of_this_test_finds_by_every_rule() {
    let mut rows = Rows::default();
    for at in 0..60 {
        let time = START + at * 20 * SECOND + (at / 40) * DAY;
        let row = rows.of("authentication").at_nanos(time).set("user.canonical", format!("user{}", at % 2));
        row.set("dst_endpoint.host", format!("host{}", at % 7)).set("traffic.bytes_out", at / 2);
    }
    let found = Bench::<Everything>::new("{}").run(&rows);
    for rule in ["distinct", "sliding", "sequence", "new", "unusual", "relayed"] {
        assert!(!found.of(rule).is_empty(), "{rule} found nothing");
    }
}

/// Counts in a global: a fresh instance would not, and calls are no unit of anything.
struct Global {
    rule: Rule,
}

static CALLS: AtomicU64 = AtomicU64::new(0);

impl Detector for Global {
    type Settings = NoSettings;

    fn describe() -> Identity {
        Identity { id: "global", version: "1.0.0", title: "A breaker of laws" }
    }

    fn plan(_: NoSettings, plan: &mut Plan) -> Result<Self, Problems> {
        let by_user = plan.key_space("user", ["user.canonical"]);
        plan.read("authentication", by_user).done();
        Ok(Self { rule: plan.rule("calls", by_user).done() })
    }

    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        let calls = CALLS.fetch_add(1, Ordering::Relaxed);
        out.review(group, self.rule, |_, _| Some(Draft::new(format!("call {calls}"))));
        Ok(())
    }
}

#[test]
fn a_detector_that_remembers_in_a_global_is_seen() {
    let mut rows = Rows::default();
    for at in 0..10 {
        rows.of("authentication").at_nanos(START + at * SECOND).set("user.canonical", "sato");
    }
    let broken = Bench::<Global>::new("{}").broken_laws(&rows);
    assert!(broken.iter().any(|broken| broken.law.to_string().starts_with("law 1")), "{broken:?}");
}
