//! From the inventory to what answers about each event; everything that is wrong with it is told at once.

use std::collections::BTreeMap;

use super::accounts::{AccountSet, Pattern};
use super::calendar::Calendar;
use super::canonical::{bare_host, is_nothing};
use super::inventory::{Accounts, Inventory, Problem};
use super::networks::{Network, Networks};
use super::{Enricher, Enrichment, Roles};

/// Zones of addresses that the inventory does not name: private ranges are inside, the rest of the unicast space outside.
const ZONES: &[(&str, &str)] = &[
    ("0.0.0.0/0", "internet"),
    ("10.0.0.0/8", "internal"),
    ("100.64.0.0/10", "internal"),
    ("172.16.0.0/12", "internal"),
    ("192.168.0.0/16", "internal"),
    ("198.18.0.0/15", "internal"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "multicast"),
    ("::/0", "internet"),
    ("fc00::/7", "internal"),
    ("ff00::/8", "multicast"),
];

/// The built-in administrator as Windows editions translate it, and its like on Unix and appliances.
const PRIVILEGED: &[&str] = &[
    "administrator",
    "administrateur",
    "administrador",
    "amministratore",
    "administratör",
    "järjestelmänvalvoja",
    "rendszergazda",
    "администратор",
    "root",
    "admin",
];

struct Compiler<'a> {
    inventory: &'a Inventory,
    out: Enrichment,
    problems: Vec<Problem>,
}

impl Enrichment {
    /// Makes an inventory ready to be asked.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn compile(inventory: &Inventory) -> Result<Self, Vec<Problem>> {
        let mut compiler = Compiler { inventory, out: Self::empty(), problems: Vec::new() };
        compiler.zones();
        compiler.domains();
        compiler.hosts();
        compiler.roles();
        compiler.users();
        compiler.accounts();
        let hours = inventory.office_hours.as_ref();
        compiler.out.calendar = hours.and_then(|hours| Calendar::compile(hours, &mut compiler.problems));
        if compiler.problems.is_empty() { Ok(compiler.out) } else { Err(compiler.problems) }
    }
}

// === impl Compiler ===

