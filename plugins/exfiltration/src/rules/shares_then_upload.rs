//! One host reads many folders on shares, and then sends much outside.
//!
//! **Fires** on 40 different folders read within a day and 100 MB out to the outside on that day or the next, at out/in
//! of 3 or more, sent after the reading began.
//!
//! **ATT&CK** T1074 (data staged), T1039 (from shares), T1048.
//!
//! **Severity** low; medium from 500 MB, or when most of it left outside office hours; high with both and ten times more
//! folders than asked for.
//!
//! **False alarms** a file indexer or a backup agent (they do not send outside, or have a role); a user who tidies up and
//! synchronises. Machine accounts are left out.

use sekisho_sdk::prelude::*;

use crate::spaces::source::{Books, large_flow};
use crate::words::{list, moment, night as off_hours, size};

const FOLDERS: u64 = 40;
const UPLOAD: i64 = 100_000_000;

/// The rule, configured.
pub struct SharesThenUpload {
    pub rule: Rule,
}

/// Plans the rule.
pub fn plan(plan: &mut Plan, space: KeySpace) -> SharesThenUpload {
    let rule = plan
        .rule("shares-then-upload", space)
        .title("Many folders read, then much sent outside")
        .weighs(Severity::Low, 45)
        .technique("T1074", "many folders read on shares by one host before the upload")
        .technique("T1039", "files read on network shares")
        .technique("T1048", "bytes out that follow")
        .bucket(DAY)
        .reach(DAY)
        .advice("Which account read the folders, and is it that host's user? Compare with the archives that the host wrote.")
        .done();
    SharesThenUpload { rule }
}

// === impl SharesThenUpload ===

impl SharesThenUpload {
    /// What is to be said of a day.
    pub fn judge(&self, state: &State, bucket: Bucket, books: &Books, source: &str) -> Option<Draft> {
        let read = books.folders.on(state, bucket.start).filter(|read| read.folders >= FOLDERS)?;
        let (from, to) = (bucket.start, bucket.end.saturating_add(bucket.reach));
        let sums = books.days.sums(state, from, to);
        let began = read.since;
        let large = books.large.between(state, from, to).members();
        let after: Vec<_> = large.iter().filter(|member| member.last >= began).collect();
        if sums.out < UPLOAD || sums.ratio() < 3 || after.is_empty() {
            return None;
        }
        let folders = books.shown.within(state, bucket).members();
        let mut users: Vec<&str> = folders.iter().filter_map(|folder| folder.seen("user.name")).collect();
        users.sort_unstable();
        users.dedup();
        let (much, night) = (sums.out >= 5 * UPLOAD, sums.is_by_night());
        let severity = match (much, night) {
            (true, true) if read.folders >= 10 * FOLDERS => Severity::High,
            (false, false) => Severity::Low,
            _ => Severity::Medium,
        };
        let who = if users.is_empty() {
            source.to_owned()
        } else {
            format!("{} on {source}", list(users.iter().copied(), 3))
        };
        let text = format!(
            "{who} read files in about {} folders from {} on, among them {}. From then until the end of the next day {} \
             left this host for the outside ({} came back), to {}.{}",
            read.folders,
            moment(began),
            list(folders.iter().map(|folder| folder.name), 5),
            size(sums.out),
            size(sums.inward),
            list(after.iter().map(|member| member.name), 5),
            off_hours(sums)
        );
        let draft = Draft::new(format!(
            "{who} read about {} folders on shares, then {} went outside",
            read.folders,
            size(sums.out)
        ))
        .describe(text)
        .address(source, "source")
        .figure("folders", i64::try_from(read.folders).unwrap_or(i64::MAX))
        .figure("bytes_out", sums.out)
        .span(began, began)
        .severity(severity)
        .evidences(folders.iter().map(|folder| folder.evidence("first file of a folder")))
        .evidences(after.iter().map(|member| large_flow(member, "large flow outside")));
        Some(users.iter().fold(draft, |draft, user| draft.user(*user, "actor")))
    }
}
