//! Rows of a host, one by one, to the rules that judge them.

use sekisho_sdk::prelude::*;

use super::rows::{certificate, connections, job, others, reach, scripts, shown, ticket, values};
use super::{ENUMERATION, Host, Kind, Touched, around, is_tunnel};
use crate::acts::{Act, Setting};
use crate::records::{FileMade, Installed, KeyRead, Launch, Loaded, Logon, ObjectAccess, Script, ShareAccess};
use crate::rules::directory::Replicator;
use crate::rules::{
    admin_share, certificates, coercion, credential_dump, credential_traces, desktop_opened, directory, enumeration,
    looking_around, remote_execution, remote_service, remote_tool, stored_credentials, survey, sweep, tickets,
};
use crate::signs::{number, raw, text};
use crate::text::{APART, REACHING, base, is, is_loose, is_person};

/// The rights to write data or append to it, of a file.
const WRITE: i64 = 0x6;

/// What is to be remembered of a row.
pub(super) type Found = Vec<(Kind, Option<Act>)>;

impl Host {
    /// Puts a row into the windows that it belongs to.
    pub(super) fn take(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, touched: &mut Touched) {
        let (signs, read) = (&self.signs, &self.read);
        let found: Found = match () {
            () if row.is(read.logon) => self.logon(group, row, touched),
            () if row.is(read.launch) => self.launch(group, out, row),
            () if row.is(read.reach) => vec![(Kind::Dump, credential_dump::reach(&reach(signs, row)))],
            () if row.is(read.script) => scripts(&Script { text: text(row, signs.script) }),
            () if row.is(read.installed) => self.installed(group, out, row),
            () if row.is(read.job) => vec![(Kind::Task, job(signs, row))],
            () if row.is(read.share) => self.share(group, out, row, touched),
            () if row.is(read.file) => self.files(group, out, row),
            () if row.is(read.value) => values(signs, row),
            () if row.is(read.object) => self.object(group, row, touched),
            () if row.is(read.membership) => self.membership(group, row, touched),
            () if row.is(read.ticket) => vec![(Kind::Ticket, tickets::ticket(&ticket(signs, row), group.part(0)))],
            () if row.is(read.connection) => connections(signs, row),
            () if row.is(read.engine) => others(signs, row),
            () if row.is(read.key) => {
                let key = KeyRead { path: text(row, signs.key), by: text(row, signs.by), user: text(row, signs.user) };
                vec![(Kind::Dump, credential_traces::key(&key))]
            }
            () if row.is(read.library) => {
                let code = number(row, signs.code).unwrap_or_default();
                let loaded = Loaded { code, module: text(row, signs.module), by: text(row, signs.path) };
                vec![(Kind::Dump, credential_traces::library(&loaded))]
            }
            () if row.is(read.thread) => vec![(Kind::Dump, credential_traces::thread(&reach(signs, row)))],
            () if row.is(read.found) => vec![(Kind::Dump, credential_traces::found(&text(row, signs.malware)))],
            () if row.is(read.session) => {
                let user = text(row, signs.user);
                let code = number(row, signs.code).unwrap_or_default();
                vec![(Kind::Remoting, remote_execution::winrm_session(code, &user))]
            }
            () if row.is(read.certificate) => vec![(Kind::Certificate, certificates::event(&certificate(signs, row)))],
            () if row.is(read.account) => {
                let flags =
                    (number(row, signs.old_flags).unwrap_or_default(), number(row, signs.flags).unwrap_or_default());
                vec![(Kind::Ticket, tickets::account(flags, raw(row, signs.user).unwrap_or_default()))]
            }
            () => Vec::new(),
        };
        for (kind, act) in found {
            if let Some(act) = act {
                self.remember(group, row, kind, &act);
                touched.acts |= 1 << kind as u32;
            }
        }
    }

