//! An account created that should not be, or woken: local, in the directory, or a machine's (T1136).
//!
//! **Weight.** Joiners get accounts every day: one that is created is low. A name that says administrator, Guest woken, a computer account made by
//! somebody's default right (as relay and delegation attacks do), a command line that makes one: medium. Created and then
//! raised or deleted is told by `account-raised` and `account-short-lived`.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{after, all, any, calls, first_word, is_admin_like, is_on};

pub const CREATED: Kind = Kind::new("account-created", 1, "created the account {}");
pub const ADMIN_LIKE: Kind = Kind::new("admin-like-created", 3, "created the account {}, named like an administrator");
pub const GUEST: Kind = Kind::new("guest-enabled", 3, "enabled the built-in account {}");
pub const COMPUTER: Kind = Kind::new("computer-by-user", 3, "created the computer account {} by a user's own right");
pub const COMMAND: Kind = Kind::new("create-command", 3, "ran a command that creates an account: {}");
pub const DATABASE: Kind = Kind::new("database-login-enabled", 3, "enabled or made a database administrator: {}");

pub const THEME: Theme = Theme {
    id: "account-created",
    title: "Account created or woken",
    severity: Severity::Low,
    confidence: 50,
    techniques: &[
        ("T1136.001", "a local account is created or enabled"),
        ("T1136.002", "a directory account is created"),
        ("T1136", "an account is created"),
    ],
    advice: "Match it with the joiners of the day. An account that nobody asked for: disable it, see who logged on with it \
             and look at what its creator did before.",
    kinds: &[&CREATED, &ADMIN_LIKE, &GUEST, &COMPUTER, &COMMAND, &DATABASE],
    words: &[
        "net user",
        "net1 user",
        "net.exe user",
        "net1.exe user",
        "new-localuser",
        "new-aduser",
        "enable-localuser",
        "machineaccount",
        "powermad",
        "sharpmad",
        "addcomputer",
        "useraccount",
        "dsadd",
        "alter login",
        "winnt://",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Account => account(told),
        Source::Other if told.code == "33205" => database(&told.data),
        _ => None,
    }
}

fn account(told: &Told<'_>) -> Option<Act> {
    let name = told.whom.rsplit('\\').next().unwrap_or(told.whom);
    match told.code {
        "4720" if name.ends_with('$') => None,
        "4720" if is_admin_like(name) => Some(ADMIN_LIKE.on(told.whom)),
        "4720" => Some(CREATED.on(told.whom)),
        "4722" if told.whom_sid.ends_with("-501") && !told.by_machine() => Some(GUEST.on(told.whom)),
        "4741" if told.data.contains("semachineaccountprivilege") => Some(COMPUTER.on(told.whom)),
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let mut net = calls(line, "net").chain(calls(line, "net1")).filter_map(|rest| rest.strip_prefix("user "));
    if let Some(act) = net.find_map(by_net) {
        return Some(act);
    }
    for verb in ["new-localuser", "new-aduser", "enable-localuser"] {
        if let Some(rest) = after(line, verb).filter(|rest| is_call(rest)) {
            let named = after(rest, "-name ").or_else(|| after(rest, "name=name; value=")).unwrap_or(rest);
            return Some(COMMAND.on(first_word(named)));
        }
    }
    if any(line, &["new-machineaccount", "addcomputer.py", "sharpmad", "powermad"]) {
        return Some(COMPUTER.on(super::short(line)));
    }
    if all(line, &["winnt://", ".create(", "user"]) {
        return Some(COMMAND.on("by ADSI"));
    }
    if all(line, &["useraccount", "create"]) && line.contains("wmic") || all(line, &["dsadd", " user "]) {
        return Some(COMMAND.on(super::short(line)));
    }
    if all(line, &["alter login", "enable"]) && is_on(line, "xp_cmdshell") {
        return Some(DATABASE.on(super::short(line)));
    }
    None
}

/// What `net user` makes or wakes; hidden ones are told by `account-hidden`.
fn by_net(rest: &str) -> Option<Act> {
    let name = first_word(rest);
    if any(rest, &["/add", "/ad "]) {
        return (!name.ends_with('$')).then(|| COMMAND.on(name));
    }
    let wakes = rest.contains("/active") && !rest.contains("active:no");
    (wakes && any(name, &["guest", "administrator"])).then(|| GUEST.on(name))
}

/// Whether what follows a cmdlet are arguments, typed or as a pipeline tells them: help and definitions name it too.
fn is_call(rest: &str) -> bool {
    rest.starts_with(" -") || rest.starts_with("):") && rest.contains("name=")
}

fn database(data: &str) -> Option<Act> {
    let told = data.find("statement:").map_or(data, |at| &data[at + 10..]);
    let woken = all(told, &["alter login", "enable"]) || told.contains("create login");
    let raised = all(told, &["server role", "sysadmin", "add member"]) || told.contains("sp_addsrvrolemember");
    (woken || raised).then(|| DATABASE.on(super::short(told)))
}
