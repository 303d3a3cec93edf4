//! `dcsync`: an account that is no domain controller's asks for the directory's secrets by replication. `directory-secrets`:
//! keys and passwords that the directory keeps are read.
//!
//! ATT&CK: T1003.006 (DCSync), T1555 and T1552 (stored secrets). The extended rights, by GUID or by the name that Windows
//! renders: DS-Replication-Get-Changes `1131f6aa-9c07-11d1-f79f-00c04fc2dcd2`, -All `1131f6ad-…`, -In-Filtered-Set
//! `89e95b76-444d-4c62-991a-0facbeda640c` (Microsoft, "Control Access Rights").
//!
//! Weight: a person's account with the right to secrets is high. The computer account of the controller that logs is
//! itself; another computer account is a fellow controller or a thief with one's key: told low while there is no past, and
//! high when it appears where a past of days knew the others.
//!
//! False alarms: directory synchronisation to the cloud uses an account (`MSOL_…`, in the setting `replicators`).

use crate::acts::Act;
use crate::records::{ObjectAccess, Rpc};
use crate::text::{any, is_person};

const CHANGES: &[&str] = &["1131f6aa-9c07", "1131f6ab-9c07", "replicating directory changes"];
const SECRETS: &[&str] = &[
    "1131f6ad-9c07",
    "89e95b76-444d",
    "replicating directory changes all",
    "replicating directory changes in filtered set",
];

/// Who replicates.
#[derive(Clone, Debug, PartialEq)]
pub enum Replicator {
    /// A person's or a service's account.
    Account(Act),
    /// A computer account other than the logging controller's own.
    Computer(Act),
}

/// Judges an access to the directory.
pub fn dcsync(access: &ObjectAccess, host: &str, allowed: &[String]) -> Option<Replicator> {
    let secrets = any(&access.properties, SECRETS);
    if !(secrets || any(&access.properties, CHANGES)) {
        return None;
    }
    let name = access.user.rsplit('\\').next().unwrap_or_default();
    if allowed.iter().any(|prefix| !prefix.is_empty() && name.starts_with(&prefix.to_lowercase())) {
        return None;
    }
    if is_person(&access.user) {
        let act = match secrets {
            true => Act::high("asked the directory for all secrets by replication (DCSync)"),
            false => Act::medium("asked the directory for changes by replication"),
        };
        return act.map(Replicator::Account);
    }
    let own = name.strip_suffix('$')?;
    // Computer names are cut to fifteen characters in account names.
    let itself = host == own || own.len() >= 15 && host.starts_with(own);
    (secrets && !itself)
        .then(|| Act::low("asked the directory for all secrets by replication as a computer"))?
        .map(Replicator::Computer)
}

/// Judges a read of secrets that the directory keeps.
pub fn secrets(access: &ObjectAccess) -> Option<Act> {
    if !is_person(&access.user) {
        return None;
    }
    let (kind, name, properties) = (&access.kind, &access.name, &access.properties);
    if any(name, &["bckupkey", "cn=g$bckupkey"]) {
        return Act::high("read the domain's backup keys for protected data");
    }
    if any(
        properties,
        &["612cb747-c0e8-4f92-9221-fdd5f15b550d", "ms-mcs-admpwd", "mslaps-password", "mslaps-encryptedpassword"],
    ) {
        return Act::medium("read local administrator passwords that the directory keeps");
    }
    if kind.contains("secret") {
        return Act::medium("opened secret objects of the system's policy");
    }
    any(
        properties,
        &[
            "b8dfa744-31dc-4ef1-ac7c-84baf7ef9da7",
            "b7ff5a38-0818-42b0-8110-d3d154c97f24",
            "ms-pki-dpapimasterkeys",
            "ms-pki-accountcredentials",
            "ms-pki-credential-roaming",
            "unixuserpassword",
            "supplementalcredentials",
        ],
    )
    .then(|| Act::medium("read roaming keys or credentials that the directory keeps"))?
}

/// Judges replication as the directory service tells it (1072, where its log is set to tell it): a single object asked for.
pub fn replicated(message: &str) -> Option<Act> {
    let partition = message.split("directory partition:").nth(1)?.trim_start();
    partition
        .starts_with("cn=")
        .then(|| Act::medium("asked the directory for single objects by replication (DCSync)"))
        .filter(|_| !partition.starts_with("cn=configuration") && !partition.starts_with("cn=schema"))?
}

/// Judges replication as a network sensor tells it.
pub fn rpc(rpc: &Rpc) -> Option<Act> {
    (rpc.endpoint == "drsuapi" && any(&rpc.operation, &["getncchanges", "drsreplicasync", "drsaddentry"]))
        .then(|| Act::low("asked for the directory's changes by replication"))?
}

/// Judges the pipe by which the directory's key to all protected data is handed out.
pub fn pipe(access: &crate::records::ShareAccess) -> Option<Act> {
    (access.share.ends_with("ipc$")
        && crate::text::base(&access.path) == "protected_storage"
        && is_person(&access.user))
    .then(|| Act::medium("reached the service that hands out the directory's key to protected data"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(user: &str, properties: &str) -> ObjectAccess {
        ObjectAccess { user: user.into(), properties: properties.into(), ..ObjectAccess::default() }
    }

    #[test]
    fn replication_by_a_person_is_told_and_by_the_controller_itself_is_not() {
        let ask =
            |user: &str| dcsync(&access(user, "{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}"), "dc1", &["msol_".into()]);
        assert!(matches!(ask(r"corp\sato"), Some(Replicator::Account(_))));
        assert!(matches!(ask(r"corp\ws7$"), Some(Replicator::Computer(_))));
        assert_eq!(ask(r"corp\dc1$"), None);
        assert_eq!(ask(r"corp\msol_81c3"), None);
        assert_eq!(dcsync(&access(r"corp\sato", "%%7688 domaindns"), "dc1", &[]), None);
    }
}