    fn remember(&self, group: &mut Group<'_>, row: &Row<'_>, kind: Kind, act: &Act) {
        let signs = &self.signs;
        let user = raw(row, signs.user).or(raw(row, signs.actor)).unwrap_or_default();
        // Of Security's records the one who acts is the actor; a process runs as its user.
        let who = if row.is(self.read.launch) || row.is(self.read.logon) {
            user
        } else {
            raw(row, signs.actor).unwrap_or(user)
        };
        let who = if row.is(self.read.ticket) { user } else { who };
        let local = row.is(self.read.connection);
        let from = if local { "" } else { raw(row, signs.source).or(raw(row, signs.source_host)).unwrap_or_default() };
        let seen = shown(signs, row);
        // Servers of deployment, scanners and backup reach every host: what they bring is told of them, not of each host.
        let reaches =
            matches!(kind, Kind::Control | Kind::AdminShare | Kind::Task | Kind::Hash) && act.weight <= Severity::Low;
        if reaches && self.is_reaching(row) {
            return;
        }
        self.acts[kind as usize].add(group, row, act, Setting { who, from, seen: &seen });
        if kind == Kind::Around && !who.is_empty() || reaches {
            self.habits.add(group, Entry::of(row, &around::habit(who, &act.what)));
        }
    }

