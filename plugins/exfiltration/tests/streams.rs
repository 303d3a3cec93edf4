//! Streams of days, made from a seed: office life with the traps that look like theft, and thefts in variants.
//!
//! There is no real capture of a theft through several clients. The parameters are published figures: Mino Industry (fourth
//! report, 2025) lost about 300 GB in 56 hours through several clients; 3 GB stands for what one department has.
//! rclone sends 4 files at once, FileZilla 2 (their documentation); a flow here is one file. An office user sends some 100 MB
//! a day and receives ten times that (Sandvine's reports on upstream and downstream traffic give 1:8 to 1:12 for fixed lines).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use exfiltration::Exfiltration;
use sekisho_core::contract::{Call, Severity};
use sekisho_core::detect::{Detector as Seam, Evaluated};
use sekisho_core::testing::{Pace, Stage};
use sekisho_sdk::prelude::{DAY, HOUR, MINUTE, SECOND};
use sekisho_sdk::testing::{Bench, Findings, NativeDetector, Rows};

/// Monday 15 September 2025, 00:00 in Tokyo.
const START: i64 = 1_757_862_000_000_000_000;
const MB: i64 = 1_000_000;
const GB: i64 = 1_000 * MB;
/// The Wednesday of the third week, 20:32: when it began at Mino.
const THEFT: i64 = START + 16 * DAY + 20 * HOUR + 32 * MINUTE;

/// A small generator of numbers (xorshift), the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, most: i64) -> i64 {
        (self.next() % most.max(1).unsigned_abs()) as i64
    }
}

struct Flow<'f> {
    time: i64,
    from: &'f str,
    to: &'f str,
    port: i64,
    out: i64,
    inward: i64,
    role: Option<&'f str>,
    zone: &'f str,
}

#[derive(Clone, Default)]
struct Stream {
    rows: Rows,
    count: usize,
    /// A gateway that tells its own address for those of its clients.
    observer: Option<&'static str>,
}

impl Stream {
    fn flow(&mut self, flow: &Flow<'_>) {
        let local = (flow.time - START).rem_euclid(7 * DAY);
        let (day, hour) = (local / DAY, local % DAY / HOUR);
        let off = day >= 5 || !(8..19).contains(&hour);
        let row = self.rows.of("network_activity").at_nanos(flow.time).set("activity_id", 6).set("off_hours", off);
        let row =
            row.set("src_endpoint.address", self.observer.unwrap_or(flow.from)).set("dst_endpoint.address", flow.to);
        // Ports for connections are handed out one after another.
        let row = row.set("src_endpoint.port", 49_152 + (self.count % 16_384) as i64);
        let row = row.set("dst_endpoint.port", flow.port).set("dst_endpoint.zone", flow.zone);
        let row = row.set("traffic.bytes_out", flow.out).set("traffic.bytes_in", flow.inward);
        let row = row.set("metadata.product.name", if self.observer.is_some() { "FortiGate" } else { "Zeek" });
        if let Some(role) = flow.role {
            row.set("src_endpoint.role", role);
        }
        self.count += 1;
    }

    fn web(&mut self, time: i64, from: &str, to: &str, out: i64, inward: i64) {
        self.flow(&Flow { time, from, to, port: 443, out, inward, role: None, zone: "internet" });
    }

