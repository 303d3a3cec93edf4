//! Many services stopped or disabled, or processes killed, by hand within an hour (T1489): databases and agents hold the
//! files that are to be encrypted.
//!
//! **Weight.** One service is a day at work and is not told. Eight different ones: medium; with another step it is a part
//! of `before-the-end`. (Elastic's rule takes ten processes or services a host.) **False alarms.** Patch nights and
//! database maintenance stop a handful.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::after;

pub const STOPPED: Kind = Kind::new("service-stopped", 0, "stopped {}").many(8, 3).step(Step::Services);

pub const THEME: Theme = Theme {
    id: "services-stopped",
    title: "Many services stopped",
    severity: Severity::Medium,
    confidence: 60,
    techniques: &[("T1489", "many services or processes stopped by command")],
    advice: "Ask whether somebody is at work there. If not, look for what comes next on the same host (`recovery-off`, \
             `files-encrypted`) and isolate it.",
    kinds: &[&STOPPED],
    judge,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process => {
            let killed =
                || after(&told.line, "/im ").filter(|_| told.line.contains("taskkill")).map(crate::text::first_word);
            told.stops.first().map(String::as_str).or_else(killed).map(|name| STOPPED.on(name))
        }
        Source::Service if told.activity == 2 && told.kind.contains("disabled") => Some(STOPPED.on(&*told.path)),
        _ => None,
    }
}
