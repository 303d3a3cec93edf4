//! Defence switched off or told to look away (T1685): Defender's protection and exclusions, agents of other makes, AMSI,
//! tracing, Sysmon, LSA protection, the guards of Windows against drivers and macros.
//!
//! **Weight.** Protection off or a sensor stopped: high. An exclusion, a lesser feature, a driver from a loose folder:
//! medium. **False alarms.** Products exclude their own folders when they are installed: the machine itself and
//! `Program Files` weigh low. Updates of Defender rewrite the start type of its drivers: low. A new configuration of
//! Sysmon is rolled out to all hosts: low. A tester of AMSI in a lab looks like the real thing.

use sekisho_sdk::Severity;

use super::defence_values::value;
use super::sensors::{HOMES, is_sensor, product};
use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{after, all, any, calls, first_word, is_on, value_of};

pub const PROTECTION_OFF: Kind = Kind::new("protection-off", 5, "switched off protection: {}").step(Step::Defence);
pub const FEATURE_OFF: Kind = Kind::new("feature-off", 3, "switched off a part of the defence: {}").step(Step::Defence);
pub const FEATURE_BY_POLICY: Kind =
    Kind::new("feature-off-by-policy", 1, "switched off a part of the defence, as policies do: {}");
pub const EXCLUDED: Kind = Kind::new("excluded", 3, "excluded {} from scanning").many(3, 2).step(Step::Defence);
pub const EXCLUDED_BY_PRODUCT: Kind = Kind::new("excluded-by-product", 1, "excluded {} from scanning, as products do");
pub const SENSOR_STOPPED: Kind =
    Kind::new("sensor-stopped", 5, "stopped, disabled or removed the sensor {}").step(Step::Defence);
pub const SENSOR_TOUCHED: Kind =
    Kind::new("sensor-touched", 4, "moved, deleted or locked files of a sensor: {}").step(Step::Defence);
pub const SENSOR_CRASHED: Kind = Kind::new("sensor-crashed", 1, "saw the sensor {} crash").many(2, 2);
pub const SENSOR_CHANGED: Kind = Kind::new("sensor-changed", 1, "changed how the sensor {} starts or what it records");
pub const SENSOR_PAUSED: Kind = Kind::new("sensor-paused", 1, "saw the sensor {} stop");
pub const BLINDED: Kind = Kind::new("blinded", 5, "blinded a scanner or trace: {}").step(Step::Defence);
pub const PROVIDER: Kind = Kind::new("scan-provider", 3, "registered a provider for AMSI, which can answer for it: {}");
pub const DOWNGRADED: Kind =
    Kind::new("engine-downgraded", 3, "started an old PowerShell that neither scans nor logs: {}").step(Step::Defence);
pub const TAMPERING: Kind = Kind::new("tampering-blocked", 3, "was kept from changing {}");
pub const DRIVER: Kind = Kind::new("loose-driver", 2, "loaded a driver from a folder that anybody writes to: {}");
pub const REVOKED: Kind = Kind::new("revoked-driver", 3, "loaded a driver whose signature is withdrawn: {}");

pub const THEME: Theme = Theme {
    id: "defence-off",
    title: "Defence switched off",
    severity: Severity::High,
    confidence: 75,
    techniques: &[("T1685", "protection, sensor or scan is switched off, removed or told to look away")],
    advice: "Switch protection on again and scan what was excluded: the excluded path is where the tool lies. Ask the \
             account's owner. If protection does not come back by itself, isolate the host.",
    kinds: &[
        &PROTECTION_OFF,
        &FEATURE_OFF,
        &FEATURE_BY_POLICY,
        &EXCLUDED,
        &EXCLUDED_BY_PRODUCT,
        &SENSOR_STOPPED,
        &SENSOR_TOUCHED,
        &SENSOR_CRASHED,
        &SENSOR_CHANGED,
        &SENSOR_PAUSED,
        &BLINDED,
        &PROVIDER,
        &DOWNGRADED,
        &TAMPERING,
        &DRIVER,
        &REVOKED,
    ],
    words: &[
        "net stop",
        "net1 stop",
        "net.exe stop",
        "net1.exe stop",
        " stop ",
        "start= disabled",
        "start=disabled",
        "sc delete",
        "sc.exe delete",
        "sc pause",
        "-service ",
        "stopservice",
        "changestartmode",
        "call delete",
        "taskkill",
        "tskill",
        "pskill",
        "terminate",
        "stop-process",
        "win32_process",
        "process where",
        "kill -name",
        "mppreference",
        "mpcmdrun",
        "defender",
        "disable-feature",
        "windowsfeature",
        "windowsoptionalfeature",
        "uninst",
        "msiexec",
        "fltmc",
        "sysmon",
        "amsi",
        "etweventwrite",
        "etwenabled",
        "etwprovider",
        "ntsettraceevent",
        "crowdstrike",
        "sentinel",
        "carbonblack",
        "sophos",
        "mcafee",
        "symantec",
        "kaspersky",
        "\\eset",
        "malwarebytes",
        "trend micro",
        "bitdefender",
        "deviceguard",
        "lsacfgflags",
        "runasppl",
        "blocklist",
        "hypervisorenforced",
        "smartscreen",
        "tokenfilterpolicy",
        "vbawarnings",
        "accessvbom",
        "protectedview",
        "blankpassword",
        "\\services\\",
        "restrictedadmin",
        "disabletaskmgr",
        "disableregistrytools",
        "disablecmd",
        "security center",
        "-version 2",
        "-v 2",
        "-ver 2",
        "iutils",
    ],
    judge,
    command,
};

