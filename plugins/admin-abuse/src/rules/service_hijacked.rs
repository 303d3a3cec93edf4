//! A service with great rights is made to run somebody's code: the print spooler and the DNS server (T1574, T1068).
//!
//! **Weight.** A shell as child of the spooler, a plug-in for the DNS server: high. A plug-in that the spooler failed to
//! load: medium. A printer driver added: low, since it is daily work of print servers.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::any;

pub const SPOOLER_CHILD: Kind = Kind::new("spooler-child", 5, "ran {} through the print spooler");
pub const DNS_CHILD: Kind = Kind::new("dns-server-child", 5, "ran {} through the DNS server");
pub const SPOOLER_PLUGIN: Kind = Kind::new("spooler-plugin-failed", 3, "made the print spooler load a plug-in, {}");
pub const DRIVER: Kind = Kind::new("printer-driver", 1, "added the printer driver {}").many(4, 2);
pub const DNS_PLUGIN: Kind = Kind::new("dns-plugin", 5, "made the DNS server load {}");

pub const THEME: Theme = Theme {
    id: "service-hijacked",
    title: "Service with great rights made to run code",
    severity: Severity::High,
    confidence: 75,
    techniques: &[
        ("T1574", "a plug-in or driver is loaded by a service with great rights"),
        ("T1068", "the spooler runs code for a person"),
        ("T1548", "the code has the service's rights"),
    ],
    advice: "Isolate the host (a DNS server is most often a domain controller), keep the plug-in for analysis, and look for \
             who could write the setting.",
    kinds: &[&SPOOLER_CHILD, &DNS_CHILD, &SPOOLER_PLUGIN, &DRIVER, &DNS_PLUGIN],
    words: &["serverlevelplugindll"],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process if told.parent == "spoolsv" => {
            let shells =
                ["cmd", "powershell", "pwsh", "rundll32", "regsvr32", "mshta", "cscript", "wscript", "net", "whoami"];
            (shells.contains(&&*told.image) && !any(&told.line, &["printui", "spool\\drivers", "\\splwow64"]))
                .then(|| SPOOLER_CHILD.on(&*told.image))
        }
        Source::Process if told.parent == "dns" && !matches!(&*told.image, "conhost" | "werfault" | "dnscmd") => {
            Some(DNS_CHILD.on(&*told.image))
        }
        Source::Value if told.path.contains("\\dns\\parameters\\serverlevelplugindll") => {
            Some(DNS_PLUGIN.on(&*told.data))
        }
        Source::Other => match told.code {
            "770" | "150" if told.path.contains(".dll") => Some(DNS_PLUGIN.on(&*told.path)),
            "808" => Some(SPOOLER_PLUGIN.on(&*told.path)),
            "316" => Some(DRIVER.on(&*told.path)),
            _ => None,
        },
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    told.line.contains("serverlevelplugindll").then(|| DNS_PLUGIN.on(super::short(&told.line)))
}