    /// Days of office life: web, a storage service, video calls, updates, a nightly backup, a partner.
    fn office(&mut self, chance: &mut Chance, users: i64, days: i64) {
        for day in 0..days {
            let start = START + day * DAY;
            let weekend = day % 7 >= 5;
            self.night(chance, start);
            if weekend {
                continue;
            }
            for user in 0..users {
                let from = client(user);
                for _ in 0..6 {
                    let time = start + 8 * HOUR + chance.below(10 * HOUR);
                    let site = format!("20.18.{}.{}", chance.below(4), chance.below(250));
                    self.web(time, &from, &site, chance.below(300_000), chance.below(8 * MB));
                }
                // A storage service on eight addresses; a call of video, as much out as in; an update.
                let time = start + 9 * HOUR + chance.below(8 * HOUR);
                self.web(
                    time,
                    &from,
                    &format!("20.19.0.{}", chance.below(8)),
                    chance.below(120 * MB),
                    chance.below(5 * MB),
                );
                let out = 200 * MB + chance.below(600 * MB);
                self.web(
                    time + HOUR,
                    &from,
                    &format!("20.19.1.{}", chance.below(16)),
                    out,
                    out + chance.below(200 * MB),
                );
                self.web(time + 2 * HOUR, &from, &format!("20.19.2.{}", chance.below(16)), 2 * MB, 400 * MB);
            }
        }
    }

    fn night(&mut self, chance: &mut Chance, start: i64) {
        for server in 0..3 {
            for part in 0..20 {
                let from = format!("10.1.0.{server}");
                let time = start + 2 * HOUR + part * 5 * MINUTE;
                let (out, role) = (2 * GB + chance.below(GB), Some("backup"));
                self.flow(&Flow {
                    time,
                    from: &from,
                    to: "20.19.3.7",
                    port: 443,
                    out,
                    inward: 20 * MB,
                    role,
                    zone: "internet",
                });
            }
        }
        let (from, to, out) = ("10.1.0.40", "198.51.100.20", 300 * MB + chance.below(200 * MB));
        self.flow(&Flow { time: start + 6 * HOUR, from, to, port: 22, out, inward: MB, role: None, zone: "partner" });
    }

    /// A theft: so many bytes through so many clients over a time, in files.
    fn theft(&mut self, chance: &mut Chance, theft: &Theft) {
        let files = theft.bytes / theft.file;
        for file in 0..files {
            let from = client(40 + file % theft.clients);
            let time = THEFT + theft.over / files.max(1) * file + chance.below(30) * SECOND;
            let out = theft.file - theft.file / 10 + chance.below(theft.file / 5);
            let port = theft.port;
            self.flow(&Flow {
                time,
                from: &from,
                to: "203.0.113.77",
                port,
                out,
                inward: out / 200,
                role: None,
                zone: "internet",
            });
        }
    }

    /// A new backup in the cloud from the third week on: the backup host, and two file servers that nobody named as such.
    fn new_backup(&mut self, chance: &mut Chance, gb: i64) {
        for (flow, night) in (0..30).flat_map(|flow| (14..19).map(move |night| (flow, night))) {
            let (from, role) =
                [("10.1.0.0", Some("backup")), ("10.1.0.20", None), ("10.1.0.21", None)][flow as usize % 3];
            let time = START + night * DAY + 2 * HOUR + chance.below(2 * HOUR);
            let out = gb * GB / 30;
            self.flow(&Flow {
                time,
                from,
                to: "203.0.113.150",
                port: 443,
                out,
                inward: out / 300,
                role,
                zone: "internet",
            });
        }
    }

    /// A service that so many users adopt within a week, each with so much in all.
    /// Of what goes up, so many percent come down again: a service is used, not only filled.
    fn adoption(&mut self, chance: &mut Chance, users: i64, each: i64, percent: i64) {
        for user in 0..users {
            let from = client(user);
            // All have joined by Friday.
            for day in 14 + user % 5..19 {
                for _ in 0..4 {
                    let time = START + day * DAY + 9 * HOUR + chance.below(8 * HOUR);
                    let out = each / 4 / (5 - user % 5);
                    self.web(time, &from, "203.0.113.200", out, out * percent / 100);
                }
            }
        }
    }
}

struct Theft {
    bytes: i64,
    clients: i64,
    over: i64,
    file: i64,
    port: i64,
}

fn client(user: i64) -> String {
    format!("10.2.{}.{}", user / 200, user % 200 + 10)
}

