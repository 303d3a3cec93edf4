//! Ransom notes and encryption, by the shape of what is written: one name in many folders within a minute, one new
//! ending on many files. On any drive and any share.
//!
//! **Thresholds.** Three folders within a minute, as Elastic's and Splunk's rules have it (theirs on `C:\` only); twenty
//! files of one new ending within a minute. **False alarms.** `README.txt` unpacked from an archive or cloned: three
//! folders by an unpacker are nothing, and without a word of ransom it takes ten folders to page.

use sekisho_sdk::prelude::*;

use crate::text::{any, image};

const PANE: i64 = 10 * SECOND;
const APART: char = '\u{1f}';

/// Endings of notes.
const NOTES: [&str; 7] = [".txt", ".html", ".htm", ".hta", ".rtf", ".url", ".readme"];
/// Words of notes.
const WORDS: [&str; 14] = [
    "readme",
    "read_me",
    "read-me",
    "decrypt",
    "recover",
    "restore",
    "ransom",
    "how_to",
    "how-to",
    "howto",
    "unlock",
    "instruction",
    "your_files",
    "help_",
];
/// Endings of documents, with what an encrypter appends behind them.
const DOCUMENTS: [&str; 35] = [
    ".docx.", ".doc.", ".docm.", ".xlsx.", ".xls.", ".xlsm.", ".pptx.", ".ppt.", ".pdf.", ".rtf.", ".odt.", ".jpg.",
    ".jpeg.", ".png.", ".psd.", ".mp4.", ".txt.", ".csv.", ".xml.", ".sql.", ".mdf.", ".ldf.", ".edb.", ".mdb.",
    ".accdb.", ".pst.", ".zip.", ".7z.", ".dwg.", ".jww.", ".jtd.", ".bak.", ".vbk.", ".vmdk.", ".vhdx.",
];
/// Endings that honest programs append.
const HONEST: [&str; 12] =
    ["tmp", "lnk", "crdownload", "part", "bak", "gz", "zip", "asc", "sig", "ini", "partial", "download"];
/// Programs that write one name into many folders for a living.
const UNPACKERS: [&str; 20] = [
    "7z",
    "7zg",
    "7zfm",
    "winrar",
    "rar",
    "unrar",
    "git",
    "msiexec",
    "tar",
    "setup",
    "npm",
    "node",
    "python",
    "pip",
    "tiworker",
    "trustedinstaller",
    "robocopy",
    "onedrive",
    "code",
    "devenv",
];

/// The rules about files of one host.
pub struct FileRules {
    readings: [Reading; 4],
    path: Text,
    share: Text,
    who: Text,
    acting: Text,
    notes: Tally,
    endings: Tally,
    note: Rule,
    encrypted: Rule,
    folders: u64,
    files: u64,
}

// === impl FileRules ===