impl Compiler<'_> {
    fn problem(&mut self, steps: impl IntoIterator<Item = impl AsRef<str>>, message: impl Into<String>) {
        self.problems.push(Problem::at(steps, message));
    }

    fn zones(&mut self) {
        for (network, zone) in ZONES {
            if let Ok(network) = Network::parse(network) {
                self.out.zones.insert(network, (*zone).to_owned());
            }
        }
        let mut listed = Networks::default();
        for (zone, networks) in &self.inventory.zones {
            for (at, text) in networks.iter().enumerate() {
                let at = at.to_string();
                match Network::parse(text) {
                    Err(message) => self.problem(["zones", zone, &at], message),
                    Ok(network) => {
                        if let Some(other) = listed.insert(network, zone.clone()) {
                            self.problem(["zones", zone, &at], format!("`{text}` is also listed in zone `{other}`"));
                        }
                        self.out.zones.insert(network, zone.clone());
                    }
                }
            }
        }
        for (at, zone) in self.inventory.outside_zones.iter().enumerate() {
            if !self.inventory.zones.contains_key(zone) {
                self.problem(["outside_zones", &at.to_string()], format!("there is no zone `{zone}`"));
            }
        }
        self.out.outside.extend(["internet".to_owned(), "multicast".to_owned()]);
        self.out.outside.extend(self.inventory.outside_zones.iter().cloned());
    }

    fn domains(&mut self) {
        for (at, name) in listed(&self.inventory.domains) {
            let (key, text) = (at.key, name.trim().trim_end_matches('.').to_lowercase());
            if is_nothing(&text) || text.contains(['\\', '@']) {
                self.problem(at.steps("domains"), format!("`{name}` is no name of a domain"));
            } else if let Some(other) = self.out.domains.alias(&text, &key.trim().to_lowercase()) {
                self.problem(at.steps("domains"), format!("`{name}` also names `{other}`"));
            }
        }
        if let Some(domain) = &self.inventory.default_domain {
            match self.out.domain(domain) {
                Some(domain) => self.out.default_domain = Some(domain),
                None => self.problem(["default_domain"], format!("`{domain}` is no name of a domain")),
            }
        }
    }

    fn hosts(&mut self) {
        for (at, name) in listed(&self.inventory.hosts) {
            match (bare_host(at.key), bare_host(name)) {
                (Some(host), Some(alias)) => {
                    if let Some(other) = self.out.hosts.alias(&alias, &host) {
                        self.problem(at.steps("hosts"), format!("`{name}` also names `{other}`"));
                    }
                }
                (None, _) if at.index.is_some() => {}
                _ => self.problem(at.steps("hosts"), format!("`{name}` is no name of a host")),
            }
        }
    }

    fn roles(&mut self) {
        let inventory = self.inventory;
        for (role, members) in &inventory.roles {
            for (at, member) in members.iter().enumerate() {
                let at = at.to_string();
                match self.role(role, member) {
                    Ok(Some(other)) => {
                        self.problem(["roles", role, &at], format!("`{member}` also has the role `{other}`"));
                    }
                    Ok(None) => {}
                    Err(message) => self.problem(["roles", role, &at], message),
                }
            }
        }
    }

    /// Gives a role to hosts or addresses; answers another role that they had.
    fn role(&mut self, role: &str, member: &str) -> Result<Option<String>, String> {
        let Roles { hosts, patterns, networks } = &mut self.out.roles;
        if Pattern::is_one(member) {
            patterns.push((Pattern::new(member.trim().to_lowercase()), role.to_owned()));
            return Ok(None);
        }
        if member.contains('/') || super::canonical::parse_address(member).is_some() {
            return Network::parse(member).map(|network| networks.insert(network, role.to_owned()));
        }
        let host = bare_host(member).and_then(|bare| self.out.hosts.host(&bare));
        let host = host.ok_or_else(|| format!("`{member}` is no host, address or network (CIDR)"))?;
        Ok(hosts.insert(host, role.to_owned()))
    }

    fn users(&mut self) {
        // Where the aliases lead is read without aliases, so that one does not depend on the order of another.
        let mut aliases: BTreeMap<String, (String, Place<'_>)> = BTreeMap::new();
        let inventory = self.inventory;
        for (at, name) in listed(&inventory.users) {
            let (user, alias) = (self.out.user(at.key, None), self.out.user(name, None));
            let (Some(user), Some(alias)) = (user, alias) else {
                self.problem(at.steps("users"), format!("`{name}` is no name of a user"));
                continue;
            };
            match aliases.get(&alias) {
                Some((other, _)) if *other != user => {
                    self.problem(at.steps("users"), format!("`{name}` also names `{other}`"));
                }
                Some(_) => {}
                None => {
                    aliases.insert(alias, (user, at));
                }
            }
        }
        let pairs = aliases.into_iter().filter(|(alias, (user, _))| alias != user);
        self.out.users = pairs.map(|(alias, (user, _))| (alias, user)).collect();
    }

    fn accounts(&mut self) {
        let inventory = self.inventory;
        for (group, members) in &inventory.groups {
            for (at, member) in members.iter().enumerate() {
                if self.out.user(member, None).is_none() {
                    self.problem(["groups", group, &at.to_string()], format!("`{member}` is no name of a user"));
                }
            }
        }
        let mut privileged = self.set("privileged", &inventory.privileged);
        PRIVILEGED.iter().for_each(|name| privileged.insert_name((*name).to_owned()));
        privileged.insert("nt authority\\system".to_owned());
        privileged.insert_pattern("s-1-5-21-*-500".to_owned());
        let mut service = self.set("service", &inventory.service);
        for name in ["system", "local service", "network service"] {
            service.insert(format!("nt authority\\{name}"));
        }
        ["*$", "nt service\\*", "iis apppool\\*"].iter().for_each(|text| service.insert_pattern((*text).to_owned()));
        (self.out.privileged, self.out.service) = (privileged, service);
    }

    fn set(&mut self, field: &str, accounts: &Accounts) -> AccountSet {
        let inventory = self.inventory;
        let mut set = AccountSet::default();
        for (at, text) in accounts.accounts.iter().enumerate() {
            let canonical = self.out.user(text, None);
            let lower = text.trim().to_lowercase();
            match canonical {
                _ if Pattern::is_one(text) => set.insert_pattern(lower),
                None => self.problem([field, "accounts", &at.to_string()], format!("`{text}` is no name of a user")),
                Some(canonical) if lower.contains(['\\', '@']) || !canonical.ends_with(&lower) => set.insert(canonical),
                Some(_) => set.insert_name(lower),
            }
        }
        for (at, group) in accounts.groups.iter().enumerate() {
            match inventory.groups.get(group) {
                None => self.problem([field, "groups", &at.to_string()], format!("there is no group `{group}`")),
                Some(members) => {
                    members.iter().filter_map(|member| self.out.user(member, None)).for_each(|user| set.insert(user));
                }
            }
        }
        set
    }
}

/// Where a name stands: under a key, itself or one of its list.
#[derive(Clone, Copy)]
struct Place<'a> {
    key: &'a str,
    index: Option<usize>,
}

impl Place<'_> {
    fn steps(&self, field: &str) -> Vec<String> {
        let index = self.index.map(|index| index.to_string());
        [Some(field.to_owned()), Some(self.key.to_owned()), index].into_iter().flatten().collect()
    }
}

/// Every name of every list: first the keys, since a key is always a name of its own.
fn listed(names: &BTreeMap<String, Vec<String>>) -> impl Iterator<Item = (Place<'_>, &str)> {
    let keys = names.keys().map(|key| (Place { key, index: None }, key.as_str()));
    keys.chain(names.iter().flat_map(|(key, others)| {
        others.iter().enumerate().map(move |(at, name)| (Place { key, index: Some(at) }, name.as_str()))
    }))
}
