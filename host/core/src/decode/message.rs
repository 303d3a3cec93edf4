//! Windows events as text: `LogName=…` header lines and the rendered English message, section by section.

use super::compile::Names;
use super::raw::Raw;
use super::trie::Slots;

/// Whether a text is such an event.
pub fn is_event(text: &str) -> bool {
    let mut end = text.len().min(400);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = &text[..end];
    head.contains("LogName=") && (head.contains("EventCode=") || head.contains("EventID="))
}

/// Reads header and message into slots by name; the first of equal names holds, since later text may be anybody's.
pub fn extract<'a>(text: &'a str, names: &Names, slots: &mut Slots<'a>) {
    let mut fill = Fill { names, slots };
    let (header, message) = match text.find("Message=") {
        Some(at) => (&text[..at], &text[at + "Message=".len()..]),
        None => (text, ""),
    };
    for (at, line) in header.lines().enumerate() {
        match line.split_once('=') {
            Some((key, value)) => fill.header(key.trim(), value.trim()),
            None if at == 0 => fill.set("@time_local", line.trim()),
            None => {}
        }
    }
    fill.set("@rendered", message);
    fill.set("@message", message);
    if !fill.sentence(message) {
        fill.sections(message);
    }
}

struct Fill<'n, 's, 'a> {
    names: &'n Names,
    slots: &'s mut Slots<'a>,
}

/// Sections of messages and the prefix that they give to the names in them.
const SECTIONS: &[(&str, &str)] = &[
    ("Subject", "Subject"),
    ("New Logon", "Target"),
    ("Account For Which Logon Failed", "Target"),
    ("Account Whose Credentials Were Used", "Target"),
    ("Account That Was Locked Out", "Target"),
    ("Account Information", "Target"),
    ("Target Account", "Target"),
    ("Target Subject", "Target"),
    ("New Account", "Target"),
    ("New Computer Account", "Target"),
    ("Computer Account That Was Changed", "Target"),
    ("User", "Target"),
    ("Group", "Target"),
    ("New Group", "Target"),
    ("Deleted Group", "Target"),
    ("Logged On Account", "Target"),
    ("Member", "Member"),
];

/// Labels whose names follow from the section's prefix.
const BY_SECTION: &[(&str, &str)] = &[
    ("Security ID", "UserSid"),
    ("Account Name", "UserName"),
    ("Account Domain", "DomainName"),
    ("Domain Name", "DomainName"),
    ("Domain", "DomainName"),
    ("Group Name", "UserName"),
    ("Group Domain", "DomainName"),
    ("Logon ID", "LogonId"),
];

/// Labels and the event data that they tell, where dropping the blanks does not give the name.
const LABELS: &[(&str, &[&str])] = &[
    ("New Process ID", &["NewProcessId"]),
    ("Creator Process ID", &["ProcessId"]),
    ("Creator Process Name", &["ParentProcessName"]),
    ("Process Command Line", &["CommandLine"]),
    ("Process ID", &["ProcessId", "ProcessID", "CallerProcessId"]),
    ("Caller Process ID", &["ProcessId", "CallerProcessId"]),
    ("Caller Process Name", &["ProcessName", "CallerProcessName"]),
    ("Process Name", &["ProcessName", "CallerProcessName"]),
    ("Source Network Address", &["IpAddress"]),
    ("Network Address", &["IpAddress"]),
    ("Client Address", &["IpAddress", "ClientAddress"]),
    ("Source Address", &["IpAddress", "SourceAddress"]),
    ("Source Port", &["IpPort", "SourcePort"]),
    ("Client Port", &["IpPort"]),
    ("Port", &["IpPort"]),
    ("Destination Address", &["DestAddress"]),
    ("Destination Port", &["DestPort"]),
    ("Application Name", &["Application"]),
    ("Logon Process", &["LogonProcessName"]),
    ("Authentication Package", &["AuthenticationPackageName", "PackageName"]),
    ("Sub Status", &["SubStatus"]),
    ("Additional Information", &["TargetInfo"]),
    ("Privileges", &["PrivilegeList"]),
    ("Service ID", &["ServiceSid"]),
    ("Handle ID", &["HandleId"]),
    ("Accesses", &["AccessList"]),
    ("Share Path", &["ShareLocalPath"]),
    ("Category", &["CategoryId"]),
    ("Subcategory", &["SubcategoryId"]),
    ("Subcategory GUID", &["SubcategoryGuid"]),
    ("Changes", &["AuditPolicyChanges"]),
    ("Result Code", &["Status"]),
    ("Failure Code", &["Status"]),
    ("Error Code", &["Status", "Error Code"]),
    ("Logon Account", &["TargetUserName"]),
    ("Source Workstation", &["Workstation"]),
    ("DN", &["ObjectDN"]),
    ("GUID", &["ObjectGUID"]),
    ("Class", &["ObjectClass"]),
    ("LDAP Display Name", &["AttributeLDAPDisplayName"]),
    ("Value", &["AttributeValue"]),
    ("Old Account Name", &["OldTargetUserName"]),
    ("New Account Name", &["NewTargetUserName"]),
    ("Caller Computer Name", &["TargetDomainName"]),
    ("Service Account", &["ServiceAccount", "AccountName"]),
    ("ScriptBlock ID", &["ScriptBlockId"]),
];