impl FileRules {
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan, space: KeySpace, folders: u64, files: u64) -> Self {
        let mut handles = None;
        let mut read = |plan: &mut Plan, class: &str, activities: &[i64], test: sekisho_sdk::bindings::Condition| {
            let mut read = plan.read(class, space).when(all([eq_any("activity_id", activities.iter().copied()), test]));
            let path = read.text_up_to("file.path", 1 << 10);
            let share = read.text_up_to("share", 512);
            handles = Some((path, share, read.text("actor.user.canonical"), read.text("actor.process.file.name")));
            read.done()
        };
        let readings = [
            read(plan, "file_activity", &[1], suffix("file.name", NOTES)),
            read(plan, "smb_activity", &[3, 5], suffix("file.name", NOTES)),
            read(plan, "file_activity", &[1, 5], contains("file.name", DOCUMENTS)),
            read(plan, "smb_activity", &[3, 5], contains("file.name", DOCUMENTS)),
        ];
        let (path, share, who, acting) = handles.unwrap_or_else(|| unreachable!("four readings were made"));
        let notes = plan.tally(space, PANE);
        let endings = plan.tally(space, PANE);
        let rule = plan.rule("ransom-note", space).title("One note in many folders").weighs(Severity::High, 70);
        let note = rule
            .bucket(HOUR)
            .reach(MINUTE)
            .technique("T1486", "the same file name is written into many folders within a minute")
            .technique("T1491.001", "notes are left where people see them")
            .advice("Read one of the notes. If it is one: isolate the host and every share it wrote to, and start the emergency plan.")
            .done();
        let rule =
            plan.rule("files-encrypted", space).title("Files take a new ending in bulk").weighs(Severity::Critical, 80);
        let encrypted = rule
            .bucket(HOUR)
            .reach(MINUTE)
            .technique("T1486", "many files take one new ending within a minute")
            .advice("Cut the host off the network now and stop the account's sessions on the file servers. Do not switch it off.")
            .done();
        Self { readings, path, share, who, acting, notes, endings, note, encrypted, folders, files }
    }

    /// Judges the rows of one host.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (mut wrote, mut renamed) = (false, false);
        for row in group.rows() {
            let Some(at) = self.readings.iter().position(|reading| row.is(*reading)) else { continue };
            let path = row.text(self.path).unwrap_or_default().to_lowercase();
            let share = row.text(self.share).unwrap_or_default().to_lowercase();
            let acting = image(row.text(self.acting).unwrap_or_default());
            let whole = if share.is_empty() { path } else { format!("{share}\\{path}") };
            let Some((folder, name)) = whole.rsplit_once('\\') else { continue };
            let seen = [
                ("file.path", row.text(self.path)),
                ("share", row.text(self.share)),
                ("actor.user.canonical", row.text(self.who)),
                ("actor.process.file.name", row.text(self.acting)),
            ];
            if at < 2 && !UNPACKERS.contains(&&*acting) {
                wrote = true;
                let member = format!("{name}{APART}{folder}");
                self.notes.add(group, Entry::of(&row, &member).seen(&seen));
            }
            let ending = name.rsplit('.').next().unwrap_or_default();
            if at >= 2 && !HONEST.contains(&ending) && !DOCUMENTS.iter().any(|known| known.trim_matches('.') == ending)
            {
                renamed = true;
                let member = format!("{ending}{APART}{folder}\\{name}");
                self.endings.add(group, Entry::of(&row, &member).seen(&seen));
            }
        }
        let host = group.part(0);
        if wrote {
            out.review(group, self.note, |state, bucket| {
                let window = self.notes.sliding(state, bucket, |window| fullest(window, self.folders).is_some())?;
                self.tell_note(host, &window)
            });
        }
        if renamed {
            out.review(group, self.encrypted, |state, bucket| {
                let window = self.endings.sliding(state, bucket, |window| fullest(window, self.files).is_some())?;
                let (ending, members) = fullest(&window, self.files)?;
                let who = members.iter().find_map(|member| member.seen("actor.user.canonical")).unwrap_or("somebody");
                let title = format!("{who} gave {} files the ending .{ending} within a minute on {host}", members.len());
                let text = format!("From {} on, documents on {host} are written anew under their names with .{ending} behind: that is how encryption looks.", members[0].name.rsplit(APART).next().unwrap_or_default());
                let draft = Draft::new(title).describe(text).host(host, "target").user(who, "actor").figure("files", members.len());
                Some(draft.evidences(members.iter().map(|member| member.evidence("file with the new ending"))))
            });
        }
    }

    fn tell_note(&self, host: &str, window: &Window<'_>) -> Option<Draft> {
        let (name, members) = fullest(window, self.folders)?;
        let who = members.iter().find_map(|member| member.seen("actor.user.canonical")).unwrap_or("somebody");
        let worded = any(name, &WORDS);
        let weight = 1 + if worded { 2 } else { 0 } + if members.len() >= 10 { 3 } else { 0 };
        let title = format!("{who} wrote {name} into {} folders within a minute on {host}", members.len());
        let folders: Vec<&str> = members.iter().take(5).filter_map(|member| member.name.rsplit(APART).next()).collect();
        let text = format!(
            "The same name in {} folders within a minute, among them {}.{}",
            members.len(),
            folders.join(", "),
            if worded { " The name is one that ransom notes have." } else { " The name has no word of a ransom note." }
        );
        let draft =
            Draft::new(title).describe(text).severity_by(weight, 3, 5, 8).host(host, "target").user(who, "actor");
        let draft = draft.figure("folders", members.len()).entity(EntityKind::File, name, "note");
        Some(draft.evidences(members.iter().map(|member| member.evidence("note written"))))
    }
}

/// The first part of the members' names that the most second parts have, if there are enough.
fn fullest<'s>(window: &Window<'s>, least: u64) -> Option<(&'s str, Vec<Member<'s>>)> {
    if window.distinct() < least {
        return None;
    }
    let mut by_name: Map<&str, Vec<Member<'s>>> = Map::default();
    for member in window.members() {
        by_name.entry(member.name.split(APART).next().unwrap_or_default()).or_default().push(member);
    }
    let most = by_name.into_iter().max_by_key(|(name, members)| (members.len(), std::cmp::Reverse(*name)))?;
    (most.1.len() as u64 >= least).then_some(most)
}
