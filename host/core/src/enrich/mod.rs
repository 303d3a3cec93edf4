//! Canonical keys and static enrichment: one form for each user, host and address, and what the inventory says of them.
//!
//! All answers follow from the inventory and the arguments. The null forms of logs (`-`, empty, `null`), loopback and
//! link-local addresses make no key, since they join strangers.

mod accounts;
mod calendar;
mod canonical;
mod compile;
mod inventory;
mod networks;
#[cfg(test)]
mod tests;

pub use inventory::{Accounts, Day, Hours, Inventory, OfficeHours, Problem};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::Time;
use crate::plan::Zones;
use accounts::{AccountSet, Pattern};
use calendar::Calendar;
use canonical::Names;
use networks::Networks;

/// Answers about the names and times of an event. Canonical forms are fixed points: asking again changes nothing.
pub trait Enricher: Send + Sync {
    /// The canonical `domain\name` in lower case. A domain inside the name (`DOMAIN\name`, `name@domain`) goes before the
    /// one beside it, both before the default; without any, the bare name. Aliases of domains and users are applied. A
    /// SID stays one, but for the machine's own accounts (S-1-5-18 is `nt authority\system`).
    fn user(&self, name: &str, domain: Option<&str>) -> Option<String>;

    /// Whether an account has power over many hosts.
    fn privileged(&self, canonical: &str) -> bool;

    /// Whether no person signs in with an account.
    fn service_account(&self, canonical: &str) -> bool;

    /// The canonical short name in lower case. None for the local host's names and for addresses.
    fn host(&self, name: &str) -> Option<String>;

    /// The address as RFC 5952 writes it, IPv4 unwrapped from IPv6, without brackets, scope and port. None for loopback,
    /// link-local and unspecified addresses.
    fn address(&self, text: &str) -> Option<String>;

    /// The zone of an address in any spelling: of the most specific network that holds it, `internal`, `internet` or `multicast` where the
    /// inventory names none.
    fn zone(&self, address: &str) -> Option<&str>;

    /// Whether an address, in any spelling, belongs to the organisation: its zone is neither `internet` nor `multicast` nor one that the
    /// inventory puts outside.
    fn inside(&self, address: &str) -> Option<bool> {
        self.zone(address).map(|zone| !matches!(zone, "internet" | "multicast"))
    }

    /// The role of a host: by its name, else by its address.
    fn role(&self, host: Option<&str>, canonical_address: Option<&str>) -> Option<&str>;

    /// Whether a moment lies outside office hours; none: there are no office hours.
    fn off_hours(&self, time: Time) -> Option<bool>;
}

/// The enricher that an inventory makes; without one (`Enrichment::default()`) what is known anyway.
#[derive(Debug)]
pub struct Enrichment {
    zones: Networks<String>,
    outside: FxHashSet<String>,
    domains: Names,
    default_domain: Option<String>,
    hosts: Names,
    roles: Roles,
    users: FxHashMap<String, String>,
    privileged: AccountSet,
    service: AccountSet,
    calendar: Option<Calendar>,
}

#[derive(Debug, Default)]
struct Roles {
    hosts: FxHashMap<String, String>,
    patterns: Vec<(Pattern, String)>,
    networks: Networks<String>,
}

// === impl Enrichment ===

impl Enrichment {
    fn empty() -> Self {
        Self {
            zones: Networks::default(),
            outside: FxHashSet::default(),
            domains: Names::default(),
            default_domain: None,
            hosts: Names::default(),
            roles: Roles::default(),
            users: FxHashMap::default(),
            privileged: AccountSet::default(),
            service: AccountSet::default(),
            calendar: None,
        }
    }

    /// A domain's canonical name; none for what names no domain.
    fn domain(&self, text: &str) -> Option<String> {
        let lower = canonical::lower(text);
        let name = lower.trim().trim_end_matches('.').trim_end();
        (!canonical::is_nothing(name) && !name.contains(['\\', '@'])).then(|| self.domains.of(name))
    }
}

impl Default for Enrichment {
    fn default() -> Self {
        // An empty inventory has nothing that could be wrong.
        Self::compile(&Inventory::default()).unwrap_or_else(|_| Self::empty())
    }
}

impl Enricher for Enrichment {
    fn user(&self, name: &str, domain: Option<&str>) -> Option<String> {
        let (domain, name) = canonical::split_user(name, domain)?;
        if let Some(known) = canonical::well_known(domain.as_deref(), &name) {
            return Some(known.to_owned());
        }
        let domain = domain.map(|domain| self.domains.of(&domain)).filter(|domain| !canonical::is_nothing(domain));
        let user = match domain.as_deref().or(self.default_domain.as_deref()) {
            Some(domain) if !name.starts_with("s-1-") => format!("{domain}\\{name}"),
            _ => name,
        };
        Some(self.users.get(&user).cloned().unwrap_or(user))
    }

    fn privileged(&self, canonical: &str) -> bool {
        self.privileged.contains(canonical)
    }

    fn service_account(&self, canonical: &str) -> bool {
        self.service.contains(canonical)
    }

    fn host(&self, name: &str) -> Option<String> {
        self.hosts.host(&canonical::bare_host(name)?)
    }

    fn address(&self, text: &str) -> Option<String> {
        let text = text.trim();
        let address = canonical::parse_address(text).filter(|address| canonical::is_key(*address))?;
        // IPv4 has one spelling alone, once it stands by itself.
        let as_written = address.is_ipv4() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        Some(if as_written { text.to_owned() } else { address.to_string() })
    }

    fn zone(&self, address: &str) -> Option<&str> {
        let address = canonical::parse_address(address).filter(|address| canonical::is_key(*address))?;
        self.zones.get(address).map(String::as_str)
    }

    fn inside(&self, address: &str) -> Option<bool> {
        self.zone(address).map(|zone| !self.outside.contains(zone))
    }

    fn role(&self, host: Option<&str>, canonical_address: Option<&str>) -> Option<&str> {
        let by_name = host.and_then(|host| self.roles.of_host(host));
        let role = by_name.or_else(|| self.roles.networks.get(canonical::parse_address(canonical_address?)?))?;
        Some(role)
    }

    fn off_hours(&self, time: Time) -> Option<bool> {
        self.calendar.as_ref().map(|calendar| calendar.off_hours(time))
    }
}

impl Zones for Enrichment {
    /// An address lies in its own zone; `internal` holds all that is inside, whatever its zone is called.
    fn in_zone(&self, address: &str, zone: &str) -> bool {
        match self.zone(address) {
            Some(own) => own == zone || (zone == "internal" && !self.outside.contains(own)),
            None => false,
        }
    }
}

// === impl Roles ===

impl Roles {
    fn of_host(&self, host: &str) -> Option<&String> {
        let by_pattern = || self.patterns.iter().find(|(pattern, _)| pattern.matches(host)).map(|(_, role)| role);
        self.hosts.get(host).or_else(by_pattern)
    }
}
