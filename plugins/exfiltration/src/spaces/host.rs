//! Which archivers, transfer tools and uploads ran on a host, by process, script and file.

use sekisho_sdk::prelude::*;

use crate::command::{Act, Launch};
use crate::rules::{archive, cloud_tool, script, transfer_tool, upload_command};
use crate::words::{list, moment, short};

/// Points are told through the amount of an event; what was seen, through its name.
const ARCHIVE: u32 = 0;
const TRANSFER: u32 = 1;
const UPLOAD: u32 = 2;

/// Volumes of one archive that make a split.
const VOLUMES: u64 = 3;

/// Shapes that a renamed tool's command line has, beside the names of the subscription.
const SHAPES: [&str; 9] = [
    " a -",
    "--transfers",
    "--config",
    "--multi-thread-streams",
    "--no-check-certificate",
    "--max-age",
    "--ignore-existing",
    "--upload-file",
    "--data-binary",
];

/// The memory of a host, and its rules.
pub struct Host {
    pub space: KeySpace,
    launches: Reading,
    scripts: Reading,
    path: Text,
    original: Text,
    line: Text,
    parent: Text,
    user: Text,
    content: Text,
    file: Text,
    writer: Text,
    acts: Timeline,
    volumes: Tally,
    rules: [Rule; 3],
    split: Rule,
}

// === impl Host ===

