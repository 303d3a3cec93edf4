//! The operator's inventory: what logs don't say about the network, its hosts and its people.
//!
//! The host crate reads it from YAML; here it is a value with a digest. Everything in it is optional: without an
//! inventory the built-in knowledge of [`Enrichment`](super::Enrichment) answers alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Digest;

/// What the operator knows and logs don't say. `config/inventory.example.yaml` shows one of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Inventory {
    /// Zones of the network: name → addresses and networks (CIDR). The most specific network wins. Detectors know
    /// `vpn-pool`, `servers`, `clients`; other names are yours. Addresses of no zone are `internal` where their range is
    /// private (RFC 1918, RFC 6598, RFC 4193), `multicast` where it is multicast or broadcast, and else `internet`.
    /// List your own public ranges under a name of your own, so that traffic to them is not taken for outward.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<String, Vec<String>>,

    /// Zones that lie outside although they have a name, such as networks of partners. Bytes sent to them are bytes out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outside_zones: Vec<String>,

    /// Domains of accounts: the name to use → its other names. A domain's NetBIOS name and its DNS name are one. A DNS
    /// name that is not listed is known by its first label (`corp.example.com` → `corp`), as Windows names domains
    /// unless told otherwise; list two domains of one first label under two names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub domains: BTreeMap<String, Vec<String>>,

    /// The domain of accounts that a log names without one (VPN gateways, Zeek). Without it such an account keeps its
    /// bare name and does not meet the `domain\name` of Windows logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_domain: Option<String>,

    /// Hosts of several names: the name to use → its other names. A host is known by its first label in lower case; two
    /// hosts of one short name in two domains are told apart by listing their full names under two names. A bare short
    /// name that both could mean stays as it is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, Vec<String>>,

    /// Roles: name → hosts (`*` and `?` stand for any characters and any one), addresses, networks (CIDR). Detectors know
    /// `domain-controller`, `file-server`, `jump-host`, `terminal-server`, `admin-workstation`, `backup`, `scanner`,
    /// `deployment`, `nat`, `proxy`; other names are yours. A host's own name goes before patterns, names before
    /// addresses, the most specific network first.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<String, Vec<String>>,

    /// People of several accounts names: the account to use (`domain\name`) → its other names. Link the accounts of one
    /// person only where they are one account spelt in several ways (a VPN login, a mail address): an administrator's
    /// second account must stay one of its own, or a change of credentials can't be seen.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<String, Vec<String>>,

    /// Members of directory groups, as exported from the directory: group → accounts. `privileged` and `service` refer to
    /// them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Vec<String>>,

    /// Accounts with power over many hosts. Always privileged: the built-in administrator by name (`administrator` and
    /// its translations), by number (a SID that ends with 500), `root`, `admin`, `nt authority\system` (S-1-5-18).
    #[serde(skip_serializing_if = "Accounts::is_empty")]
    pub privileged: Accounts,

    /// Accounts that no person signs in with. Always among them: machine accounts and managed service accounts (the
    /// name ends with `$`), `nt authority\system`, `local service`, `network service`, `nt service\*`,
    /// `iis apppool\*`. Not among them: the accounts of the Windows desktop itself (`window manager\dwm-1`,
    /// `font driver host\umfd-0`), which sign in whenever a person does.
    #[serde(skip_serializing_if = "Accounts::is_empty")]
    pub service: Accounts,

    /// When people work. Without it nothing is off hours and nothing within them: detectors don't weigh the hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office_hours: Option<OfficeHours>,
}

/// A set of accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// `domain\name`, `name@domain`, a SID, or a bare name, which means that name in any domain. `*` and `?` stand for
    /// any characters and any one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// Names of `groups` whose members belong to the set.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// Office hours in one time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeHours {
    /// IANA name, such as `Asia/Tokyo`; `UTC` for none.
    pub time_zone: String,
    /// Working hours; a day may stand in several.
    pub hours: Vec<Hours>,
    /// Days off: `2026-05-04`, or `12-31` for every year. A night shift belongs to the day that it begins on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
}

/// Working hours of some days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`.
    pub days: Vec<Day>,
    /// First minute of work, such as `08:30`.
    pub from: String,
    /// First minute after work, such as `18:00`; up to `24:00`. Not after `from`: a night shift, into the next day.
    pub to: String,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Something that is wrong with an inventory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct Problem {
    /// JSON pointer (RFC 6901) to the faulty value.
    pub pointer: String,
    pub message: String,
}

// === impl Inventory ===

impl Inventory {
    /// Names this inventory by its content: SHA-256 of its JSON with names in order and defaults left out.
    pub fn digest(&self) -> Digest {
        // Text keys and plain values always serialise.
        Digest::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

// === impl Accounts ===

impl Accounts {
    fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.groups.is_empty()
    }
}

// === impl Problem ===

impl Problem {
    /// A problem of the value that these steps lead to.
    pub(super) fn at(steps: impl IntoIterator<Item = impl AsRef<str>>, message: impl Into<String>) -> Self {
        let escaped = |step: &str| format!("/{}", step.replace('~', "~0").replace('/', "~1"));
        let pointer = steps.into_iter().map(|step| escaped(step.as_ref())).collect();
        Self { pointer, message: message.into() }
    }
}
