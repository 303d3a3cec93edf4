//! Traps that machines set: deployment, scanning, patching, imaging, and sources that fall silent.

use super::super::estate::{
    Account, DC1, DEPLOY, FS1, Host, SCANNER as SCANNER_HOST, SVC_DEPLOY, SVC_SCAN, SVC_SYNC, SYNC,
};
use super::super::moment::{HOUR, MINUTE, SECOND, day};
use super::super::shapes::{Access, Outage, Started};
use super::{Act, Scale, Trap};

const SERVICES_EXE: &str = "C:\\Windows\\System32\\services.exe";
const CMD: &str = "C:\\Windows\\System32\\cmd.exe";

pub const DEPLOYMENT: Trap = Trap {
    id: "software-deployment",
    title: "software deployment to a hundred hosts",
    scales: &[Scale { unit: "hosts", usual: 100, sweep: &[5, 20, 300] }],
    play: deployment,
};

/// An inventory agent on the second Tuesday, an update of it a week later: pushed over ADMIN$ and installed as a service.
fn deployment(act: &mut Act<'_, '_>) {
    if act.number != 8 && act.number != 15 {
        return;
    }
    let (from, who) = (act.estate.server(DEPLOY), act.estate.service(SVC_DEPLOY));
    for number in 0..act.dose[0] {
        let host = act.estate.people[(number as usize * 7) % act.estate.people.len()].host.clone();
        let time = day(act.number) + 13 * HOUR + number.cast_signed() * 40 * SECOND;
        act.scene.logon(time, &host, &who, 3, Some(&from));
        act.scene.share(time + SECOND, &host, &who, &from, ("ADMIN$", "ccmsetup\\ccmsetup.exe"), Access::Write);
        act.scene.file(time + SECOND, &host, None, "System", "C:\\Windows\\ccmsetup\\ccmsetup.exe");
        let path = "\"C:\\Windows\\ccmsetup\\ccmsetup.exe\" /runservice /config:MobileClient.tcf";
        act.scene.service_installed(time + 4 * SECOND, &host, Some(&who), "ccmsetup", path);
        act.scene.service_state(time + 5 * SECOND, &host, "ccmsetup", "running");
        let image = "C:\\Windows\\ccmsetup\\ccmsetup.exe";
        let started = Started { image, original: "ccmsetup.exe", command: path, parent: SERVICES_EXE };
        act.scene.process(time + 5 * SECOND, &host, None, &started);
        act.scene.service_state(time + 4 * MINUTE, &host, "ccmsetup", "stopped");
        act.scene.inside(time, &from.address, &host.address, 445, "SF");
    }
}

pub const SCANNER: Trap = Trap {
    id: "vulnerability-scanner",
    title: "vulnerability scanner",
    scales: &[Scale { unit: "hosts a night", usual: 150, sweep: &[10, 50, 300] }],
    play: scanner,
};

/// On Tuesday and Saturday nights: ports, then a logon with an account of its own, and questions over RPC.
fn scanner(act: &mut Act<'_, '_>) {
    if !matches!(act.number % 7, 1 | 5) {
        return;
    }
    let (from, who) = (act.estate.server(SCANNER_HOST), act.estate.service(SVC_SCAN));
    let servers: Vec<_> = act.estate.servers().collect();
    for number in 0..act.dose[0] as usize {
        let host: Host = match servers.get(number) {
            Some(server) => server.clone(),
            None => act.estate.people[(number * 3) % act.estate.people.len()].host.clone(),
        };
        let time = day(act.number) + 22 * HOUR + (number as i64) * 30 * SECOND;
        for (step, port) in [22, 80, 135, 443, 445, 1433, 3389, 5985].into_iter().enumerate() {
            let state = if matches!(port, 135 | 445 | 3389) { "SF" } else { "REJ" };
            act.scene.inside(time + step as i64 * SECOND / 10, &from.address, &host.address, port, state);
        }
        act.scene.logon_by(time + 5 * SECOND, &host, &who, 3, Some(&from), "NTLM");
        if number % 4 == 0 {
            act.scene.failed_logon(time + 3 * SECOND, &host, "administrator", &from);
        }
        for (pipe, endpoint, operation) in [
            ("srvsvc", "srvsvc", "NetrShareEnum"),
            ("samr", "samr", "SamrEnumerateDomainsInSamServer"),
            ("winreg", "winreg", "BaseRegOpenKey"),
        ] {
            act.scene.call(time + 7 * SECOND, &from.address, &host.address, pipe, endpoint, operation);
            act.scene.share(time + 7 * SECOND, &host, &who, &from, ("IPC$", pipe), Access::Read);
        }
    }
}

pub const PATCH_NIGHT: Trap = Trap {
    id: "patch-night",
    title: "patch night",
    scales: &[Scale { unit: "hosts", usual: 120, sweep: &[10, 50, 300] }],
    play: patch_night,
};

