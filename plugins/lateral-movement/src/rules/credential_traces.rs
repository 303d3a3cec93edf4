//! Traces that copies of credentials leave, for `credential-dump`: files, loaded hives, settings, libraries, keys that were
//! read.
//!
//! Weight: a file that only a copy of LSASS's memory or of the directory's database leaves is high, a copy of an account
//! database medium. A library that sees passwords at logon is medium unless it is one of Windows' own; so are an unsigned
//! library in LSASS, what Windows or Defender kept from happening to LSASS, and a threat that Defender names for
//! it. An image of any process by a program of a loose folder is low.
//!
//! False alarms: crash dumps of LSASS by `WerFault` are low. Backup software reads the account databases by the volume, not by
//! file name. Password filters of identity products are loaded at each start: told once an hour, low.

use crate::acts::Act;
use crate::records::{FileMade, KeyRead, Loaded, Reach, ValueSet};
use crate::text::{any, base, is, is_installed, is_loose, is_shell, short, word};

/// Judges files that only a dump leaves.
pub fn file(made: &FileMade) -> Option<Act> {
    let (name, by) = (base(&made.path), base(&made.by));
    if name.contains("lsass") && any(name, &[".dmp", ".zip", ".mdmp", ".rar"]) {
        // Others write into the folder of crash dumps as well, and have it write elsewhere.
        let folder = any(&made.path, &["\\crashdumps\\", "\\windows\\wer\\"]);
        let crash = folder && (by.is_empty() || by == "werfault.exe" && is_installed(&made.by));
        return if crash {
            Act::low("made a crash dump of LSASS")
        } else {
            Act::high(format!("wrote an image of LSASS's memory to {} by {by}", short(&made.path, 90)))
        };
    }
    let image = any(name, &[".dmp", ".mdmp"]);
    let crash =
        any(&made.path, &["\\crashdumps\\", "\\wer\\", "\\minidump\\", "\\crashpad\\", "\\livekernelreports\\"]);
    if image && !crash && is_loose(&made.by) && !made.by.contains("\\appdata\\local\\programs\\") {
        return Act::low(format!("wrote an image of a process to {} by {by}", short(&made.path, 90)));
    }
    // A copy keeps its name and changes its ending, or keeps both and lies elsewhere.
    let (stem, end) = name.split_once('.').unwrap_or((name, ""));
    let copy = matches!(
        end,
        "" | "hive"
            | "hiv"
            | "save"
            | "sav"
            | "bak"
            | "dat"
            | "reg"
            | "tmp"
            | "old"
            | "dmp"
            | "txt"
            | "dit"
            | "zip"
            | "1"
            | "out"
    );
    if stem == "ntds"
        && matches!(end, "dit" | "dit.bak" | "dit.save" | "bak" | "dmp" | "zip")
        && !any(&made.path, &["\\windows\\ntds\\"])
    {
        return Act::high(format!("wrote a copy of the directory database to {}", short(&made.path, 90)));
    }
    let own = any(&made.path, &["\\system32\\config\\", "\\regback\\", "\\$windows.~", "\\winsxs\\", "\\servicing\\"]);
    let told = is(stem, &["sam", "security"]) || stem == "system" && !end.is_empty() && end != "dat" && end != "txt";
    if told && copy && !own && made.path.contains('\\') && (!end.is_empty() || !is_installed(&made.path)) {
        return Act::medium(format!("wrote a copy of an account database to {}", short(&made.path, 90)));
    }
    // The remote registry saves hives under eight letters for whoever asks over the network.
    if by == "svchost.exe" && is_eight(stem) && end == "tmp" && in_folder(&made.path) {
        return Act::medium(format!("saved registry keys for a caller to {}", short(&made.path, 90)));
    }
    if by == "lsass.exe" && name.ends_with(".log") && made.path.contains("\\windows\\system32\\") {
        return Act::medium(format!(
            "made LSASS write to {}, as a library that records passwords does",
            short(&made.path, 90)
        ));
    }
    any(name, &["mimikatz", "mimilib.dll", "mimidrv", "lsass.dmp", "pwdump", "safetykatz", "lazagne", "secretsdump"])
        .then(|| Act::medium(format!("put a tool of credential theft on disk: {}", short(&made.path, 90))))?
}

