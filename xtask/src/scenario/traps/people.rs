//! Traps that people set: those who help at night, travel, begin, develop.

use super::super::estate::{Account, DC1, FS1, Host, JUMP, Person, Trade};
use super::super::moment::{DAY, HOUR, MINUTE, SECOND, day, is_weekend};
use super::super::shapes::{Access, Started};
use super::{Act, Scale, Trap};

const CMD: &str = "C:\\Windows\\System32\\cmd.exe";

pub const ON_CALL: Trap = Trap {
    id: "on-call",
    title: "on-call administrator at night through VPN and jump host",
    scales: &[Scale { unit: "servers a night", usual: 3, sweep: &[1, 8, 20] }],
    play: on_call,
};

/// Two nights a week, whose turn it is changes with the week.
fn on_call(act: &mut Act<'_, '_>) {
    if !matches!(act.number % 7, 1 | 4) {
        return;
    }
    let turn = usize::try_from(act.number / 7).unwrap_or_default() % act.estate.admins.len();
    let (person, admin, jump) = (act.estate.people[turn].clone(), &act.estate.admins[turn], act.estate.server(JUMP));
    let time = act.chance.within(day(act.number) + 22 * HOUR, 3 * HOUR);
    let tunnel = act.scene.home_tunnel(time, &person);
    let seat = Host { name: person.host.name.clone(), address: person.tunnel.clone() };
    act.scene.explicit(time + MINUTE, &person.host, &person.account, admin, &jump, "C:\\Windows\\System32\\mstsc.exe");
    act.scene.logon(time + 2 * MINUTE, &jump, admin, 10, Some(&seat));
    for step in 0..act.dose[0].cast_signed() {
        let server = act.estate.server(act.chance.index(24));
        let kind = if step % 2 == 0 { 10 } else { 3 };
        act.scene.logon(time + (4 + 5 * step) * MINUTE, &server, admin, kind, Some(&jump));
        act.scene.service_state(time + (6 + 5 * step) * MINUTE, &server, "SQL Server (MSSQLSERVER)", "stopped");
        act.scene.service_state(time + (7 + 5 * step) * MINUTE, &server, "SQL Server (MSSQLSERVER)", "running");
    }
    act.scene.tunnel_down(time + HOUR, &tunnel, 90_000_000, 8_000_000);
}

pub const HELP_DESK: Trap = Trap {
    id: "help-desk",
    title: "help desk resetting passwords and changing groups",
    scales: &[Scale { unit: "tickets a day", usual: 8, sweep: &[2, 30, 100] }],
    play: help_desk,
};

/// Passwords, locks, groups of departments; on Thursdays somebody becomes a local administrator of their own machine.
fn help_desk(act: &mut Act<'_, '_>) {
    if is_weekend(act.number) {
        return;
    }
    let dc = act.estate.server(DC1);
    for ticket in 0..act.dose[0] {
        let who = act.estate.help_desk(ticket as usize).account.clone();
        let whom = act.estate.colleague(act.chance.index(10_000)).clone();
        let time = act.chance.within(day(act.number) + 9 * HOUR, 8 * HOUR);
        match ticket % 4 {
            0 | 1 => {
                act.scene.account(time, &dc, 4724, &who, &whom.account);
                act.scene.account(time, &dc, 4738, &who, &whom.account);
            }
            2 => act.scene.account(time, &dc, 4767, &who, &whom.account),
            _ => {
                let group = (
                    format!("dept-{}", whom.number % 12),
                    format!("S-1-5-21-1004336348-1177238915-682003330-{}", 2200 + whom.number % 12),
                );
                act.scene.member(time, &dc, 4728, &who, &whom.account, (&group.0, &group.1));
            }
        }
    }
    if act.number % 7 == 3 {
        let (who, whom) =
            (act.estate.help_desk(0).account.clone(), act.estate.colleague(act.number as usize * 5).clone());
        let time = act.chance.within(day(act.number) + 10 * HOUR, 6 * HOUR);
        act.scene.member(time, &whom.host, 4732, &who, &whom.account, ("Administrators", "S-1-5-32-544"));
    }
}

pub const ARCHIVES: Trap = Trap {
    id: "developers-archives",
    title: "developers with 7-Zip",
    scales: &[Scale { unit: "archives a day", usual: 4, sweep: &[1, 20, 60] }],
    play: archives,
};

/// Builds and sources are packed, with excludes; a large one is split for a carrier that takes 2 GB.
fn archives(act: &mut Act<'_, '_>) {
    if is_weekend(act.number) {
        return;
    }
    let estate = act.estate;
    let developers: Vec<&Person> = estate.people.iter().filter(|person| person.trade == Trade::Develops).collect();
    let (image, original) = ("C:\\Program Files\\7-Zip\\7z.exe", "7z.exe");
    for number in 0..act.dose[0] {
        let person = developers[number as usize % developers.len()];
        let command = match number % 4 {
            0 => "7z a -tzip build.zip .\\dist\\*",
            1 => "7z a -r src.7z C:\\work\\app -xr!node_modules -xr!.git -xr!*.obj",
            2 => "7z x vendor.7z -oC:\\work\\vendor",
            _ if act.number % 7 == 4 => "7z a -v2g -mx=1 D:\\release\\image.7z D:\\release\\image",
            _ => "7z a -mx=9 D:\\work\\logs.7z D:\\work\\logs -xr!*.tmp",
        };
        let time = act.chance.within(day(act.number) + 9 * HOUR, 9 * HOUR);
        act.scene.process(
            time,
            &person.host,
            Some(&person.account),
            &Started { image, original, command, parent: CMD },
        );
        let archive = "D:\\work\\src.7z";
        act.scene.file(time + 20 * SECOND, &person.host, Some(&person.account), image, archive);
    }
}