fn bench() -> Bench<Exfiltration> {
    Bench::new("{}").zone("10.", "internal")
}

/// Findings told of a rule about a destination, in order, as (severity, bytes out when it was told).
fn told(found: &Findings, rule: &str, key: &str) -> Vec<(Severity, i64)> {
    let index = found.of(rule);
    let plan = index.first().map(|one| one.finding.rule);
    let of_rule = found.told.iter().filter(|(at, finding)| Some(finding.rule) == plan && at.join(",") == key);
    let bytes =
        |figures: &[(String, i64)]| figures.iter().find(|(name, _)| name == "bytes_out").map_or(0, |(_, value)| *value);
    of_rule.map(|(_, finding)| (finding.severity, bytes(&finding.figures))).collect()
}

fn run(theft: Option<&Theft>, seed: u64) -> (Findings, Rows) {
    let (mut stream, mut chance) = (Stream::default(), Chance(seed.max(1)));
    stream.office(&mut chance, 80, 19);
    if let Some(theft) = theft {
        stream.theft(&mut chance, theft);
    }
    (bench().run(&stream.rows), stream.rows)
}

#[test]
fn a_theft_through_several_clients_is_named_before_one_percent_of_300_gb_has_left() {
    for (seed, clients) in [(11, 2), (12, 5), (13, 10)] {
        let theft = Theft { bytes: 300 * GB, clients, over: 56 * HOUR, file: 60 * MB, port: 443 };
        let (found, _) = run(Some(&theft), seed);
        let told = told(&found, "fan-in", "203.0.113.77");
        let first = told.iter().find(|(severity, _)| *severity >= Severity::Medium).expect("it is told");
        println!(
            "300 GB, {clients} clients: named at {} MB, last {:?} at {} GB",
            first.1 / MB,
            told.last().unwrap().0,
            told.last().unwrap().1 / GB
        );
        assert!(first.1 < 3 * GB, "{first:?}");
        assert!(told.last().unwrap().0 >= Severity::High);
    }
}

#[test]
fn a_theft_of_3_gb_is_named_before_a_fifth_has_left() {
    for (seed, clients) in [(21, 2), (22, 4), (23, 8)] {
        let theft = Theft { bytes: 3 * GB, clients, over: 5 * HOUR, file: 12 * MB, port: 22 };
        let (found, _) = run(Some(&theft), seed);
        let told = told(&found, "fan-in", "203.0.113.77");
        let first = told.iter().find(|(severity, _)| *severity >= Severity::Medium).expect("it is told");
        println!("3 GB, {clients} clients: named at {} MB", first.1 / MB);
        assert!(first.1 < 600 * MB, "{first:?}");
    }
}

#[test]
fn office_life_with_its_traps_raises_nothing_of_medium() {
    for seed in [31, 32] {
        let (found, _) = run(None, seed);
        let loud: Vec<_> =
            found.standing.values().filter(|finding| finding.severity >= Severity::Medium).map(|f| &f.title).collect();
        assert!(loud.is_empty(), "{loud:#?}");
        for ((_, key, _), finding) in &found.standing {
            println!("low: {key:?} {}", finding.title);
        }
    }
}

/// The worst that was told of a destination at any time, and what stands in the end.
fn worst(found: &Findings, destination: &str) -> (Option<Severity>, Option<Severity>) {
    let about = |key: &[String]| key.join(",") == destination;
    let told = found.told.iter().filter(|(key, _)| about(key)).map(|(_, finding)| finding.severity).max();
    let stands = found.standing.iter().filter(|((_, key, _), _)| about(key)).map(|(_, finding)| finding.severity);
    (told, stands.max())
}

