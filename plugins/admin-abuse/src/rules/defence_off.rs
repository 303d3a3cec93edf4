//! Defence switched off or told to look away (T1685): Defender's protection and exclusions, agents of other makes, AMSI,
//! tracing, Sysmon, LSA protection.
//!
//! **Weight.** Protection off or a sensor stopped: high. An exclusion, a lesser feature: medium. **False alarms.** Products
//! exclude their own folders when they are installed: the machine itself and `Program Files` weigh low. Updates of
//! Defender rewrite the start type of its drivers: low. A tester of AMSI in a lab looks like the real thing.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{after, all, any, is_on, number, value_of};

pub const PROTECTION_OFF: Kind = Kind::new("protection-off", 5, "switched off protection: {}").step(Step::Defence);
pub const FEATURE_OFF: Kind = Kind::new("feature-off", 3, "switched off a part of the defence: {}").step(Step::Defence);
pub const EXCLUDED: Kind = Kind::new("excluded", 3, "excluded {} from scanning").many(3, 2).step(Step::Defence);
pub const EXCLUDED_BY_PRODUCT: Kind = Kind::new("excluded-by-product", 1, "excluded {} from scanning, as products do");
pub const SENSOR_STOPPED: Kind =
    Kind::new("sensor-stopped", 5, "stopped, disabled or removed the sensor {}").step(Step::Defence);
pub const SENSOR_CHANGED: Kind = Kind::new("sensor-changed", 1, "changed how the sensor {} starts");
pub const SENSOR_PAUSED: Kind = Kind::new("sensor-paused", 1, "saw the sensor {} stop");
pub const BLINDED: Kind = Kind::new("blinded", 5, "blinded a scanner or trace: {}").step(Step::Defence);
pub const TAMPERING: Kind = Kind::new("tampering-blocked", 3, "was kept from changing {}");

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
        &EXCLUDED,
        &EXCLUDED_BY_PRODUCT,
        &SENSOR_STOPPED,
        &SENSOR_CHANGED,
        &SENSOR_PAUSED,
        &BLINDED,
        &TAMPERING,
    ],
    judge,
};

/// Services, drivers and processes of defence: Windows' own, then agents and forwarders, by the beginnings of their names.
const SENSORS: [&str; 42] = [
    "windefend",
    "wdnissvc",
    "wdnisdrv",
    "wdfilter",
    "wdboot",
    "sense",
    "mssense",
    "msmpeng",
    "mpdefendercoreservice",
    "mdcoresvc",
    "securityhealthservice",
    "wscsvc",
    "webthreatdefsvc",
    "sysmon",
    "sysmondrv",
    "windows defender",
    "microsoft defender",
    "csagent",
    "csfalcon",
    "sentinel",
    "carbonblack",
    "cbdefense",
    "cbstream",
    "cyserver",
    "cylance",
    "sophos",
    "savservice",
    "mcafee",
    "mcshield",
    "masvc",
    "symantec",
    "sepmaster",
    "ekrn",
    "avp",
    "klnagent",
    "tmlisten",
    "ntrtscan",
    "elastic-agent",
    "winlogbeat",
    "nxlog",
    "splunkforwarder",
    "wazuh",
];

/// Parts of Defender that stop an attack when they are on.
const GUARDS: [&str; 10] = [
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
];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Log if told.activity == 10 && told.code != "4719" => Some(PROTECTION_OFF.on(protection(&told.detail))),
        Source::Log if told.code == "4" && told.activity == 7 => Some(SENSOR_STOPPED.on("Sysmon")),
        Source::Entity if told.code == "5007" => {
            value(told, &told.path, told.data.rsplit('=').next().unwrap_or_default().trim())
        }
        Source::Entity if told.code == "5013" => Some(TAMPERING.on(&*told.path)),
        Source::Process | Source::Script => command(told),
        Source::Value => value(told, &told.path, &told.data),
        Source::Key if told.activity == 4 && told.path.contains("\\amsi\\providers\\") => {
            Some(BLINDED.on("AMSI provider"))
        }
        Source::Key if told.activity == 4 && any(&told.path, &["\\windows\\deviceguard", "lsacfgflags"]) => {
            Some(FEATURE_OFF.on("credential guard"))
        }
        Source::Job if told.path.contains("defender") || told.path.contains("exploitguard") => {
            Some(FEATURE_OFF.on(&*told.path))
        }
        Source::Service if is_sensor(&told.path) => match told.activity {
            2 if told.kind.contains("disabled") => Some(SENSOR_STOPPED.on(&*told.path)),
            4 => Some(SENSOR_PAUSED.on(&*told.path)),
            _ => None,
        },
        _ => None,
    }
}