pub const TRAVELLER: Trap = Trap {
    id: "traveller",
    title: "a traveller",
    scales: &[Scale { unit: "MB a day through the tunnel", usual: 300, sweep: &[50, 1_000, 10_000] }],
    play: traveller,
};

/// One week abroad: another country, other hours, more through the tunnel than ever at home.
fn traveller(act: &mut Act<'_, '_>) {
    if !(8..=13).contains(&act.number) {
        return;
    }
    let person = act.estate.colleague(13).clone();
    let time = act.chance.within(day(act.number) + 21 * HOUR, 3 * HOUR);
    let tunnel = act.scene.tunnel_up(time, &person.account, "10.8.7.7", "198.18.44.3", "Germany");
    let seat = Host { name: person.host.name.clone(), address: "10.8.7.7".into() };
    let files = act.estate.server(FS1 + person.files);
    act.scene.logon(time + MINUTE, &files, &person.account, 3, Some(&seat));
    for step in 0..12 {
        let file = format!("dept{}\\{:02}\\fair{step}.pptx", person.number % 12, step);
        act.scene.share(time + (2 + step) * MINUTE, &files, &person.account, &seat, ("share", &file), Access::Read);
    }
    act.scene.tunnel_down(time + 3 * HOUR, &tunnel, act.dose[0] * 1_000_000, act.dose[0] * 100_000);
}

pub const NEWCOMER: Trap = Trap {
    id: "new-employee",
    title: "a new employee with a new laptop",
    scales: &[Scale { unit: "people", usual: 2, sweep: &[1, 5, 20] }],
    play: newcomer,
};

/// An account is made on Friday; on the second Monday its owner begins and meets every server of the house.
fn newcomer(act: &mut Act<'_, '_>) {
    let dc = act.estate.server(DC1);
    let who = act.estate.help_desk(1).account.clone();
    for number in 0..act.dose[0] {
        let account = Account { name: format!("n.new{number:02}"), rid: 9000 + number as u32, privileged: false };
        let host = Host { name: format!("pc-new{number:02}"), address: format!("10.2.8.{}", number % 240 + 10) };
        if act.number == 4 {
            let time = act.chance.within(day(4) + 15 * HOUR, HOUR);
            for id in [4720, 4722, 4724, 4738] {
                act.scene.account(time, &dc, id, &who, &account);
            }
            let group = ("dept-3", "S-1-5-21-1004336348-1177238915-682003330-2203");
            act.scene.member(time + SECOND, &dc, 4728, &who, &account, group);
        }
        if act.number < 7 || is_weekend(act.number) {
            continue;
        }
        let time = act.chance.within(day(act.number) + 9 * HOUR, HOUR);
        act.scene.logon(time, &host, &account, 2, None);
        act.scene.ticket_granting(time, &dc, &account, &host);
        for server in [0, 2, 3, 4, 5, 6, 18, 23] {
            let server = act.estate.server(server);
            let time = act.chance.within(time, 4 * HOUR);
            act.scene.logon(time, &server, &account, 3, Some(&host));
        }
    }
}

pub const MOVED: Trap = Trap {
    id: "replaced-laptop",
    title: "laptops replaced: known people, new machines and addresses",
    scales: &[Scale { unit: "laptops a week", usual: 3, sweep: &[1, 10, 30] }],
    play: moved,
};

/// The technician signs in with the administrator's account at the new machine, copies the profile over the network, and
/// the person works from another address from then on.
fn moved(act: &mut Act<'_, '_>) {
    if act.number % 7 != 2 {
        return;
    }
    for number in 0..act.dose[0] as usize {
        let week = usize::try_from(act.number / 7).unwrap_or_default();
        let person = act.estate.colleague(60 + week * 31 + number).clone();
        let host =
            Host { name: format!("pc-r{week}{number:02}"), address: format!("10.2.7.{}", week * 40 + number + 10) };
        let admin = act.estate.admins[0].clone();
        let time = day(act.number) + 10 * HOUR + number as i64 * 25 * MINUTE;
        act.scene.logon(time, &host, &admin, 2, None);
        act.scene.logon(time + 2 * MINUTE, &person.host, &admin, 3, Some(&host));
        act.scene.share(
            time + 3 * MINUTE,
            &person.host,
            &admin,
            &host,
            ("C$", &format!("Users\\{}\\Desktop\\plan.xlsx", person.account.name)),
            Access::Read,
        );
        act.scene.logon(time + 20 * MINUTE, &host, &person.account, 2, None);
        for later in 0..3 {
            let time = time + later * DAY + HOUR;
            let files = act.estate.server(FS1 + person.files);
            act.scene.logon(time, &files, &person.account, 3, Some(&host));
        }
    }
}