impl Host {
    pub fn plan(plan: &mut Plan) -> Self {
        let space = plan.key_space("host", ["device.host"]);
        let named =
            [&archive::PROGRAMS[..], &transfer_tool::PROGRAMS, &cloud_tool::PROGRAMS, &upload_command::PROGRAMS]
                .concat();
        let authored = [&archive::ORIGINALS[..], &transfer_tool::ORIGINALS, &upload_command::ORIGINALS].concat();
        let mut read = plan
            .read("process_activity", space)
            .when(all([eq("activity_id", 1), one_of("process.file.name", named)]))
            .when(all([eq("activity_id", 1), one_of("process.original_name", authored)]))
            .when(all([
                eq("activity_id", 1),
                contains("process.cmd_line", [&SHAPES[..], &cloud_tool::SHAPES].concat()),
            ]));
        let (path, original) = (read.text("process.file.path"), read.text("process.original_name"));
        let (line, parent) = (read.text_up_to("process.cmd_line", 8192), read.text("process.parent_process.file.path"));
        let user = read.text("user.canonical");
        let launches = read.done();
        let mut read =
            plan.read("script_activity", space).when(all([contains("script.script_content", script::WORDS)]));
        let content = read.text("script.script_content");
        read.text("user.canonical");
        let scripts = read.done();
        let mut read = plan.read("file_activity", space);
        for ending in [
            ".part1.rar",
            ".part01.rar",
            ".part2.rar",
            ".part02.rar",
            ".part3.rar",
            ".part03.rar",
            ".001",
            ".002",
            ".003",
            ".r00",
            ".r01",
            ".r02",
            ".z01",
            ".z02",
            ".z03",
        ] {
            read = read.when(all([eq("activity_id", 1), suffix("file.path", [ending])]));
        }
        let (file, writer) = (read.text("file.path"), read.text("actor.process.file.path"));
        read.text("user.canonical");
        read.done();
        let rules = [archive_rule(plan, space), transfer_rule(plan, space), upload_rule(plan, space)];
        let split = split_rule(plan, space);
        let (acts, volumes) = (plan.timeline(space).events(96), plan.tally(space, HOUR).members(48));
        Self {
            space,
            launches,
            scripts,
            path,
            original,
            line,
            parent,
            user,
            content,
            file,
            writer,
            acts,
            volumes,
            rules,
            split,
        }
    }

    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let mut of_use = false;
        for row in group.rows() {
            of_use |= self.take(group, &row);
        }
        if !of_use && group.state().is_empty() {
            return;
        }
        let host = group.part(0);
        for (tag, rule) in self.rules.into_iter().enumerate() {
            out.review(group, rule, |state, bucket| {
                let acts: Vec<_> = self.acts.within(state, bucket).filter(|event| event.tag == tag as u32).collect();
                (!acts.is_empty()).then(|| told(host, bucket, &acts, tag as u32))
            });
        }
        out.review(group, self.split, |state, bucket| self.judge_split(state, bucket, host));
    }

    /// Whether the row left anything.
    fn take(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        if row.is(self.scripts) {
            let Some(content) = row.text(self.content) else { return false };
            let Some(act) = script::judge(content) else { return false };
            let tag = if act.what.contains("packs") { ARCHIVE } else { UPLOAD };
            self.put(group, row, tag, &act, &[("script.script_content", Some(content))]);
            return true;
        }
        if !row.is(self.launches) {
            let Some((archive, _)) = row.text(self.file).and_then(archive::volume_of) else { return false };
            let seen = [
                ("file.path", row.text(self.file)),
                ("actor.process.file.path", row.text(self.writer)),
                ("user.name", row.text(self.user)),
            ];
            let name = format!("{archive}|{}", row.text(self.file).unwrap_or_default().to_lowercase());
            self.volumes.add(group, Entry::of(row, &name).seen(&seen));
            return true;
        }
        let (path, original) = (row.text(self.path).unwrap_or_default(), row.text(self.original).unwrap_or_default());
        let line = row.text(self.line).unwrap_or_default();
        let launch = Launch::new(path, original, line);
        let act = transfer_tool::judge(&launch).or_else(|| cloud_tool::judge(&launch)).map(|act| (TRANSFER, act));
        let act = act.or_else(|| archive::judge(&launch).map(|act| (ARCHIVE, act)));
        let act = act.or_else(|| {
            upload_command::judge(&launch).map(|act| (if act.what.contains("packs") { ARCHIVE } else { UPLOAD }, act))
        });
        let Some((tag, act)) = act else { return false };
        self.put(
            group,
            row,
            tag,
            &act,
            &[
                ("process.cmd_line", row.text(self.line)),
                ("process.file.path", row.text(self.path)),
                ("process.original_name", row.text(self.original)),
                ("process.parent_process.file.path", row.text(self.parent)),
            ],
        );
        true
    }

    fn put(&self, group: &mut Group<'_>, row: &Row<'_>, tag: u32, act: &Act, seen: &[(&str, Option<&str>)]) {
        let oddities = act.oddities.join(", ");
        let own = [
            ("user.name", row.text(self.user)),
            ("target", Some(act.target.as_str()).filter(|target| !target.is_empty())),
            ("oddities", Some(oddities.as_str()).filter(|odd| !odd.is_empty())),
        ];
        let seen: Vec<_> = seen.iter().chain(&own).copied().collect();
        self.acts.add(group, tag, Entry::of(row, &act.what).amount(act.points).seen(&seen));
    }

    fn judge_split(&self, state: &State, bucket: Bucket, host: &str) -> Option<Draft> {
        let window = self.volumes.within(state, bucket);
        if window.is_empty() {
            return None;
        }
        let volumes = window.members();
        let mut archives: Vec<&str> = volumes.iter().filter_map(|member| member.name.split('|').next()).collect();
        archives.sort_unstable();
        let split = archives.chunk_by(|x, y| x == y).find(|same| same.len() as u64 >= VOLUMES)?;
        let archive = split[0];
        let shown: Vec<_> = volumes.iter().filter(|member| member.name.split('|').next() == Some(archive)).collect();
        let (writer, user) = (shown[0].seen("actor.process.file.path"), shown[0].seen("user.name"));
        let by = writer.map_or(String::new(), |writer| format!(" by {writer}"));
        Some(
            Draft::new(format!("archive {archive} written in volumes on {host}{by}"))
                .describe(format!(
                    "Three or more volumes of {archive} appeared on {host} within the hour from {}{by}: an archive that is cut into pieces is meant to travel.",
                    moment(bucket.start)
                ))
                .host(host, "target")
                .user(user.unwrap_or_default(), "actor")
                .entity(EntityKind::File, archive, "archive")
                .evidences(shown.iter().map(|member| member.evidence("volume"))),
        )
    }
}

