//! Paths that values are often seen by: a window keeps their number instead of their text.
//!
//! The numbers are written into states. New paths go to the end; changing the order changes the layout of states.

const PATHS: [&str; 40] = [
    "src_endpoint.ip",
    "src_endpoint.address",
    "src_endpoint.host",
    "src_endpoint.role",
    "src_endpoint.zone",
    "src_endpoint.port",
    "dst_endpoint.ip",
    "dst_endpoint.address",
    "dst_endpoint.host",
    "dst_endpoint.port",
    "device.host",
    "device.hostname",
    "device.role",
    "user.name",
    "user.canonical",
    "user.privileged",
    "user.service_account",
    "actor.user.name",
    "actor.user.canonical",
    "off_hours",
    "logon_type_id",
    "metadata.event_code",
    "metadata.log_provider",
    "service.name",
    "win_service.name",
    "win_service.cmd_line",
    "process.cmd_line",
    "process.file.path",
    "process.file.name",
    "process.original_name",
    "process.parent_process.file.path",
    "process.parent_process.file.name",
    "actor.process.file.path",
    "actor.process.file.name",
    "file.path",
    "file.name",
    "share",
    "group.name",
    "traffic.bytes_out",
    "query.hostname",
];

/// The number of a path, if it is one of them.
pub fn number(path: &str) -> Option<u8> {
    PATHS.iter().position(|known| *known == path).and_then(|at| u8::try_from(at).ok())
}

/// The path of a number.
pub fn path(number: u8) -> Option<&'static str> {
    PATHS.get(usize::from(number)).copied()
}
