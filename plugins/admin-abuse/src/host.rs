//! What the acts of an hour on one host make together: one finding a theme, and `before-the-end` when steps towards
//! destruction come together.

use sekisho_sdk::prelude::*;

use crate::act::{Kind, Source, Step, Theme, Told};
use crate::reads::Reads;
use crate::rules::{self, THEMES, group_raised};

/// Parts of a member's name: theme, kind, who, what.
const APART: char = '\u{1f}';
/// Steps come together within this time: `incident.md` and Elastic's rules take half an hour.
const TOGETHER: i64 = 30 * MINUTE;
const PANE: i64 = 5 * MINUTE;
/// The theme's number of what is no act but explains one.
const CONTEXT: usize = 99;
const IMAGING: &str = "imaging";
const SHUTDOWN: &str = "shutdown";
const SERVICING: &str = "servicing";

/// The rules about single hosts.
pub struct HostRules {
    pub space: KeySpace,
    reads: Reads,
    acts: Tally,
    /// Acts that are low whatever their number, so that a flood of them can't push out what weighs.
    light: Tally,
    themes: Vec<Rule>,
    end: Rule,
    step: SignalType,
    group_command: SignalType,
    least_steps: usize,
    /// The themes of which some act is a step towards destruction, one bit each.
    with_steps: u32,
}

/// An act, or many alike, as the window remembers it.
struct Seen<'s> {
    theme: usize,
    kind: &'static Kind,
    who: &'s str,
    what: &'s str,
    member: Member<'s>,
}

// === impl HostRules ===

impl HostRules {
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan, least_steps: usize) -> Self {
        let space = plan.key_space("host", ["device.host"]);
        let reads = Reads::new(plan, space);
        let (acts, light) = (plan.tally(space, PANE).members(192), plan.tally(space, PANE).members(64));
        let themes = THEMES.iter().map(|theme| {
            let rule =
                plan.rule(theme.id, space).title(theme.title).weighs(theme.severity, theme.confidence).bucket(HOUR);
            let rule = theme.techniques.iter().fold(rule, |rule, (id, shown)| rule.technique(id, shown));
            rule.advice(theme.advice).done()
        });
        let themes = themes.collect();
        let end = plan.rule("before-the-end", space).title("Steps towards destruction on one host");
        let end = end.weighs(Severity::Critical, 85).bucket(HOUR).reach(TOGETHER);
        let end = end
            .technique("T1490", "recovery is taken away")
            .technique("T1489", "services are stopped")
            .technique("T1685", "defence or logs are switched off");
        let end = end.advice(
            "Encryption is minutes away. Isolate the host now, disable the account everywhere, cut the VPN and remote \
             access, and protect the backup server. Then look for the same account on other hosts.",
        );
        let end = end.done();
        let step = plan.signal("step", space).text("who").text("host").text("step").done();
        let has_steps = |(_, theme): &(usize, &&Theme)| theme.kinds.iter().any(|kind| kind.step.is_some());
        let with_steps = THEMES.iter().enumerate().filter(has_steps).fold(0, |bits, (at, _)| bits | 1 << at);
        let group_command = plan.signal("group-command", space).text("who").text("command").text("host").done();
        Self { space, reads, acts, light, themes, end, step, group_command, least_steps, with_steps }
    }

    /// Judges one host.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let mut acted = 0;
        for row in group.rows() {
            let Some(told) = self.reads.told(&row) else { continue };
            acted |= self.take(group, out, &row, &told);
        }
        if acted == 0 {
            return;
        }
        let host = group.part(0);
        let themes = self.themes.iter().enumerate().filter(|(at, _)| acted >> at & 1 == 1);
        for (at, rule) in themes {
            out.review(group, *rule, |state, bucket| {
                let window = self.acts.within(state, bucket);
                // What stops while the host shuts down, starts or is patched, stops for that.
                let explained = is_told(&window, SHUTDOWN) || is_told(&window, SERVICING);
                let by_itself = |seen: &Seen<'_>| matches!(seen.kind.id, "service-ended" | "sensor-paused");
                let both = seen(&window).into_iter().chain(seen(&self.light.within(state, bucket)));
                let mut seen: Vec<Seen<'_>> =
                    both.filter(|seen| seen.theme == at && !(explained && by_itself(seen))).collect();
                seen.sort_by_key(|seen| (seen.member.first, seen.member.name));
                tell(host, &seen, is_told(&window, IMAGING))
            });
        }
        if acted & self.with_steps == 0 {
            return;
        }
        out.review(group, self.end, |state, bucket| {
            let together = |window: &Window<'_>| self.steps(window).is_some();
            let window = self.acts.sliding(state, bucket, together)?;
            let steps = self.steps(&window)?;
            Some(tell_end(host, &steps, &seen(&window)))
        });
    }

    /// Puts the acts of a row into the window; the themes that they may change, one bit each.
    fn take(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, told: &Told<'_>) -> u32 {
        let mut acted = 0;
        if let Some(context) = context(told) {
            self.acts.add(group, Entry::of(row, &format!("{CONTEXT}{APART}{context}{APART}{APART}")));
            acted = u32::MAX;
        }
        for (at, theme) in THEMES.iter().enumerate() {
            let by_line = || (told.hints >> at & 1 == 1).then(|| (theme.command)(told)).flatten();
            let Some(act) = (theme.judge)(told).or_else(by_line) else { continue };
            if act.kind == &group_raised::COMMAND && !told.who.is_empty() {
                let signal = Signal::new(self.group_command, row.time()).origin(row.origin());
                out.signal(group, signal.text(told.who).text(rules::short(&act.what)).text(group.part(0)));
                continue;
            }
            acted |= 1 << at;
            let off_hours = i64::from(self.reads.is_off_hours(row));
            let seen = self.reads.seen(row);
            let acts = if act.kind.is_light() { &self.light } else { &self.acts };
            for what in std::iter::once(&act.what).chain(&act.more) {
                let what = rules::short(what);
                let name = format!("{at}{APART}{}{APART}{}{APART}{what}", act.kind.id, told.who);
                acts.add(group, Entry::of(row, &name).amount(off_hours).seen(&seen));
            }
            if let Some(step) =
                act.kind.step.filter(|step| step.is_impact() && !told.who.is_empty() && !told.by_machine())
            {
                let signal = Signal::new(self.step, row.time()).origin(row.origin());
                let signal = signal.text(told.who).text(group.part(0)).text(step.words());
                out.signal(group, signal);
            }
        }
        acted
    }

    /// The steps of a window when there are enough, one of them against recovery.
    fn steps(&self, window: &Window<'_>) -> Option<Vec<Step>> {
        let seen = seen(window);
        let mut steps: Vec<Step> =
            seen.iter().filter(|seen| seen.kind.points >= 3).filter_map(|seen| seen.kind.step).collect();
        // A few services are no alert alone; among other steps they are one.
        if seen.iter().filter(|seen| seen.kind.step == Some(Step::Services)).count() >= 4 {
            steps.push(Step::Services);
        }
        steps.sort_unstable();
        steps.dedup();
        (steps.len() >= self.least_steps && steps.iter().any(|step| step.is_impact())).then_some(steps)
    }
}

