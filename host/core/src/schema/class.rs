//! OCSF event classes: names and numbers, as in the OCSF 1.6 schema.

use serde::{Deserialize, Serialize};

/// The version of the schema that names, numbers and alerts follow.
pub const OCSF_VERSION: &str = "1.6.0";

/// `class_uid` of an OCSF class, such as 3002.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassUid(pub u32);

/// An OCSF class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    pub uid: ClassUid,
    /// As subscriptions name it, such as `authentication`.
    pub name: &'static str,
    /// As people read it, such as `Authentication`.
    pub caption: &'static str,
    pub category_uid: u32,
}

const fn class(uid: u32, name: &'static str, caption: &'static str, category_uid: u32) -> Class {
    Class { uid: ClassUid(uid), name, caption, category_uid }
}

/// Every class that a decoder may yield, by number.
pub const CLASSES: &[Class] = &[
    class(0, "base_event", "Base Event", 0),
    class(1001, "file_activity", "File System Activity", 1),
    class(1002, "kernel_extension_activity", "Kernel Extension Activity", 1),
    class(1003, "kernel_activity", "Kernel Activity", 1),
    class(1004, "memory_activity", "Memory Activity", 1),
    class(1005, "module_activity", "Module Activity", 1),
    class(1006, "scheduled_job_activity", "Scheduled Job Activity", 1),
    class(1007, "process_activity", "Process Activity", 1),
    class(1008, "event_log_activity", "Event Log Activity", 1),
    class(1009, "script_activity", "Script Activity", 1),
    class(2001, "security_finding", "Security Finding", 2),
    class(2002, "vulnerability_finding", "Vulnerability Finding", 2),
    class(2003, "compliance_finding", "Compliance Finding", 2),
    class(2004, "detection_finding", "Detection Finding", 2),
    class(2005, "incident_finding", "Incident Finding", 2),
    class(2006, "data_security_finding", "Data Security Finding", 2),
    class(3001, "account_change", "Account Change", 3),
    class(3002, "authentication", "Authentication", 3),
    class(3003, "authorize_session", "Authorize Session", 3),
    class(3004, "entity_management", "Entity Management", 3),
    class(3005, "user_access", "User Access Management", 3),
    class(3006, "group_management", "Group Management", 3),
    class(4001, "network_activity", "Network Activity", 4),
    class(4002, "http_activity", "HTTP Activity", 4),
    class(4003, "dns_activity", "DNS Activity", 4),
    class(4004, "dhcp_activity", "DHCP Activity", 4),
    class(4005, "rdp_activity", "RDP Activity", 4),
    class(4006, "smb_activity", "SMB Activity", 4),
    class(4007, "ssh_activity", "SSH Activity", 4),
    class(4008, "ftp_activity", "FTP Activity", 4),
    class(4009, "email_activity", "Email Activity", 4),
    class(4013, "ntp_activity", "NTP Activity", 4),
    class(4014, "tunnel_activity", "Tunnel Activity", 4),
    class(6001, "web_resources_activity", "Web Resources Activity", 6),
    class(6002, "application_lifecycle", "Application Lifecycle", 6),
    class(6003, "api_activity", "API Activity", 6),
    class(6005, "datastore_activity", "Datastore Activity", 6),
    class(6006, "file_hosting", "File Hosting Activity", 6),
    class(201_001, "registry_key_activity", "Registry Key Activity", 1),
    class(201_002, "registry_value_activity", "Registry Value Activity", 1),
    class(201_003, "windows_resource_activity", "Windows Resource Activity", 1),
    class(201_004, "windows_service_activity", "Windows Service Activity", 1),
];

// === impl Class ===

impl Class {
    pub fn by_name(name: &str) -> Option<&'static Self> {
        CLASSES.iter().find(|class| class.name == name)
    }

    pub fn by_uid(uid: ClassUid) -> Option<&'static Self> {
        CLASSES.binary_search_by_key(&uid, |class| class.uid).ok().map(|at| &CLASSES[at])
    }
}