/// Parts of Defender that stop an attack when they are on.
pub const GUARDS: [&str; 11] = [
    "disablerealtimemonitoring",
    "disablebehaviormonitoring",
    "disableioavprotection",
    "disableonaccessprotection",
    "disablescanonrealtimeenable",
    "disablescriptscanning",
    "disableblockatfirstseen",
    "disableintrusionpreventionsystem",
    "disableantispyware",
    "disableantivirus",
    "disableroutinelytakingaction",
];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Log if told.activity == 10 && told.code != "4719" => Some(PROTECTION_OFF.on(protection(&told.detail))),
        Source::Log if told.code == "4" && told.activity == 7 => Some(SENSOR_STOPPED.on("Sysmon")),
        Source::Log if told.code == "255" => Some(SENSOR_CRASHED.on("Sysmon, in part")),
        Source::Log if told.code == "16" => Some(SENSOR_CHANGED.on("Sysmon")),
        Source::Entity if told.code == "5007" => {
            value(told, &told.path, told.data.rsplit('=').next().unwrap_or_default().trim())
        }
        Source::Entity if told.code == "5013" => Some(TAMPERING.on(&*told.path)),
        Source::Finding => Some(TAMPERING.on(format!("what Defender calls {}", told.detail))),
        Source::Value => value(told, &told.path, &told.data),
        Source::Key if told.activity == 4 => deleted(&told.path),
        Source::Job if told.path.contains("defender") || told.path.contains("exploitguard") => {
            Some(FEATURE_OFF.on(&*told.path))
        }
        Source::Service if is_sensor(&told.path) => match told.activity {
            2 if told.kind.contains("disabled") => Some(SENSOR_STOPPED.on(&*told.path)),
            4 => Some(SENSOR_PAUSED.on(&*told.path)),
            99 => Some(SENSOR_CRASHED.on(&*told.path)),
            _ => None,
        },
        Source::Service if told.activity == 1 && is_loose_driver(&told.line) => Some(DRIVER.on(&*told.line)),
        Source::Driver if told.data == "revoked" => Some(REVOKED.on(&*told.path)),
        Source::Driver if is_loose_driver(&told.path) => Some(DRIVER.on(&*told.path)),
        _ => None,
    }
}

fn protection(name: &str) -> &str {
    if name.is_empty() { "Defender's real-time protection" } else { name }
}

/// A driver where users, installers and malware write; Defender updates its own below `ProgramData`.
fn is_loose_driver(path: &str) -> bool {
    let loose = any(path, &["\\users\\", "\\temp\\", "\\programdata\\", "\\perflogs\\", "$recycle.bin", "\\public\\"]);
    loose && path.ends_with(".sys") && !any(path, &["\\windows defender\\", "\\microsoft\\windows\\"])
}

fn deleted(path: &str) -> Option<Act> {
    if path.contains("\\amsi\\providers") {
        return Some(BLINDED.on("AMSI provider"));
    }
    let guards = ["\\windows\\deviceguard", "lsacfgflags", "enablevirtualizationbasedsecurity"];
    if any(path, &guards) {
        return Some(FEATURE_OFF.on("credential guard"));
    }
    if path.ends_with("\\lsa\\runasppl") {
        return Some(FEATURE_OFF.on("protection of LSASS"));
    }
    let menu = path.contains("\\contextmenuhandlers\\epp");
    menu.then(|| FEATURE_OFF.on("Defender's menu"))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let stopped = told.stops.iter().chain(&told.kills);
    if let Some(sensor) = stopped.into_iter().find(|name| is_sensor(name)) {
        return Some(SENSOR_STOPPED.on(&**sensor));
    }
    if let Some(act) = preference(told, line).or_else(|| removed(told, line)) {
        return Some(act);
    }
    if told.is_command() && any(line, &["amsiinitfailed", "amsiscanbuffer", "amsiscanstring", "amsi.dll,amsi"]) {
        return Some(BLINDED.on("AMSI"));
    }
    // The class is found by its end where its name would be seen.
    if all(line, &["getfield", "nonpublic,static"]) && any(line, &["*iutils", "iutils"]) {
        return Some(BLINDED.on("AMSI"));
    }
    let old =
        matches!(told.source, Source::Process | Source::Engine) && any(line, &[" -version 2", " -v 2", " -ver 2"]);
    if old && (told.image == "powershell" || line.contains("powershell")) {
        return Some(DOWNGRADED.on(super::short(line)));
    }
    if any(line, &["etweventwrite", "complus_etwenabled=0", "etwprovider, nonpublic", "ntsettraceevent"]) {
        return Some(BLINDED.on("event tracing"));
    }
    if let Some(act) = told.deletes.iter().find_map(|path| deleted(path)) {
        return Some(act);
    }
    let touches = ["del ", "rd ", "rmdir ", "ren ", "rename", "move ", "takeown", "icacls", "remove-item", "move-item"];
    if any(line, &HOMES) && touches.iter().any(|verb| calls(line, verb.trim()).next().is_some()) {
        return Some(SENSOR_TOUCHED.on(super::short(line)));
    }
    told.writes.iter().find_map(|(path, data)| value(told, path, data))
}