/// What explains acts: imaging, a shutdown or start of the host, patching. Only Windows' own programs as the machine itself
/// do: a name alone would be anybody's cover. The end of the log service (6006) is none, since intruders end it too.
fn context(told: &Told<'_>) -> Option<&'static str> {
    let by_windows =
        || told.by_machine() && told.image_path.get(1..).is_some_and(|path| path.starts_with(":\\windows\\"));
    match (told.source, &*told.image) {
        (Source::Process, "sysprep" | "setupcl" | "windeploy") => by_windows().then_some(IMAGING),
        (Source::Process, "trustedinstaller" | "tiworker") => by_windows().then_some(SERVICING),
        (Source::Other, _) => {
            matches!(told.code, "1074" | "12" | "13" | "109" | "4608" | "4609" | "6008").then_some(SHUTDOWN)
        }
        _ => None,
    }
}

fn is_told(window: &Window<'_>, context: &str) -> bool {
    let name = format!("{CONTEXT}{APART}{context}{APART}{APART}");
    window.members().iter().any(|member| member.name == name)
}

fn seen<'s>(window: &Window<'s>) -> Vec<Seen<'s>> {
    let parse = |member: Member<'s>| {
        let mut parts = member.name.splitn(4, APART);
        let theme = parts.next()?.parse().ok()?;
        let kind = rules::kind(theme, parts.next()?)?;
        Some(Seen { theme, kind, who: parts.next()?, what: parts.next()?, member })
    };
    window.members().into_iter().filter_map(parse).collect()
}

