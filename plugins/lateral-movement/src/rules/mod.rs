//! Judgement, one file a theme: pure functions of what a record tells.

pub mod admin_share;
pub mod certificates;
pub mod coercion;
pub mod credential_dump;
pub mod credential_traces;
pub mod desktop_opened;
pub mod directory;
pub mod directory_queries;
pub mod enumeration;
pub mod estate_walk;
pub mod failed_logons;
pub mod logon_edges;
pub mod looking_around;
pub mod odd_client;
pub mod parentage;
pub mod program_brought;
pub mod remote_execution;
pub mod remote_service;
pub mod remote_tool;
pub mod stored_credentials;
pub mod survey;
pub mod sweep;
pub mod tickets;