/// The night after the second Tuesday: services stop, hosts restart, the sensor's driver and Defender's are renewed.
fn patch_night(act: &mut Act<'_, '_>) {
    if act.number != 9 {
        return;
    }
    let servers: Vec<_> = act.estate.servers().collect();
    for number in 0..act.dose[0] as usize {
        let host = match servers.get(number) {
            Some(server) => server.clone(),
            None => act.estate.people[number % act.estate.people.len()].host.clone(),
        };
        let time = act.chance.within(day(act.number) + 2 * HOUR, 2 * HOUR);
        let installer = "C:\\Windows\\servicing\\TrustedInstaller.exe";
        let started =
            Started { image: installer, original: "TrustedInstaller.exe", command: installer, parent: SERVICES_EXE };
        act.scene.process(time, &host, None, &started);
        for (step, name) in [
            "Windows Update",
            "Print Spooler",
            "SQL Server (MSSQLSERVER)",
            "Windows Defender Antivirus Service",
            "Volume Shadow Copy",
            "Background Intelligent Transfer Service",
            "Windows Management Instrumentation",
            "Remote Registry",
            "Windows Search",
            "Sysmon64",
            "World Wide Web Publishing Service",
            "Server",
        ]
        .into_iter()
        .enumerate()
        {
            act.scene.service_state(time + 3 * MINUTE + step as i64 * SECOND, &host, name, "stopped");
            act.scene.service_state(time + 8 * MINUTE + step as i64 * SECOND, &host, name, "running");
        }
        let path = "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26080.6-0\\MsMpEng.exe";
        act.scene.service_installed(time + 2 * MINUTE, &host, None, "WinDefend", path);
        let bits = "Background Intelligent Transfer Service";
        act.scene.service_start(time + 2 * MINUTE, &host, None, bits, "demand start", "auto start");
        act.scene.service_start(time + 9 * MINUTE, &host, None, bits, "auto start", "demand start");
        act.scene.restart(time + 4 * MINUTE, &host);
    }
}

pub const IMAGING: Trap = Trap {
    id: "imaging",
    title: "imaging that clears logs",
    scales: &[Scale { unit: "machines a day", usual: 6, sweep: &[1, 6, 50] }],
    play: imaging,
};

/// On two afternoons a technician prepares machines: the task sequence clears the logs before the image is sealed.
fn imaging(act: &mut Act<'_, '_>) {
    if act.number != 3 && act.number != 14 {
        return;
    }
    let technician = Account { privileged: true, ..act.estate.help_desk(0).account.clone() };
    for number in 0..act.dose[0] {
        let host = Host {
            name: format!("image-{:02}{number:02}", act.number),
            address: format!("10.2.9.{}", number % 240 + 10),
        };
        let time = day(act.number) + 14 * HOUR + number.cast_signed() * 11 * MINUTE;
        act.scene.logon(time, &host, &technician, 2, None);
        for (step, log) in ["Application", "System", "Setup", "Security"].into_iter().enumerate() {
            let command = format!("wevtutil.exe cl {log}");
            let image = "C:\\Windows\\System32\\wevtutil.exe";
            let started = Started { image, original: "wevtutil.exe", command: &command, parent: CMD };
            let time = time + 5 * MINUTE + step as i64 * SECOND;
            act.scene.process(time, &host, None, &started);
            act.scene.log_cleared(time, &host, None, log);
        }
        let image = "C:\\Windows\\System32\\Sysprep\\sysprep.exe";
        let command = "sysprep.exe /generalize /oobe /shutdown /quiet";
        let started = Started { image, original: "sysprep.exe", command, parent: CMD };
        act.scene.process(time + 6 * MINUTE, &host, None, &started);
    }
}

pub const SILENT_SOURCE: Trap = Trap {
    id: "silent-source",
    title: "a log source that was down",
    scales: &[Scale { unit: "hours", usual: 5, sweep: &[1, 12, 48] }],
    play: silent_source,
};

/// The forwarder of a file server delivers late what it missed; the network sensor sees nothing for a time.
fn silent_source(act: &mut Act<'_, '_>) {
    let hours = act.dose[0].cast_signed() * HOUR;
    if act.number == 11 {
        let from = day(act.number) + 9 * HOUR;
        act.scene.outage(Outage { host: Some(act.estate.server(FS1).name), from, until: from + hours });
    }
    if act.number == 10 {
        let from = day(act.number) + 11 * HOUR;
        act.scene.outage(Outage { host: None, from, until: from + hours });
    }
}

pub const DIRECTORY_SYNC: Trap = Trap {
    id: "directory-sync",
    title: "the cloud connector that replicates the directory",
    scales: &[Scale { unit: "times a day", usual: 12, sweep: &[1, 12, 48] }],
    play: directory_sync,
};

/// It reads password hashes by the rights that an intruder would use (every two minutes by default; some are left).
fn directory_sync(act: &mut Act<'_, '_>) {
    let (from, who, dc) = (act.estate.server(SYNC), act.estate.service(SVC_SYNC), act.estate.server(DC1));
    for _ in 0..act.dose[0] {
        let time = act.chance.within(day(act.number), 24 * HOUR);
        act.scene.logon(time, &dc, &who, 3, Some(&from));
        act.scene.replication(time + SECOND, &dc, &who);
        act.scene.call(time + SECOND, &from.address, &dc.address, "lsass", "drsuapi", "DRSGetNCChanges");
    }
}
