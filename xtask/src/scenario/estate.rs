//! The house that the logs are of: people, machines, accounts, and the inventory that tells of them.
//!
//! A manufacturer as in the incident: nine in ten work at a client of their own, three administer, one in twenty develops.

/// A user account.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: String,
    /// Last part of its SID.
    pub rid: u32,
    /// Gets administrator rights where it logs on.
    pub privileged: bool,
}

/// A machine.
#[derive(Clone, Debug)]
pub struct Host {
    pub name: String,
    pub address: String,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trade {
    Office,
    Develops,
    HelpDesk,
    Administers,
}

/// Somebody with a client.
#[derive(Clone, Debug)]
pub struct Person {
    pub number: usize,
    pub account: Account,
    pub host: Host,
    pub trade: Trade,
    /// The file server of the department.
    pub files: usize,
    /// Sometimes works from home.
    pub remote: bool,
    /// Address of the tunnel on such a day.
    pub tunnel: String,
    /// Public address at home.
    pub home: String,
    /// Sits where the network sensor looks; the branch has the firewall alone.
    pub sensed: bool,
}

/// The whole house.
pub struct Estate {
    pub people: Vec<Person>,
    /// Second accounts of those who administer, in their order.
    pub admins: Vec<Account>,
}

/// Servers by place in [`SERVERS`].
pub const DC1: usize = 0;
pub const DC2: usize = 1;
pub const FS1: usize = 2;
pub const APP1: usize = 5;
pub const SQL1: usize = 9;
pub const BACKUP: usize = 11;
pub const DEPLOY: usize = 12;
pub const MONITOR: usize = 13;
pub const SCANNER: usize = 14;
pub const INDEXER: usize = 15;
pub const JUMP: usize = 16;
pub const SYNC: usize = 20;

/// File servers stand in a row.
pub const FILE_SERVERS: usize = 3;

const SERVERS: [(&str, u8); 24] = [
    ("dc1", 10),
    ("dc2", 11),
    ("fs1", 20),
    ("fs2", 21),
    ("fs3", 22),
    ("app1", 30),
    ("app2", 31),
    ("app3", 32),
    ("app4", 33),
    ("sql1", 40),
    ("sql2", 41),
    ("backup1", 50),
    ("sccm1", 60),
    ("mon1", 62),
    ("scan1", 63),
    ("index1", 64),
    ("jump1", 70),
    ("ts1", 71),
    ("prn1", 72),
    ("wsus1", 73),
    ("sync1", 74),
    ("cad1", 80),
    ("cad2", 81),
    ("erp1", 82),
];

/// Names of the accounts that no person signs in with.
pub const SVC_BACKUP: &str = "svc-backup";
pub const SVC_DEPLOY: &str = "svc-deploy";
pub const SVC_MONITOR: &str = "svc-monitor";
pub const SVC_SCAN: &str = "svc-scan";
pub const SVC_INDEX: &str = "svc-index";
pub const SVC_SQL: &str = "svc-sql";
pub const SVC_SYNC: &str = "msol_5f1c3a90";

const SERVICES: [(&str, bool); 7] = [
    (SVC_BACKUP, true),
    (SVC_DEPLOY, true),
    (SVC_MONITOR, true),
    (SVC_SCAN, true),
    (SVC_INDEX, false),
    (SVC_SQL, false),
    (SVC_SYNC, false),
];

/// Those who administer.
pub const ADMINS: usize = 3;
/// Those at the help desk, behind them.
const HELP_DESK: usize = 2;

const FAMILIES: [&str; 20] = [
    "sato",
    "suzuki",
    "takahashi",
    "tanaka",
    "ito",
    "watanabe",
    "yamamoto",
    "nakamura",
    "kobayashi",
    "kato",
    "yoshida",
    "yamada",
    "sasaki",
    "matsumoto",
    "inoue",
    "kimura",
    "hayashi",
    "shimizu",
    "mori",
    "abe",
];

// === impl Estate ===

impl Estate {
    /// A house of so many people.
    pub fn of(users: usize) -> Self {
        let people: Vec<_> = (0..users.max(20)).map(Person::of).collect();
        let second = |person: &Person| Account {
            name: format!("adm-{}", person.account.name),
            rid: 5000 + person.account.rid,
            privileged: true,
        };
        let admins = people.iter().take(ADMINS).map(second).collect();
        Self { people, admins }
    }

