//! How a row becomes a [`Told`]: plain words, whatever log it is from.

use sekisho_sdk::prelude::*;

use super::{Reads, wanted};
use crate::act::{Source, Told};
use crate::hints;
use crate::rules::{kills, stops};
use crate::text::{encoded_command, image, plain, registry_deletes, registry_writes};

impl Reads {
    /// What a row tells, in plain words; none: it came by another way.
    pub fn told<'a>(&self, row: &Row<'a>) -> Option<Told<'a>> {
        let (_, source) = self.readings.iter().find(|(reading, _)| row.is(*reading))?;
        let fields = &self.fields;
        let text = |field: Option<Text>| field.and_then(|field| row.text(field)).unwrap_or_default();
        let lower = |field: Option<Text>| text(field).to_lowercase();
        let integer = |field: Option<Integer>| field.and_then(|field| row.integer(field)).unwrap_or_default();
        let mut told = Told {
            source: *source,
            code: text(fields.code),
            activity: integer(self.activity),
            who: text(fields.actor),
            who_sid: text(fields.actor_sid),
            whom: text(fields.user),
            whom_sid: text(fields.user_sid),
            ..Told::default()
        };
        match source {
            Source::Process => {
                told.file_name = image(text(fields.file_name));
                let original = image(text(fields.original));
                told.image = if matches!(&*original, "" | "-" | "?") { told.file_name.clone() } else { original };
                told.image_path = lower(fields.file_path);
                told.parent = image(text(fields.parent));
                told.parent_line = lower(fields.parent_line);
                told.parent_user = text(fields.parent_user);
                told.line = command(text(fields.line), &told.image, &told.file_name);
                (told.encoded, told.cuts) = hidden(text(fields.line));
                told.who = first(told.whom, told.who);
            }
            Source::Script => {
                told.line = plain(text(fields.script));
                told.who = first(told.whom, told.who);
            }
            Source::Value | Source::Key => {
                told.path = lower(if *source == Source::Value { fields.value } else { fields.key });
                // What it held is gone: a value taken away is told as a key taken away.
                if told.activity == 4 {
                    told.source = Source::Key;
                }
                told.data = lower(fields.data);
                told.image = image(text(fields.acting));
            }
            Source::Log => {
                told.kind = lower(fields.log);
                told.detail = text(fields.policy).to_owned();
                let changes: Vec<&str> = self.changes.map(|field| row.texts(field).collect()).unwrap_or_default();
                told.data = changes.join(", ").to_lowercase();
            }
            Source::Account => {
                told.whom_privileged = self.privileged.and_then(|field| row.boolean(field)).unwrap_or(false);
                told.flags = (integer(self.old_flags), integer(self.new_flags));
                told.detail =
                    if told.code == "4781" { lower(fields.old_name) } else { stated(text(fields.sid_history)) };
                told.data =
                    if told.code == "4741" { lower(fields.privilege_list) } else { stated(text(fields.delegate)) };
                told.kind = lower(fields.spns);
            }
            Source::Group => (told.group, told.group_sid) = (text(fields.group), text(fields.group_sid)),
            Source::Entity => {
                // A change of a value is told as the old one deleted and the new one added.
                if text(fields.operation) == "%%14675" {
                    return None;
                }
                told.path = lower(fields.entity);
                told.kind = lower(fields.entity_type);
                told.detail = lower(fields.attribute);
                told.data = lower(fields.entity_data);
            }
            Source::Engine => {
                told.line = command(text(fields.line), "", "");
                (told.encoded, told.cuts) = hidden(text(fields.line));
                told.who = first(told.whom, told.who);
            }
            Source::Thread | Source::Opened => {
                told.path = image(text(fields.file_name));
                told.image = image(text(fields.acting));
                told.image_path = lower(fields.acting_path);
            }
            Source::Tampered | Source::Contact => {
                let (name, path) = (first(text(fields.acting), text(fields.file_name)), fields.file_path);
                (told.image, told.image_path) = (image(name), lower(path));
                told.who = first(told.whom, told.who);
            }
            Source::Library => {
                (told.path, told.data) = (lower(fields.module), lower(fields.signed));
                told.image = image(text(fields.file_name));
                told.image_path = lower(fields.file_path);
            }
            Source::Stream => {
                told.path = lower(fields.path);
                told.image = image(text(fields.acting));
            }
            Source::Transfer => {
                (told.path, told.detail) = (lower(fields.address), lower(fields.job));
                told.image = image(text(fields.acting_path));
                told.who = first(told.whom, told.who);
            }
            Source::Service => {
                told.path = lower(fields.service);
                told.line = plain(text(fields.service_line));
                told.kind = lower(fields.start_type);
            }
            Source::Job => told.path = lower(fields.job),
            Source::Logon => {
                told.activity = integer(self.logon_type);
                told.image = image(text(fields.acting));
            }
            Source::Times => {
                told.path = lower(fields.path);
                (told.data, told.detail) = (lower(fields.created), lower(fields.created_before));
                told.image = image(text(fields.acting));
                told.image_path = lower(fields.acting_path);
            }
            Source::Driver => (told.path, told.data) = (lower(fields.module), lower(fields.signature)),
            Source::Finding => told.detail = text(fields.malware).to_owned(),
            Source::Privilege | Source::Right => {
                told.image = image(text(fields.acting));
                let rights: Vec<&str> = self.privileges.map(|field| row.texts(field).collect()).unwrap_or_default();
                told.data = rights.join(", ").to_lowercase();
            }
            Source::File => {
                let (share, path) = (text(fields.share), text(fields.path));
                told.path =
                    if share.is_empty() { path.to_lowercase() } else { format!("{share}\\{path}").to_lowercase() };
                told.is_pipe = integer(self.file_type) == 6;
                told.data = lower(fields.new_sd);
                told.detail = lower(fields.old_sd);
                told.image = image(text(fields.acting));
            }
            Source::Other => {
                let raw = first(text(fields.event_data), first(text(fields.param1), text(fields.message)));
                let said = match told.code {
                    // A statement of several lines stands whole in the raw text alone.
                    "33205" if !raw.contains("statement:") => first(text(fields.entity_data), raw),
                    "770" | "150" => first(text(fields.module), raw),
                    "316" | "808" => first(text(fields.entity), first(text(fields.module), raw)),
                    _ => raw,
                };
                told.data = match told.code {
                    "2003" | "2082" => lower(fields.setting_value),
                    "4826" => {
                        let set = [fields.test_signing, fields.kernel_debug, fields.no_checks].map(text);
                        set.join(" ")
                    }
                    _ => plain(said),
                };
                told.kind = text(fields.setting_type).to_lowercase();
                told.detail = text(fields.rule_name).to_owned();
                told.path = first(text(fields.modifier), said).to_lowercase();
                told.who = first(told.who, principal(raw));
            }
        }
        if told.is_command() {
            told.hints = self.hints.of(&told.line);
            // Several rules ask for these: read them once.
            if told.hints & hints::WRITES != 0 {
                (told.writes, told.deletes) = (registry_writes(&told.line), registry_deletes(&told.line));
            }
            if told.hints & hints::STOPS != 0 {
                told.stops = stops(&told.line).map(str::to_owned).collect();
                told.kills = kills(&told.line).map(str::to_owned).collect();
            }
        }
        Some(told)
    }
}

