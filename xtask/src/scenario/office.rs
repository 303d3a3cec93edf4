//! A working day: everybody signs in, reads shares, browses, goes home; servers talk among themselves.
//!
//! Rates: Kent, "Comprehensive, Multi-Source Cyber-Security Events" (Los Alamos, 2015) counts, over 58 days and 17,684
//! computers of 12,425 users, 1,051,430,459 authentications (1,459 a user and day), 426,045,096 starts and stops of
//! programs (415 a computer and day), 40,821,591 DNS look-ups of 15,296 computers (46) and, over 29 days and 12,027
//! computers, 129,977,412 flows (373). We write a tenth of the flows, look-ups and programs and a fiftieth of the
//! authentications: what is left out repeats what is there (renewed tickets, keep-alives). Bytes are not thinned: a flow
//! here stands for ten. Sandvine's reports on fixed lines (2013 to 2024) give one byte up for eight to twelve down.

use super::chance::Chance;
use super::estate::{
    APP1, BACKUP, DC1, DC2, Estate, FILE_SERVERS, FS1, Host, JUMP, MONITOR, Person, SVC_BACKUP, SVC_MONITOR, Trade,
};
use super::moment::{DAY, HOUR, MINUTE, SECOND, day, is_weekend};
use super::shapes::{Access, Flow, Scene, Started};

const MB: u64 = 1_000_000;

/// Flows of a day at a desk: a tenth of what Kent counts.
const FLOWS: u64 = 37;
/// Look-ups, a tenth.
const LOOKUPS: u64 = 5;
/// Programs, a tenth of half (Kent counts starts and stops).
const PROGRAMS: u64 = 20;
/// Sites that the house knows.
const SITES: usize = 600;

/// Programs of an office, by image, own name and parent.
const USUAL: [(&str, &str, &str); 8] = [
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE", "Excel.exe", "C:\\Windows\\explorer.exe"),
    ("C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE", "Outlook.exe", "C:\\Windows\\explorer.exe"),
    ("C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe", "chrome.exe", "C:\\Windows\\explorer.exe"),
    ("C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe", "msedge.exe", "C:\\Windows\\explorer.exe"),
    ("C:\\Windows\\System32\\notepad.exe", "NOTEPAD.EXE", "C:\\Windows\\explorer.exe"),
    ("C:\\Windows\\System32\\RuntimeBroker.exe", "RuntimeBroker.exe", "C:\\Windows\\System32\\svchost.exe"),
    (
        "C:\\Windows\\System32\\SearchProtocolHost.exe",
        "SearchProtocolHost.exe",
        "C:\\Windows\\System32\\SearchIndexer.exe",
    ),
    ("C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe", "Acrobat.exe", "C:\\Windows\\explorer.exe"),
];

/// Everybody's day, and the servers'; of a hundred people so many have a desk.
pub fn play(scene: &mut Scene<'_>, estate: &Estate, seed: u64, number: i64, desks: u64) {
    let mut chance = Chance::of(seed, "office", number);
    servers(scene, estate, &mut chance, number);
    if is_weekend(number) {
        return;
    }
    let has_desk = |person: &&Person| person.number as u64 * 37 % 100 < desks;
    for person in estate.people.iter().filter(has_desk) {
        // One in twelve is on leave or on the road.
        if chance.percent(92) {
            desk(scene, estate, &mut chance, person, number);
        }
    }
    for (place, person) in estate.people.iter().enumerate().filter(|(_, person)| person.trade == Trade::Administers) {
        administration(scene, estate, &mut chance, (place, person), number);
    }
}

/// One person's day.
fn desk(scene: &mut Scene<'_>, estate: &Estate, chance: &mut Chance, person: &Person, number: i64) {
    let arrives = chance.within(day(number) + 8 * HOUR, 90 * MINUTE);
    // One in twelve stays late.
    let late = if chance.percent(8) { 3 * HOUR } else { 0 };
    let leaves = chance.within(day(number) + 17 * HOUR + late, 2 * HOUR);
    let from_home = person.remote && chance.percent(40);
    let seat = if from_home {
        Host { name: person.host.name.clone(), address: person.tunnel.clone() }
    } else {
        person.host.clone()
    };
    let tunnel = from_home.then(|| scene.home_tunnel(arrives - MINUTE, person));
    let who = &person.account;
    scene.logon(arrives, &person.host, who, 2, None);
    let dc = estate.server(if chance.percent(60) { DC1 } else { DC2 });
    scene.ticket_granting(arrives, &dc, who, &seat);
    scene.logon(arrives + SECOND, &dc, who, 3, Some(&seat));
    let files = estate.server(FS1 + person.files);
    let app = estate.server(APP1 + person.number % 4);
    for target in [&files, &app] {
        scene.ticket(arrives + 2 * SECOND, &dc, who, &format!("{}$", target.name.to_uppercase()), &seat, "0x12");
    }
    let span = leaves - arrives;
    for _ in 0..3 {
        let time = chance.within(arrives, span);
        scene.logon(time, &files, who, 3, Some(&seat));
        reads(scene, chance, person, &files, &seat, time);
    }
    scene.logon(chance.within(arrives, span), &app, who, 3, Some(&seat));
    if chance.percent(15) {
        // A colleague's department.
        let other = estate.server(FS1 + chance.index(FILE_SERVERS));
        scene.logon(chance.within(arrives, span), &other, who, 3, Some(&seat));
    }
    for _ in 0..PROGRAMS {
        let (image, original, parent) = USUAL[chance.ranked(USUAL.len())];
        let command = format!("\"{image}\"");
        let started = Started { image, original, command: &command, parent };
        scene.process(chance.within(arrives, span), &person.host, Some(who), &started);
    }
    if !from_home {
        browsing(scene, chance, person, arrives, span);
    }
    if let Some(tunnel) = tunnel {
        let (sent, received) = (chance.heavy(60 * MB), chance.heavy(12 * MB));
        scene.tunnel_statistics(arrives + span / 2, &tunnel, sent / 2, received / 2);
        scene.tunnel_down(leaves, &tunnel, sent, received);
    }
}

