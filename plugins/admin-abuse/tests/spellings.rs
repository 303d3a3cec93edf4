//! The same acts as other hands spell them: commands, scripts and registry writes that no case file holds. Each is one
//! record (Sysmon 1, Sysmon 13 or PowerShell 4104), and what must stay quiet stands beside it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use admin_abuse::AdminAbuse;
use sekisho_core::contract::Severity;
use sekisho_sdk::testing::{Bench, Rows};

const HOST: &str = "srv1";

fn process(line: &str) -> Rows {
    from_parent("cmd.exe", line)
}

fn from_parent(parent: &str, line: &str) -> Rows {
    with(line, "process.parent_process.file.name", parent)
}

fn with(line: &str, path: &str, value: &str) -> Rows {
    let mut rows = Rows::default();
    let image = line.trim_matches('"').split([' ', '"']).next().unwrap().rsplit('\\').next().unwrap();
    let row =
        rows.of("process_activity").at("2025-10-03T20:58:00+09:00").set("device.host", HOST).set("activity_id", 1);
    let row = row.set("process.file.name", image).set("process.cmd_line", line).set("user.canonical", "corp\\ito");
    row.set(path, value);
    rows
}

fn script(text: &str) -> Rows {
    let mut rows = Rows::default();
    let row = rows.of("script_activity").at("2025-10-03T20:58:00+09:00").set("device.host", HOST).set("activity_id", 1);
    row.set("script.script_content", text).set("user.canonical", "corp\\ito");
    rows
}

fn value(path: &str, data: &str) -> Rows {
    let mut rows = Rows::default();
    let row = rows.of("registry_value_activity").at("2025-10-03T20:58:00+09:00").set("device.host", HOST);
    row.set("activity_id", 2).set("reg_value.path", path).set("reg_value.data", data);
    rows
}

#[track_caller]
fn tells(rule: &str, rows: &[(&str, Rows)]) {
    let bench = Bench::<AdminAbuse>::new("{}");
    let silent = rows.iter().filter(|(_, rows)| bench.run(rows).of(rule).is_empty()).map(|(name, _)| *name);
    let silent: Vec<&str> = silent.collect();
    assert!(silent.is_empty(), "{rule} misses:\n{}", silent.join("\n"));
}