/// The first that says something.
fn first<'a>(one: &'a str, other: &'a str) -> &'a str {
    if one.is_empty() { other } else { one }
}

fn stated(text: &str) -> String {
    if matches!(text, "-" | "%%1793") { String::new() } else { text.to_lowercase() }
}

/// A command line with what it hides behind an encoding. A tool that was renamed is called by its name again.
fn command(line: &str, tool: &str, file_name: &str) -> String {
    let mut text = plain(line);
    if tool != file_name && wanted::TOOLS.iter().any(|known| known.strip_suffix(".exe") == Some(tool)) {
        let rest = line.strip_prefix('"').map_or_else(|| line.split_once(' '), |line| line.split_once('"'));
        text = format!("{tool} {}", plain(rest.map_or("", |(_, rest)| rest)));
    }
    if let Some(hidden) = encoded_command(line) {
        text.push(' ');
        text.push_str(&plain(&hidden));
    }
    text
}

/// Whether a command hides another one behind an encoding, and how many signs in it only cut its words.
fn hidden(line: &str) -> (bool, usize) {
    let bytes = line.as_bytes();
    let cut =
        |at: &[u8]| matches!(at[1], b'^' | b'`') && at[0].is_ascii_alphanumeric() && at[2].is_ascii_alphanumeric();
    (encoded_command(line).is_some(), bytes.windows(3).filter(|at| cut(at)).count())
}

/// Who a database says it was.
fn principal(said: &str) -> &str {
    let named = said.split("session_server_principal_name:").nth(1);
    named.and_then(|rest| rest.lines().next()).map(str::trim).unwrap_or_default()
}
