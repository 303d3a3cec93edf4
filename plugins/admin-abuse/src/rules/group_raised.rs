//! A member added to a group that gives power (T1098.007): directory and local groups, by the number that Windows gives
//! them in every language, Exchange's and DNS's by name.
//!
//! **Weight.** Domain, schema and enterprise administrators: high. Operators, Exchange: medium. A host's own
//! administrators are told by `local-administrator-added`.
//! Remote desktop users: low. Somebody who adds themselves: medium whatever the group. Ten different memberships by one
//! stroke: medium. **False alarms.** Joiners get groups from the help desk: groups without power are not told; set-up
//! programs add to local groups as the machine: low. The first accounts of a computer that is set up by its user: low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{after, all, any};

pub const TOP: Kind = Kind::new("top-group", 5, "added {} of the directory");
pub const POWER: Kind = Kind::new("power-group", 3, "added {}");
pub const REMOTE: Kind = Kind::new("remote-group", 1, "added {}");
pub const BY_MACHINE: Kind = Kind::new("by-set-up", 1, "(as the machine itself) added {}");
pub const SELF: Kind = Kind::new("added-itself", 3, "added its own account to {}");
pub const PLAIN: Kind = Kind::new("plain-group", 0, "added {}").many(8, 3);
/// Told by `group-command` where no record tells that it happened and it is known who ran it.
pub const COMMAND: Kind = Kind::new("group-command", 3, "ran a command that adds to a group of power: {}");
/// Told by `group-command` where no controller tells that it happened.
pub const DIRECTORY: Kind =
    Kind::new("directory-command", 3, "ran a command that adds to a group of the directory: {}");
pub const OWNER: Kind = Kind::new("first-account-raised", 1, "raised an account of the computer's first days: {}");

pub const THEME: Theme = Theme {
    id: "privileged-group-grown",
    title: "Member added to a privileged group",
    severity: Severity::Medium,
    confidence: 70,
    techniques: &[("T1098.007", "a member is added to a privileged group"), ("T1098", "an account gains rights")],
    advice: "Is there a ticket? If not, take the member out again and see what it did since; look at who added it, and from \
             where that account was logged on.",
    kinds: &[&TOP, &POWER, &REMOTE, &BY_MACHINE, &SELF, &PLAIN, &COMMAND, &OWNER],
    words: &[
        "net group",
        "net1 group",
        "net.exe group",
        "net1.exe group",
        "localgroup",
        "groupmember",
        "addmbr",
        "winnt://",
    ],
    judge,
    command,
};

/// Relative ids of groups that own the directory:
/// <https://learn.microsoft.com/windows-server/identity/ad-ds/manage/understand-security-identifiers>
const TOP_IDS: [&str; 6] = ["-512", "-518", "-519", "-526", "-527", "-516"];
/// Of groups with power over hosts or accounts: administrators, operators, policy owners.
const POWER_IDS: [&str; 8] = ["-544", "-548", "-549", "-550", "-551", "-520", "-557", "-578"];
/// Of groups that may log on from afar.
const REMOTE_IDS: [&str; 3] = ["-555", "-580", "-562"];
const POWER_NAMES: [&str; 20] = [
    "dnsadmins",
    "organization management",
    "exchange trusted subsystem",
    "exchange windows permissions",
    "exchange servers",
    "exchange organization administrators",
    "delegated setup",
    "hygiene management",
    "compliance management",
    "security administrator",
    "discovery management",
    "records management",
    "server management",
    "recipient management",
    "exchangelegacyinterop",
    "public folder management",
    "um management",
    "esx admins",
    "vpn admins",
    "help desk",
];
const TOP_NAMES: [&str; 4] = ["domain admins", "enterprise admins", "schema admins", "domain controllers"];

/// Whether a group gives power, by its security id or name; 2: over all of the directory.
pub fn power(sid: &str, name: &str) -> u8 {
    let name = name.to_lowercase();
    let ends = |ids: &[&str]| ids.iter().any(|id| sid.ends_with(id));
    match () {
        () if ends(&TOP_IDS) || TOP_NAMES.contains(&&*name) => 2,
        () if ends(&POWER_IDS) || POWER_NAMES.contains(&&*name) => 1,
        () => 0,
    }
}

const LOCAL_ADMINISTRATORS: &str = "S-1-5-32-544";

/// Whether a known person adds to a host's own administrators, by the ids of group, actor and member; who sets up a
/// computer of his own raises its first accounts by hand.
pub fn is_local(who: &str, (group, actor, member): (&str, &str, &str)) -> bool {
    let by_machine = who.is_empty() || who.ends_with('$') || who.starts_with("nt authority\\");
    group == LOCAL_ADMINISTRATORS && !by_machine && !(is_first(actor) && is_first(member))
}

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Group => member(told),
        _ => None,
    }
}

fn member(told: &Told<'_>) -> Option<Act> {
    let whom = if told.whom.is_empty() { told.whom_sid } else { told.whom };
    let what = format!("{whom} to the group {}", told.group);
    let power = power(told.group_sid, told.group);
    if power > 0 && told.by_machine() {
        return Some(BY_MACHINE.on(what));
    }
    // Those of a host are told by who added them, with the past of that account.
    if is_local(told.who, (told.group_sid, told.who_sid, told.whom_sid)) {
        return None;
    }
    if told.group_sid == LOCAL_ADMINISTRATORS && is_first(told.who_sid) && is_first(told.whom_sid) {
        return Some(OWNER.on(what));
    }
    match power {
        2 => Some(TOP.on(what)),
        1 => Some(POWER.on(what)),
        _ if !told.who_sid.is_empty() && told.who_sid == told.whom_sid => Some(SELF.on(told.group)),
        _ if REMOTE_IDS.iter().any(|id| told.group_sid.ends_with(id)) => Some(REMOTE.on(what)),
        _ => Some(PLAIN.on(what)),
    }
}

/// One of the first two accounts that are made on a computer by hand.
fn is_first(sid: &str) -> bool {
    sid.starts_with("S-1-5-21-") && (sid.ends_with("-1000") || sid.ends_with("-1001"))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let net = any(
        line,
        &[
            "net localgroup ",
            "net1 localgroup ",
            "net.exe localgroup ",
            "net1.exe localgroup ",
            "net group ",
            "net1 group ",
            "net.exe group ",
            "net1.exe group ",
        ],
    );
    let adds = net && any(line, &["/add", "/ad "]);
    let shell =
        ["add-localgroupmember", "add-adgroupmember", "add-domaingroupmember", "add-adprincipalgroupmembership"];
    let shell =
        shell.iter().find_map(|verb| after(line, verb)).filter(|rest| rest.trim_start().starts_with(['-', 'a', 'd']));
    let others = all(line, &["dsmod", "group", "-addmbr"]) || all(line, &["winnt://", ",group", ".add("]);
    let wide = adds.then_some(line).or(shell).or_else(|| others.then_some(line))?;
    const NAMES: [&str; 12] = [
        "admin",
        "operators",
        "remote desktop",
        "remote management",
        "dnsadmins",
        "organization management",
        "s-1-5-32-544",
        "s-1-5-32-555",
        "запись",
        "管理",
        "verwaltung",
        "amministra",
    ];
    any(wide, &NAMES).then(|| COMMAND.on(super::short(line)))
}