/// Acts of one kind on a host in a day, as one alert.
fn told(host: &str, bucket: Bucket, acts: &[Event<'_>], tag: u32) -> Draft {
    // The worst act gives the alert its name; the others are told behind it.
    let worst = acts.iter().fold(acts[0], |worst, act| if act.amount > worst.amount { *act } else { worst });
    let mut users: Vec<&str> = acts.iter().filter_map(|act| act.seen("user.name")).collect();
    users.sort_unstable();
    users.dedup();
    let mut kinds: Vec<&str> = acts.iter().map(|act| act.name).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.retain(|kind| *kind != worst.name);
    let who = if users.is_empty() { "someone".to_owned() } else { list(users.iter().copied(), 3) };
    let target = worst.seen("target").map_or(String::new(), |target| format!(" ({target})"));
    let also = if kinds.is_empty() { String::new() } else { format!("; also: {}", list(kinds, 3)) };
    let count: u64 = acts.iter().map(|act| act.count).sum();
    let times = if count > 1 { format!(" {count} times") } else { String::new() };
    let line = worst.seen("process.cmd_line").or(worst.seen("script.script_content")).unwrap_or_default();
    let text = format!(
        "On {host}, {}: {}{target}{}.{} Seen{times} by {who} on the day from {}. It reads: {}",
        moment(worst.time),
        worst.name,
        worst.seen("oddities").map_or(String::new(), |odd| format!(", {odd}")),
        worst.seen("process.parent_process.file.path").map_or(String::new(), |parent| format!(" Started by {parent}.")),
        moment(bucket.start),
        short(line, 240),
    );
    // Eight times the same is one habit; different acts add up.
    let points = worst.amount;
    let draft = Draft::new(format!("{} on {host} by {who}{target}{also}", worst.name))
        .describe(text)
        .host(host, "target")
        .figure("acts", i64::try_from(count).unwrap_or(i64::MAX))
        .figure("oddity_points", points)
        .evidences(acts.iter().map(|act| act.evidence(act.name)));
    // Everyone packs files: one sign alone, such as volumes, is a developer's image.
    let (medium, high, critical) = if tag == ARCHIVE { (3, 5, 8) } else { (2, 4, 7) };
    let draft = match points {
        ..=1 => draft.severity(Severity::Low).confidence(25),
        _ => draft.severity_by(points, medium, high, critical),
    };
    users.iter().fold(draft, |draft, user| draft.user(*user, "actor"))
}

fn archive_rule(plan: &mut Plan, space: KeySpace) -> Rule {
    plan.rule("archive", space)
        .title("Files are packed for the way out")
        .weighs(Severity::Medium, 50)
        .technique("T1560.001", "an archiver's command line")
        .technique("T1074.001", "data gathered on the host")
        .bucket(DAY)
        .advice("Where is the archive now, and what is in it? Look for an upload from this host in the hours behind it, and for the shares it was filled from.")
        .done()
}

fn transfer_rule(plan: &mut Plan, space: KeySpace) -> Rule {
    plan.rule("transfer-tool", space)
        .title("A program that moves data out is used")
        .weighs(Severity::Medium, 60)
        .technique("T1567.002", "a client of cloud storage")
        .technique("T1048", "a client of FTP, SFTP or SCP")
        .bucket(DAY)
        .advice("Keep the tool's configuration: it names the account on the other side. Look how much left for the target, and who put the tool there.")
        .done()
}

fn upload_rule(plan: &mut Plan, space: KeySpace) -> Rule {
    plan.rule("upload-command", space)
        .title("A general tool is told to send a file out")
        .weighs(Severity::Medium, 55)
        .technique("T1048.003", "a command or script that sends a file")
        .technique("T1567", "to a web service")
        .bucket(DAY)
        .advice("Which file, and where to? Compare with what left for that address.")
        .done()
}

fn split_rule(plan: &mut Plan, space: KeySpace) -> Rule {
    plan.rule("archive-volumes", space)
        .title("Volumes of one archive appear on a host")
        .weighs(Severity::Medium, 60)
        .technique("T1560.001", "volumes of one archive written by a process")
        .technique("T1074.001", "data gathered on the host")
        .technique("T1030", "cut to a size that travels")
        .bucket(HOUR)
        .advice("Find the archiver's command line (`archive`), then the upload.")
        .done()
}
