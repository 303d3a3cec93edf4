//! An account changed so that it can be abused (T1098, T1134.005): delegation, no password or no pre-authentication, SID
//! history, a service name on a person, keys of one's own, the restore password, renames, rights.
//!
//! **Weight.** What opens the directory (SID history, delegation to anything, key credentials, restore password, a
//! computer's name without `$`, a computer account changed by nobody): high. What prepares an attack on one account: medium. **False alarms.** Help desks reset
//! passwords all day: only those of privileged accounts are told. Group policy and installers give rights as the
//! machine: low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{after, all, any, is_admin_like, number};

pub const SID_HISTORY: Kind = Kind::new("sid-history", 5, "gave {} the rights of another account by SID history");
pub const DELEGATION: Kind = Kind::new("delegation", 5, "allowed delegation: {}");
pub const KEY_CREDENTIAL: Kind = Kind::new("key-credential", 4, "gave {} a key to log on with");
pub const FLAG: Kind = Kind::new("flag-weakened", 3, "weakened the account {}");
pub const PROTECTED: Kind = Kind::new("flag-changed", 1, "changed whether {} may be delegated");
pub const SERVICE_NAME: Kind = Kind::new("service-name", 3, "gave a service name to {}");
pub const RESET: Kind = Kind::new("privileged-reset", 3, "reset the password of the privileged account {}");
pub const RESTORE_PASSWORD: Kind = Kind::new("restore-password", 5, "set the directory's restore password: {}");
pub const TAKEN: Kind = Kind::new("computer-taken", 5, "changed the computer account {} without any account");
pub const RENAMED: Kind = Kind::new("renamed-like-admin", 3, "renamed {}");
pub const MASKED: Kind = Kind::new("computer-masked", 5, "took the $ off a computer's name: {}");
pub const RIGHT: Kind = Kind::new("right-given", 3, "gave the right {}");
pub const RIGHT_BY_MACHINE: Kind = Kind::new("right-by-policy", 1, "gave the right {} by policy or set-up");

pub const THEME: Theme = Theme {
    id: "account-weakened",
    title: "Account changed so that it can be abused",
    severity: Severity::Medium,
    confidence: 65,
    techniques: &[
        ("T1098", "attributes, rights or password of an account changed"),
        ("T1134.005", "SID history written"),
    ],
    advice: "Put the attribute back, and ask who asked for it. For delegation, key credentials and SID history treat the \
             account as taken: reset it, and look for tickets and logons of it since.",
    kinds: &[
        &SID_HISTORY,
        &DELEGATION,
        &KEY_CREDENTIAL,
        &FLAG,
        &PROTECTED,
        &SERVICE_NAME,
        &RESET,
        &RESTORE_PASSWORD,
        &TAKEN,
        &RENAMED,
        &MASKED,
        &RIGHT,
        &RIGHT_BY_MACHINE,
    ],
    words: &[
        "setspn",
        "serviceprincipalname",
        "set-domainobject",
        "delegat",
        "machineaccountattribute",
        "preauth",
        "reversible",
        "passwordnotrequired",
        "sid::",
        "addsid",
        "sidhistory",
        "dsinternals",
        "dsrm",
        "reset password on",
        "user administrator",
        "whisker",
        "keycredential",
    ],
    judge,
    command,
};

// Flags of an account as Security writes them (USER_ACCOUNT in [MS-SAMR] 2.2.1.12).
const NO_PASSWORD: i64 = 0x4;
const REVERSIBLE: i64 = 0x800;
const TRUSTED: i64 = 0x2000;
const NOT_DELEGATED: i64 = 0x4000;
const DES_ONLY: i64 = 0x8000;
const NO_PREAUTH: i64 = 0x1_0000;
const TO_AUTHENTICATE: i64 = 0x4_0000;
// The same as the directory keeps them ([MS-ADTS] 2.2.16).
const AD_WEAK: i64 = 0x20 | 0x80 | 0x20_0000 | 0x40_0000;
const AD_TRUSTED: i64 = 0x8_0000 | 0x100_0000;

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Account => account(told),
        Source::Entity if told.code == "5136" => attribute(told),
        Source::Right => right(told),
        Source::Value if told.path.ends_with("\\dsrmadminlogonbehavior") => restore(&told.data),
        _ => None,
    }
}

fn account(told: &Told<'_>) -> Option<Act> {
    let whom = if told.whom.is_empty() { told.whom_sid } else { told.whom };
    match told.code {
        "4765" | "4766" => Some(SID_HISTORY.on(whom)),
        // Nobody without an account changes one; who exploits the controller's secure channel does.
        "4742" if told.who_sid == "S-1-5-7" => Some(TAKEN.on(whom)),
        "4738" | "4742" => changed(told, whom),
        "4724" if (told.whom_privileged || is_root(told.whom_sid)) && told.who_sid != told.whom_sid => {
            Some(RESET.on(whom))
        }
        "4794" => Some(RESTORE_PASSWORD.on("")),
        "4781" => {
            let (old, new) = (&*told.detail, told.whom.rsplit('\\').next().unwrap_or(told.whom));
            if old.ends_with('$') && !new.ends_with('$') {
                return Some(MASKED.on(format!("{old} is now {new}")));
            }
            (is_admin_like(new) && !is_admin_like(old)).then(|| RENAMED.on(format!("{old} to {new}")))
        }
        _ => None,
    }
}

