//! Names of the ATT&CK techniques that detectors may use: the part of the Enterprise matrix that our logs can show.

/// The version of ATT&CK that ids, names and tactics are from. Version 19 renumbered some (T1070.001 is T1685.005) and
/// split Defense Evasion into Stealth and Defense Impairment.
pub const ATTACK_VERSION: &str = "19";

/// A technique, its name, and the tactic that it serves most often in the logs that we read. A sub-technique's name is
/// its own; its technique stands in the table too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Technique {
    pub id: &'static str,
    pub name: &'static str,
    pub tactic: Tactic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tactic {
    pub id: &'static str,
    pub name: &'static str,
}

const fn tactic(id: &'static str, name: &'static str) -> Tactic {
    Tactic { id, name }
}

const INITIAL_ACCESS: Tactic = tactic("TA0001", "Initial Access");
const EXECUTION: Tactic = tactic("TA0002", "Execution");
const PERSISTENCE: Tactic = tactic("TA0003", "Persistence");
const PRIVILEGE_ESCALATION: Tactic = tactic("TA0004", "Privilege Escalation");
const STEALTH: Tactic = tactic("TA0005", "Stealth");
const CREDENTIAL_ACCESS: Tactic = tactic("TA0006", "Credential Access");
const DISCOVERY: Tactic = tactic("TA0007", "Discovery");
const LATERAL_MOVEMENT: Tactic = tactic("TA0008", "Lateral Movement");
const COLLECTION: Tactic = tactic("TA0009", "Collection");
const EXFILTRATION: Tactic = tactic("TA0010", "Exfiltration");
const COMMAND_AND_CONTROL: Tactic = tactic("TA0011", "Command and Control");
const IMPACT: Tactic = tactic("TA0040", "Impact");
const DEFENSE_IMPAIRMENT: Tactic = tactic("TA0112", "Defense Impairment");

const fn technique(id: &'static str, name: &'static str, tactic: Tactic) -> Technique {
    Technique { id, name, tactic }
}

