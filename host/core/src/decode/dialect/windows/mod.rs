//! Windows event logs: one model (provider, event id, header and event data by name) for all the shapes they come in.
//!
//! Header fields are named `@…`; any other name is one of the event data.

mod accounts;
mod applications;
mod files;
mod header;
mod logon;
mod logs;
mod network;
mod objects;
mod processes;
mod rows;
mod scripts;
mod services;

use super::{Dialect, Entry};

pub static DIALECT: Dialect = Dialect {
    name: "Windows events",
    entries: &[
        logon::ENTRIES,
        accounts::ENTRIES,
        processes::ENTRIES,
        files::ENTRIES,
        objects::ENTRIES,
        network::ENTRIES,
        services::ENTRIES,
        scripts::ENTRIES,
        logs::ENTRIES,
        applications::ENTRIES,
    ],
    other: &OTHER,
    common: rows::COMMON,
    kind: header::kind,
    time: header::time,
    status: header::status,
    reads: header::READS,
    status_reads: header::STATUS_READS,
    paths: header::paths,
    unmapped: header::unmapped,
};

const OTHER: Entry = Entry::new("", &[], 0, 99, "Unmapped", &[]);