/// A name as tools of remote registry dumps make it.
fn is_eight(stem: &str) -> bool {
    stem.len() == 8 && stem.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Directly in the system's folder or its folder for temporary files.
fn in_folder(path: &str) -> bool {
    ["\\windows\\system32\\", "\\windows\\temp\\"]
        .iter()
        .any(|folder| path.split_once(folder).is_some_and(|(_, rest)| !rest.contains('\\')))
}

/// Judges a file of an administrative share that was read: a saved hive on its way.
pub fn fetched(path: &str) -> Option<Act> {
    let path = path.trim_start_matches('\\');
    let name = path.strip_prefix("system32\\").or(path.strip_prefix("temp\\"))?;
    let saved = name.strip_suffix(".tmp").is_some_and(is_eight);
    saved.then(|| Act::high(format!("fetched saved registry keys over the network ({name}), as dumps from afar do")))?
}

/// Judges a key of the account databases that was opened or read, where keys are audited.
pub fn key(read: &KeyRead) -> Option<Act> {
    let by = base(&read.by);
    let odd = is_shell(by) || matches!(by, "reg.exe" | "regedit.exe" | "powershell_ise.exe") || is_loose(&read.by);
    let afar = by == "svchost.exe" && crate::text::is_person(&read.user);
    let secret = any(
        &read.path,
        &[
            "\\sam\\domains\\account",
            "\\security\\policy\\secrets",
            "\\security\\cache",
            "\\lsa\\jd",
            "\\lsa\\skew1",
            "\\lsa\\gbg",
        ],
    );
    match () {
        () if !secret => None,
        () if odd => Act::high(format!("read keys of the account database by {by}: {}", short(&read.path, 80))),
        () if afar => Act::high(format!("read keys of the account database from afar: {}", short(&read.path, 80))),
        () => None,
    }
}

/// Judges a library: one that sees passwords (4610, 4614, 4622), or one that images processes in an odd place.
pub fn library(loaded: &Loaded) -> Option<Act> {
    const KNOWN: &[&str] = &[
        "msv1_0",
        "kerberos",
        "lsasrv",
        "negoexts",
        "negotiate",
        "tspkg",
        "pku2u",
        "cloudap",
        "wdigest",
        "schannel",
        "livessp",
        "credssp",
        "scecli",
        "rassfm",
        "kdcsvc",
        "sfapm",
        "ntlm",
        "default tls ssp",
        "microsoft unified security",
        "msapsspc",
        "aadauthhelper",
        "efslsaext",
        "dpapisrv",
        "kdcpw",
        "azureadpasswordprotection",
        "netlogon",
        "fdeploy",
        "setuplsa",
    ];
    let name = base(loaded.module.split(" : ").next().unwrap_or_default()).trim_end_matches(".dll").trim();
    if loaded.code == 7 && base(&loaded.by) == "lsass.exe" && name != "comsvcs" {
        return Act::medium(format!("LSASS loaded an unsigned library: {}", short(&loaded.module, 90)));
    }
    match loaded.code {
        4610 | 4614 | 4622 if name.is_empty() || any(&loaded.module, KNOWN) => None,
        4614 => Act::low(format!("loaded library {name}, which sees passwords when they are changed")),
        4610 | 4622 => Act::medium(format!("loaded library {name}, which sees passwords at logon")),
        _ if name == "comsvcs" && matches!(base(&loaded.by), "rundll32.exe" | "powershell.exe" | "regsvr32.exe") => {
            Act::medium(format!("loaded comsvcs.dll into {}, as when a process is imaged", base(&loaded.by)))
        }
        _ if is(name, &["dbgcore", "dbghelp", "offreg"]) && is_loose(&loaded.by) => {
            Act::low(format!("loaded {name}.dll into {}, a program of no installation", base(&loaded.by)))
        }
        _ => None,
    }
}

/// Judges what Windows kept from happening to LSASS: a library that its protection or code integrity refused (CodeIntegrity 3033,
/// 3063), a look that Defender's rule refused (1121).
pub fn refused(code: i64, by: &str) -> Option<Act> {
    match code {
        1121 | 1122 => Act::medium(format!("was kept by Defender from reading LSASS's memory: {}", short(by, 90))),
        _ => Act::medium(format!("was kept from loading an unsigned library into LSASS: {}", short(by, 90))),
    }
}

/// Judges a threat that Defender named: tools that take credentials, and their behaviour.
pub fn found(threat: &str) -> Option<Act> {
    let named = any(threat, &NAMED);
    named.then(|| Act::medium(format!("had something that Defender calls {}", short(threat, 60))))?
}

/// Parts of Defender's names for what takes credentials.
pub const NAMED: [&str; 14] = [
    "mimikatz",
    "lsass",
    "dumplsa",
    "pwdump",
    "lazagne",
    "rubeus",
    "kekeo",
    "wdigest",
    "credentialdump",
    "passview",
    "passwordstealer",
    "gsecdump",
    "safetykatz",
    "sekurlsa",
];

/// Judges a thread started in LSASS, or the disk read below the file system.
pub fn thread(reach: &Reach) -> Option<Act> {
    let by = base(&reach.source);
    (reach.target == "lsass.exe" && (is_shell(by) || !is_installed(&reach.source)) && reach.source.contains('\\'))
        .then(|| Act::high(format!("started a thread in LSASS by {by}")))?
}

/// Judges a program that reads the disk below the file system (Sysmon 9).
pub fn raw_disk(by: &str) -> Option<Act> {
    let name = base(by);
    (by.contains('\\') && (is_loose(by) || is_shell(name))).then(|| {
        Act::medium(format!("read the disk below the file system by {name}, as when locked files are copied"))
    })?
}

/// Judges settings by which Windows keeps passwords in memory or hands them to a library.
pub fn value(set: &ValueSet) -> Option<Act> {
    if set.path.ends_with("\\wdigest\\uselogoncredential")
        && any(&set.data, &["(0x00000001)", "1"])
        && !set.data.contains("(0x00000000)")
    {
        return Act::high("made Windows keep passwords in clear text in memory (WDigest)");
    }
    if set.path.contains("\\silentprocessexit\\lsass.exe\\")
        || set.path.contains("\\image file execution options\\lsass.exe\\globalflag")
    {
        return Act::high("made Windows copy the memory of LSASS when it is asked to end (silent process exit)");
    }
    if set.path.ends_with("\\networkprovider\\order\\providerorder") {
        return Act::medium(format!("changed the libraries that see passwords at logon: {}", short(&set.data, 80)));
    }
    let weak = ["(0x00000000)", "(0x00000001)", "(0x00000002)"].iter().any(|level| set.data.ends_with(level))
        || is(&set.data, &["0", "1", "2"]);
    if set.path.ends_with("\\lsa\\lmcompatibilitylevel") && weak {
        return Act::medium("let old, weak forms of NTLM be used (LmCompatibilityLevel)");
    }
    if any(&set.path, &["\\sysinternals\\procdump\\eulaaccepted"]) {
        return Act::low("used ProcDump for the first time");
    }
    let packages = set.path.ends_with("\\lsa\\security packages")
        || set.path.ends_with("\\lsa\\osconfig\\security packages")
        || set.path.ends_with("\\lsa\\notification packages");
    if packages {
        return Act::medium(format!("changed the libraries that see passwords at logon: {}", short(&set.data, 80)));
    }
    set.path
        .ends_with("\\lsa\\runasppl")
        .then(|| Act::medium(format!("changed the protection of LSASS: {}", short(&set.data, 40))))
        .filter(|_| any(&set.data, &["(0x00000000)", "0"]) && !word(&set.data, "(0x00000001)"))?
}

/// Judges a hive that was loaded from a file (Kernel-General 16): the account database outside of its place.
pub fn hive(message: &str) -> Option<Act> {
    let path = message.split("\\??\\").nth(1)?.split_whitespace().next()?;
    let named = any(base(path), &["sam", "security"])
        && !any(
            path,
            &["\\system32\\config\\", "\\appcompat", "\\regback\\", "systemprofile", "\\settings\\settings.dat"],
        );
    named.then(|| {
        Act::medium(format!("saved or loaded an account database outside of its place: {}", short(path, 90)))
    })?
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    fn made(path: &str, by: &str) -> Option<Severity> {
        file(&FileMade { path: path.into(), by: by.into() }).map(|act| act.weight)
    }

    #[test]
    fn copies_are_known_by_name_and_place() {
        let cmd = r"c:\windows\system32\cmd.exe";
        assert_eq!(made(r"c:\lsass.dmp", cmd), Some(Severity::High));
        let crash = r"c:\windows\system32\config\systemprofile\appdata\local\crashdumps\lsass.exe.640.dmp";
        assert_eq!(made(crash, cmd), Some(Severity::High));
        assert_eq!(made(crash, r"c:\windows\system32\werfault.exe"), Some(Severity::Low));
        assert_eq!(made(r"c:\temp\lsass.exe.640.dmp", r"c:\windows\system32\werfault.exe"), Some(Severity::High));
        assert_eq!(made(r"c:\temp\ntds.dit", cmd), Some(Severity::High));
        assert_eq!(made(r"c:\temp\sam.save", cmd), Some(Severity::Medium));
        assert_eq!(made(r"c:\temp\sam", cmd), Some(Severity::Medium));
        assert_eq!(made(r"c:\windows\ntds\ntds.dit", cmd), None);
        assert_eq!(made(r"c:\windows\system32\config\sam", cmd), None);
        assert_eq!(made(r"c:\app\security.dll", cmd), None);
        assert_eq!(
            made(r"c:\windows\system32\qwertyui.tmp", r"c:\windows\system32\svchost.exe"),
            Some(Severity::Medium)
        );
    }

    #[test]
    fn keys_of_the_account_database_are_read_by_few() {
        let read = |by: &str, user: &str| {
            let path = r"\registry\machine\sam\sam\domains\account\users\000001f4".to_owned();
            key(&KeyRead { path, by: by.into(), user: user.into() }).map(|act| act.weight)
        };
        assert_eq!(read(r"c:\windows\system32\lsass.exe", r"nt authority\system"), None);
        assert_eq!(read(r"c:\windows\system32\reg.exe", r"nt authority\system"), Some(Severity::High));
        assert_eq!(read(r"c:\windows\system32\svchost.exe", r"corp\hara"), Some(Severity::High));
    }

    #[test]
    fn libraries_of_windows_may_see_passwords() {
        let loaded = |module: &str| {
            library(&Loaded { code: 4622, module: module.into(), by: String::new() }).map(|act| act.weight)
        };
        assert_eq!(loaded(r"c:\windows\system32\msv1_0.dll : ntlm"), None);
        assert_eq!(loaded(r"c:\windows\system32\mimilib.dll : mimilib"), Some(Severity::Medium));
    }
}