/// A few files of the department's share.
fn reads(scene: &mut Scene<'_>, chance: &mut Chance, person: &Person, files: &Host, seat: &Host, time: i64) {
    for step in 0..chance.between(1, 4).cast_signed() {
        let file = format!("dept{}\\{:02}\\report{:03}.xlsx", person.number % 12, chance.ranked(40), chance.below(300));
        let how = if chance.percent(25) { Access::Write } else { Access::Read };
        scene.share(time + step * 20 * SECOND, files, &person.account, seat, ("share", &file), how);
    }
}

/// Names looked up and sites visited. One visit in twenty goes where nobody of the house has been.
fn browsing(scene: &mut Scene<'_>, chance: &mut Chance, person: &Person, arrives: i64, span: i64) {
    for visit in 0..FLOWS {
        let start = chance.within(arrives, span);
        let (name, address) = if chance.percent(5) {
            let number = chance.below(1 << 24);
            (
                format!("www.site-{number}.example.net"),
                format!("100.{}.{}.{}", 128 + (number >> 16) % 100, (number >> 8) & 255, number & 255),
            )
        } else {
            let site = chance.ranked(SITES);
            (format!("www.known{site}.example.com"), format!("20.18.{}.{}", site / 250, site % 250 + 1))
        };
        if visit < LOOKUPS {
            scene.query(start - SECOND, &person.host.address, &name, &address);
        }
        scene.flow(&Flow {
            start,
            lasts: chance.seconds(180),
            from: &person.host.address,
            to: &address,
            port: 443,
            // Ten flows in one.
            out: chance.heavy(150_000),
            back: chance.heavy(1_500_000),
            name: (visit % 4 == 0).then_some(&*name),
            sensed: person.sensed,
        });
    }
}

/// Those who administer: by day from their own clients through the jump host to a few servers.
fn administration(
    scene: &mut Scene<'_>,
    estate: &Estate,
    chance: &mut Chance,
    (place, person): (usize, &Person),
    number: i64,
) {
    let (admin, jump) = (&estate.admins[place], estate.server(JUMP));
    for _ in 0..2 {
        let time = chance.within(day(number) + 9 * HOUR, 8 * HOUR);
        let mstsc = "C:\\Windows\\System32\\mstsc.exe";
        scene.explicit(time, &person.host, &person.account, admin, &jump, mstsc);
        scene.logon(time + 3 * SECOND, &jump, admin, 10, Some(&person.host));
        for step in 1..=chance.between(1, 4).cast_signed() {
            // Each has servers of their own, and now and then another.
            let own = 3 + place * 6;
            let server = estate.server(if chance.percent(90) { own + chance.index(6) } else { chance.index(24) });
            let kind = if chance.percent(50) { 10 } else { 3 };
            scene.logon(time + step * 7 * MINUTE, &server, admin, kind, Some(&jump));
        }
    }
}

/// What servers do by themselves, every day of the week.
fn servers(scene: &mut Scene<'_>, estate: &Estate, chance: &mut Chance, number: i64) {
    let (monitor, backup) = (estate.server(MONITOR), estate.server(BACKUP));
    for server in estate.servers() {
        // A monitor asks every few minutes; three times a day are left of it.
        for _ in 0..3 {
            let time = chance.within(day(number), DAY);
            scene.logon(time, &server, &estate.service(SVC_MONITOR), 3, Some(&monitor));
            scene.service_state(time + MINUTE, &server, "Windows Modules Installer", "running");
            scene.service_state(time + 6 * MINUTE, &server, "Windows Modules Installer", "stopped");
        }
        let night = chance.within(day(number) + HOUR, 3 * HOUR);
        scene.logon(night, &server, &estate.service(SVC_BACKUP), 3, Some(&backup));
        scene.service_state(night + MINUTE, &server, "Volume Shadow Copy", "running");
        scene.service_state(night + 20 * MINUTE, &server, "Volume Shadow Copy", "stopped");
    }
}