    fn logon(&self, group: &mut Group<'_>, row: &Row<'_>, touched: &mut Touched) -> Found {
        let signs = &self.signs;
        let kind = number(row, signs.logon).unwrap_or_default();
        let user = text(row, signs.user);
        let source = raw(row, signs.source);
        if let Some(source) = source.filter(|_| kind != 9 && is_person(&user)) {
            let name = format!("{user}{APART}{}", source.to_lowercase());
            let trusted = self.is_reaching(row) || raw(row, signs.service_account) == Some("true");
            let seen = [("logon_type_id", (kind == 10).then_some("10")), ("trusted", trusted.then_some("true"))];
            self.arrivals.add(group, Entry::of(row, &name).seen(&seen));
            touched.arrived = true;
        }
        let protocol = raw(row, signs.protocol).unwrap_or_default();
        let source = text(row, signs.source_ip);
        if matches!(source.as_str(), "127.0.0.1" | "::1") && kind != 9 {
            let uid = text(row, signs.uid);
            let protocol = text(row, signs.protocol);
            let logon = Logon { kind, uid, protocol, source, ..Logon::default() };
            return vec![(Kind::Desktop, desktop_opened::looped(&logon)), (Kind::Ticket, tickets::relayed(&logon))];
        }
        // Most logons prove themselves by Kerberos, as the account that they are: nothing more is to be asked of them.
        let plain = kind != 9 && !protocol.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("ntlm"));
        let uid = raw(row, signs.uid).unwrap_or_default();
        if plain && !uid.ends_with("-500") {
            return Found::new();
        }
        let logon = Logon {
            kind,
            user,
            uid: uid.to_lowercase(),
            protocol: protocol.to_lowercase(),
            process: text(row, signs.logon_process),
            key_length: number(row, signs.key_length),
            workstation: text(row, signs.source_host),
            outbound: text(row, signs.outbound),
            source: text(row, signs.source),
        };
        vec![(Kind::Hash, tickets::logon(&logon)), (Kind::Ticket, tickets::forged(&logon.user, &logon.uid))]
    }

    fn launch(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>) -> Found {
        let signs = &self.signs;
        let path = text(row, signs.path);
        let name = text(row, signs.name);
        let parent_path = text(row, signs.parent);
        let launch = Launch {
            name: if name.is_empty() { base(&path).to_owned() } else { name },
            path,
            original: text(row, signs.original),
            command: text(row, signs.command),
            parent: base(&parent_path).to_owned(),
            parent_path,
            parent_command: text(row, signs.parent_command),
            user: text(row, signs.user),
        };
        if let Some(product) = remote_tool::launch(&launch) {
            let loose = is_loose(&launch.path) && !launch.path.contains("\\programdata\\");
            self.tool(group, out, row, product, "run", loose);
        }
        vec![
            (Kind::Service, remote_service::launch(&launch)),
            (Kind::Wmi, remote_execution::wmi_launch(&launch)),
            (Kind::Remoting, remote_execution::winrm_launch(&launch)),
            (Kind::Com, remote_execution::com_launch(&launch)),
            (Kind::Task, remote_execution::task_launch(&launch).or_else(|| remote_execution::registry_launch(&launch))),
            (Kind::Hijack, remote_execution::hijack_launch(&launch)),
            (Kind::AdminShare, admin_share::launch(&launch)),
            (Kind::Dump, credential_dump::launch(&launch)),
            (Kind::Ticket, tickets::launch(&launch)),
            (Kind::Around, looking_around::launch(&launch).or_else(|| sweep::launch(&launch))),
            (Kind::Survey, survey::launch(&launch)),
            (Kind::Stored, stored_credentials::launch(&launch)),
            (Kind::Certificate, certificates::launch(&launch)),
            (Kind::Coercion, coercion::launch(&launch)),
            (Kind::Desktop, desktop_opened::launch(&launch)),
        ]
    }

    fn installed(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>) -> Found {
        let signs = &self.signs;
        let service = Installed { name: text(row, signs.service), command: text(row, signs.service_command) };
        if let Some(product) = remote_tool::installed(&service) {
            self.tool(
                group,
                out,
                row,
                product,
                "installed as a service",
                is_loose(&service.command) && !service.command.contains("\\programdata\\"),
            );
        }
        vec![(Kind::Service, remote_service::installed(&service))]
    }

    fn tool(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, product: &str, how: &str, loose: bool) {
        let who = raw(row, self.signs.user).or(raw(row, self.signs.actor));
        let host = group.part(0).to_owned();
        let weight = i64::from(loose) + i64::from(is_tunnel(product));
        let signal = Signal::new(self.tool, row.time())
            .origin(row.origin())
            .text(product)
            .text(&*host)
            .text(who)
            .text(how)
            .integer(weight);
        out.signal(group, signal);
    }

    fn share(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, touched: &mut Touched) -> Found {
        let signs = &self.signs;
        let access = ShareAccess {
            share: text(row, signs.share).trim_end_matches('\\').to_owned(),
            path: text(row, signs.file),
            writes: number(row, signs.rights).is_some_and(|rights| rights & WRITE != 0),
            user: text(row, signs.actor),
            uid: text(row, signs.actor_uid),
        };
        let reaching = self.is_reaching(row);
        if let Some(counted) = enumeration::pipe(&access).filter(|_| !reaching) {
            self.count(group, row, &access.user, &counted);
            touched.counted = true;
        }
        if let Some(act) = admin_share::made(number(row, signs.code).unwrap_or_default(), &access.share) {
            return vec![(Kind::AdminShare, Some(act))];
        }
        if let Some(weight) = admin_share::program(&access) {
            self.brought(group, out, row, &access.path, weight);
        }
        let from = raw(row, signs.source).is_some();
        vec![
            (Kind::Service, remote_service::share(&access)),
            (Kind::Control, remote_service::control(&access)),
            (Kind::Task, remote_execution::pipe(&access)),
            (Kind::Coercion, coercion::pipe(&access)),
            (Kind::Secrets, directory::pipe(&access)),
            (Kind::Stored, stored_credentials::policy(&access)),
            (Kind::AdminShare, admin_share::share(&access, from)),
            (Kind::Hash, tickets::forged(&access.user, &access.uid)),
        ]
    }

    fn files(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>) -> Found {
        let signs = &self.signs;
        let made = FileMade { path: text(row, signs.file), by: text(row, signs.by) };
        if number(row, signs.code) == Some(9) {
            return vec![(Kind::Dump, credential_traces::raw_disk(&made.by))];
        }
        if number(row, signs.pipe) == Some(6) {
            return vec![
                (Kind::Service, remote_service::pipe(&made.path)),
                (Kind::Stored, stored_credentials::federation(&made)),
            ];
        }
        if matches!(number(row, signs.activity), Some(2 | 14)) {
            return vec![(Kind::Stored, stored_credentials::file(&made))];
        }
        if let Some(weight) = admin_share::made_here(&made) {
            self.brought(group, out, row, &made.path, weight);
        }
        vec![
            (Kind::Dump, credential_traces::file(&made)),
            (Kind::Ticket, tickets::file(&made)),
            (Kind::Coercion, coercion::file(&made)),
            (Kind::Stored, stored_credentials::safe(&made)),
            (Kind::Around, sweep::file(&made)),
        ]
    }

    /// Whether a row's source is one of those that reach every host.
    fn is_reaching(&self, row: &Row<'_>) -> bool {
        raw(row, self.signs.role).is_some_and(|role| is(role, REACHING))
    }

    /// Tells the memory of programs of one that came over the network.
    fn brought(&self, group: &mut Group<'_>, out: &mut Out<'_>, row: &Row<'_>, path: &str, weight: Severity) {
        let signs = &self.signs;
        let trusted = self.is_reaching(row) || raw(row, signs.service_actor) == Some("true");
        let host = group.part(0).to_owned();
        let signal = Signal::new(self.brought, row.time())
            .origin(row.origin())
            .text(base(path))
            .text(&*host)
            .text(raw(row, signs.actor).or(raw(row, signs.user)))
            .text(raw(row, signs.source))
            .text(path)
            .integer(weight as i64)
            .integer(i64::from(trusted));
        out.signal(group, signal);
    }

    fn object(&self, group: &mut Group<'_>, row: &Row<'_>, touched: &mut Touched) -> Found {
        let signs = &self.signs;
        let access = ObjectAccess {
            server: text(row, signs.server),
            kind: text(row, signs.kind),
            name: text(row, signs.object),
            rights: number(row, signs.rights).unwrap_or_default(),
            properties: text(row, signs.properties),
            user: text(row, signs.actor),
        };
        if let Some(counted) = enumeration::object(&access) {
            self.count(group, row, &access.user, &counted);
            touched.counted = true;
        }
        let dcsync = match directory::dcsync(&access, group.part(0), &self.limits.replicators) {
            Some(Replicator::Account(act)) => Some(act),
            Some(Replicator::Computer(_)) => {
                let seen = shown(signs, row);
                self.computers.add(group, Entry::of(row, &access.user).seen(&seen));
                touched.computers = true;
                None
            }
            None => None,
        };
        let manager = access.server == "sc manager" && is_person(&access.user);
        let control = manager.then(|| Act::low("opened the service manager or a service")).flatten();
        // 0x1 and 0x4 are the rights to connect and to ask; what local consoles do all day.
        let control = control.filter(|_| access.rights & !0x2_0005 != 0);
        vec![(Kind::Dcsync, dcsync), (Kind::Secrets, directory::secrets(&access)), (Kind::Control, control)]
    }

    fn membership(&self, group: &mut Group<'_>, row: &Row<'_>, touched: &mut Touched) -> Found {
        let signs = &self.signs;
        let (actor, caller) = (text(row, signs.actor), text(row, signs.by));
        let object = raw(row, signs.group).or(raw(row, signs.account)).unwrap_or_default().to_lowercase();
        if let Some(counted) = enumeration::membership(&actor, &object, &caller) {
            self.count(group, row, &actor, &counted);
            touched.counted = true;
        }
        Vec::new()
    }

    fn count(&self, group: &mut Group<'_>, row: &Row<'_>, user: &str, counted: &enumeration::Counted) {
        let name = format!("{user}{APART}{}{APART}{}", counted.kind, counted.object);
        let seen = shown(&self.signs, row);
        self.counted.add(group, Entry::of(row, &name).seen(&seen));
        self.habits.add(group, Entry::of(row, &around::habit(user, ENUMERATION)));
    }
}