/// A product, a feature or a filter that is taken off the host by its own or a general uninstaller.
fn removed(told: &Told<'_>, line: &str) -> Option<Act> {
    if line.contains("mpcmdrun") && any(line, &["-removedefinitions", "-disableservice", "-restoredefaults"]) {
        return Some(PROTECTION_OFF.on("definitions or service removed"));
    }
    let feature =
        any(line, &["uninstall-windowsfeature", "remove-windowsfeature", "/disable-feature", "-disable-feature"])
            || line.contains("disable-windowsoptionalfeature");
    if feature && line.contains("defender") {
        return Some(PROTECTION_OFF.on("the Defender feature"));
    }
    let by_wmi = line.contains("product") && any(line, &["call uninstall", ".uninstall(", "-name uninstall"]);
    let package =
        line.contains("uninstall-package") || line.contains("msiexec") && any(line, &[" /x", " -x", "uninstall"]);
    let own = any(line, &["\\uninst", "uninstall.exe", "uninstaller"]);
    if let Some(product) = product(line).filter(|_| by_wmi || package || own) {
        return Some(SENSOR_STOPPED.on(product));
    }
    let filter = calls(line, "fltmc").find_map(|rest| rest.strip_prefix("unload ").or(rest.strip_prefix("detach ")));
    if let Some(filter) = filter {
        return Some(SENSOR_STOPPED.on(first_word(filter)));
    }
    let sysmon = told.image.starts_with("sysmon") || any(line, &["sysmon.exe", "sysmon64", "sysmon -u", "sysmon /u"]);
    let uninstalls = line.split(' ').any(|word| matches!(word, "-u" | "/u"));
    if sysmon && uninstalls {
        return Some(SENSOR_STOPPED.on("Sysmon"));
    }
    let configures = line.split(' ').any(|word| matches!(word, "-c" | "/c"));
    (told.image.starts_with("sysmon") && configures).then(|| SENSOR_CHANGED.on("Sysmon"))
}

/// `Set-MpPreference` and its kin, typed, in a script or as a pipeline's parameters.
fn preference(told: &Told<'_>, line: &str) -> Option<Act> {
    let set =
        ["set-mppreference", "add-mppreference", "msft_mppreference"].iter().find_map(|verb| after(line, verb))?;
    if let Some(guard) = GUARDS.iter().find(|guard| is_on(set, guard)) {
        return Some(PROTECTION_OFF.on(*guard));
    }
    if let Some(at) = set.find("exclusion") {
        let rest = &set[at..];
        let kind = rest.split([' ', ';', ':', '=']).next().unwrap_or_default();
        let what = value_of(rest, kind).unwrap_or_default();
        return Some(excluded(told, what));
    }
    let lowered = [
        "enablecontrolledfolderaccess",
        "enablenetworkprotection",
        "puaprotection",
        "mapsreporting",
        "cloudblocklevel",
        "attacksurfacereductionrules_actions",
    ];
    let off =
        |name: &str| value_of(set, name).is_some_and(|value| value.starts_with("disabled") || value.starts_with('0'));
    if let Some(name) = lowered.iter().find(|name| off(name)) {
        return Some(FEATURE_OFF.on(*name));
    }
    if value_of(set, "submitsamplesconsent").is_some_and(|value| any(value, &["2", "never"])) {
        return Some(FEATURE_OFF.on("submitsamplesconsent"));
    }
    if set.contains("threatdefaultaction") && any(set, &["allow", " 6", "noaction", " 9"]) {
        return Some(PROTECTION_OFF.on("threats are allowed by default"));
    }
    let disables = set.split(['-', ' ', '=', ';']).find(|word| word.starts_with("disable") && is_on(set, word));
    disables.map(|name| FEATURE_OFF.on(name))
}

/// An exclusion, weighed by who makes it and of what.
pub fn excluded(told: &Told<'_>, what: &str) -> Act {
    let usual = told.by_machine() || what.contains("program files") || what.contains("programdata\\microsoft");
    if usual { EXCLUDED_BY_PRODUCT.on(what) } else { EXCLUDED.on(what) }
}
