//! The fields that the memories read, by short names: asked for by a subscription, then read from its rows.

use sekisho_sdk::plan::ReadBuilder;
use sekisho_sdk::prelude::*;

use crate::text::low;

macro_rules! signs {
    ($($name:ident: $kind:ident $path:literal;)*) => {
        /// Handles of the fields; none: no subscription asked.
        #[derive(Clone, Copy, Debug, Default)]
        pub struct Signs {
            $(#[doc = $path] pub $name: Option<signs!(@handle $kind)>,)*
        }

        /// Asks a subscription for a field.
        pub mod ask {
            use super::{ReadBuilder, Signs};
            $(#[doc = $path] pub fn $name(read: &mut ReadBuilder<'_>, signs: &mut Signs) {
                signs.$name = Some(read.$kind($path));
            })*
        }
    };
    (@handle text) => { Text };
    (@handle integer) => { Integer };
}

signs! {
    user: text "user.canonical";
    uid: text "user.uid";
    actor: text "actor.user.canonical";
    actor_uid: text "actor.user.uid";
    source: text "src_endpoint.address";
    source_ip: text "src_endpoint.ip";
    source_host: text "src_endpoint.host";
    path: text "process.file.path";
    name: text "process.file.name";
    original: text "process.original_name";
    command: text "process.cmd_line";
    parent: text "process.parent_process.file.path";
    parent_command: text "process.parent_process.cmd_line";
    script: text "script.script_content";
    service: text "win_service.name";
    service_command: text "win_service.cmd_line";
    job: text "job.name";
    job_command: text "job.cmd_line";
    share: text "share";
    file: text "file.path";
    by: text "actor.process.file.path";
    value: text "reg_value.path";
    data: text "reg_value.data";
    trace: text "call_trace";
    group: text "group.name";
    object: text "win_resource.name";
    kind: text "win_resource.type";
    server: text "win_resource.server";
    properties: text "win_resource.properties";
    ticket_service: text "service.name";
    protocol: text "auth_protocol";
    logon_process: text "logon_process.name";
    outbound: text "unmapped.TargetOutboundUserName";
    endpoint: text "dce_rpc.endpoint";
    operation: text "dce_rpc.operation";
    verb: text "command";
    target: text "dst_endpoint.address";
    target_host: text "dst_endpoint.host";
    host: text "device.host";
    message: text "message";
    role: text "src_endpoint.role";
    service_account: text "user.service_account";
    service_actor: text "actor.user.service_account";
    hive: text "unmapped.HiveName";
    key: text "reg_key.path";
    module: text "module.file.path";
    attributes: text "unmapped.Attributes";
    requester: text "unmapped.Requester";
    template: text "unmapped.TemplateInternalName";
    template_before: text "unmapped.OldTemplateContent";
    template_after: text "unmapped.NewTemplateContent";
    account: text "user.name";
    rights: integer "actual_permissions";
    logon: integer "logon_type_id";
    key_length: integer "unmapped.KeyLength";
    preauth: integer "unmapped.PreAuthType";
    cipher: integer "authentication_token.encryption_details.algorithm_id";
    status: integer "status_id";
    activity: integer "activity_id";
    port: integer "dst_endpoint.port";
    flags: integer "unmapped.NewUacValue";
    old_flags: integer "unmapped.OldUacValue";
    search: text "unmapped.SearchFilter";
    refused: text "unmapped.FileNameBuffer";
    refused_by: text "unmapped.Process Name";
    malware: text "malware.name";
    pipe: integer "file.type_id";
    code: integer "metadata.event_code";
}

/// Asks a subscription for fields by their short names.
#[macro_export]
macro_rules! asks {
    ($read:ident, $signs:ident: $($name:ident),* $(,)?) => {
        $($crate::signs::ask::$name(&mut $read, &mut $signs);)*
    };
}

/// A text of a row as it stands.
pub fn raw<'r>(row: &Row<'r>, field: Option<Text>) -> Option<&'r str> {
    field.and_then(|field| row.text(field)).filter(|text| !text.is_empty())
}

/// A text of a row in lower case; empty where there is none.
pub fn text(row: &Row<'_>, field: Option<Text>) -> String {
    low(raw(row, field))
}

/// A number of a row.
pub fn number(row: &Row<'_>, field: Option<Integer>) -> Option<i64> {
    field.and_then(|field| row.integer(field))
}
