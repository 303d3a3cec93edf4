//! The values of the registry that hold defence up, and what lowers each.

use super::defence_off::{
    BLINDED, FEATURE_BY_POLICY, FEATURE_OFF, GUARDS, PROTECTION_OFF, PROVIDER, SENSOR_CHANGED, SENSOR_STOPPED, excluded,
};
use super::sensors::is_sensor;
use crate::act::{Act, Source, Told};
use crate::text::{after, any, number};

/// Features that 0 switches off, by the value's name and a part of its path.
const ZEROED: [(&str, &str); 22] = [
    ("runasppl", "\\lsa"),
    ("runaspplboot", "\\lsa"),
    ("lsacfgflags", ""),
    ("enablevirtualizationbasedsecurity", "deviceguard"),
    ("requireplatformsecurityfeatures", "deviceguard"),
    ("hypervisorenforcedcodeintegrity", "deviceguard"),
    ("enabled", "hypervisorenforcedcodeintegrity"),
    ("enabled", "deviceguard\\scenarios"),
    ("vulnerabledriverblocklistenable", "\\ci\\config"),
    ("umciauditmode", "\\ci\\"),
    ("enablesmartscreen", ""),
    ("smartscreenenabled", ""),
    ("enablewebcontentevaluation", ""),
    ("limitblankpassworduse", "\\lsa"),
    ("spynetreporting", "defender"),
    ("puaprotection", "defender"),
    ("mpenablepus", "defender"),
    ("enablecontrolledfolderaccess", "defender"),
    ("enablenetworkprotection", "defender"),
    ("exploitguard_asr_rules", "defender"),
    ("mpcloudblocklevel", "defender"),
    ("mitigationoptions", "session manager\\kernel"),
];

/// Features that 1 switches off, or restrictions that 1 lifts.
const ONES: [(&str, &str); 14] = [
    ("localaccounttokenfilterpolicy", "\\policies\\system"),
    ("vbawarnings", "\\office\\"),
    ("accessvbom", "\\office\\"),
    ("disableinternetfilesinpv", "protectedview"),
    ("disableattachementsinpv", "protectedview"),
    ("disableattachmentsinpv", "protectedview"),
    ("disableunsafelocationsinpv", "protectedview"),
    ("disabletaskmgr", "\\policies\\system"),
    ("disableregistrytools", "\\policies\\system"),
    ("disablecmd", "\\policies\\microsoft\\windows\\system"),
    ("notification_suppress", "defender"),
    ("disablesecuritycenter", ""),
    ("antivirusdisablenotify", "security center"),
    ("antivirusoverride", "security center"),
];

/// What a value that is written takes away.
pub fn value(told: &Told<'_>, path: &str, data: &str) -> Option<Act> {
    if !path.contains('\\') {
        return None;
    }
    let set = number(data);
    let name = path.split(" = ").next().unwrap_or(path).rsplit('\\').next().unwrap_or_default();
    if path.contains("defender")
        && let Some(act) = defender(told, path, name, set)
    {
        return Some(act);
    }
    if name == "start" && path.contains("\\services\\") {
        let service = path.rsplit('\\').nth(1).filter(|name| is_sensor(name))?;
        return match set {
            Some(4) => Some(SENSOR_STOPPED.on(service)),
            Some(3) => Some(SENSOR_CHANGED.on(service)),
            _ => None,
        };
    }
    // Group policy writes restrictions as the machine's service for it.
    let by_policy = told.source == Source::Value && matches!(&*told.image, "svchost" | "services");
    if matches!(name, "amsienable" | "etwenabled" | "complus_etwenabled") && set == Some(0) {
        return Some(BLINDED.on(name));
    }
    if path.contains("\\amsi\\providers\\") && !told.by_machine() {
        return Some(PROVIDER.on(path));
    }
    let is_of = |list: &[(&str, &str)]| list.iter().any(|(of, part)| *of == name && path.contains(part));
    let off = set == Some(0) || name == "smartscreenenabled" && data.contains("off");
    if off && is_of(&ZEROED) || set == Some(1) && is_of(&ONES) {
        return Some(if by_policy { FEATURE_BY_POLICY.on(name) } else { FEATURE_OFF.on(name) });
    }
    // A restriction of remote administration that hashes alone pass.
    (name == "disablerestrictedadmin" && off).then(|| FEATURE_OFF.on(name))
}

/// Defender's own settings, in its key or its policies'.
fn defender(told: &Told<'_>, path: &str, name: &str, set: Option<i64>) -> Option<Act> {
    let excludes = [
        "\\exclusions\\paths\\",
        "\\exclusions\\processes\\",
        "\\exclusions\\extensions\\",
        "\\exclusions\\ipaddresses\\",
    ];
    if let Some(rest) = excludes.iter().find_map(|kind| after(path, kind)) {
        return (!rest.is_empty()).then(|| excluded(told, rest.split(" = ").next().unwrap_or(rest)));
    }
    if GUARDS.contains(&name) {
        return (set == Some(1)).then(|| PROTECTION_OFF.on(name));
    }
    if name == "tamperprotection" && matches!(set, Some(0 | 4)) {
        return Some(PROTECTION_OFF.on("tamper protection"));
    }
    if path.contains("\\asr\\rules\\") && set == Some(0) {
        return Some(FEATURE_OFF.on("a rule that reduces the attack surface"));
    }
    let threats = any(path, &["threatseveritydefaultaction\\", "\\threatiddefaultaction\\"]);
    if threats && matches!(set, Some(6 | 9)) {
        return Some(PROTECTION_OFF.on("threats are allowed by default"));
    }
    (name.starts_with("disable") && set == Some(1)).then(|| FEATURE_OFF.on(name))
}