fn protection(name: &str) -> &str {
    if name.is_empty() { "Defender's real-time protection" } else { name }
}

fn is_sensor(name: &str) -> bool {
    SENSORS.iter().any(|sensor| name.starts_with(sensor))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if let Some(sensor) = told.stops.iter().find(|name| is_sensor(name)) {
        return Some(SENSOR_STOPPED.on(sensor));
    }
    if let Some(sensor) = killed(line).find(|name| is_sensor(name)) {
        return Some(SENSOR_STOPPED.on(sensor));
    }
    if let Some(act) = preference(told, line) {
        return Some(act);
    }
    if line.contains("mpcmdrun") && any(line, &["-removedefinitions", "-disableservice"]) {
        return Some(PROTECTION_OFF.on("definitions or service removed"));
    }
    if any(line, &["uninstall-windowsfeature", "remove-windowsfeature", "/disable-feature"])
        && line.contains("defender")
    {
        return Some(PROTECTION_OFF.on("the Defender feature"));
    }
    if let Some(product) = uninstalled(line) {
        return Some(SENSOR_STOPPED.on(product));
    }
    if line.contains("fltmc unload") || line.contains("fltmc.exe unload") {
        return Some(SENSOR_STOPPED.on(after(line, " unload ").map(crate::text::first_word).unwrap_or_default()));
    }
    let sysmon = told.image.starts_with("sysmon") || any(line, &["sysmon.exe", "sysmon64", "sysmon -u"]);
    if sysmon && any(line, &[" -u", " /u"]) && !line.contains("-uninst") {
        return Some(SENSOR_STOPPED.on("Sysmon"));
    }
    if told.is_command() && any(line, &["amsiinitfailed", "amsiscanbuffer", "amsi.dll,amsi"]) {
        return Some(BLINDED.on("AMSI"));
    }
    if any(line, &["etweventwrite", "complus_etwenabled=0", "etwprovider, nonpublic"]) {
        return Some(BLINDED.on("event tracing"));
    }
    let (path, data) = told.write.as_ref()?;
    value(told, path, data)
}

/// A security product that is taken off the host by its own or a general uninstaller.
fn uninstalled(line: &str) -> Option<&'static str> {
    const PRODUCTS: [&str; 20] = [
        "antivirus",
        "anti-virus",
        "endpoint security",
        "endpoint protection",
        "avg ",
        "avast",
        "kaspersky",
        "eset ",
        "bitdefender",
        "malwarebytes",
        "norton",
        "trend micro",
        "sophos",
        "mcafee",
        "symantec",
        "crowdstrike",
        "sentinelone",
        "carbon black",
        "cylance",
        "webroot",
    ];
    let wmi = line.contains("product") && any(line, &["call uninstall", ".uninstall("]);
    let package =
        line.contains("uninstall-package") || line.contains("msiexec") && any(line, &[" /x", " -x", "/uninstall"]);
    (wmi || package).then(|| PRODUCTS.into_iter().find(|product| line.contains(product))).flatten().map(str::trim)
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
    let lowered = ["enablecontrolledfolderaccess", "enablenetworkprotection", "puaprotection", "mapsreporting"];
    let off =
        |name: &str| value_of(set, name).is_some_and(|value| value.starts_with("disabled") || value.starts_with('0'));
    if let Some(name) = lowered.iter().find(|name| off(name)) {
        return Some(FEATURE_OFF.on(*name));
    }
    if let Some(name) =
        ["submitsamplesconsent"].iter().find(|name| value_of(set, name).is_some_and(|v| any(v, &["2", "never"])))
    {
        return Some(FEATURE_OFF.on(*name));
    }
    if set.contains("threatdefaultaction") && any(set, &["allow", " 6", "noaction", " 9"]) {
        return Some(PROTECTION_OFF.on("threats are allowed by default"));
    }
    let disables = set.split(['-', ' ', '=', ';']).find(|word| word.starts_with("disable") && is_on(set, word));
    disables.map(|name| FEATURE_OFF.on(name))
}

