//! `credential-dump`: credentials are copied out of memory, of the account databases or of the directory's file.
//!
//! ATT&CK: T1003.001 (LSASS), T1003.002 (SAM and secrets), T1003.003 (NTDS). Weight: an act with no honest use (memory image
//! of LSASS, NTDS or SAM copied) is high; one with an honest use (a shadow copy, an image of any process) medium; a look into
//! LSASS by an unusual program low, by rights as dumpers ask and from code that no file holds medium and more. Rights to copy
//! LSASS's handles or LSASS itself, asked for by a program of no installation or through the secondary logon service,
//! are medium.
//!
//! False alarms: security products and the system itself open LSASS all day: what lies under `Windows` and `Program Files` is
//! left out unless it is a tool that intruders borrow. Backup software makes shadow copies by its own service, not by
//! `vssadmin`. Crash dumps of LSASS are made by `WerFault` and told low.

use crate::acts::Act;
use crate::records::{Launch, Reach, Script};
use crate::text::{any, base, every, is_installed, short};
use crate::words::Words;

/// Rights to read another process's memory: `PROCESS_VM_READ`.
pub const VM_READ: i64 = 0x10;
/// Rights by which a copy is made without reading: `PROCESS_DUP_HANDLE`, `PROCESS_CREATE_PROCESS` (a clone is imaged).
pub const COPIED: i64 = 0x40 | 0x80;

/// Programs of the system by which intruders look into LSASS.
const BORROWED: &[&str] = &[
    "powershell.exe",
    "pwsh.exe",
    "rundll32.exe",
    "cmd.exe",
    "cscript.exe",
    "wscript.exe",
    "mshta.exe",
    "regsvr32.exe",
    "procdump.exe",
    "procdump64.exe",
    "sqldumper.exe",
    "createdump.exe",
    "rdrleakdiag.exe",
    "tttracer.exe",
    "dotnet.exe",
    "python.exe",
    "msbuild.exe",
    "installutil.exe",
    "dumpminitool.exe",
    "notepad.exe",
    "processhacker.exe",
];

/// Words of tools, in command lines and scripts.
static TOOLS: Words = Words::new(&[
    "sekurlsa",
    "lsadump::",
    "invoke-mimikatz",
    "mimikatz",
    "privilege::debug",
    "token::elevate",
    "out-minidump",
    "nanodump",
    "safetykatz",
    "sharpkatz",
    "pypykatz",
    "lsassy",
    "dumpert",
    "sharpdump",
    "secretsdump",
    "invoke-ninjacopy",
    "get-gpppassword",
    "misc::memssp",
    "invoke-powerdump",
    "quarkspwdump",
    "gsecdump",
    "pwdump",
    "wce.exe",
    "lazagne",
    "powerdump",
    "handlekatz",
    "ppldump",
    "invoke-wcmdump",
    "hashdump",
    "invoke-dcsync",
    "get-adreplaccount",
    "get-adkeycredential",
    "get-addbaccount",
    "get-bootkey",
    "copy-vss",
    "physmem2profit",
    "sharpsecdump",
    "pypykatz",
    "mimidrv",
    "dumpcreds",
    "minidumpwritedump",
    "xordump",
    "lsass_dump",
    "impersonate.py",
    "ntdsxtract",
    "vssown",
    "mirrordump",
    "tokenvator",
    "internal-monologue",
    "internalmonologue",
    "fgdump",
    "samdump",
    "cachedump",
    "lsadump",
]);

/// Judges a process by what it was told to do.
pub fn launch(launch: &Launch) -> Option<Act> {
    let own = [("procdump", "procdump"), ("sqldumper.exe", "sqldumper")];
    let imager = own.iter().any(|(name, _)| launch.name.starts_with(name) || launch.original.starts_with(name));
    command(&launch.command, imager, &launch.name)
}

/// Judges a script.
pub fn script(script: &Script) -> Option<Act> {
    let text = &script.text;
    if every(text, &["minidumpwritedump", "lsass"]) || every(text, &["minidump", "get-process", "lsass"]) {
        return Act::high("ran a script that copies the memory of LSASS");
    }
    if let Some(tool) = TOOLS.find(text) {
        return Act::high(format!("ran a script of credential theft ({tool})"));
    }
    if every(text, &["win32_shadowcopy"]) && text.contains("create") {
        return Act::medium("made a shadow copy from a script");
    }
    if text.len() < 6_000 { command(text, false, "script") } else { None }
}

