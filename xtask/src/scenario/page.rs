//! `docs/streams.md`: what the detectors do on generated streams.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::evaluate::{HIGH, MEDIUM, Table, severity};
use super::campaign::{Swept, Trial};
use super::intrusion::VARIANTS;
use super::score::{Act, FalseAlarm, Named};
use super::tables::{DASH, gigabytes, minutes, percent, rate};
use super::traps::{TRAPS, Trap};

/// What the page tells.
pub struct Page<'p> {
    pub days: i64,
    /// The options that make the page again.
    pub command: &'p str,
    /// How often the streams were judged, in their own time.
    pub interval: &'p str,
    /// How many of a hundred people are at work around an intrusion.
    pub desks: u64,
    pub trials: &'p [Trial],
}

const INTRODUCTION: &str = "\
Three weeks of office life of some hundred people with an intrusion inside, written from a seed in the shapes of real
forwarders (Winlogbeat, FortiGate, Zeek) and judged by `sekisho replay --interval`. What short captures can't show is
here: fan-in, first-seen, low and slow, false alarms a day.

The same people wrote the streams and the detectors, which invites to fool oneself. Against it: rates and sizes are
published figures, named in `xtask/src/scenario` (Los Alamos 2015 for logons, programs, look-ups and flows; Sandvine for
the ratio of bytes; Huntress and the company's own report for the intrusion); repeated events are thinned (a tenth of the
flows, look-ups and programs, a fiftieth of the logons), bytes are not; the seeds of these tables were drawn after the rules
were frozen; each trap is swept over its strength in [`traps.md`](traps.md). What the streams can't have is what nobody thought of: false
alarms of a real house will be more.
";

/// Written by people, after they had read the alerts.
const NOTES: &str = include_str!("notes.md");

// === impl Page ===

