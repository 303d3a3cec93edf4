//! `roasting`, `ticket-oddity`, `pass-the-hash`: tickets and hashes used as no honest client does.
//!
//! ATT&CK: T1558.003 (Kerberoasting), T1558.004 (AS-REP roasting), T1558.001 (forged tickets), T1550.002 (pass the hash),
//! T1550.003 (pass the ticket).
//!
//! Weight: a ticket of the old cipher (RC4, 0x17, or DES) for a service that a user account runs is low, several different
//! ones of one account within an hour medium, six and more high; eight of any cipher within five minutes are medium. A ticket without pre-authentication is medium: accounts
//! set so are rare. `LogonType 9` by `seclogo` is what pass the hash makes of a session, and `runas /netonly` too: medium.
//! NTLM over the network without a workstation's name, or without a session key as the built-in administrator, comes of
//! libraries and not of Windows: low. The built-in administrator by Kerberos from the host itself is what a relayed ticket
//! makes: medium. Files of tickets are written by tools alone: high.
//!
//! False alarms: old devices and Unix clients speak RC4 all day for the same few services; scanners speak NTLM
//! without a name. Both are the same every day and told once an hour and low.

use crate::acts::Act;
use crate::records::{Connection, FileMade, Launch, Logon, Script, Ticket};
use crate::text::{any, base, is, is_at_home, is_installed, is_person, short};
use crate::words::Words;

/// RC4-HMAC and its export form, and DES.
const OLD: &[i64] = &[0x17, 0x18, 0x1, 0x3];

/// The service of a ticket that can be roasted.
pub fn roastable(ticket: &Ticket) -> bool {
    let service = &ticket.service;
    let machine = service.is_empty() || service.ends_with('$') || service.starts_with("krbtgt");
    !ticket.granting && ticket.given && OLD.contains(&ticket.cipher) && !machine && !ticket.name.ends_with('$')
}

/// Judges what one ticket alone tells.
pub fn ticket(ticket: &Ticket, host: &str) -> Option<Act> {
    if ticket.granting
        && ticket.given
        && ticket.preauth == Some(0)
        && !ticket.name.ends_with('$')
        && !ticket.name.is_empty()
    {
        return Act::medium(format!("got a ticket for {} without proving who asks (AS-REP roasting)", ticket.name));
    }
    None.or_else(|| {
        let own = !host.is_empty() && ticket.name == host;
        own.then(|| Act::high(format!("got a ticket in the name of {host} without its computer's sign, as when an account is renamed to a controller's name")))?
    })
}

/// Judges a logon: hashes passed.
pub fn logon(logon: &Logon) -> Option<Act> {
    if logon.kind == 9 && any(&logon.process, &["seclogo"]) {
        let to = if logon.outbound.is_empty() { String::new() } else { format!(" as {}", logon.outbound) };
        return Act::medium(format!("opened a session with other credentials for the network{to} (logon type 9)"));
    }
    let ntlm = logon.protocol.starts_with("ntlm") && any(&logon.process, &["ntlmssp"]);
    let keyless = logon.kind == 3 && logon.key_length == Some(0);
    let nameless = logon.workstation.is_empty() && keyless;
    if ntlm && keyless && !nameless && logon.uid.ends_with("-500") && !logon.source.is_empty() {
        return Act::low("logged on by NTLM without a session key as the built-in administrator, as tools do");
    }
    (ntlm && nameless && is_person(&logon.user) && !logon.source.is_empty())
        .then(|| Act::low("logged on by NTLM without a workstation's name, as tools do"))?
}

/// Judges a file that holds tickets and that only tools write.
pub fn file(made: &FileMade) -> Option<Act> {
    any(&made.path, &[".kirbi", ".ccache"])
        .then(|| Act::high(format!("wrote tickets to a file: {}", short(&made.path, 90))))?
}

/// Judges a logon of a person to his own host over its own loop-back by Kerberos (4624 type 3): what relays a ticket to itself
/// to become SYSTEM, or a tunnel.
pub fn relayed(logon: &Logon) -> Option<Act> {
    let looped = matches!(logon.source.as_str(), "127.0.0.1" | "::1");
    let kerberos = logon.protocol.starts_with("kerberos") && logon.kind == 3;
    (looped && kerberos && logon.uid.ends_with("-500")).then(|| {
        Act::medium(
            "logged on to this host from itself by Kerberos as the built-in administrator, as a relayed ticket does",
        )
    })?
}

