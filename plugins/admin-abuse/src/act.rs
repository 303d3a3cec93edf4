//! What rules speak of: a row in plain words ([`Told`]), an act that it shows ([`Act`]), and a rule ([`Theme`]) with all
//! the kinds of acts that it knows.

use sekisho_sdk::Severity;

/// Where a row is from, by what it can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// A process starts: 4688, Sysmon 1, an agent of another make.
    Process,
    /// PowerShell tells a script block or a pipeline: 4104, 4103, 800, 400.
    Script,
    /// A value of the registry is written: Sysmon 13, 4657.
    Value,
    /// A key of the registry is made, renamed or deleted: Sysmon 12, 14.
    Key,
    /// A log tells of itself, or protection of its being off: 1102, 104, 1100, 4719, 5001.
    Log,
    /// An account is changed: 4720 to 4726, 4738, 4742, 4765, 4781, 4794.
    Account,
    /// A group gains a member: 4728, 4732, 4756.
    Group,
    /// An object of the directory or a setting is changed: 5136, 5137, 5007, 4950, 4739.
    Entity,
    /// A service is made, changed or stopped: 7045, 4697, 7036, 7040.
    Service,
    /// A right is given to an account: 4704, 4717.
    Right,
    /// A logon by the secondary logon service: 4624.
    Logon,
    /// A privilege of a running program is switched on: 4703.
    Privilege,
    /// A driver is loaded: Sysmon 6.
    Driver,
    /// The times of a file are changed: Sysmon 2.
    Times,
    /// Defender names what it found: 1116.
    Finding,
    /// A scheduled task is deleted or disabled: 4699, 4701, TaskScheduler 141, 142.
    Job,
    /// A file, here or on a share: Sysmon 11 and 23, 4656, 4663, 5145, 5143; a pipe: Sysmon 17, 18.
    File,
    /// A stream of a file is written: Sysmon 15.
    Stream,
    /// A thread is started in another process: Sysmon 8.
    Thread,
    /// A process is opened by another: Sysmon 10.
    Opened,
    /// The image of a process is replaced: Sysmon 25.
    Tampered,
    /// A library is loaded: Sysmon 7.
    Library,
    /// A program connects to another host: Sysmon 3, 5156.
    Contact,
    /// The background transfer service tells of a job: 3, 59, 60.
    Transfer,
    /// PowerShell starts: 400.
    Engine,
    /// A record of a log that has no class of its own.
    #[default]
    Other,
}

/// A row in plain words. Texts that rules search are in lower case, without quotes and carets, with single spaces.
#[derive(Clone, Debug, Default)]
pub struct Told<'a> {
    pub source: Source,
    /// Event id, such as `4738`.
    pub code: &'a str,
    pub activity: i64,
    /// Who did it, in canonical form.
    pub who: &'a str,
    /// Security id of who did it.
    pub who_sid: &'a str,
    /// To whom it was done (or whose process it is).
    pub whom: &'a str,
    pub whom_sid: &'a str,
    /// Whether the inventory calls that account privileged.
    pub whom_privileged: bool,
    /// Name of the process's file, or the name that it was built under; without `.exe`.
    pub image: String,
    /// The name of the process's file; without `.exe`.
    pub file_name: String,
    pub image_path: String,
    pub parent: String,
    pub parent_line: String,
    pub parent_user: &'a str,
    /// The command line, or the script.
    pub line: String,
    /// Whether the command hid another one behind an encoding.
    pub encoded: bool,
    /// Signs in the command that only cut its words: `^`, and grave accents.
    pub cuts: usize,
    /// Whether the file is a pipe.
    pub is_pipe: bool,
    /// Which themes' words the command or script holds, one bit each.
    pub hints: u32,
    /// The registry writes that it makes: path with the value's name, and the data.
    pub writes: Vec<(String, String)>,
    /// The keys and values of the registry that it deletes.
    pub deletes: Vec<String>,
    /// The services that it stops, disables or deletes.
    pub stops: Vec<String>,
    /// The processes that it kills.
    pub kills: Vec<String>,
    /// Key and value, file, object or share.
    pub path: String,
    /// What was written there; descriptor, state, flags.
    pub data: String,
    /// Class of the directory object, start type of the service, the log, the setting.
    pub kind: String,
    /// Attribute of the directory object; state of the service before.
    pub detail: String,
    /// Flags of the account before and now.
    pub flags: (i64, i64),
    /// Group: its name, and its security id.
    pub group: &'a str,
    pub group_sid: &'a str,
}

