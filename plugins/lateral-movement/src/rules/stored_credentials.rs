//! `stored-credentials`: passwords, keys and cookies that programs or administrators left in files, registry and vaults are
//! looked for or copied.
//!
//! ATT&CK: T1555 (password stores), T1552 (credentials in files, registry and group policy), T1539 (web session cookies).
//!
//! Weight: a search for what has one use (group policy passwords, passwords of automatic logon, of wireless networks, of
//! web server pools; private keys exported; a browser's store copied or opened by another program than the browser) is
//! medium, a look at stored credentials that a help desk takes as well (`cmdkey /list`) low. A browser's profile opened to be
//! steered from outside, a password safe's settings changed by a shell, and the federation service's database
//! asked by a stranger are medium; group policy files that may hold passwords, read by a person, low.
//!
//! False alarms: backup, indexing and security programs read browsers' files: what is installed as a program is left out.
//! Administrators export certificates with their keys when they move a service.

use crate::acts::Act;
use crate::records::{FileMade, Launch, Script, ShareAccess};
use crate::rules::parentage;
use crate::text::{any, base, every, is, is_at_home, is_installed, is_shell, short};
use crate::words::Words;

/// Files in which browsers keep passwords, cookies and the key to them, with the folders that make them a browser's.
const STORES: &[&str] = &[
    "\\login data",
    "\\cookies",
    "\\web data",
    "\\local state",
    "\\logins.json",
    "\\key4.db",
    "\\key3.db",
    "\\cookies.sqlite",
];
const BROWSERS: &[&str] = &["chrome", "edge", "firefox", "mozilla", "brave", "opera", "vivaldi", "chromium", "yandex"];

/// Words that copy or read a file.
const READS: &[&str] = &[
    "copy",
    "robocopy",
    "esentutl",
    "move ",
    "type ",
    "cat ",
    "get-content",
    "sqlite",
    "7z",
    "rar ",
    "tar ",
    "compress-archive",
    "makecab",
    "readallbytes",
    "mklink",
];

/// Functions of published tools.
static TOOLS: Words = Words::new(&[
    "get-gpppassword",
    "get-cachedgpppassword",
    "get-unattendedinstallfile",
    "get-registryautologon",
    "get-sitelistpassword",
    "get-applicationhost",
    "get-webconfig",
    "get-vaultcredential",
    "invoke-credentialinjection",
    "sharpchrome",
    "sharpdpapi",
    "sharpweb",
    "chromelevator",
    "hackbrowserdata",
    "webbrowserpassview",
    "invoke-wcmdump",
    "get-wificreds",
    "keethief",
    "net-gpppassword",
    "gpp-decrypt",
    "donpapi",
    "dploot",
    "cookie-monster",
    "sessiongopher",
    "snaffler",
    "trufflehog",
]);

/// Judges a process by what it was told to do.
pub fn launch(launch: &Launch) -> Option<Act> {
    let act = command(&launch.command, &launch.name).or_else(|| {
        let cmdkey = launch.name == "cmdkey.exe" || launch.original == "cmdkey.exe";
        match () {
            () if cmdkey && any(&launch.command, &["/list", "-list"]) => {
                Act::low("asked for stored credentials (cmdkey)")
            }
            () if cmdkey && any(&launch.command, &["/pass", "-pass"]) => {
                Act::low("stored a password for another host by a command (cmdkey)")
            }
            () => None,
        }
    })?;
    match parentage::odd(launch) {
        Some(odd) => Act::new(act.weight.max(sekisho_sdk::Severity::Medium), format!("{}, {odd}", act.what)),
        None => Some(act),
    }
}

/// Judges a script.
pub fn script(script: &Script) -> Option<Act> {
    let text = &script.text;
    if let Some(tool) = TOOLS.find(text) {
        return Act::high(format!("ran a script that collects stored credentials ({tool})"));
    }
    if text.contains("passwordvault") && any(text, &["retrieveall", "retrievepassword"]) {
        return Act::medium("read the password vault from a script");
    }
    if every(text, &["protecteddata", "unprotect("]) && any(text, BROWSERS) {
        return Act::medium("opened a browser's protected store from a script");
    }
    if text.len() < 6_000 { command(text, "script") } else { None }
}