/// Without any of these a command is at most a tool's.
static MARKS: Words = Words::new(&[
    "comsvcs",
    "lsass",
    "fullmemdmp",
    "dumpfull",
    "werfaultsecure",
    "hklm\\s",
    "hkey_local_machine\\s",
    "\\config\\",
    "config/sam",
    "\\repair\\sam",
    "ntds",
    "ifm",
    "wbadmin",
    "uselogoncredential",
    "packages",
    "silentprocessexit",
    "lmcompatibilitylevel",
    "shadow",
    "@gmt-",
    "esentutl",
]);

fn command(line: &str, imager: bool, name: &str) -> Option<Act> {
    let shown = || short(line, 110);
    if name != "script" && imagers(line, name) && !line.contains("lsass") {
        return Act::medium(format!("copied a process's memory whole: {}", shown()));
    }
    if !imager && !MARKS.are_in(line) {
        return tool(line);
    }
    if line.contains("comsvcs") && any(line, &["minidump", "#24", "#+24", "#-", "#65560"]) {
        return Act::high(format!("copied a process's memory by comsvcs.dll: {}", shown()));
    }
    if imager && any(line, &["lsass", " -ma", " /ma", " -mm", " /mm"]) {
        return if line.contains("lsass") {
            Act::high(format!("copied the memory of LSASS: {}", shown()))
        } else {
            Act::medium(format!("copied a process's memory whole: {}", shown()))
        };
    }
    if line.contains("lsass")
        && any(line, &["-ma ", "/ma ", "minidump", "-dump", "/fullmemdmp", ".dmp", "dumpfull", "createdump", "-mm "])
    {
        return Act::high(format!("copied the memory of LSASS: {}", shown()));
    }
    if any(line, &["/fullmemdmp"]) || name == "tttracer.exe" && line.contains("-dumpfull") {
        return Act::medium(format!("copied a process's memory whole: {}", shown()));
    }
    let driven = !name.starts_with("werfault") && name != "svchost.exe" && name != "script";
    if line.contains("werfaultsecure") && (driven || any(line, &["/encfile", "/dumpfile"])) {
        return Act::high(format!("made a protected process write its memory to a file: {}", shown()));
    }
    if line.contains("lsass")
        && any(line, &["findstr", "find ", "tasklist", "get-process", "gps ", "name=", "imagename eq", "pidof"])
    {
        return Act::low(format!("looked for the process of LSASS: {}", shown()));
    }
    hives(line).or_else(|| directory(line)).or_else(|| settings(line)).or_else(|| shadow(line)).or_else(|| tool(line))
}

/// Programs that image a process and are brought for it.
fn imagers(line: &str, name: &str) -> bool {
    let dumps = [
        ("createdump.exe", "-f"),
        ("dotnet-dump.exe", "collect"),
        ("avdump.exe", "--pid"),
        ("dump64.exe", ""),
        ("dumpminitool.exe", "--processid"),
        ("sqldumper.exe", "0x0"),
        ("adplus.exe", "-pn"),
        ("rdrleakdiag.exe", "/p"),
        ("tttracer.exe", "-attach"),
        ("processdump.exe", ""),
    ];
    dumps.iter().any(|(imager, sign)| name == *imager && line.contains(sign))
}

/// Settings by which passwords stay in memory or reach a library, set by a command.
fn settings(line: &str) -> Option<Act> {
    let sets = any(line, &["add ", "set-itemproperty", "new-itemproperty", "setdwordvalue", "sp hklm"]);
    if !sets {
        return None;
    }
    let to =
        |number: &str| any(line, &[&format!("/d {number}"), &format!("-value {number}"), &format!("/d \"{number}\"")]);
    match () {
        () if line.contains("uselogoncredential") && to("1") => {
            Act::high(format!("made Windows keep passwords in clear text in memory (WDigest): {}", short(line, 110)))
        }
        () if any(line, &["\\lsa"]) && any(line, &["security packages", "notification packages"]) => {
            Act::medium(format!("changed the libraries that see passwords at logon: {}", short(line, 110)))
        }
        () if line.contains("silentprocessexit\\lsass") => {
            Act::high(format!("made Windows copy the memory of LSASS when it is asked to end: {}", short(line, 110)))
        }
        () if line.contains("lmcompatibilitylevel") && ["0", "1", "2"].iter().any(|level| to(level)) => {
            Act::medium(format!("let old, weak forms of NTLM be used: {}", short(line, 110)))
        }
        () => None,
    }
}