#[test]
fn a_service_that_a_house_adopts_is_quiet_when_it_is_used_and_low_when_it_is_only_filled() {
    println!("users   GB each   % back   told at worst, in the end");
    let strengths = [1, 10, 100, 500].into_iter().flat_map(|tenths| [20, 8, 2].map(|percent| (tenths, percent)));
    let (mut office, mut chance) = (Stream::default(), Chance(41));
    office.office(&mut chance, 30, 19);
    for users in [5, 10, 20, 50, 200] {
        for (tenths, percent) in strengths.clone() {
            let (mut stream, mut chance) = (office.clone(), Chance(41));
            stream.adoption(&mut chance, users, tenths * GB / 10, percent);
            let (told, stands) = worst(&bench().run(&stream.rows), "203.0.113.200");
            println!("{users:5}  {:6}.{}   {percent:6}   {told:?} {stands:?}", tenths / 10, tenths % 10);
            assert!(percent < 10 || told.is_none(), "{users} users, {tenths} tenths of a GB");
            assert!(users < 15 || stands <= Some(Severity::Low), "{users} users, {tenths} tenths of a GB");
            assert!(told <= Some(Severity::Medium), "{users} users, {tenths} tenths of a GB");
        }
    }
}

#[test]
fn a_new_backup_is_low_where_the_backup_host_takes_part() {
    for gb in [1, 20, 300] {
        let (mut stream, mut chance) = (Stream::default(), Chance(42));
        stream.office(&mut chance, 10, 19);
        stream.new_backup(&mut chance, gb);
        // Until the backup host's first file is through, the others stand alone.
        let (told, stands) = worst(&bench().run(&stream.rows), "203.0.113.150");
        assert!(told <= Some(Severity::Medium) && stands <= Some(Severity::Low), "{gb} GB: {told:?}");
    }
}

#[test]
fn a_huge_theft_on_the_first_day_is_medium_and_a_small_one_low() {
    for (bytes, most) in [(3 * GB, Severity::Low), (300 * GB, Severity::Medium)] {
        let (mut stream, mut chance) = (Stream::default(), Chance(43));
        stream.theft(&mut chance, &Theft { bytes, clients: 5, over: 30 * HOUR, file: 60 * MB, port: 443 });
        let (told, stands) = worst(&bench().run(&stream.rows), "203.0.113.77");
        assert_eq!((told, stands), (Some(most), Some(most)));
    }
}

#[test]
fn a_theft_that_two_observers_see_is_counted_once() {
    let (mut stream, mut chance) = (Stream::default(), Chance(44));
    stream.office(&mut chance, 10, 16);
    let theft = Theft { bytes: 20 * GB, clients: 4, over: 10 * HOUR, file: 60 * MB, port: 443 };
    stream.theft(&mut chance, &theft);
    // The gateway tells the same flows under its own address.
    stream.observer = Some("192.0.2.1");
    stream.theft(&mut Chance(45), &theft);
    let bench = bench().zone("192.0.2.", "internal");
    let found = bench.run(&stream.rows);
    let told = told(&found, "fan-in", "203.0.113.77");
    let fan = found.of("fan-in").into_iter().find(|one| one.key == ["203.0.113.77"]).unwrap();
    let clients = fan.finding.figures.iter().find(|(name, _)| name == "clients").unwrap().1;
    assert_eq!(clients, 4);
    assert!(told.last().unwrap().1 < 21 * GB, "{told:?}");
}

/// Weighs the states that a detector gives back.
struct Weighing {
    inner: NativeDetector<Exfiltration>,
    sizes: BTreeMap<(u32, Vec<String>), usize>,
    spent: [std::time::Duration; 8],
}

impl Seam for Weighing {
    fn evaluate(&mut self, call: Call) -> Evaluated {
        let (space, keys): (u32, Vec<Vec<String>>) =
            (call.key_space, call.groups.iter().map(|group| group.key.clone()).collect());
        let evaluated = self.inner.evaluate(call);
        self.spent[space as usize] += evaluated.cpu;
        if let Ok(outcome) = &evaluated.outcome {
            for kept in &outcome.states {
                let size = kept.state.as_ref().map_or(0, |state| state.bytes.len());
                self.sizes.insert((space, keys[kept.group as usize].clone()), size);
            }
        }
        evaluated
    }