/// A kind of act.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Kebab name; the evidence's role.
    pub id: &'static str,
    /// What one act of it weighs: 1 low, 3 medium, 5 high, 8 critical. 0: only many of them weigh.
    pub points: i64,
    /// What somebody did, in the past tense; `{}` stands for the object.
    pub says: &'static str,
    /// So many different objects within an hour weigh so many points more.
    pub many: Option<(u64, i64)>,
    /// The step towards destruction that it is.
    pub step: Option<Step>,
}

/// Steps that come before encryption and destruction, in whatever order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Logs,
    Defence,
    Firewall,
    Shadows,
    Backups,
    Boot,
    Services,
    Encryption,
}

/// An act that a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub kind: &'static Kind,
    /// The object: a log, a service, an account, a path.
    pub what: String,
    /// Other objects of the same act.
    pub more: Vec<String>,
}

/// A rule about acts on one host, and how to judge a row by it.
#[derive(Debug)]
pub struct Theme {
    pub id: &'static str,
    pub title: &'static str,
    pub severity: Severity,
    pub confidence: u8,
    /// ATT&CK technique, and what shows it.
    pub techniques: &'static [(&'static str, &'static str)],
    pub advice: &'static str,
    pub kinds: &'static [&'static Kind],
    /// Words without spaces, of which every command and script holds one that `command` is to be asked about.
    pub words: &'static [&'static str],
    /// Judges what a row shows beside a command: a record of the log, a parent, a value.
    pub judge: fn(&Told<'_>) -> Option<Act>,
    /// Judges the command line or the script of a row.
    pub command: fn(&Told<'_>) -> Option<Act>,
}

// === impl Kind ===

impl Kind {
    /// A kind of which one act weighs so much.
    pub const fn new(id: &'static str, points: i64, says: &'static str) -> Self {
        Self { id, points, says, many: None, step: None }
    }

    /// So many different objects weigh more.
    pub const fn many(self, count: u64, points: i64) -> Self {
        Self { many: Some((count, points)), ..self }
    }

    /// It is a step towards destruction.
    pub const fn step(self, step: Step) -> Self {
        Self { step: Some(step), ..self }
    }

    /// Whether it is low whatever its number, and no step towards anything.
    pub fn is_light(&self) -> bool {
        self.step.is_none() && self.points + self.many.map_or(0, |(_, more)| more) < 3
    }

    /// An act of this kind.
    pub fn on(&'static self, what: impl Into<String>) -> Act {
        Act { kind: self, what: what.into(), more: Vec::new() }
    }

    /// What was done, with its object.
    pub fn tells(&self, what: &str) -> String {
        self.says.replace("{}", if what.is_empty() { "(not named)" } else { what })
    }
}

// === impl Step ===

impl Step {
    /// All of them, by their number.
    pub const ALL: [Self; 8] = [
        Self::Logs,
        Self::Defence,
        Self::Firewall,
        Self::Shadows,
        Self::Backups,
        Self::Boot,
        Self::Services,
        Self::Encryption,
    ];

    /// Whether it takes away what one could come back with.
    pub fn is_impact(self) -> bool {
        self >= Self::Shadows
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Logs => "logs cleared or logging weakened",
            Self::Defence => "defence switched off",
            Self::Firewall => "firewall switched off",
            Self::Shadows => "shadow copies deleted",
            Self::Backups => "backups deleted",
            Self::Boot => "recovery or boot configuration changed",
            Self::Services => "many services stopped",
            Self::Encryption => "files encrypted",
        }
    }
}

// === impl Told ===

impl Told<'_> {
    /// Whether it holds a command or a script.
    pub fn is_command(&self) -> bool {
        matches!(self.source, Source::Process | Source::Script | Source::Engine)
    }

    /// Whether it stops one of these services, here or elsewhere.
    pub fn stops_any(&self, names: &[&str]) -> bool {
        self.stops.iter().any(|stopped| names.contains(&&**stopped))
    }

    /// Whether the machine itself did it, as group policy, installers and services do.
    pub fn by_machine(&self) -> bool {
        self.who.ends_with('$')
            || self.who.starts_with("nt authority\\")
            || matches!(self.who_sid, "S-1-5-18" | "S-1-5-19")
    }
}