/// Words that copy a file.
const COPIES: &[&str] = &[
    "copy",
    "esentutl",
    "xcopy",
    "robocopy",
    "/y ",
    "move ",
    "type ",
    "print ",
    "mklink",
    "wbadmin",
    "get-content",
    "/d:",
    "makecab",
    "-encode",
    "readallbytes",
    "@gmt-",
];

/// The account databases in the registry.
fn hives(line: &str) -> Option<Act> {
    let saves = any(line, &["save ", "export ", " save", "regsave"]) && any(line, &["reg ", "reg.exe", "reg\""]);
    let ends = |hive: &str| {
        ["hklm\\", "hkey_local_machine\\"].iter().any(|root| {
            line.match_indices(&format!("{root}{hive}")).any(|(at, found)| {
                line[at + found.len()..].chars().next().is_none_or(|next| !(next.is_alphanumeric() || next == '\\'))
            })
        })
    };
    let secrets = any(line, &["\\security\\policy\\secrets", "\\security\\cache", "\\sam\\domains"]);
    if saves && (ends("sam") || ends("security") || secrets) {
        return Act::high(format!("saved the account database (SAM, SECURITY) to a file: {}", short(line, 110)));
    }
    if saves && ends("system") {
        return Act::medium(format!(
            "saved the SYSTEM hive, which holds the key to the account database: {}",
            short(line, 110)
        ));
    }
    let system = line.contains("\\config\\system") && !any(line, &["\\config\\systemprofile", "\\config\\system.sav"]);
    let copied = system || any(line, &["\\config\\sam", "\\config\\security", "config/sam", "\\repair\\sam"]);
    (copied && any(line, COPIES)).then(|| Act::high(format!("copied the account database: {}", short(line, 110))))?
}

/// The directory's file.
fn directory(line: &str) -> Option<Act> {
    if line.contains("ntdsutil") || any(line, &["'ifm'", "\"ifm\"", " ifm "]) {
        let whole = any(line, &["ifm", "ac i", "activate instance", "snapshot", "create full"]);
        return if whole {
            Act::high(format!("copied the directory database by ntdsutil: {}", short(line, 110)))
        } else {
            Act::low(format!("started the directory's maintenance tool: {}", short(line, 110)))
        };
    }
    let looked = any(line, &["findstr ntds.dit", "dir "]) && !any(line, COPIES);
    if line.contains("ntds.dit") && !looked
        || line.contains("wbadmin") && any(line, &["systemstate", "ntds"]) && line.contains("start")
    {
        return Act::high(format!("copied the directory database: {}", short(line, 110)));
    }
    None
}

/// Shadow copies, by which locked files are copied.
fn shadow(line: &str) -> Option<Act> {
    if any(line, &["harddiskvolumeshadowcopy", "\\@gmt-"])
        && any(line, &["copy", "robocopy", "mklink", "esentutl", "xcopy", "type ", "cat ", "makecab", "move"])
    {
        return Act::high(format!("copied files out of a shadow copy: {}", short(line, 110)));
    }
    let makes = line.contains("vssadmin") && line.contains("create") && line.contains("shadow")
        || every(line, &["shadowcopy", "call", "create"])
        || line.contains("diskshadow") && any(line, &["/s", "-s", "exec"])
        || line.contains("esentutl") && any(line, &["/vss", "-vss"]);
    makes.then(|| Act::medium(format!("made a shadow copy by hand: {}", short(line, 110))))?
}

fn tool(line: &str) -> Option<Act> {
    let tool = TOOLS.find(line)?;
    Act::high(format!("ran a tool of credential theft ({tool}): {}", short(line, 90)))
}