    fn renew(&mut self) {
        self.inner.renew();
    }
}

#[test]
fn a_key_takes_less_than_a_kilobyte_at_the_median() {
    let (mut stream, mut chance) = (Stream::default(), Chance(51));
    stream.office(&mut chance, 80, 19);
    let bench = bench();
    let mut rows = bench.reach(&stream.rows);
    rows.sort_by_key(|row| (row.time, row.digest, row.index, row.subscription));
    let (inner, plan) = NativeDetector::<Exfiltration>::configure("{}").unwrap();
    let mut weighing = Weighing { inner, sizes: BTreeMap::new(), spent: Default::default() };
    let mut stage = Stage::new(&plan, &mut weighing, Pace::default());
    let mut watermark = i64::MIN;
    for chunk in rows.chunks(256) {
        let after = chunk[chunk.len() - 1].time;
        stage.deliver(chunk, watermark, after).unwrap();
        watermark = after;
    }
    for space in 0..5 {
        let mut sizes: Vec<usize> =
            weighing.sizes.iter().filter(|((of, _), _)| *of == space).map(|(_, size)| *size).collect();
        sizes.sort_unstable();
        if let Some(most) = sizes.last() {
            println!(
                "{}: {} keys, median {} B, most {most} B",
                plan.key_spaces[space as usize].name,
                sizes.len(),
                sizes[sizes.len() / 2]
            );
        }
    }
    println!("{} rows of {} flows, {:?} spent", rows.len(), stream.count, weighing.spent);
    let mut all: Vec<usize> = weighing.sizes.values().copied().collect();
    all.sort_unstable();
    assert!(all[all.len() / 2] <= 1024, "median {}", all[all.len() / 2]);
}

#[test]
fn a_week_of_theft_obeys_the_laws() {
    let (mut stream, mut chance) = (Stream::default(), Chance(61));
    stream.office(&mut chance, 3, 18);
    let theft = Theft { bytes: 2 * GB, clients: 4, over: 30 * HOUR, file: 20 * MB, port: 443 };
    stream.theft(&mut chance, &theft);
    bench().obeys_the_laws(&stream.rows);
}

#[test]
fn a_theft_through_a_proxy_is_named_by_the_host_that_was_asked_for() {
    let mut rows = Rows::default();
    let mut request = |time: i64, from: &str, host: &str, path: &str, out: i64| {
        let row = rows.of("http_activity").at_nanos(time).set("src_endpoint.address", from);
        let row = row.set("dst_endpoint.address", "10.1.0.9").set("http_request.url.hostname", host);
        row.set("http_request.url.path", path)
            .set("http_request.body_length", out)
            .set("http_response.body_length", 500);
    };
    for user in 0..4 {
        for day in 0..16 {
            request(
                START + day * DAY + 9 * HOUR,
                &client(user),
                "www.example.com",
                "http://www.example.com/form",
                30_000,
            );
        }
        for part in 0..20 {
            let time = THEFT + part * 5 * MINUTE;
            request(time, &client(user), "Drop.example.org", "http://drop.example.org/in", 40 * MB);
            request(time, &client(user), "wiki", "http://wiki/attach", 40 * MB);
            // Straight to a web server of the house: no proxy carries it.
            request(time, &client(user), "files.corp.example.com", "/attach", 40 * MB);
        }
    }
    let found = bench().run(&rows);
    assert!(found.of("fan-in").iter().any(|one| one.key == ["Drop.example.org"]), "{}", found.story());
    assert!(found.of("fan-in").iter().all(|one| one.finding.severity >= Severity::Medium));
    assert_eq!(found.of("fan-in").len(), 1, "{}", found.story());
    bench().obeys_the_laws(&rows);
}
