//! An account created that should not be, or hidden, or woken: local, in the directory, or a machine's (T1136).
//!
//! **Weight.** Joiners get accounts every day: one that is created is low. A name that ends with `$` and is no computer,
//! or one hidden from the logon screen: high. A name that says administrator, Guest woken, a computer account made by
//! somebody's default right (as relay and delegation attacks do), a command line that makes one: medium. Created and then
//! raised or deleted is told by `account-raised` and `account-short-lived`.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{after, all, any, is_admin_like, is_on, number};

pub const CREATED: Kind = Kind::new("account-created", 1, "created the account {}");
pub const ADMIN_LIKE: Kind = Kind::new("admin-like-created", 3, "created the account {}, named like an administrator");
pub const HIDDEN: Kind = Kind::new("hidden-account", 5, "made a hidden account, {}");
pub const GUEST: Kind = Kind::new("guest-enabled", 3, "enabled the built-in account {}");
pub const COMPUTER: Kind = Kind::new("computer-by-user", 3, "created the computer account {} by a user's own right");
pub const COMMAND: Kind = Kind::new("create-command", 3, "ran a command that creates an account: {}");
pub const DATABASE: Kind = Kind::new("database-login-enabled", 3, "enabled or made a database administrator: {}");

pub const THEME: Theme = Theme {
    id: "account-created",
    title: "Account created, hidden or woken",
    severity: Severity::Low,
    confidence: 50,
    techniques: &[
        ("T1136.001", "a local account is created or enabled"),
        ("T1136.002", "a directory account is created"),
        ("T1136", "an account is created"),
    ],
    advice: "Match it with the joiners of the day. An account that nobody asked for: disable it, see who logged on with it \
             and look at what its creator did before.",
    kinds: &[&CREATED, &ADMIN_LIKE, &HIDDEN, &GUEST, &COMPUTER, &COMMAND, &DATABASE],
    judge,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Account => account(told),
        Source::Process | Source::Script => command(told),
        Source::Value | Source::Key if told.activity != 4 => hidden(&told.path, &told.data),
        Source::Other if told.code == "33205" => database(&told.data),
        _ => None,
    }
}

fn account(told: &Told<'_>) -> Option<Act> {
    let name = told.whom.rsplit('\\').next().unwrap_or(told.whom);
    match told.code {
        "4720" if name.ends_with('$') => Some(HIDDEN.on(told.whom)),
        "4720" if is_admin_like(name) => Some(ADMIN_LIKE.on(told.whom)),
        "4720" => Some(CREATED.on(told.whom)),
        "4722" if told.whom_sid.ends_with("-501") && !told.by_machine() => Some(GUEST.on(told.whom)),
        "4741" if told.data.contains("semachineaccountprivilege") => Some(COMPUTER.on(told.whom)),
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let net = ["net user ", "net1 user ", "net.exe user ", "net1.exe user "].iter().find_map(|verb| after(line, verb));
    if let Some(rest) = net {
        if any(rest, &["/add", "/ad "]) {
            let name = crate::text::first_word(rest);
            return Some(if name.ends_with('$') { HIDDEN.on(name) } else { COMMAND.on(name) });
        }
        if any(rest, &["guest", "administrator"])
            && any(rest, &["/active:yes", "/active"])
            && !rest.contains("active:no")
        {
            return Some(GUEST.on(crate::text::first_word(rest)));
        }
    }
    for verb in ["new-localuser", "new-aduser", "enable-localuser"] {
        if let Some(rest) = after(line, verb).filter(|rest| is_call(rest)) {
            let named = after(rest, "-name ").or_else(|| after(rest, "name=name; value=")).unwrap_or(rest);
            return Some(COMMAND.on(crate::text::first_word(named)));
        }
    }
    if any(line, &["new-machineaccount", "addcomputer.py", "sharpmad", "powermad"]) {
        return Some(COMPUTER.on(super::short(line)));
    }
    if all(line, &["useraccount", "create"]) && line.contains("wmic") || all(line, &["dsadd", " user "]) {
        return Some(COMMAND.on(super::short(line)));
    }
    if all(line, &["alter login", "enable"]) && is_on(line, "xp_cmdshell") {
        return Some(DATABASE.on(super::short(line)));
    }
    let (path, data) = told.write.as_ref()?;
    hidden(path, data)
}

/// Whether what follows a cmdlet are arguments, typed or as a pipeline tells them: help and definitions name it too.
fn is_call(rest: &str) -> bool {
    rest.starts_with(" -") || rest.starts_with("):") && rest.contains("name=")
}

/// Hidden from the logon screen, or written into the account database by hand.
fn hidden(path: &str, data: &str) -> Option<Act> {
    if let Some(name) = after(path, "\\specialaccounts\\userlist\\").filter(|name| !name.is_empty()) {
        return (number(data) == Some(0)).then(|| HIDDEN.on(name));
    }
    let name = after(path, "\\sam\\domains\\account\\users\\names\\")?.split('\\').next().unwrap_or_default();
    name.ends_with('$').then(|| HIDDEN.on(name))
}

fn database(data: &str) -> Option<Act> {
    let told = data.find("statement:").map_or(data, |at| &data[at + 10..]);
    let woken = all(told, &["alter login", "enable"]) || told.contains("create login");
    let raised = all(told, &["server role", "sysadmin", "add member"]) || told.contains("sp_addsrvrolemember");
    (woken || raised).then(|| DATABASE.on(super::short(told)))
}
