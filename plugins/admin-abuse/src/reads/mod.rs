//! What the rules about hosts read, and how a row becomes a [`Told`]. The conditions keep away what no rule looks at.

mod hiding;
mod told;
pub mod wanted;

use sekisho_sdk::bindings::Condition;
use sekisho_sdk::plan::ReadBuilder;
use sekisho_sdk::prelude::*;
use sekisho_sdk::{Boolean, Texts};

use crate::act::Source;
use crate::hints::Hints;

/// Command lines are read so far: what matters stands at the beginning, or is encoded and long.
const LINE: u32 = 8 << 10;
const SCRIPT: u32 = 32 << 10;

macro_rules! fields {
    ($($name:ident = $path:literal),* $(,)?) => {
        /// Handles of the texts that some subscription asks for.
        #[derive(Default)]
        struct Fields { $($name: Option<Text>,)* }

        impl Fields {
            fn ask(&mut self, read: &mut ReadBuilder<'_>, paths: &[&str]) {
                for path in paths {
                    let bytes = match *path {
                        "process.cmd_line" => LINE,
                        "script.script_content" => SCRIPT,
                        _ => 2 << 10,
                    };
                    let handle = Some(read.text_up_to(path, bytes));
                    match *path {
                        $($path => self.$name = handle,)*
                        _ => debug_assert!(false, "{path} is no field of ours"),
                    }
                }
            }
        }
    };
}
fields! {
    code = "metadata.event_code",
    actor = "actor.user.canonical",
    actor_sid = "actor.user.uid",
    user = "user.canonical",
    user_sid = "user.uid",
    old_name = "user.old_name",
    file_path = "process.file.path",
    file_name = "process.file.name",
    original = "process.original_name",
    line = "process.cmd_line",
    parent = "process.parent_process.file.name",
    parent_line = "process.parent_process.cmd_line",
    parent_user = "process.parent_process.user.name",
    acting = "actor.process.file.name",
    script = "script.script_content",
    value = "reg_value.path",
    data = "reg_value.data",
    key = "reg_key.path",
    log = "log_name",
    policy = "policy.name",
    group = "group.name",
    group_sid = "group.uid",
    entity = "entity.name",
    entity_type = "entity.type",
    entity_data = "entity.data",
    attribute = "entity.attribute",
    operation = "entity.operation",
    service = "win_service.name",
    service_line = "win_service.cmd_line",
    start_type = "win_service.start_type",
    path = "file.path",
    share = "share",
    delegate = "unmapped.AllowedToDelegateTo",
    sid_history = "unmapped.SidHistory",
    privilege_list = "unmapped.PrivilegeList",
    spns = "unmapped.ServicePrincipalNames",
    new_sd = "unmapped.NewSD",
    old_sd = "unmapped.OldSD",
    event_data = "unmapped.Data",
    param1 = "unmapped.param1",
    message = "message",
    setting_type = "unmapped.SettingType",
    setting_value = "unmapped.SettingValue",
    rule_name = "unmapped.RuleName",
    modifier = "unmapped.ModifyingApplication",
    module = "module.file.path",
    job = "job.name",
    logon_process = "unmapped.LogonProcessName",
    created = "file.created_time_dt",
    created_before = "file.previous_created_time_dt",
    acting_path = "actor.process.file.path",
    signature = "module.file.signature.status",
    malware = "malware.name",
    test_signing = "unmapped.TestSigning",
    kernel_debug = "unmapped.KernelDebug",
    no_checks = "unmapped.DisableIntegrityChecks",
    signed = "module.file.is_signed",
    address = "http_request.url.url_string",
}

/// The subscriptions of the key space of hosts.
pub struct Reads {
    hints: Hints,
    readings: Vec<(Reading, Source)>,
    fields: Fields,
    activity: Option<Integer>,
    file_type: Option<Integer>,
    old_flags: Option<Integer>,
    new_flags: Option<Integer>,
    off_hours: Option<Boolean>,
    privileged: Option<Boolean>,
    logon_type: Option<Integer>,
    privileges: Option<Texts>,
    changes: Option<Texts>,
}

// === impl Reads ===