/// Without any of these a command asks for nothing stored.
static MARKS: Words = Words::new(&[
    "remote-debugging-port",
    "passw",
    "groups.xml",
    "autoadminlogon",
    "putty",
    "winvnc",
    "realvnc",
    "tightvnc",
    "key=clear",
    "exportpfx",
    "export-pfx",
    "appcmd",
    "vaultcmd",
    "keymgr",
    "login data",
    "\\cookies",
    "web data",
    "local state",
    "logins.json",
    "key4.db",
    "key3.db",
    "\\microsoft\\",
    "unattend.xml",
    "sysprep.",
    ".kdbx",
    ".aws",
    "id_rsa",
    "pwd=",
    "connectionstring",
]);

fn command(line: &str, name: &str) -> Option<Act> {
    let said = |what: &str| format!("{what}: {}", short(line, 100));
    if let Some(tool) = TOOLS.find(line) {
        return Act::high(format!("ran a tool that collects stored credentials ({tool}): {}", short(line, 90)));
    }
    if !MARKS.are_in(line) {
        return None;
    }
    match () {
        () if line.contains("cpassword") || line.contains("groups.xml") && any(line, &["sysvol", "policies"]) => {
            Act::medium(said("looked for passwords in group policies"))
        }
        () if any(line, &["defaultpassword", "autoadminlogon"]) && any(line, &["query", "get-item"]) => {
            Act::medium(said("looked for the password of automatic logon"))
        }
        () if line.contains("reg") && every(line, &["query", "/f", "password"]) => {
            Act::medium(said("searched the registry for passwords"))
        }
        () if any(line, &["simontatham\\putty\\sessions", "orl\\winvnc3", "realvnc\\", "tightvnc\\server"])
            && any(line, &["query", "get-item", "export"]) =>
        {
            Act::medium(said("read a remote tool's stored sessions or passwords"))
        }
        () if line.contains("remote-debugging-port")
            && line.contains("user-data-dir")
            && any(line, &["\\user data", "headless"]) =>
        {
            Act::medium(said("opened a browser's profile to be steered from outside, its web sessions with it"))
        }
        () if every(line, &["wlan", "key=clear"]) => Act::medium(said("read passwords of wireless networks")),
        () if any(line, &["-exportpfx", "/exportpfx", "export-pfxcertificate"]) => {
            Act::medium(said("exported a certificate with its private key"))
        }
        () if line.contains("appcmd") && any(line, &["/text:*", "processmodel", "password", "/config"]) => {
            Act::medium(said("read passwords of the web server's pools"))
        }
        () if line.contains("vaultcmd") && line.contains("/list") => Act::low(said("asked for stored credentials")),
        () if every(line, &["keymgr", "krshowkeymgr"]) => Act::low(said("opened the manager of stored credentials")),
        () if any(line, STORES) && any(line, BROWSERS) && any(line, READS) => {
            Act::medium(said("copied or read a browser's store of passwords or cookies"))
        }
        () if any(line, &["\\microsoft\\credentials\\", "\\microsoft\\protect\\", "\\microsoft\\vault\\"]) => {
            match any(line, READS) {
                true => Act::medium(said("copied or read protected credentials of users")),
                false => Act::low(said("looked at protected credentials of users")),
            }
        }
        () if any(line, &["unattend.xml", "sysprep.inf", "sysprep.xml", ".kdbx", "\\.aws\\credentials", "id_rsa"])
            && any(line, &["dir ", "findstr", "get-childitem", "gci ", "where ", "type ", "copy ", "get-content"]) =>
        {
            Act::low(said("looked for files that hold passwords or keys"))
        }
        () if is(name, &["findstr.exe", "find.exe", "script"])
            && any(line, &["findstr", "select-string"])
            && any(line, &["passw", "pwd=", "connectionstring"])
            && any(line, &["/s", "-s", "/m", "*."]) =>
        {
            Act::low(said("searched files for passwords"))
        }
        () => None,
    }
}

