//! Scores as tables.

use std::collections::BTreeMap;

use super::super::evaluate::{HIGH, MEDIUM, Table, severity};
use super::moment::{MINUTE, local};
use super::score::{First, Score};
use super::traps::TRAPS;

pub const DASH: &str = "–";

/// Acts with the time to their first alerts.
pub fn acts(score: &Score) -> Table {
    let titles = [
        "act",
        "began (Tokyo)",
        ">lines",
        ">minutes to the first alert",
        ">medium and up",
        ">high and up",
        "first rule of medium and up, or of any severity",
    ];
    let mut table = Table::new(&titles);
    for act in &score.acts {
        let (date, clock) = local(act.extent.first);
        let minutes = |first: &Option<First>| first.as_ref().map_or(DASH.to_owned(), |first| minutes(first.after));
        let rule = act.first[1].as_ref().or(act.first[0].as_ref()).map_or(DASH, |first| &first.rule);
        let [any, medium, high] = &act.first;
        table.row([
            act.name.clone(),
            format!("{date} {clock}"),
            act.extent.lines.to_string(),
            minutes(any),
            minutes(medium),
            minutes(high),
            rule.to_owned(),
        ]);
    }
    table
}

/// Minutes with one decimal where they are few.
pub fn minutes(span: i64) -> String {
    let tenths = span * 10 / MINUTE;
    if tenths < 100 { format!("{}.{}", tenths / 10, tenths % 10) } else { (tenths / 10).to_string() }
}

/// How much had left when the network named the theft.
pub fn theft(score: &Score) -> Table {
    let mut table = Table::new(&["theft named on the wire", ">GB gone", ">of", ">percent", "by"]);
    for (floor, named) in ["any severity", "medium and up", "high and up"].into_iter().zip(&score.named) {
        match named {
            Some(named) => table.row([
                floor.to_owned(),
                gigabytes(named.gone),
                gigabytes(named.of),
                percent(named.gone, named.of),
                format!("{} ({})", named.rule, severity(named.severity)),
            ]),
            None => table.row([floor, DASH, DASH, DASH, DASH]),
        }
    }
    table
}

/// Gigabytes with two decimals.
pub fn gigabytes(bytes: u64) -> String {
    format!("{}.{:02}", bytes / 1_000_000_000, bytes % 1_000_000_000 / 10_000_000)
}

/// A share with one decimal.
pub fn percent(part: u64, whole: u64) -> String {
    let thousandths = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

/// False alarms by trap.
pub fn alarms(score: &Score, days: i64, hosts: usize) -> Table {
    let mut table =
        Table::new(&["trap", ">low", ">medium", ">high and up", ">a day for 300 hosts: medium and up", ">high and up"]);
    let traps = TRAPS.iter().filter(|trap| trap.is_usual()).map(super::traps::Trap::label);
    let mut sum = [0; 3];
    for label in traps.chain(["office".to_owned()]) {
        let count =
            |least: u64, most: u64| score.alarms_of(&label, least).filter(|alarm| alarm.severity <= most).count();
        let counts = [count(0, MEDIUM - 1), count(MEDIUM, MEDIUM), count(HIGH, u64::MAX)];
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        table.row(alarm_row(label.trim_start_matches("trap/"), counts, days, hosts));
    }
    table.row(alarm_row("**all**", sum, days, hosts));
    table
}

fn alarm_row(label: &str, [low, medium, high]: [usize; 3], days: i64, hosts: usize) -> [String; 6] {
    let rate = |count: usize| rate(count, days, hosts);
    [label.to_owned(), low.to_string(), medium.to_string(), high.to_string(), rate(medium + high), rate(high)]
}

/// Of so many in all, how many a day for 300 hosts.
pub fn rate(count: usize, days: i64, hosts: usize) -> String {
    let hundredths = count as u64 * 100 * 300 / (days.max(1).unsigned_abs() * hosts.max(1) as u64);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Rules that were wrong at medium and up, with an example.
pub fn loud(score: &Score) -> Table {
    let mut table = Table::new(&["false at medium and up", "trap", ">alerts", "loudest", "first (Tokyo)", "example"]);
    let mut rules = BTreeMap::<(&str, &str), Vec<_>>::new();
    for alarm in score.alarms.iter().filter(|alarm| alarm.severity >= MEDIUM) {
        rules.entry((&alarm.rule, &alarm.label)).or_default().push(alarm);
    }
    for ((rule, label), alarms) in rules {
        let loudest = alarms.iter().map(|alarm| alarm.severity).max().unwrap_or_default();
        let Some(first) = alarms.iter().min_by_key(|alarm| alarm.at) else { continue };
        let (date, clock) = local(first.at);
        table.row([
            format!("`{rule}`"),
            label.trim_start_matches("trap/").to_owned(),
            alarms.len().to_string(),
            severity(loudest).to_owned(),
            format!("{date} {clock}"),
            first.title.clone(),
        ]);
    }
    table
}