/// The sum of oddities: the gravest act, other kinds beside it, many objects, the hour.
fn weigh(seen: &[Seen<'_>]) -> i64 {
    let gravest = seen.iter().map(|seen| seen.kind.points).max().unwrap_or(0);
    let mut kinds: Vec<&str> = seen.iter().filter(|seen| seen.kind.points > 0).map(|seen| seen.kind.id).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let many = seen.iter().filter_map(|one| {
        let (count, more) = one.kind.many?;
        (seen.iter().filter(|other| other.kind.id == one.kind.id).count() as u64 >= count).then_some(more)
    });
    let many = many.max().unwrap_or(0);
    let weight = gravest + many + kinds.len().saturating_sub(1).min(3) as i64;
    let off_hours = seen.iter().any(|seen| seen.member.sum > 0);
    if weight > 0 && off_hours { weight + 1 } else { weight }
}

/// Who did most of it: a person rather than the machine.
fn actor<'s>(seen: &[Seen<'s>]) -> &'s str {
    let person = |who: &&str| !who.is_empty() && !is_machine(who);
    let mut all = seen.iter().map(|seen| seen.who);
    all.clone().find(person).or_else(|| all.find(|who| !who.is_empty())).unwrap_or_default()
}

fn is_machine(who: &str) -> bool {
    who.starts_with("nt authority\\") || who.ends_with('$')
}

fn name_of(who: &str) -> &str {
    match who {
        "" => "somebody",
        "nt authority\\system" => "SYSTEM",
        who => who,
    }
}

fn tell(host: &str, seen: &[Seen<'_>], imaging: bool) -> Option<Draft> {
    let weight = weigh(seen);
    // Images and task sequences clear logs as the machine itself, and what explains it comes after. It explains nothing else,
    // and nothing that a person did.
    let machine_alone = seen.iter().all(|seen| is_machine(seen.who));
    let clears = machine_alone && seen.iter().any(|seen| THEMES[seen.theme].id == "log-cleared");
    let imaging = imaging && clears;
    let weight = if clears { weight.min(4) } else { weight };
    let told: Vec<&Seen<'_>> = if seen.iter().any(|seen| seen.kind.points > 0) {
        seen.iter().filter(|seen| seen.kind.points > 0).collect()
    } else {
        seen.iter().collect()
    };
    let gravest = told.iter().max_by_key(|seen| (seen.kind.points, std::cmp::Reverse(seen.member.first)))?;
    if weight < 1 {
        return None;
    }
    let who = actor(seen);
    let more = match told.len() - 1 {
        0 => String::new(),
        1 => " and one thing more".into(),
        n => format!(" and {n} things more"),
    };
    let title = format!("{} {}{more} on {host}", name_of(who), gravest.kind.tells(gravest.what));
    let times: u64 = told.iter().map(|seen| seen.member.count).sum();
    let mut text = format!("Within an hour on {host}: ");
    let list = told.iter().take(6).map(|seen| {
        let often = if seen.member.count > 1 { format!(" ({} times)", seen.member.count) } else { String::new() };
        format!("{} {}{often}", name_of(seen.who), seen.kind.tells(seen.what))
    });
    text.push_str(&list.collect::<Vec<_>>().join("; "));
    text.push_str(if told.len() > 6 { "; and more." } else { "." });
    if told.iter().any(|seen| seen.member.sum > 0) {
        text.push_str(" Outside of office hours.");
    }
    if imaging {
        text.push_str(" The host is being imaged or set up, which does such things: low.");
    }
    let weight = if imaging { 1 } else { weight };
    let draft = Draft::new(title).describe(text).severity_by(weight, 3, 5, 8).host(host, "target").user(who, "actor");
    let draft = draft.figure("acts", told.len()).figure("times", times).figure("weight", weight);
    Some(draft.evidences(told.iter().map(|seen| seen.member.evidence(&seen.kind.id.replace('-', " ")))))
}

fn tell_end(host: &str, steps: &[Step], seen: &[Seen<'_>]) -> Draft {
    let part: Vec<&Seen<'_>> =
        seen.iter().filter(|seen| seen.kind.step.is_some_and(|step| steps.contains(&step))).collect();
    let who = part.iter().map(|seen| seen.who).find(|who| !who.is_empty()).unwrap_or_default();
    let words: Vec<&str> = steps.iter().map(|step| step.words()).collect();
    let title = format!("{} prepares the end of {host}: {}", name_of(who), words.join(", "));
    let text = format!(
        "{} different steps that come before encryption were taken on {host} within {} minutes: {}. Each of them has honest \
         reasons; together they have none.",
        steps.len(),
        TOGETHER / MINUTE,
        words.join(", ")
    );
    let severity = if steps.len() >= 3 { Severity::Critical } else { Severity::High };
    let draft = Draft::new(title).describe(text).severity(severity).host(host, "target").user(who, "actor");
    let draft = draft.figure("steps", steps.len());
    draft.evidences(part.iter().map(|seen| seen.member.evidence(&seen.kind.id.replace('-', " "))))
}