/// Judges a file of group policy that was read over the network: those that may hold passwords.
pub fn policy(access: &ShareAccess) -> Option<Act> {
    let name = base(&access.path);
    let holds = is(name, &["groups.xml", "services.xml", "datasources.xml", "scheduledtasks.xml", "drives.xml"]);
    (holds && !access.writes && access.path.contains("\\preferences\\") && crate::text::is_person(&access.user))
        .then(|| Act::low(format!("read a group policy file that may hold passwords: {name}")))?
}

/// Judges the settings of a password safe that another program than the safe wrote, by which it hands out what it holds.
pub fn safe(made: &FileMade) -> Option<Act> {
    let by = base(&made.by);
    let settings = any(base(&made.path), &["keepass.config"]) && made.path.ends_with(".xml");
    (settings && is_shell(by))
        .then(|| Act::medium(format!("changed the settings of a password safe by {by}: {}", short(&made.path, 90))))?
}

/// Judges the pipe of the database that holds the keys of the federation service.
pub fn federation(made: &FileMade) -> Option<Act> {
    let pipe = every(&made.path, &["microsoft##wid", "\\tsql\\query"]);
    let stranger = made.by.contains('\\') && !is_installed(&made.by) || is_shell(base(&made.by));
    (pipe && stranger).then(|| Act::medium(format!("asked the federation service's database by {}", base(&made.by))))?
}

/// Judges a file that somebody opened (where the file is audited): a browser's store by another program.
pub fn file(opened: &FileMade) -> Option<Act> {
    let by = base(&opened.by);
    let own = any(by, BROWSERS) && is_at_home(&opened.by) || by.is_empty();
    let stranger = !is_installed(&opened.by) || is_shell(by);
    (any(&opened.path, STORES) && any(&opened.path, BROWSERS) && !own && stranger).then(|| {
        Act::medium(format!("opened a browser's store of passwords or cookies by {by}: {}", short(&opened.path, 90)))
    })?
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    fn weight(name: &str, line: &str) -> Option<Severity> {
        launch(&Launch { name: name.into(), command: line.into(), ..Launch::default() }).map(|act| act.weight)
    }

    #[test]
    fn searches_for_passwords_are_told_by_what_they_search() {
        assert_eq!(weight("findstr.exe", r"findstr /s cpassword \\dc1\sysvol\*.xml"), Some(Severity::Medium));
        assert_eq!(weight("netsh.exe", "netsh wlan show profile name=x key=clear"), Some(Severity::Medium));
        assert_eq!(weight("certutil.exe", "certutil -p x -exportpfx my c:\\c.pfx"), Some(Severity::Medium));
        assert_eq!(weight("cmdkey.exe", "cmdkey /list"), Some(Severity::Low));
        assert_eq!(weight("findstr.exe", "findstr error app.log"), None);
        assert_eq!(weight("certutil.exe", "certutil -hashfile x.iso"), None);
    }

    #[test]
    fn the_browser_may_open_its_own_store() {
        let opened = |by: &str| {
            let path = r"c:\users\a\appdata\local\google\chrome\user data\default\login data".to_owned();
            file(&FileMade { path, by: by.into() }).map(|act| act.weight)
        };
        assert_eq!(opened(r"c:\program files\google\chrome\application\chrome.exe"), None);
        assert_eq!(opened(r"c:\users\a\downloads\x.exe"), Some(Severity::Medium));
        assert_eq!(opened(r"c:\users\a\downloads\chrome.exe"), Some(Severity::Medium));
        assert_eq!(opened(r"c:\users\a\appdata\local\google\chrome\application\chrome.exe"), None);
        assert_eq!(opened(r"c:\program files\vendor\backup.exe"), None);
    }
}