/// The built-in administrator and the key of all tickets.
fn is_root(sid: &str) -> bool {
    sid.starts_with("S-1-5-21-") && (sid.ends_with("-500") || sid.ends_with("-502"))
}

/// 4738 and 4742: flags, and attributes beside them (`detail`: SID history, `data`: services it may act for).
fn changed(told: &Told<'_>, whom: &str) -> Option<Act> {
    if !told.detail.is_empty() && told.code == "4738" {
        return Some(SID_HISTORY.on(whom));
    }
    if !told.data.is_empty() {
        return Some(DELEGATION.on(format!("{whom} may act for {}", told.data)));
    }
    let (before, now) = told.flags;
    let (on, off) = (now & !before, before & !now);
    let named: [(i64, &str); 4] = [
        (NO_PASSWORD, "needs no password"),
        (REVERSIBLE, "keeps its password readable"),
        (DES_ONLY, "uses DES keys"),
        (NO_PREAUTH, "needs no pre-authentication"),
    ];
    if on & (TRUSTED | TO_AUTHENTICATE) != 0 {
        return Some(DELEGATION.on(format!("{whom} is trusted for it")));
    }
    // A computer that joins has no password for a moment.
    if let Some((_, words)) = named.iter().find(|(flag, _)| on & flag != 0).filter(|_| told.code == "4738") {
        return Some(FLAG.on(format!("{whom}: {words}")));
    }
    ((on | off) & NOT_DELEGATED != 0).then(|| PROTECTED.on(whom))
}

fn attribute(told: &Told<'_>) -> Option<Act> {
    let object = || told.path.clone();
    let by_itself = told.by_machine();
    match &*told.detail {
        "msds-allowedtoactonbehalfofotheridentity" => Some(DELEGATION.on(format!("others may act on {}", told.path))),
        "msds-allowedtodelegateto" => Some(DELEGATION.on(format!("{} may act for {}", told.path, told.data))),
        "sidhistory" => Some(SID_HISTORY.on(object())),
        "msds-keycredentiallink" if !by_itself => Some(KEY_CREDENTIAL.on(object())),
        "altsecurityidentities" if !by_itself => Some(KEY_CREDENTIAL.on(object())),
        "serviceprincipalname" if told.kind == "user" && !by_itself => Some(SERVICE_NAME.on(object())),
        "useraccountcontrol" if told.activity == 3 => {
            let flags = number(&told.data).unwrap_or_default();
            match () {
                () if flags & AD_TRUSTED != 0 && flags & 0x2000 == 0 => Some(DELEGATION.on(object())),
                () if flags & AD_WEAK != 0 => Some(FLAG.on(object())),
                () => None,
            }
        }
        _ => None,
    }
}

const RIGHTS: [&str; 15] = [
    "sedebug",
    "setcb",
    "secreatetoken",
    "setakeownership",
    "seloaddriver",
    "seenabledelegation",
    "sebackup",
    "serestore",
    "seimpersonate",
    "seassignprimarytoken",
    "sesecurity",
    "serelabel",
    "setrustedcredman",
    "sesyncagent",
    "semanagevolume",
];

fn right(told: &Told<'_>) -> Option<Act> {
    any(&told.data, &RIGHTS).then(|| {
        let kind = if told.by_machine() { &RIGHT_BY_MACHINE } else { &RIGHT };
        kind.on(format!("{} to {}", told.data, if told.whom.is_empty() { told.whom_sid } else { told.whom }))
    })
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let what = || super::short(line).to_owned();
    if any(
        line,
        &[
            "setspn -a ",
            "setspn -s ",
            "setspn.exe -a ",
            "setspn.exe -s ",
            "-serviceprincipalnames @",
            "set-domainobject -",
        ],
    ) {
        return Some(SERVICE_NAME.on(what()));
    }
    if any(
        line,
        &[
            "-principalsallowedtodelegatetoaccount",
            "-trustedfordelegation $true",
            "-trustedtoauthfordelegation $true",
            "set-machineaccountattribute",
        ],
    ) {
        return Some(DELEGATION.on(what()));
    }
    if any(
        line,
        &["-doesnotrequirepreauth $true", "-allowreversiblepasswordencryption $true", "-passwordnotrequired $true"],
    ) {
        return Some(FLAG.on(what()));
    }
    if any(line, &["sid::add", "sid::patch", "misc::addsid", "add-adgroupsidhistory", "dsinternals"])
        && line.contains("sid")
    {
        return Some(SID_HISTORY.on(what()));
    }
    if all(line, &["ntdsutil", "set dsrm password"]) || line.contains("reset password on server") {
        return Some(RESTORE_PASSWORD.on(what()));
    }
    let net = after(line, "net user administrator ").or_else(|| after(line, "net1 user administrator "));
    if net.is_some_and(|rest| !rest.trim().is_empty() && !rest.trim_start().starts_with('/')) {
        return Some(RESET.on("administrator"));
    }
    if any(line, &["whisker", "pywhisker", "new-gmsakeycredential"]) {
        return Some(KEY_CREDENTIAL.on(what()));
    }
    told.writes.iter().find_map(|(path, data)| restore(data).filter(|_| path.ends_with("\\dsrmadminlogonbehavior")))
}

fn restore(data: &str) -> Option<Act> {
    matches!(number(data), Some(1 | 2)).then(|| RESTORE_PASSWORD.on("its account may log on over the network"))
}
