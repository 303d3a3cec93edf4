//! Permissions opened to everyone, or ownership taken (T1222.001): folders, shares, a certificate responder.
//!
//! **Weight.** Full rights for everyone: medium. A share's or responder's permissions changed, ownership taken: low, since
//! file server administrators do it.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any};

pub const EVERYONE: Kind = Kind::new("everyone-full", 3, "gave everyone full rights: {}");
pub const SHARE: Kind = Kind::new("share-permissions", 1, "changed the permissions of the share {}").many(4, 2);
pub const OWNED: Kind = Kind::new("ownership-taken", 1, "took ownership of {}").many(5, 2);
pub const RESPONDER: Kind =
    Kind::new("responder-changed", 1, "changed the security settings of the certificate responder");

pub const THEME: Theme = Theme {
    id: "permissions-opened",
    title: "Permissions opened",
    severity: Severity::Low,
    confidence: 50,
    techniques: &[("T1222.001", "permissions are opened or ownership is taken")],
    advice: "Compare with who should have access. Before encryption, intruders open whole shares at once: look at the other \
             acts of this account.",
    kinds: &[&EVERYONE, &SHARE, &OWNED, &RESPONDER],
    words: &["cacls", "takeown", "net share", "smbshareaccess"],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::File if told.code == "5143" && !told.data.is_empty() && told.data != told.detail => {
            let full = told.data.contains("(a;;fa;;;wd)") && !told.detail.contains("(a;;fa;;;wd)");
            Some(if full { EVERYONE.on(&*told.path) } else { SHARE.on(&*told.path) })
        }
        Source::Other if told.code == "5124" => Some(RESPONDER.on("")),
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let everyone = [
        "everyone:f",
        "everyone:(f)",
        "everyone:(oi)(ci)f",
        "everyone:(oi)(ci)(f)",
        "*s-1-1-0:f",
        "*s-1-1-0:(oi)(ci)f",
        "*s-1-1-0:(f)",
        "everyone,full",
    ];
    if any(line, &["icacls", "cacls", "net share"]) && any(line, &everyone)
        || all(line, &["grant-smbshareaccess", "everyone", "full"])
    {
        return Some(EVERYONE.on(super::short(line)));
    }
    all(line, &["takeown", "/f"]).then(|| OWNED.on(super::short(line)))
}