    /// Machines in all.
    pub fn hosts(&self) -> usize {
        self.people.len() + SERVERS.len()
    }

    pub fn server(&self, place: usize) -> Host {
        let (name, last) = SERVERS[place % SERVERS.len()];
        Host { name: name.to_owned(), address: format!("10.1.0.{last}") }
    }

    pub fn servers(&self) -> impl Iterator<Item = Host> + '_ {
        (0..SERVERS.len()).map(|place| self.server(place))
    }

    /// An account of a service, or of the machine that runs it.
    pub fn service(&self, name: &str) -> Account {
        let place = SERVICES.iter().position(|(known, _)| *known == name).unwrap_or_default();
        let rid = 3000 + u32::try_from(place).unwrap_or_default();
        Account { name: name.to_owned(), rid, privileged: SERVICES[place].1 }
    }

    /// Somebody at the help desk.
    pub fn help_desk(&self, number: usize) -> &Person {
        &self.people[ADMINS + number % HELP_DESK]
    }

    /// A person who neither administers nor helps; counted without end.
    pub fn colleague(&self, number: usize) -> &Person {
        let first = ADMINS + HELP_DESK;
        &self.people[first + number % (self.people.len() - first)]
    }

    /// What the house knows of itself, as an inventory of Sekisho.
    pub fn inventory(&self) -> String {
        format!(
            r#"zones:
  vpn-pool: [10.8.0.0/16]
  servers: [10.1.0.0/16]
  clients: [10.2.0.0/16]
  partner-logistics: [198.51.100.0/24]
outside_zones: [partner-logistics]
domains:
  corp: [corp.example.com]
default_domain: corp
roles:
  domain-controller: [dc1, dc2]
  file-server: [fs1, fs2, fs3]
  jump-host: [jump1]
  terminal-server: [ts1]
  admin-workstation: [{paws}]
  backup: [backup1]
  scanner: [scan1, 10.1.0.63]
  deployment: [sccm1, wsus1]
privileged:
  accounts: ["corp\\adm-*"]
service:
  accounts: ["corp\\svc-*", "corp\\msol_*"]
office_hours:
  time_zone: Asia/Tokyo
  hours:
    - days: [mon, tue, wed, thu, fri]
      from: "08:00"
      to: "19:00"
"#,
            paws = self.people.iter().take(ADMINS).map(|person| &*person.host.name).collect::<Vec<_>>().join(", "),
        )
    }
}

// === impl Person ===

impl Person {
    fn of(number: usize) -> Self {
        let family = FAMILIES[number % FAMILIES.len()];
        let initial = char::from(b'a' + u8::try_from(number / FAMILIES.len() % 26).unwrap_or_default());
        let name = format!("{initial}.{family}");
        let trade = match number {
            0..ADMINS => Trade::Administers,
            _ if number < ADMINS + HELP_DESK => Trade::HelpDesk,
            _ if number % 20 == 7 => Trade::Develops,
            _ => Trade::Office,
        };
        Self {
            number,
            account: Account { name, rid: 1100 + u32::try_from(number).unwrap_or_default(), privileged: false },
            host: Host {
                name: format!("pc-{number:04}"),
                address: format!("10.2.{}.{}", number / 200, number % 200 + 10),
            },
            trade,
            files: number % FILE_SERVERS,
            remote: number.is_multiple_of(3),
            tunnel: format!("10.8.{}.{}", number / 200, number % 200 + 10),
            home: format!("192.0.2.{}", number % 250 + 1),
            sensed: number % 10 < 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_people_share_a_name_or_an_address() {
        let estate = Estate::of(400);
        let names: BTreeSet<_> = estate.people.iter().map(|person| &person.account.name).collect();
        let addresses: BTreeSet<_> = estate.people.iter().map(|person| &person.host.address).collect();
        assert_eq!((names.len(), addresses.len()), (400, 400));
        assert_eq!(estate.server(INDEXER).name, "index1");
        assert_eq!((estate.server(JUMP).name, estate.server(SYNC).name), ("jump1".into(), "sync1".into()));
    }
}