// === impl Fill ===

impl<'a> Fill<'_, '_, 'a> {
    fn set(&mut self, name: &str, value: &'a str) {
        if let Some(slot) = self.names.slot(name) {
            let place = &mut self.slots[slot as usize];
            if !place.says() {
                *place = Raw::Text(value.into());
            }
        }
    }

    fn header(&mut self, key: &str, value: &'a str) {
        match key {
            "LogName" => self.set("@channel", value),
            "EventCode" | "EventID" => self.set("@event_id", value),
            "ComputerName" => self.set("@computer", value),
            "SourceName" => self.set("@provider", value),
            "Keywords" => self.set("@keywords", value),
            "RecordNumber" => self.set("@record", value),
            "Type" => self.set("@level", value),
            "Sid" => self.set("@user_id", value),
            "User" if value != "NOT_TRANSLATED" => self.set("@user_name", value),
            _ => {}
        }
    }

    /// Messages that are one sentence, or hold a text that could be mistaken for sections.
    fn sentence(&mut self, message: &'a str) -> bool {
        if let Some(rest) = message.strip_prefix("Creating Scriptblock text (") {
            self.script(rest);
            return true;
        }
        let Some(rest) = message.strip_prefix("The ") else { return false };
        if let Some((service, state)) = rest.split_once(" service entered the ")
            && let Some((state, _)) = state.split_once(" state")
        {
            self.set("param1", service);
            self.set("param2", state);
            return true;
        }
        let parts =
            rest.strip_prefix("start type of the ").and_then(|rest| rest.split_once(" service was changed from "));
        if let Some((service, change)) = parts
            && let Some((old, new)) = change.split_once(" to ")
        {
            self.set("param1", service);
            self.set("param2", old);
            self.set("param3", new.trim().trim_end_matches('.'));
            return true;
        }
        false
    }

    /// `1 of 2):`, the script, `ScriptBlock ID: …`, `Path: …`.
    fn script(&mut self, rest: &'a str) {
        let Some((numbers, body)) = rest.split_once("):") else { return };
        if let Some((number, total)) = numbers.split_once(" of ") {
            self.set("MessageNumber", number);
            self.set("MessageTotal", total);
        }
        let end = body.rfind("ScriptBlock ID:").unwrap_or(body.len());
        self.set("ScriptBlockText", body[..end].trim());
        self.sections(&body[end..]);
    }

    fn sections(&mut self, message: &'a str) {
        let mut prefix = "";
        let mut open = None::<(&'a str, usize)>;
        let mut at = 0;
        for line in message.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let Some((label, value)) = label(line) else { continue };
            if let Some((label, from)) = open.take() {
                self.tell(prefix, label, message[from..start].trim());
            }
            let indented = line.starts_with(['\t', ' ']);
            if value.is_empty() && !indented {
                let section = SECTIONS.iter().find(|(section, _)| *section == label);
                prefix = section.map_or("", |(_, prefix)| prefix);
            } else {
                let prefix_of_line = if indented { prefix } else { "" };
                if prefix_of_line != prefix {
                    prefix = "";
                }
                open = Some((label, start + (line.len() - line.trim_start().len()) + label.len()));
            }
        }
        if let Some((label, from)) = open {
            self.tell(prefix, label, message[from..].trim());
        }
    }

    fn tell(&mut self, prefix: &str, label: &str, value: &'a str) {
        let value = value.trim_start_matches([' ', '\t']).strip_prefix(':').unwrap_or(value).trim();
        // What explains an event in a paragraph of its own is none of its values.
        let value =
            value.split("\r\n\r\n").next().unwrap_or_default().split("\n\n").next().unwrap_or_default().trim_end();
        if let Some((_, name)) = BY_SECTION.iter().find(|(known, _)| *known == label).filter(|_| !prefix.is_empty()) {
            match (prefix, *name) {
                ("Member", "UserName") => self.set("MemberName", value),
                ("Member", "UserSid") => self.set("MemberSid", value),
                _ => self.set(&format!("{prefix}{name}"), value),
            }
            if (prefix, *name) == ("Target", "UserSid") {
                self.set("TargetSid", value);
            }
            return;
        }
        match LABELS.iter().find(|(known, _)| *known == label) {
            Some((_, names)) => names.iter().for_each(|name| self.set(name, value)),
            None => self.set(&label.replace(' ', ""), value),
        }
        self.set(label, value);
    }
}

/// The label of a line and whatever follows it.
fn label(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.trim().split_once(':')?;
    let label = label.trim_end();
    let is_label = label.len() <= 48
        && label.starts_with(|c: char| c.is_ascii_uppercase())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'(' | b')' | b'-' | b'/' | b'_'));
    is_label.then(|| (label, value.trim()))
}