/// By id.
#[rustfmt::skip]
pub const TECHNIQUES: &[Technique] = &[
    technique("T1003", "OS Credential Dumping", CREDENTIAL_ACCESS),
    technique("T1003.001", "LSASS Memory", CREDENTIAL_ACCESS),
    technique("T1003.002", "Security Account Manager", CREDENTIAL_ACCESS),
    technique("T1003.003", "NTDS", CREDENTIAL_ACCESS),
    technique("T1003.006", "DCSync", CREDENTIAL_ACCESS),
    technique("T1016", "System Network Configuration Discovery", DISCOVERY),
    technique("T1018", "Remote System Discovery", DISCOVERY),
    technique("T1021", "Remote Services", LATERAL_MOVEMENT),
    technique("T1021.001", "Remote Desktop Protocol", LATERAL_MOVEMENT),
    technique("T1021.002", "SMB/Windows Admin Shares", LATERAL_MOVEMENT),
    technique("T1021.003", "Distributed Component Object Model", LATERAL_MOVEMENT),
    technique("T1021.004", "SSH", LATERAL_MOVEMENT),
    technique("T1021.006", "Windows Remote Management", LATERAL_MOVEMENT),
    technique("T1029", "Scheduled Transfer", EXFILTRATION),
    technique("T1030", "Data Transfer Size Limits", EXFILTRATION),
    technique("T1033", "System Owner/User Discovery", DISCOVERY),
    technique("T1039", "Data from Network Shared Drive", COLLECTION),
    technique("T1041", "Exfiltration Over C2 Channel", EXFILTRATION),
    technique("T1046", "Network Service Discovery", DISCOVERY),
    technique("T1047", "Windows Management Instrumentation", EXECUTION),
    technique("T1048", "Exfiltration Over Alternative Protocol", EXFILTRATION),
    technique("T1048.001", "Exfiltration Over Symmetric Encrypted Non-C2 Protocol", EXFILTRATION),
    technique("T1048.002", "Exfiltration Over Asymmetric Encrypted Non-C2 Protocol", EXFILTRATION),
    technique("T1048.003", "Exfiltration Over Unencrypted Non-C2 Protocol", EXFILTRATION),
    technique("T1053", "Scheduled Task/Job", EXECUTION),
    technique("T1053.005", "Scheduled Task", EXECUTION),
    technique("T1059", "Command and Scripting Interpreter", EXECUTION),
    technique("T1059.001", "PowerShell", EXECUTION),
    technique("T1059.003", "Windows Command Shell", EXECUTION),
    technique("T1068", "Exploitation for Privilege Escalation", PRIVILEGE_ESCALATION),
    technique("T1069", "Permission Groups Discovery", DISCOVERY),
    technique("T1069.001", "Local Groups", DISCOVERY),
    technique("T1069.002", "Domain Groups", DISCOVERY),
    technique("T1070", "Indicator Removal", STEALTH),
    technique("T1070.003", "Clear Command History", STEALTH),
    technique("T1070.006", "Timestomp", STEALTH),
    technique("T1071", "Application Layer Protocol", COMMAND_AND_CONTROL),
    technique("T1071.001", "Web Protocols", COMMAND_AND_CONTROL),
    technique("T1071.004", "DNS", COMMAND_AND_CONTROL),
    technique("T1074", "Data Staged", COLLECTION),
    technique("T1074.001", "Local Data Staging", COLLECTION),
    technique("T1074.002", "Remote Data Staging", COLLECTION),
    technique("T1078", "Valid Accounts", INITIAL_ACCESS),
    technique("T1078.001", "Default Accounts", INITIAL_ACCESS),
    technique("T1078.002", "Domain Accounts", PRIVILEGE_ESCALATION),
    technique("T1078.003", "Local Accounts", PRIVILEGE_ESCALATION),
    technique("T1082", "System Information Discovery", DISCOVERY),
    technique("T1087", "Account Discovery", DISCOVERY),
    technique("T1087.002", "Domain Account", DISCOVERY),
    technique("T1090", "Proxy", COMMAND_AND_CONTROL),
    technique("T1090.001", "Internal Proxy", COMMAND_AND_CONTROL),
    technique("T1098", "Account Manipulation", PERSISTENCE),
    technique("T1098.007", "Additional Local or Domain Groups", PERSISTENCE),
    technique("T1110", "Brute Force", CREDENTIAL_ACCESS),
    technique("T1110.001", "Password Guessing", CREDENTIAL_ACCESS),
    technique("T1110.003", "Password Spraying", CREDENTIAL_ACCESS),
    technique("T1110.004", "Credential Stuffing", CREDENTIAL_ACCESS),
    technique("T1112", "Modify Registry", PERSISTENCE),
    technique("T1133", "External Remote Services", INITIAL_ACCESS),
    technique("T1134", "Access Token Manipulation", PRIVILEGE_ESCALATION),
    technique("T1134.002", "Create Process with Token", PRIVILEGE_ESCALATION),
    technique("T1134.005", "SID-History Injection", PRIVILEGE_ESCALATION),
    technique("T1135", "Network Share Discovery", DISCOVERY),
    technique("T1136", "Create Account", PERSISTENCE),
    technique("T1136.001", "Local Account", PERSISTENCE),
    technique("T1136.002", "Domain Account", PERSISTENCE),
    technique("T1187", "Forced Authentication", CREDENTIAL_ACCESS),
    technique("T1207", "Rogue Domain Controller", STEALTH),
    technique("T1219", "Remote Access Tools", COMMAND_AND_CONTROL),
    technique("T1222", "File and Directory Permissions Modification", STEALTH),
    technique("T1222.001", "Windows File and Directory Permissions Modification", STEALTH),
    technique("T1482", "Domain Trust Discovery", DISCOVERY),
    technique("T1484", "Domain or Tenant Policy Modification", PRIVILEGE_ESCALATION),
    technique("T1484.001", "Group Policy Modification", PRIVILEGE_ESCALATION),
    technique("T1485", "Data Destruction", IMPACT),
    technique("T1486", "Data Encrypted for Impact", IMPACT),
    technique("T1489", "Service Stop", IMPACT),
    technique("T1490", "Inhibit System Recovery", IMPACT),
    technique("T1491", "Defacement", IMPACT),
    technique("T1491.001", "Internal Defacement", IMPACT),
    technique("T1529", "System Shutdown/Reboot", IMPACT),
    technique("T1531", "Account Access Removal", IMPACT),
    technique("T1539", "Steal Web Session Cookie", CREDENTIAL_ACCESS),
    technique("T1543", "Create or Modify System Process", PERSISTENCE),
    technique("T1543.003", "Windows Service", PERSISTENCE),
    technique("T1546", "Event Triggered Execution", PERSISTENCE),
    technique("T1546.003", "Windows Management Instrumentation Event Subscription", PERSISTENCE),
    technique("T1546.008", "Accessibility Features", PRIVILEGE_ESCALATION),
    technique("T1547", "Boot or Logon Autostart Execution", PERSISTENCE),
    technique("T1547.001", "Registry Run Keys / Startup Folder", PERSISTENCE),
    technique("T1548", "Abuse Elevation Control Mechanism", PRIVILEGE_ESCALATION),
    technique("T1548.002", "Bypass User Account Control", PRIVILEGE_ESCALATION),
    technique("T1550", "Use Alternate Authentication Material", LATERAL_MOVEMENT),
    technique("T1550.002", "Pass the Hash", LATERAL_MOVEMENT),
    technique("T1550.003", "Pass the Ticket", LATERAL_MOVEMENT),
    technique("T1552", "Unsecured Credentials", CREDENTIAL_ACCESS),
    technique("T1552.006", "Group Policy Preferences", CREDENTIAL_ACCESS),
    technique("T1555", "Credentials from Password Stores", CREDENTIAL_ACCESS),
    technique("T1557", "Adversary-in-the-Middle", CREDENTIAL_ACCESS),
    technique("T1557.001", "LLMNR/NBT-NS Poisoning and SMB Relay", CREDENTIAL_ACCESS),
    technique("T1558", "Steal or Forge Kerberos Tickets", CREDENTIAL_ACCESS),
    technique("T1558.001", "Golden Ticket", CREDENTIAL_ACCESS),
    technique("T1558.003", "Kerberoasting", CREDENTIAL_ACCESS),
    technique("T1558.004", "AS-REP Roasting", CREDENTIAL_ACCESS),
    technique("T1560", "Archive Collected Data", COLLECTION),
    technique("T1560.001", "Archive via Utility", COLLECTION),
    technique("T1561", "Disk Wipe", IMPACT),
    technique("T1561.001", "Disk Content Wipe", IMPACT),
    technique("T1561.002", "Disk Structure Wipe", IMPACT),
    technique("T1563", "Remote Service Session Hijacking", LATERAL_MOVEMENT),
    technique("T1563.002", "RDP Hijacking", LATERAL_MOVEMENT),
    technique("T1564", "Hide Artifacts", STEALTH),
    technique("T1564.001", "Hidden Files and Directories", STEALTH),
    technique("T1564.002", "Hidden Users", STEALTH),
    technique("T1567", "Exfiltration Over Web Service", EXFILTRATION),
    technique("T1567.002", "Exfiltration to Cloud Storage", EXFILTRATION),
    technique("T1567.003", "Exfiltration to Text Storage Sites", EXFILTRATION),
    technique("T1569", "System Services", EXECUTION),
    technique("T1569.002", "Service Execution", EXECUTION),
    technique("T1570", "Lateral Tool Transfer", LATERAL_MOVEMENT),
    technique("T1572", "Protocol Tunneling", COMMAND_AND_CONTROL),
    technique("T1574", "Hijack Execution Flow", PERSISTENCE),
    technique("T1649", "Steal or Forge Authentication Certificates", CREDENTIAL_ACCESS),
    technique("T1657", "Financial Theft", IMPACT),
    technique("T1685", "Disable or Modify Tools", DEFENSE_IMPAIRMENT),
    technique("T1685.001", "Disable or Modify Windows Event Log", DEFENSE_IMPAIRMENT),
    technique("T1685.005", "Clear Windows Event Logs", DEFENSE_IMPAIRMENT),
    technique("T1686", "Disable or Modify System Firewall", DEFENSE_IMPAIRMENT),
];

// === impl Technique ===

impl Technique {
    pub fn by_id(id: &str) -> Option<&'static Self> {
        TECHNIQUES.binary_search_by_key(&id, |technique| technique.id).ok().map(|at| &TECHNIQUES[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_sub_technique_has_its_technique() {
        assert!(TECHNIQUES.is_sorted_by(|a, b| a.id < b.id));
        for technique in TECHNIQUES {
            let (parent, _) = technique.id.split_once('.').unwrap_or((technique.id, ""));
            assert!(Technique::by_id(parent).is_some(), "{}", technique.id);
        }
    }
}