impl Page<'_> {
    pub fn whole(&self) -> String {
        let seeds: BTreeSet<_> = self.trials.iter().map(|trial| trial.seed).collect();
        let seeds = seeds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let hosts = self.trials.first().map_or(0, |trial| trial.hosts);
        let (days, command, interval) = (self.days, self.command, self.interval);
        format!(
            "# Generated streams\n\n*Made by `cargo xtask scenario {command}`: {days} days, {hosts} hosts, seeds {seeds}, judged every {interval}.*\n\n\
             {INTRODUCTION}\n{intrusions}\n{acts}\n{alarms}\n{loud}\n{NOTES}",
            intrusions = self.intrusions(),
            acts = self.acts(),
            alarms = self.alarms(),
            loud = self.loud(),
        )
    }

    /// A row for each variant: the worst of all seeds.
    fn intrusions(&self) -> String {
        let titles = [
            "variant",
            "inventory",
            ">acts told",
            ">at medium and up",
            ">of",
            ">minutes to administrator rights told, medium and up",
            ">GB gone when the wire names the theft, medium and up",
            ">percent",
            ">high and up: GB",
            ">percent",
        ];
        let mut table = Table::new(&titles);
        for (variant, inventory) in VARIANTS.iter().flat_map(|variant| [(variant, true), (variant, false)]) {
            let trials = || {
                self.trials
                    .iter()
                    .filter(|trial| trial.inventory == inventory && trial.variant.is_some_and(|of| of.id == variant.id))
            };
            if trials().next().is_none() {
                continue;
            }
            let told = |place: usize| {
                let count = |trial: &Trial| trial.score.acts.iter().filter(|act| act.first[place].is_some()).count();
                trials().map(count).min().unwrap_or_default().to_string()
            };
            let rights = trials().map(|trial| to_rights(&trial.score.acts)).collect::<Option<Vec<_>>>();
            let named = |place: usize| {
                let named = trials().map(|trial| trial.score.named[place].as_ref()).collect::<Option<Vec<&Named>>>();
                named.and_then(|all| {
                    all.into_iter().max_by_key(|named| u128::from(named.gone) * 1000 / u128::from(named.of.max(1)))
                })
            };
            let gone = |named: Option<&Named>| {
                named.map_or([DASH.to_owned(), DASH.to_owned()], |named| {
                    [gigabytes(named.gone), percent(named.gone, named.of)]
                })
            };
            let of = trials().map(|trial| trial.score.acts.len()).max().unwrap_or_default();
            let (medium, high) = (gone(named(1)), gone(named(2)));
            let row = [
                format!("`{}`: {}", variant.id, variant.title),
                (if inventory { "with" } else { "without" }).to_owned(),
                told(0),
                told(1),
                of.to_string(),
                rights.and_then(|all| all.into_iter().max()).map_or(DASH.to_owned(), minutes),
            ];
            table.row(row.into_iter().chain(medium).chain(high));
        }
        format!(
            "## Intrusions\n\nThe worst of all seeds; {DASH}: not told in every one. An act is told when an alert cites a line of it; \
             *rights* counts from the first line of getting or using administrator rights. `entry` and `return` alone \
             are a valid account on the VPN, which these three detectors leave to correlation.\n\n{table}"
        )
    }

    /// Acts of all variants with the inventory, first seed.
    fn acts(&self) -> String {
        let mut table = Table::new(&[
            "variant",
            "act",
            ">lines",
            ">minutes to the first alert",
            ">medium and up",
            ">high and up",
            "first rule of medium and up, or of any severity",
        ]);
        let first = self.trials.first().map(|trial| trial.seed);
        for trial in self.trials.iter().filter(|trial| trial.inventory && Some(trial.seed) == first) {
            let Some(variant) = trial.variant else { continue };
            for act in &trial.score.acts {
                let rule = act.first[1].as_ref().or(act.first[0].as_ref()).map_or(DASH, |first| &first.rule);
                let [any, medium, high] = [0, 1, 2]
                    .map(|place| act.first[place].as_ref().map_or(DASH.to_owned(), |first| minutes(first.after)));
                let lines = act.extent.lines.to_string();
                table.row([variant.id.to_owned(), act.name.clone(), lines, any, medium, high, rule.to_owned()]);
            }
        }
        format!(
            "## Acts\n\nWith the inventory, first seed; {} of a hundred people at work. Event time of the evidence: on a live pipeline the \
             delay of the logs comes on top.\n\n{table}",
            self.desks,
        )
    }

    /// False alarms by trap over office life alone, all seeds.
    fn alarms(&self) -> String {
        let mut table = Table::new(&[
            "trap",
            "dose",
            ">with the inventory: low",
            ">medium",
            ">high and up",
            ">without: low",
            ">medium",
            ">high and up",
        ]);
        let labels = TRAPS
            .iter()
            .filter(|trap| trap.is_usual())
            .map(|trap| (trap.label(), trap.title, dose(trap, trap.usual())));
        let mut sums = [[0; 3]; 2];
        for (label, title, dose) in labels.chain([("office".to_owned(), "everything else", String::new())]) {
            let counts = [true, false].map(|inventory| {
                let of = |least, most| {
                    self.quiet(inventory)
                        .filter(|alarm| alarm.label == label && (least..=most).contains(&alarm.severity))
                        .count()
                };
                [of(0, MEDIUM - 1), of(MEDIUM, MEDIUM), of(HIGH, u64::MAX)]
            });
            sums.iter_mut().flatten().zip(counts.iter().flatten()).for_each(|(sum, count)| *sum += count);
            table.row(
                [title.to_owned(), dose].into_iter().chain(counts.iter().flatten().map(|count| self.rate(*count))),
            );
        }
        table.row(
            ["**all**".to_owned(), String::new()].into_iter().chain(sums.iter().flatten().map(|sum| self.rate(*sum))),
        );
        let week = |inventory: bool| {
            self.quiet(inventory)
                .filter(|alarm| alarm.severity >= MEDIUM && super::moment::day_of(alarm.at) < 7)
                .count()
        };
        let both = sums.map(|[_, medium, high]| [self.rate(medium + high), self.rate(high)]);
        format!(
            "## False alarms\n\nAlerts a day for 300 hosts in office life alone, each at the highest severity that it ever told, with what \
             set it off. Medium and up: **{} a day with the inventory, {} without** (aim 10); high and up: **{} and {}** (aim 1). \
             Of those of medium and up, {} and {} came in the first week.\n\n{table}",
            both[0][0],
            both[1][0],
            both[0][1],
            both[1][1],
            week(true),
            week(false),
        )
    }

    fn quiet(&self, inventory: bool) -> impl Iterator<Item = &FalseAlarm> {
        let trials = self.trials.iter().filter(move |trial| trial.variant.is_none() && trial.inventory == inventory);
        trials.flat_map(|trial| &trial.score.alarms)
    }

    fn rate(&self, count: usize) -> String {
        let quiet = self.trials.iter().filter(|trial| trial.variant.is_none() && trial.inventory);
        let (trials, hosts) = quiet.fold((0, 0), |(trials, _), trial| (trials + 1, trial.hosts));
        rate(count, self.days * trials, hosts)
    }

    /// Every rule that was false at medium and up, with an example.
    fn loud(&self) -> String {
        let mut table = Table::new(&["rule", "trap", "inventory", ">alerts", "loudest", "example"]);
        let mut rules = BTreeMap::<_, Vec<&FalseAlarm>>::new();
        for inventory in [true, false] {
            for alarm in self.quiet(inventory).filter(|alarm| alarm.severity >= MEDIUM) {
                rules.entry((&alarm.rule, &alarm.label, !inventory)).or_default().push(alarm);
            }
        }
        for ((rule, label, without), alarms) in rules {
            let Some(loudest) = alarms.iter().max_by_key(|alarm| alarm.severity) else { continue };
            table.row([
                format!("`{rule}`"),
                label.trim_start_matches("trap/").to_owned(),
                (if without { "without" } else { "with" }).to_owned(),
                alarms.len().to_string(),
                severity(loudest.severity).to_owned(),
                loudest.title.clone(),
            ]);
        }
        if table.is_empty() {
            String::new()
        } else {
            format!("### False alarms of medium and up\n\nAll seeds together.\n\n{table}")
        }
    }
}

