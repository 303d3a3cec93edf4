//! Many accounts deleted, disabled or given other passwords within an hour (T1531): those who could help are shut out.
//!
//! **Weight.** One leaver or one reset is the help desk's day and is not told; a command that deletes or disables is low.
//! Eight different accounts by one stroke: medium. **False alarms.** Directory synchronisation and yearly clean-ups do so
//! too: as the machine itself, or by a service account, the same number is low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{any, calls, first_word};

pub const REMOVED: Kind = Kind::new("account-removed", 0, "deleted or disabled {}").many(8, 3);
pub const RESET: Kind = Kind::new("password-reset", 0, "reset the password of {}").many(8, 3);
pub const BY_MACHINE: Kind =
    Kind::new("account-removed-by-system", 0, "(by system) deleted or disabled {}").many(20, 1);
pub const COMMAND: Kind = Kind::new("remove-command", 1, "deleted or disabled an account by command: {}").many(5, 2);

pub const THEME: Theme = Theme {
    id: "accounts-removed",
    title: "Many accounts deleted, disabled or reset",
    severity: Severity::Medium,
    confidence: 55,
    techniques: &[("T1531", "accounts are deleted, disabled or given other passwords")],
    advice: "Ask the account that did it. If it was not its owner: disable it, restore the accounts from the recycle bin of \
             the directory, and make sure that the emergency accounts still work.",
    kinds: &[&REMOVED, &RESET, &BY_MACHINE, &COMMAND],
    words: &[
        "net user",
        "net1 user",
        "net.exe user",
        "net1.exe user",
        "-localuser",
        "remove-aduser",
        "disable-adaccount",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    if told.source != Source::Account || told.whom.ends_with('$') || told.who_sid == told.whom_sid {
        return None;
    }
    let whom = if told.whom.is_empty() { told.whom_sid } else { told.whom };
    match told.code {
        "4725" | "4726" if told.by_machine() => Some(BY_MACHINE.on(whom)),
        "4725" | "4726" => Some(REMOVED.on(whom)),
        "4724" if !told.by_machine() => Some(RESET.on(whom)),
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let mut net = calls(line, "net").chain(calls(line, "net1")).filter_map(|rest| rest.strip_prefix("user "));
    if let Some(rest) = net.find(|rest| any(rest, &["/delete", "/del ", "/active:no"]) || rest.ends_with("/del")) {
        return Some(COMMAND.on(first_word(rest)));
    }
    let cmdlets = ["remove-localuser", "disable-localuser", "remove-aduser", "disable-adaccount"];
    let called = cmdlets.into_iter().find_map(|verb| calls(line, verb).next());
    called.filter(|rest| !rest.starts_with('{')).map(|_| COMMAND.on(super::short(line)))
}