impl Reads {
    /// Adds the subscriptions to the plan.
    pub fn new(plan: &mut Plan, host: KeySpace) -> Self {
        let mut reads = Self {
            hints: Hints::new(),
            readings: Vec::new(),
            fields: Fields::default(),
            activity: None,
            file_type: None,
            old_flags: None,
            new_flags: None,
            off_hours: None,
            privileged: None,
            logon_type: None,
            privileges: None,
            changes: None,
        };
        let process = [
            "process.file.path",
            "process.file.name",
            "process.original_name",
            "process.cmd_line",
            "process.parent_process.file.name",
            "process.parent_process.cmd_line",
            "process.parent_process.user.name",
            "user.canonical",
        ];
        let words = reads.hints.words();
        let started = wanted::processes(&words).into_iter().chain(hiding::processes()).collect();
        reads.read(plan, host, Source::Process, "process_activity", started, &process);
        let wanted = vec![all([contains("script.script_content", words)])];
        reads.read(plan, host, Source::Script, "script_activity", wanted, &["script.script_content", "user.canonical"]);
        let value = ["reg_value.path", "reg_value.data", "actor.process.file.name"];
        let wanted = vec![all([eq_any("activity_id", [2, 3, 4]), contains("reg_value.path", wanted::VALUES)])];
        reads.read(plan, host, Source::Value, "registry_value_activity", wanted, &value);
        let wanted = vec![all([contains("reg_key.path", wanted::KEYS)])];
        let key = ["reg_key.path", "actor.process.file.name"];
        reads.read(plan, host, Source::Key, "registry_key_activity", wanted, &key);
        reads.read(plan, host, Source::Log, "event_log_activity", Vec::new(), &["log_name", "policy.name"]);
        let account = [
            "user.canonical",
            "user.uid",
            "user.old_name",
            "unmapped.AllowedToDelegateTo",
            "unmapped.SidHistory",
            "unmapped.PrivilegeList",
            "unmapped.ServicePrincipalNames",
        ];
        reads.read(plan, host, Source::Account, "account_change", vec![all([not(eq("activity_id", 9))])], &account);
        let group = ["user.canonical", "user.uid", "group.name", "group.uid"];
        reads.read(plan, host, Source::Group, "group_management", vec![all([eq("activity_id", 3)])], &group);
        let entity = [
            "entity.name",
            "entity.type",
            "entity.data",
            "entity.attribute",
            "entity.operation",
            "actor.process.file.name",
        ];
        let wanted = vec![all([one_of("metadata.event_code", wanted::ENTITY_CODES)])];
        reads.read(plan, host, Source::Entity, "entity_management", wanted, &entity);
        let service = ["win_service.name", "win_service.cmd_line", "win_service.start_type"];
        reads.read(plan, host, Source::Service, "windows_service_activity", wanted::services(), &service);
        let privilege = ["user.canonical", "actor.process.file.name"];
        reads.read(plan, host, Source::Privilege, "authorize_session", wanted::privileges(), &privilege);
        let wanted = vec![all([one_of("metadata.event_code", ["4704", "4717"])])];
        reads.read(plan, host, Source::Right, "authorize_session", wanted, &["user.canonical", "user.uid"]);
        let wanted = vec![
            all([one_of("metadata.event_code", ["4624"]), prefix("unmapped.LogonProcessName", ["seclogo"])]),
            all([one_of("metadata.event_code", ["4648"]), contains("actor.process.file.path", wanted::LOOSE)]),
        ];
        reads.read(
            plan,
            host,
            Source::Logon,
            "authentication",
            wanted,
            &["user.canonical", "unmapped.LogonProcessName", "actor.process.file.name"],
        );
        // Tasks of Windows that keep restore points, back up or scan.
        let tasks = ["systemrestore\\sr", "\\windows defender\\", "\\exploitguard\\", "windowsbackup"];
        let wanted = vec![all([eq_any("activity_id", [3, 5]), contains("job.name", tasks)])];
        reads.read(plan, host, Source::Job, "scheduled_job_activity", wanted, &["job.name"]);
        let file = ["file.path", "actor.process.file.name"];
        let files = wanted::files().into_iter().chain(hiding::files()).collect();
        reads.read(plan, host, Source::File, "file_activity", files, &file);
        let times = ["file.path", "file.created_time_dt", "file.previous_created_time_dt", "actor.process.file.name"];
        let times: Vec<&str> = times.into_iter().chain(["actor.process.file.path"]).collect();
        reads.read(plan, host, Source::Times, "file_activity", wanted::times(), &times);
        let driver = ["module.file.path", "module.file.signature.status"];
        reads.read(plan, host, Source::Driver, "module_activity", wanted::drivers(), &driver);
        reads.read(
            plan,
            host,
            Source::Finding,
            "detection_finding",
            wanted::findings(),
            &["malware.name", "user.canonical"],
        );
        let share = ["share", "file.path", "unmapped.NewSD", "unmapped.OldSD"];
        let wanted = vec![
            all([one_of("metadata.event_code", ["5143"])]),
            all([eq_any("activity_id", [3, 5]), contains("file.path", ["\\policies\\{"])]),
        ];
        reads.read(plan, host, Source::File, "smb_activity", wanted, &share);
        let other = [
            "unmapped.Data",
            "unmapped.param1",
            "message",
            "unmapped.SettingType",
            "unmapped.SettingValue",
            "unmapped.RuleName",
            "unmapped.ModifyingApplication",
            "entity.name",
            "entity.data",
            "module.file.path",
            "unmapped.TestSigning",
            "unmapped.KernelDebug",
            "unmapped.DisableIntegrityChecks",
        ];
        for class in wanted::OTHER_CLASSES {
            let wanted = vec![all([one_of("metadata.event_code", wanted::OTHER_CODES)]), wanted::kernel()];
            reads.read(plan, host, Source::Other, class, wanted, &other);
        }
        for (source, class, wanted, fields) in hiding::others() {
            reads.read(plan, host, source, class, wanted, fields);
        }
        reads
    }

