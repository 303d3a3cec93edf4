//! The host's firewall switched off or opened (T1686).
//!
//! **Weight.** Off for a profile: high. A rule opened by hand: low, since programs add rules for themselves all day; those
//! that an installer or a service adds are not told at all.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{any, number, value_of};

pub const OFF: Kind = Kind::new("firewall-off", 5, "switched off the firewall: {}").step(Step::Firewall);
pub const WIPED: Kind = Kind::new("firewall-rules-deleted", 3, "deleted the firewall's rules").step(Step::Firewall);
pub const OPENED: Kind = Kind::new("firewall-opened", 1, "opened the firewall by a rule: {}").many(5, 2);

pub const THEME: Theme = Theme {
    id: "firewall-off",
    title: "Host firewall switched off or opened",
    severity: Severity::Medium,
    confidence: 70,
    techniques: &[("T1686", "a profile is switched off, or a rule lets more in")],
    advice: "Switch it on again or delete the rule. See what listens on the opened port, and what connected since.",
    kinds: &[&OFF, &WIPED, &OPENED],
    words: &["netsh", "advfirewall", "netfirewall", "mpssvc", " bfe", "firewall"],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Value => value(&told.path, &told.data),
        Source::Entity if told.code == "4950" => {
            let off = told.kind.contains("enable") && any(&told.data, &["no", "false", "off"]);
            off.then(|| OFF.on(&*told.kind))
        }
        Source::Service if told.activity == 2 && told.path == "mpssvc" && told.kind.contains("disabled") => {
            Some(OFF.on("its service"))
        }
        Source::Other => match told.code {
            "2003" | "2082" => {
                let off = told.kind == "1"
                    && (told.data == "no" || told.data.trim_matches('0').is_empty() && !told.data.is_empty());
                off.then(|| OFF.on("a profile"))
            }
            "2004" | "2071" | "2097" if by_hand(&told.path) => Some(OPENED.on(&*told.detail)),
            "2033" | "2059" if by_hand(&told.path) => Some(WIPED.on("")),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a person's tool changed it: a shell, WMI as PowerShell uses it, `netsh`.
fn by_hand(path: &str) -> bool {
    any(path, &["powershell", "pwsh", "wmiprvse", "netsh", "cmd.exe", "cscript", "wscript", "rundll32", "mshta"])
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if any(line, &["netsh", "advfirewall"]) {
        let opened = ["allowinbound", "opmode disable", "opmode mode=disable", "mode=disable"];
        if line.contains(" state off") || any(line, &opened) {
            return Some(OFF.on(super::short(line)));
        }
        if any(
            line,
            &["firewall add rule", "add portopening", "add allowedprogram", "firewall set rule", "set service type"],
        ) {
            return Some(OPENED.on(super::short(line)));
        }
        if line.contains("delete rule name=all") {
            return Some(WIPED.on(""));
        }
    }
    let by_cmdlet = line.contains("set-netfirewallprofile")
        && (value_of(line, "-enabled").is_some_and(|value| value.starts_with("false"))
            || value_of(line, "-defaultinboundaction").is_some_and(|value| value.starts_with("allow")));
    let by_object = any(line, &["hnetcfg.fwpolicy", "hnetcfg.fwmgr"]) && any(line, &["firewallenabled", "= $false"]);
    if by_cmdlet || by_object {
        return Some(OFF.on("by Set-NetFirewallProfile"));
    }
    if told.stops_any(&["mpssvc", "bfe", "windows firewall", "windows defender firewall", "base filtering engine"]) {
        return Some(OFF.on("its service"));
    }
    if line.contains("remove-netfirewallrule") && any(line, &["-all", "| remove-netfirewallrule"]) {
        return Some(WIPED.on(""));
    }
    if any(line, &["new-netfirewallrule -", "enable-netfirewallrule -", "disable-netfirewallrule -"]) {
        return Some(OPENED.on(super::short(line)));
    }
    told.writes.iter().find_map(|(path, data)| value(path, data))
}

fn value(path: &str, data: &str) -> Option<Act> {
    let off = path.ends_with("\\enablefirewall") && number(data) == Some(0);
    let service = any(path, &["\\services\\mpssvc\\start", "\\services\\bfe\\start"]) && number(data) == Some(4);
    (off || service).then(|| OFF.on(path))
}