/// Names of the built-in administrator in the languages of Windows.
const ADMINISTRATOR: &[&str] = &[
    "administrator",
    "administrateur",
    "administrador",
    "amministratore",
    "administratör",
    "järjestelmänvalvoja",
    "rendszergazda",
    "администратор",
    "администра́тор",
    "yönetici",
    "beheerder",
    "admin",
];

/// Judges an account with the built-in administrator's number and another name: renamed, or a forged ticket.
pub fn forged(user: &str, uid: &str) -> Option<Act> {
    let name = user.rsplit('\\').next().unwrap_or_default();
    (uid.starts_with("s-1-5-21-") && uid.ends_with("-500") && !name.is_empty() && !name.starts_with("s-1-") && !is(name, ADMINISTRATOR))
        .then(|| Act::low("came with the built-in administrator's number under another name: a forged ticket, or the account was renamed"))?
}

/// `USER_DONT_REQUIRE_PREAUTH` of the account database (MS-SAMR 2.2.1.12).
const NO_PREAUTH: i64 = 0x1_0000;

/// Judges a change of an account's flags, before and after.
pub fn account((before, after): (i64, i64), user: &str) -> Option<Act> {
    (before & NO_PREAUTH == 0 && after & NO_PREAUTH != 0).then(|| {
        Act::medium(format!("let tickets for {user} be given without proof of who asks (no pre-authentication)"))
    })?
}

/// Judges a connection to the ticket service by something other than the system's own client.
pub fn connection(connection: &Connection) -> Option<Act> {
    let process = &connection.process;
    let name = base(process);
    if !process.contains('\\') || is(name, &["lsass.exe", "system", "svchost.exe"]) && is_installed(process) {
        return None;
    }
    let known =
        any(name, &["java", "chrome", "firefox", "msedge", "tomcat", "python", "ssh", "nmap"]) && is_at_home(process);
    (connection.port == 88 && !known)
        .then(|| Act::medium(format!("spoke with the ticket service by {name} and not by the system's own client")))?
}

/// Judges commands and scripts of ticket tools.
pub fn launch(launch: &Launch) -> Option<Act> {
    command(&launch.command).or_else(|| {
        let klist = launch.name == "klist.exe" && any(&launch.command, &["purge", "get "]);
        klist.then(|| Act::low(format!("worked on tickets by klist: {}", short(&launch.command, 60))))?
    })
}

/// The same for a script.
pub fn script(script: &Script) -> Option<Act> {
    if any(&script.text, &["kerberosrequestorsecuritytoken"]) {
        return Act::high("asked for a service ticket from a script, as Kerberoasting does");
    }
    command(&script.text)
}

fn command(text: &str) -> Option<Act> {
    static WORDS: Words = Words::new(&[
        "invoke-kerberoast",
        "invoke-rubeus",
        "rubeus",
        "asktgt",
        "asktgs",
        "kerberoast",
        "asreproast",
        "kerberos::golden",
        "kerberos::ptt",
        "kerberos::list",
        "sekurlsa::pth",
        "/ptt",
        "ptt /ticket",
        "get-domainspnticket",
        "getuserspns",
        "getnpusers",
        "ticketer.py",
        "invoke-thehash",
        "invoke-smbexec",
        "pth-winexe",
    ]);
    let word = WORDS.find(text)?;
    Act::high(format!("ran a tool of ticket or hash theft ({})", word.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_makes_no_client_of_the_ticket_service() {
        let by = |process: &str| connection(&Connection { process: process.into(), port: 88 }).is_some();
        assert!(by(r"c:\users\a\downloads\lsass.exe") && by(r"c:\temp\java.exe"));
        assert!(!by(r"c:\windows\system32\lsass.exe") && !by(r"c:\program files\java\bin\java.exe"));
    }

    #[test]
    fn old_ciphers_for_services_of_users_can_be_roasted() {
        let ticket = |service: &str, cipher: i64| Ticket {
            name: "sato".into(),
            service: service.into(),
            cipher,
            given: true,
            ..Ticket::default()
        };
        assert!(roastable(&ticket("svc-sql", 0x17)));
        assert!(!roastable(&ticket("svc-sql", 0x12)));
        assert!(!roastable(&ticket("ws7$", 0x17)));
        assert!(!roastable(&ticket("krbtgt", 0x17)));
    }
}