/// Judges a look into LSASS. The rights asked for and who asks decide.
pub fn reach(reach: &Reach) -> Option<Act> {
    if reach.target != "lsass.exe" || reach.rights & (VM_READ | COPIED) == 0 {
        return None;
    }
    let name = base(&reach.source);
    let unbacked = reach.trace.contains("unknown(");
    let dumps = any(&reach.trace, &["dbghelp.dll", "dbgcore.dll", "comsvcs.dll"]);
    let borrowed = crate::text::is(name, BORROWED);
    let strange = !is_installed(&reach.source)
        && reach.source.contains('\\')
        && !any(&reach.source, &["\\windowsazure\\", "\\packages\\plugins\\"]);
    let what = |how: &str| format!("opened LSASS to read its memory by {name} (rights {:#x}){how}", reach.rights);
    // The secondary logon service opens LSASS for whoever races it for its handle.
    if reach.trace.contains("\\seclogon.dll") && reach.rights & COPIED != 0 {
        return Act::medium(what(" through the secondary logon service, as dumpers that hide do"));
    }
    if reach.rights & VM_READ == 0 {
        return strange.then(|| Act::medium(what(", rights to copy its handles or itself")))?;
    }
    match () {
        () if dumps && name == "werfault.exe" && reach.rights == 0x1f_ffff => {
            Act::low(what(" and imaged it, as after a crash"))
        }
        () if dumps && name != "werfault.exe" => Act::high(what(" and called the library that images a process")),
        () if name == "taskmgr.exe" && reach.rights == 0x1f_ffff => {
            Act::medium(what(", as when an image of it is made by hand"))
        }
        // Its own code is made at run time and lies in no file; listing processes asks for these rights.
        () if crate::text::is(name, &["powershell.exe", "pwsh.exe", "powershell_ise.exe"])
            && reach.rights == 0x1410 =>
        {
            Act::low(what(""))
        }
        () if crate::text::is(
            name,
            &["procmon.exe", "procmon64.exe", "procexp.exe", "procexp64.exe", "handle.exe", "handle64.exe"],
        ) =>
        {
            Act::low(what(", a tool that shows processes"))
        }
        () if crate::text::is(name, &["powershell.exe", "pwsh.exe"]) => Act::medium(what("")),
        () if (borrowed || strange) && unbacked => Act::high(what(" from code that no file holds")),
        () if borrowed || strange => Act::medium(what("")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    fn weight(line: &str) -> Option<Severity> {
        launch(&Launch { command: line.into(), name: "x.exe".into(), ..Launch::default() }).map(|act| act.weight)
    }

    #[test]
    fn copies_of_credentials_are_known_by_the_act() {
        for line in [
            r"rundll32.exe c:\windows\system32\comsvcs.dll, minidump 624 c:\x.bin full",
            r"rundll32 comsvcs.dll #24 624 dump full",
            r"reg save hklm\sam c:\t\sam.hive",
            r"ntdsutil 'ac i ntds' 'ifm' 'create full c:\h' q q",
            r"esentutl.exe /y /vss c:\windows\system32\config\sam /d c:\t\sam",
            r"cmd /c mkdir c:\t && copy x\ntds.dit c:\t",
            r"copy c:\windows\system32\config\sam c:\windows\system32\config\systemprofile\x",
            r"copy \\?\globalroot\device\harddiskvolumeshadowcopy1\windows\x c:\t",
        ] {
            assert_eq!(weight(line), Some(Severity::High), "{line}");
        }
        assert_eq!(weight(r"reg save hklm\software\vendor c:\b.reg"), None);
        assert_eq!(weight(r"reg query hklm\system\currentcontrolset"), None);
        assert_eq!(weight("vssadmin create shadow /for=c:"), Some(Severity::Medium));
        assert_eq!(weight("vssadmin list shadows"), None);
        assert_eq!(weight(r"cmd /c dir c:\windows\ntds\ntds.dit"), None);
    }

    #[test]
    fn security_products_may_look_into_lsass() {
        let by = |source: &str| Reach {
            source: source.into(),
            target: "lsass.exe".into(),
            rights: 0x1410,
            trace: String::new(),
        };
        assert_eq!(reach(&by(r"c:\program files\vendor\edr.exe")), None);
        assert_eq!(reach(&by(r"c:\users\a\x.exe")).map(|act| act.weight), Some(Severity::Medium));
        assert_eq!(reach(&Reach { rights: 0x1000, ..by(r"c:\users\a\x.exe") }), None);
    }
}
