//! The judgements, one file for each.

pub mod archive;
pub mod cloud_tool;
pub mod destination_volume;
pub mod dns_tunnel;
pub mod fan_in;
pub mod fan_weight;
pub mod low_and_slow;
pub mod script;
pub mod service_contact;
pub mod shares_then_upload;
pub mod source_volume;
pub mod transfer_tool;
pub mod tunnel_volume;
pub mod upload_command;
pub mod wire_tunnel;