/// `docs/traps.md`: where each trap begins to fire.
pub fn traps(swept: &[Swept], days: i64, seed: u64, interval: &str) -> String {
    let mut text = format!(
        "# Where traps begin to fire\n\n*Made by `cargo xtask scenario --sweep --days {days} --seed {seed} --interval {interval}`.*\n\n\
         Each trap by itself and in doses, in a house of 300 people, one in twenty of them at work (services that people adopt: in a house of so many people and 20 more, all at work), with the inventory: alerts over \
         all days that cite a line of the trap, as low / medium / high and up. [`streams.md`](streams.md) has them in their usual doses.\n"
    );
    for swept in swept {
        // Writing into a text does not fail.
        let _ = writeln!(text, "\n**{}**\n", swept.trap.title);
        let _ = write!(text, "{}", if swept.trap.scales.len() == 2 { grid(swept) } else { line(swept) });
    }
    text
}

/// Minutes until somebody who watches medium and up hears of the rights: their act, or the theft of credentials before it.
fn to_rights(acts: &[Act]) -> Option<i64> {
    let of = |name: &str| acts.iter().find(|act| act.name == name);
    let after = |act: &Act| act.first[1].as_ref().map(|first| first.after);
    let rights = of("rights").and_then(after);
    // Credentials come first where they are an act of their own: then the alert on them is early.
    match of("credentials").and_then(after) {
        Some(credentials) => Some(rights.map_or(credentials, |rights| rights.min(credentials))),
        None => rights,
    }
}

fn dose(trap: &Trap, dose: [u64; 2]) -> String {
    trap.scales.iter().zip(dose).map(|(scale, dose)| format!("{dose} {}", scale.unit)).collect::<Vec<_>>().join(", ")
}

fn told(alarms: [usize; 3]) -> String {
    if alarms == [0; 3] { DASH.to_owned() } else { alarms.map(|count| count.to_string()).join(" / ") }
}

fn line(swept: &Swept) -> Table {
    let unit = swept.trap.scales[0].unit;
    let titles: Vec<_> =
        std::iter::once(unit.to_owned()).chain(swept.doses.iter().map(|dosed| format!(">{}", dosed.dose[0]))).collect();
    let mut table = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    table.row(
        std::iter::once("low / medium / high".to_owned()).chain(swept.doses.iter().map(|dosed| told(dosed.alarms))),
    );
    table
}

fn grid(swept: &Swept) -> Table {
    let across: BTreeSet<_> = swept.doses.iter().map(|dosed| dosed.dose[1]).collect();
    let units = format!("{} \\ {}", swept.trap.scales[0].unit, swept.trap.scales[1].unit);
    let titles: Vec<_> = std::iter::once(units).chain(across.iter().map(|dose| format!(">{dose}"))).collect();
    let mut table = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    let down: BTreeSet<_> = swept.doses.iter().map(|dosed| dosed.dose[0]).collect();
    for dose in down {
        let row = swept.doses.iter().filter(|dosed| dosed.dose[0] == dose).map(|dosed| told(dosed.alarms));
        table.row(std::iter::once(dose.to_string()).chain(row));
    }
    table
}