    fn read(
        &mut self,
        plan: &mut Plan,
        host: KeySpace,
        source: Source,
        class: &str,
        wanted: Vec<Vec<Condition>>,
        paths: &[&str],
    ) {
        let read = plan.read(class, host);
        let mut read = wanted.into_iter().fold(read, ReadBuilder::when);
        self.fields.ask(&mut read, &["metadata.event_code", "actor.user.canonical", "actor.user.uid"]);
        self.fields.ask(&mut read, paths);
        self.activity = Some(read.integer("activity_id"));
        self.off_hours = Some(read.boolean("off_hours"));
        match source {
            Source::Account => {
                self.old_flags = Some(read.integer("unmapped.OldUacValue"));
                self.new_flags = Some(read.integer("unmapped.NewUacValue"));
                self.privileged = Some(read.boolean("user.privileged"));
            }
            Source::Logon => self.logon_type = Some(read.integer("logon_type_id")),
            Source::Right | Source::Privilege => self.privileges = Some(read.texts("privileges")),
            Source::File => self.file_type = Some(read.integer("file.type_id")),
            Source::Log => self.changes = Some(read.texts("policy.changes")),
            _ => {}
        }
        self.readings.push((read.done(), source));
    }

    /// Whether it happened outside of office hours; false where the inventory does not say.
    pub fn is_off_hours(&self, row: &Row<'_>) -> bool {
        self.off_hours.and_then(|field| row.boolean(field)).unwrap_or(false)
    }

    /// The values that an analyst wants to see of a row.
    pub fn seen<'a>(&self, row: &Row<'a>) -> Vec<(&'static str, Option<&'a str>)> {
        let fields = &self.fields;
        let of = |path, field: Option<Text>| (path, field.and_then(|field| row.text(field)));
        let all = [
            of("metadata.event_code", fields.code),
            of("actor.user.canonical", fields.actor),
            of("process.cmd_line", fields.line),
            of("script.script_content", fields.script),
            of("reg_value.path", fields.value),
            of("reg_value.data", fields.data),
            of("reg_key.path", fields.key),
            of("log_name", fields.log),
            of("user.canonical", fields.user),
            of("group.name", fields.group),
            of("entity.name", fields.entity),
            of("entity.attribute", fields.attribute),
            of("win_service.name", fields.service),
            of("file.path", fields.path),
            of("share", fields.share),
            of("job.name", fields.job),
            of("entity.data", fields.entity_data),
            of("process.parent_process.file.name", fields.parent),
            of("actor.process.file.name", fields.acting),
            of("process.file.path", fields.file_path),
            of("module.file.path", fields.module),
            of("http_request.url.url_string", fields.address),
            of("policy.name", fields.policy),
        ];
        all.into_iter().filter(|(_, value)| value.is_some()).take(5).collect()
    }
}