/// Processes that a command kills.
fn killed(line: &str) -> impl Iterator<Item = &str> {
    ["/im ", "-im ", "stop-process -name ", "kill -name "].into_iter().filter_map(move |verb| {
        let is_kill = line.contains("taskkill") || verb.starts_with("stop") || verb.starts_with("kill");
        after(line, verb).filter(|_| is_kill).map(crate::text::first_word)
    })
}

fn excluded(told: &Told<'_>, what: &str) -> Act {
    let usual = told.by_machine() || what.contains("program files") || what.contains("programdata\\microsoft");
    if usual { EXCLUDED_BY_PRODUCT.on(what) } else { EXCLUDED.on(what) }
}

fn value(told: &Told<'_>, path: &str, data: &str) -> Option<Act> {
    let set = number(data);
    if path.contains("defender") {
        if let Some(rest) = ["\\exclusions\\paths\\", "\\exclusions\\processes\\", "\\exclusions\\extensions\\"]
            .iter()
            .find_map(|kind| after(path, kind))
        {
            return (!rest.is_empty()).then(|| excluded(told, rest.split(" = ").next().unwrap_or(rest)));
        }
        let name = path.split(" = ").next().unwrap_or(path).rsplit('\\').next().unwrap_or_default();
        if GUARDS.contains(&name) {
            return (set == Some(1)).then(|| PROTECTION_OFF.on(name));
        }
        if name == "tamperprotection" && matches!(set, Some(0 | 4)) {
            return Some(PROTECTION_OFF.on("tamper protection"));
        }
        let lowered = [
            "spynetreporting",
            "puaprotection",
            "mpenablepus",
            "enablecontrolledfolderaccess",
            "enablenetworkprotection",
        ];
        if lowered.contains(&name) && set == Some(0) || name.starts_with("disable") && set == Some(1) {
            return Some(FEATURE_OFF.on(name));
        }
    }
    if path.ends_with("\\start")
        && let Some(service) =
            path.split('\\').rev().nth(1).filter(|name| path.contains("\\services\\") && is_sensor(name))
    {
        return match set {
            Some(4) => Some(SENSOR_STOPPED.on(service)),
            Some(3) => Some(SENSOR_CHANGED.on(service)),
            _ => None,
        };
    }
    let off = set == Some(0);
    let name = path.rsplit('\\').next().unwrap_or_default();
    match name {
        "amsienable" | "etwenabled" | "complus_etwenabled" if off => Some(BLINDED.on(name)),
        "runasppl"
        | "lsacfgflags"
        | "enablevirtualizationbasedsecurity"
        | "vulnerabledriverblocklistenable"
        | "enablesmartscreen"
            if off =>
        {
            Some(FEATURE_OFF.on(name))
        }
        "enabled" if off && path.contains("hypervisorenforcedcodeintegrity") => Some(FEATURE_OFF.on("code integrity")),
        "smartscreenenabled" if data.contains("off") => Some(FEATURE_OFF.on(name)),
        "localaccounttokenfilterpolicy" if set == Some(1) => {
            Some(FEATURE_OFF.on("remote restrictions of local administrators"))
        }
        _ => None,
    }
    .filter(|_| all(path, &["\\"]))
}