fn processes(lines: &[&'static str]) -> Vec<(&'static str, Rows)> {
    lines.iter().map(|line| (*line, process(line))).collect()
}

fn scripts(texts: &[&'static str]) -> Vec<(&'static str, Rows)> {
    texts.iter().map(|text| (*text, script(text))).collect()
}

fn values(writes: &[(&'static str, &str)]) -> Vec<(&'static str, Rows)> {
    writes.iter().map(|(path, data)| (*path, value(path, data))).collect()
}

#[test]
fn logs_are_cleared_in_many_ways() {
    tells(
        "log-cleared",
        &processes(&[
            "wevtutil cl System",
            r"C:\Windows\System32\wevtutil.exe clear-log Security",
            r#"cmd.exe /c "for /F "tokens=*" %1 in ('wevtutil.exe el') do wevtutil.exe cl "%1"""#,
            "powershell -c Clear-EventLog -LogName Security, System",
            "powershell -enc YwBsAGUAYQByAC0AZQB2AGUAbgB0AGwAbwBnACAALQBsAG8AZwBuAGEAbQBlACAAcwBlAGMAdQByAGkAdAB5AA==",
            "wmic nteventlog where filename='security' call cleareventlog",
            r"cmd /c del /f C:\Windows\System32\winevt\Logs\Security.evtx",
            "fsutil usn deletejournal /D C:",
            r#""C:\Windows\system32\wevtutil.exe" cl "Windows PowerShell""#,
            r"cmd /c move C:\Windows\System32\winevt\Logs\System.evtx C:\Temp",
            r"cmd /c del C:\Users\ito\AppData\Roaming\Microsoft\Windows\PowerShell\PSReadLine\ConsoleHost_history.txt",
        ]),
    );
    tells(
        "log-cleared",
        &scripts(&[
            "Get-WinEvent -ListLog * | % { [System.Diagnostics.Eventing.Reader.EventLogSession]::GlobalSession.ClearLog($_.LogName) }",
            "Remove-EventLog -LogName 'Windows PowerShell'",
            "Get-EventLog -List | ForEach-Object { $_.Clear() }",
            "Remove-Item (Get-PSReadlineOption).HistorySavePath",
            "Set-PSReadlineOption -HistorySaveStyle SaveNothing",
            r"Remove-Item C:\Windows\System32\winevt\Logs\*.evtx -Force",
        ]),
    );
}

#[test]
fn logging_is_weakened_in_many_ways() {
    tells(
        "logging-weakened",
        &processes(&[
            "auditpol /clear /y",
            "auditpol.exe /remove /allusers",
            r#"auditpol /set /subcategory:"Logon" /success:disable /failure:disable"#,
            r"reg add HKLM\SYSTEM\CurrentControlSet\Services\EventLog /v Start /t REG_DWORD /d 4 /f",
            "sc config eventlog start= disabled",
            r"sc.exe \\dc1 stop EventLog",
            r#"net stop "Windows Event Log" /y"#,
            "powershell Set-Service -Name eventlog -StartupType Disabled",
            r"reg add HKLM\SYSTEM\CurrentControlSet\Control\MiniNt /f",
            "wevtutil sl Microsoft-Windows-TaskScheduler/Operational /e:false",
            "wevtutil set-log Security /ms:1048576",
            "logman stop EventLog-System -ets",
            "wmic service where name='eventlog' call changestartmode disabled",
            r#"logman update trace "EventLog-Application" --p Microsoft-Windows-Kernel-Process -ets"#,
            r"reg delete HKLM\SYSTEM\CurrentControlSet\Control\WMI\Autologger\EventLog-Security /f",
            r"wevtutil um C:\Windows\System32\wevt.man",
        ]),
    );
    tells(
        "logging-weakened",
        &values(&[
            (
                r"HKLM\SOFTWARE\Policies\Microsoft\Windows\PowerShell\ScriptBlockLogging\EnableScriptBlockLogging",
                "DWORD (0x00000000)",
            ),
            (r"HKLM\System\CurrentControlSet\Control\WMI\Autologger\EventLog-Security\Start", "DWORD (0x00000000)"),
            (
                r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels\Microsoft-Windows-Sysmon/Operational\Enabled",
                "DWORD (0x00000000)",
            ),
            (r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\EventLog\Start", "4"),
            (r"HKLM\System\CurrentControlSet\Services\EventLog\Security\File", r"C:\Temp\x.evtx"),
            (r"HKLM\System\CurrentControlSet\Services\EventLog\Security\CustomSD", "O:BAG:SYD:(D;;0xf0007;;;AN)"),
        ]),
    );
}

#[test]
fn defence_is_switched_off_in_many_ways() {
    tells(
        "defence-off",
        &processes(&[
            "powershell Set-MpPreference -DisableRealtimeMonitoring $true",
            "powershell -c Set-MpPreference -DisableIOAVProtection 1",
            r"powershell Add-MpPreference -ExclusionPath C:\Users\Public",
            "powershell -command Set-MpPreference -MAPSReporting 0",
            r"reg add HKLM\SOFTWARE\Policies\Microsoft\Windows Defender /v DisableAntiSpyware /t REG_DWORD /d 1 /f",
            r#""C:\Program Files\Windows Defender\MpCmdRun.exe" -RemoveDefinitions -All"#,
            "sc stop WinDefend",
            "sc config Sense start= disabled",
            r"sc \\srv7 config WinDefend start= disabled",
            "net stop Sysmon64",
            "fltmc.exe unload SysmonDrv",
            r"C:\Tools\Sysmon64.exe -u force",
            "taskkill /f /im MsMpEng.exe",
            "dism /online /Disable-Feature /FeatureName:Windows-Defender /Remove",
            r#"wmic product where "name like 'Sophos %%'" call uninstall /nointeractive"#,
            "wmic service where name='CSFalconService' call stopservice",
            "powershell Stop-Service -Name SentinelAgent -Force",
            "cmd /c set COMPlus_ETWEnabled=0",
            "wmic process where name='MsMpEng.exe' call terminate",
            r"cmd /c rename 'C:\Program Files\Windows Defender\MsMpEng.exe' x",
            r"takeown /f 'C:\ProgramData\Microsoft\Windows Defender\Platform' /r",
            "powershell Get-Process SentinelAgent | Stop-Process -Force",
            r#"reg delete "HKLM\SOFTWARE\Microsoft\AMSI\Providers\{2781761E-28E0-4109-99FE-B9D127C57AFE}" /f"#,
            r"reg delete HKLM\SYSTEM\CurrentControlSet\Control\Lsa /v RunAsPPL /f",
            "powershell Set-MpPreference -AttackSurfaceReductionRules_Ids x -AttackSurfaceReductionRules_Actions Disabled",
            r#""C:\Program Files\Sophos\Sophos Endpoint Agent\uninstallgui.exe" /quiet"#,
            "pskill64.exe -accepteula CSFalconService",
        ]),
    );
    tells(
        "defence-off",
        &scripts(&[
            "[Ref].Assembly.GetType('System.Management.Automation.AmsiUtils').GetField('amsiInitFailed','NonPublic,Static').SetValue($null,$true)",
            "Set-MpPreference -LowThreatDefaultAction Allow -ModerateThreatDefaultAction 6",
            "Uninstall-WindowsFeature -Name Windows-Defender",
            "Invoke-CimMethod -Namespace root/Microsoft/Windows/Defender -ClassName MSFT_MpPreference -MethodName Set -Arguments @{DisableRealtimeMonitoring = $true}",
            "[Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows Defender', 'DisableAntiSpyware', 1)",
            "Set-ItemProperty HKLM:\\x -Name y -Value 1; New-ItemProperty -Path 'HKLM:\\SOFTWARE\\Policies\\Microsoft\\Windows Defender' -Name DisableAntiSpyware -Value 1",
        ]),
    );
    tells(
        "defence-off",
        &values(&[
            (r"HKLM\SOFTWARE\Microsoft\Windows Defender\Exclusions\Paths\C:\Temp", "DWORD (0x00000000)"),
            (
                r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Real-Time Protection\DisableRealtimeMonitoring",
                "DWORD (0x00000001)",
            ),
            (r"HKLM\System\CurrentControlSet\Services\WinDefend\Start", "DWORD (0x00000004)"),
            (r"HKLM\System\CurrentControlSet\Control\Lsa\RunAsPPL", "DWORD (0x00000000)"),
            (r"HKU\S-1-5-21-1-2-3-1001\Software\Microsoft\Windows Script\Settings\AmsiEnable", "DWORD (0x00000000)"),
            (r"HKLM\SOFTWARE\Microsoft\Windows Defender\Features\TamperProtection", "DWORD (0x00000000)"),
            (r"HKLM\SYSTEM\CurrentControlSet\Control\CI\Config\VulnerableDriverBlocklistEnable", "DWORD (0x00000000)"),
            (
                r"HKLM\SYSTEM\CurrentControlSet\Control\DeviceGuard\Scenarios\HypervisorEnforcedCodeIntegrity\Enabled",
                "DWORD (0x00000000)",
            ),
            (r"HKLM\SOFTWARE\Microsoft\AMSI\Providers\{00000000-1111-2222-3333-444444444444}\(Default)", "Scan"),
            (r"HKU\S-1-5-21-1-2-3-1001\Software\Microsoft\Office\16.0\Word\Security\VBAWarnings", "DWORD (0x00000001)"),
            (
                r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules\56a863a9",
                "0",
            ),
        ]),
    );
}

#[test]
fn the_firewall_is_switched_off_in_many_ways() {
    tells(
        "firewall-off",
        &processes(&[
            "netsh advfirewall set allprofiles state off",
            "netsh firewall set opmode disable",
            "powershell Set-NetFirewallProfile -Profile Domain,Public,Private -Enabled False",
            "sc config mpssvc start= disabled",
            r"reg add HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile /v EnableFirewall /t REG_DWORD /d 0 /f",
            "netsh advfirewall firewall add rule name=x dir=in action=allow protocol=TCP localport=4444",
            "netsh advfirewall set domainprofile firewallpolicy allowinbound,allowoutbound",
            "powershell Set-NetFirewallProfile -All -DefaultInboundAction Allow",
            "net stop BFE /y",
        ]),
    );
}

#[test]
fn recovery_is_taken_away_in_many_ways() {
    tells(
        "recovery-off",
        &processes(&[
            "vssadmin.exe Delete Shadows /All /Quiet",
            "vssadmin resize shadowstorage /for=C: /on=C: /maxsize=401MB",
            "wmic.exe SHADOWCOPY /nointeractive delete",
            "wmic /node:srv2 shadowcopy delete",
            "powershell Get-WmiObject Win32_Shadowcopy | ForEach-Object { $_.Delete(); }",
            "powershell -enc RwBlAHQALQBXAG0AaQBPAGIAagBlAGMAdAAgAFcAaQBuADMAMgBfAFMAaABhAGQAbwB3AGMAbwBwAHkAIAB8ACAAUgBlAG0AbwB2AGUALQBXAG0AaQBPAGIAagBlAGMAdAA=",
            "bcdedit /set {default} recoveryenabled No",
            "bcdedit.exe /set {default} bootstatuspolicy ignoreallfailures",
            "wbadmin DELETE SYSTEMSTATEBACKUP -keepVersions:0",
            "wbadmin delete catalog -quiet",
            "reagentc /disable",
            r"schtasks.exe /Change /TN \Microsoft\Windows\SystemRestore\SR /disable",
            "sc config VSS start= disabled",
            r"bcdedit /set {current} safeboot network",
            r"x.exe delete shadows /all /quiet",
            "vssadmin resize shadowstorage /for=D: /on=D: /maxsize=1GB",
            "bcdedit /set {default} recoveryenabled false",
            r"reg add HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Network\x /ve /d Service /f",
            "wmic /namespace:\\\\root\\default path systemrestore call disable C:\\",
            "powershell Get-VM | Get-VMSnapshot | Remove-VMSnapshot",
        ]),
    );
    tells(
        "recovery-off",
        &scripts(&["Get-CimInstance Win32_ShadowCopy | Remove-CimInstance", r"Disable-ComputerRestore -Drive 'C:\'"]),
    );
}

#[test]
fn data_is_destroyed_in_many_ways() {
    tells(
        "data-destroyed",
        &processes(&[
            "cipher.exe /w:C:",
            r"sdelete64.exe -accepteula -s -q D:\\sales",
            r"cmd /c del /f /s /q D:\*.*",
            "powershell Clear-Disk -Number 1 -RemoveData -Confirm:$false",
            "format D: /y /q",
            r"fsutil file setzerodata offset=0 length=99999 C:\x.mdf",
            "shutdown /s /f /t 0",
            r"shutdown /r /m \\srv7 /t 5",
        ]),
    );
    tells(
        "data-destroyed",
        &scripts(&[r"Remove-Item -Path \\fs1\sales\* -Recurse -Force", "Restart-Computer -ComputerName srv7 -Force"]),
    );
}

#[test]
fn a_renamed_tool_is_known_by_what_it_was_built_as() {
    let renamed = |line: &str, tool: &str| with(line, "process.original_name", tool);
    tells("log-cleared", &[("wevtutil", renamed("x.exe cl Security", "wevtutil.exe"))]);
    tells("recovery-off", &[("vssadmin", renamed(r#""C:\Temp Files\y.exe" delete shadows /all"#, "VSSADMIN.EXE"))]);
    tells("defence-off", &[("sc", renamed("z.exe stop WinDefend", "sc.exe"))]);
}

#[test]
fn accounts_are_made_and_raised_in_many_ways() {
    let created =
        ["net user support P@ss1 /add", "powershell New-LocalUser -Name x -NoPassword", "net user guest /active:yes"];
    tells("account-created", &processes(&created));
    tells(
        "group-command",
        &processes(&[
            "net localgroup administrators support /add",
            r#"net group "Domain Admins" eve /add /domain"#,
            "powershell Add-LocalGroupMember -Group Administrators -Member x",
            "powershell Add-ADGroupMember -Identity 'Enterprise Admins' -Members eve",
            r#"net localgroup "Remote Desktop Users" x /add"#,
        ]),
    );
    let hidden = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon\SpecialAccounts\UserList\helper";
    tells("account-hidden", &values(&[(hidden, "DWORD (0x00000000)")]));
    let hidden = [
        "net1 user helper$ x /add /active:yes",
        r#"REG  ADD "HKLM\Software\Microsoft\Windows NT\CurrentVersion\Winlogon\SpecialAccounts\Userlist" /v x$ /t REG_DWORD /d 0"#,
    ];
    tells("account-hidden", &processes(&hidden));
}

#[test]
fn elevation_comes_in_many_ways() {
    tells(
        "uac-bypass",
        &values(&[
            (r"HKU\S-1-5-21-1-2-3-1001_Classes\ms-settings\shell\open\command\DelegateExecute", "(Empty)"),
            (r"HKU\S-1-5-21-1-2-3-1001\Software\Classes\mscfile\shell\open\command\(Default)", "cmd.exe"),
            (r"HKU\S-1-5-21-1-2-3-1001\Environment\windir", "cmd /k start &REM"),
            (r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System\EnableLUA", "DWORD (0x00000000)"),
            (r"HKU\S-1-5-21-1-2-3-1001_Classes\Folder\shell\open\command\(Default)", "cmd.exe"),
        ]),
    );
    tells("library-planted", &values(&[(r"HKU\S-1-5-21-1-2-3-1001\Environment\COR_PROFILER_PATH", r"C:\Temp\x.dll")]));
    let child = |parent| (parent, from_parent(parent, "cmd.exe /c whoami"));
    tells(
        "uac-bypass",
        &["fodhelper.exe", "eventvwr.exe", "ComputerDefaults.exe", "sdclt.exe", "wsreset.exe", "CompMgmtLauncher.exe"]
            .map(child),
    );
    tells(
        "uac-bypass",
        &processes(&[
            r"cmstp.exe /s /au C:\Temp\x.inf",
            r"reg add HKCU\Software\Classes\ms-settings\shell\open\command /v DelegateExecute /d x /f",
        ]),
    );
    tells(
        "token-theft",
        &processes(&[
            "JuicyPotato.exe -l 1337 -p cmd.exe -t *",
            "PrintSpoofer64.exe -i -c cmd",
            r"cmd.exe /c echo abc > \\.\pipe\abc",
            "runas /netonly /user:corp\\da-ito cmd",
        ]),
    );
    tells(
        "logon-screen-door",
        &processes(&[
            r#"reg add "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\sethc.exe" /v Debugger /d C:\windows\system32\cmd.exe /f"#,
            r"cmd /c copy /y C:\Windows\System32\cmd.exe C:\Windows\System32\utilman.exe",
            r"cmd /c takeown /f C:\Windows\System32\osk.exe",
        ]),
    );
}

#[test]
fn control_of_the_directory_is_taken_in_many_ways() {
    tells(
        "directory-control-changed",
        &scripts(&[
            "Set-Acl -Path 'AD:CN=AdminSDHolder,CN=System,DC=corp,DC=example' -AclObject $acl",
            "Add-DomainObjectAcl -TargetIdentity 'DC=corp,DC=example' -PrincipalIdentity eve -Rights DCSync",
            "New-GPOImmediateTask -TaskName x -GPODisplayName y -Command cmd",
        ]),
    );
    let mut rows = Rows::default();
    let row = rows.of("base_event").at("2025-10-03T20:58:00+09:00").set("device.host", HOST);
    row.set("metadata.event_code", "4899");
    tells("directory-control-changed", &[("4899", rows)]);
}

#[test]
fn records_without_a_command_tell_too() {
    let row_of = |class: &str, fields: &[(&str, &str)], activity: i64| {
        let mut rows = Rows::default();
        let row = rows.of(class).at("2025-10-03T20:58:00+09:00").set("device.host", HOST).set("activity_id", activity);
        fields.iter().fold(row, |row, (path, value)| row.set(path, *value));
        rows
    };
    let driver = [("metadata.event_code", "6"), ("module.file.path", r"C:\Users\ito\AppData\Local\Temp\x.sys")];
    tells("defence-off", &[("driver", row_of("module_activity", &driver, 1))]);
    let crash = [("metadata.event_code", "7034"), ("win_service.name", "Sysmon64")];
    tells("defence-off", &[("crash", row_of("windows_service_activity", &crash, 99))]);
    let crash = [("metadata.event_code", "7031"), ("win_service.name", "Windows Event Log")];
    tells("logging-weakened", &[("log crash", row_of("windows_service_activity", &crash, 99))]);
    let found = [("metadata.event_code", "1116"), ("malware.name", "HackTool:PowerShell/AmsiBypass.A")];
    tells("defence-off", &[("threat", row_of("detection_finding", &found, 1))]);
    let boot = [("metadata.event_code", "4826"), ("unmapped.TestSigning", "%%1842")];
    tells("recovery-off", &[("boot", row_of("base_event", &boot, 99))]);
    let planted =
        [("file.path", r"C:\Windows\System32\sysprep\cryptbase.dll"), ("actor.process.file.name", "dllhost.exe")];
    tells("uac-bypass", &[("planted", row_of("file_activity", &planted, 1))]);
}

#[test]
fn work_as_usual_does_not_page() {
    let lines = [
        "wevtutil el",
        "wevtutil qe Security /c:5 /f:text",
        "auditpol /get /category:*",
        "vssadmin list shadows",
        "wbadmin get versions",
        "bcdedit /enum",
        "net user",
        "net localgroup administrators",
        "sc query windefend",
        "sc start eventlog",
        "powershell Get-MpPreference",
        "powershell Set-MpPreference -DisableRealtimeMonitoring $false",
        "net stop spooler",
        "sc stop wuauserv",
        "taskkill /im notepad.exe",
        "netsh advfirewall show allprofiles",
        "runas /user:corp\\da-ito mmc.exe",
        r"reg add HKCU\Software\Example /v Start /t REG_DWORD /d 4 /f",
        "wmic product get name",
        "wmic service get name,state",
        "powershell Update-MpSignature",
        r"icacls D:\Share /grant corp\sales:(M)",
        "git clone https://example.org/sc stop.git",
        "powershell -NoProfile -ExecutionPolicy Bypass -File C:\\it\\inventory.ps1",
        "shutdown /r /t 60",
        r"cmd /c rd /s /q C:\build\out",
        r"attrib +r +s +h C:\Users\ito\desktop.ini",
        "netsh advfirewall firewall show rule name=all",
        "msiexec /x {11111111-2222-3333-4444-555555555555} /qn",
        r"C:\Tools\Sysmon64.exe -c C:\Tools\config.xml",
        "sc query type= service state= all",
        "taskkill /f /im excel.exe",
    ];
    let bench = Bench::<AdminAbuse>::new("{}");
    let mut loud = Vec::new();
    for line in lines {
        let found = bench.run(&process(line));
        if found.standing.values().any(|finding| finding.severity >= Severity::Medium) {
            loud.push(format!("{line}\n{}", found.story()));
        }
    }
    assert!(loud.is_empty(), "{}", loud.join("\n"));
}

#[test]
#[should_panic(expected = "recovery-off misses:\nwhoami /all")]
fn a_spelling_that_no_rule_knows_is_reported() {
    tells("recovery-off", &processes(&["vssadmin delete shadows /all", "whoami /all"]));
}
