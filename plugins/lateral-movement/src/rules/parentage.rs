//! Who started a process: an oddity that makes the same command weigh more.
//!
//! An administrator types into a shell that a desktop, a terminal or a remote session started. An implant runs its
//! commands from a hidden or encoded script, from a document, from a server that answers the network, or from a program
//! that lies where users write. The sum of such an oddity and a harmless command is what an analyst wants to see.

use crate::records::Launch;
use crate::text::{any, is, is_loose};

/// Programs that read documents and mail.
const READERS: &[&str] = &[
    "winword.exe",
    "excel.exe",
    "powerpnt.exe",
    "outlook.exe",
    "onenote.exe",
    "mspub.exe",
    "visio.exe",
    "eqnedt32.exe",
    "acrord32.exe",
    "acrobat.exe",
    "hh.exe",
];

/// Programs that answer the network: a command under them is a hole in them.
const SERVERS: &[&str] = &[
    "w3wp.exe",
    "httpd.exe",
    "nginx.exe",
    "php-cgi.exe",
    "php.exe",
    "tomcat.exe",
    "tomcat8.exe",
    "tomcat9.exe",
    "sqlservr.exe",
    "umworkerprocess.exe",
    "spoolsv.exe",
    "dns.exe",
    "screenconnect.service.exe",
];

/// Programs of Windows that run the code of others and have no command to give by themselves.
const CARRIERS: &[&str] =
    &["mshta.exe", "regsvr32.exe", "rundll32.exe", "msbuild.exe", "installutil.exe", "regasm.exe", "scrcons.exe"];

/// Signs of a script that is not to be read.
pub const HIDDEN: &[&str] = &[
    " -enc ",
    " -e ",
    " -ec ",
    " -encodedcommand ",
    "frombase64string",
    " -w hidden",
    " -w 1 ",
    "-windowstyle hidden",
    "downloadstring",
    "iex(",
    "iex (",
    "| iex",
];

/// What is odd about who started it, as it goes on after a command; none: nothing.
pub fn odd(launch: &Launch) -> Option<&'static str> {
    let parent = launch.parent.as_str();
    match () {
        () if is(parent, READERS) => Some("under a program that reads documents"),
        () if is(parent, SERVERS) => Some("under a server that answers the network"),
        () if is(parent, CARRIERS) => Some("under a program that runs the code of others"),
        () if any(&launch.parent_command, HIDDEN) => Some("under a hidden or encoded script"),
        // What lies in the folder of all users' programs is an agent's more often than an intruder's.
        () if is_loose(&launch.parent_path) && !launch.parent_path.contains("\\programdata\\") => {
            Some("under a program in a folder of users")
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(path: &str, command: &str) -> Option<&'static str> {
        odd(&Launch {
            parent_path: path.into(),
            parent: crate::text::base(path).into(),
            parent_command: command.into(),
            ..Launch::default()
        })
    }

    #[test]
    fn a_shell_of_a_desktop_is_plain_and_what_hides_is_odd() {
        assert_eq!(under(r"c:\windows\system32\cmd.exe", "cmd.exe"), None);
        assert_eq!(under(r"c:\windows\explorer.exe", "explorer.exe"), None);
        assert_eq!(under(r"c:\programdata\vendor\agent.exe", "agent.exe"), None);
        assert!(under(r"c:\windows\system32\inetsrv\w3wp.exe", "w3wp.exe -ap x").is_some());
        assert!(under(r"c:\users\a\downloads\x.exe", "x.exe").is_some());
        assert!(
            under(r"c:\windows\system32\windowspowershell\v1.0\powershell.exe", "powershell -nop -w hidden -enc aab")
                .is_some()
        );
    }
}
