//! What a fan-in weighs, and which innocent explanations it may have.
//!
//! **Severity** by the sum of oddities: the fan-in itself 2; more than 5 GB, more than 50 GB, out/in above 50, mostly
//! outside office hours, a port that web traffic does not use, a client beyond five times its own best day: 1 each. Medium
//! from 2, high from 4, critical from 6.
//!
//! **Explanations**, each of which the text gives:
//! - a partner's network (a zone that the operator put outside): low;
//! - a host with the role `backup` sends there as well, a tenth or more: the house's own backup, low;
//! - as many sources as when a whole house adopts a service, by day over a web port: low;
//! - by day over a web port: medium at most, since a service that a few people adopt is filled like this, and who sees the alert
//!   by day can ask them; low below 1 GB, which one big form does; five clients or more that joined over a day or longer are a team that does so: 2 less;
//! - cold start (no client is known for longer than the destination): low, but medium when 20 GB or more left within a day,
//!   hardly anything came back and it was not by day over a web port. Mino's thief had sent that much after four hours, so that
//!   an estate that is watched only since today still hears of a theft like that one. The price is known: a nightly
//!   backup to the cloud by hosts without the role `backup` is told once, in the first night, as medium. High it never
//!   is: without a past nobody should be woken by it.

use sekisho_sdk::prelude::*;

use crate::memory::Sums;

const SMALL: i64 = 1_000_000_000;
const MUCH: i64 = 5_000_000_000;
const VERY_MUCH: i64 = 50_000_000_000;
/// Worth a look even without a past.
const HUGE: i64 = 20_000_000_000;
/// So many clients that join one after another are a team.
const TEAM: usize = 5;
/// A theft begins on all its clients within hours; a team joins over days.
const JOINING: i64 = 20 * HOUR;

/// What the operator set.
pub struct Scale {
    /// Bytes out for each byte in that make an upload.
    pub ratio: i64,
    pub house_wide: usize,
}

/// What there is to weigh.
pub struct Look {
    pub sums: Sums,
    /// The most within two adjacent days.
    pub within_a_day: i64,
    pub clients: usize,
    /// Sources that met the destination in all.
    pub breadth: usize,
    /// From the first client's first flow to the latest client's.
    pub joined_over: i64,
    pub odd_port: bool,
    pub partner: bool,
    pub backup: bool,
    /// Clients that sent far more than on the best day of their past.
    pub beyond: usize,
    pub cold: bool,
}

// === impl Scale ===

impl Scale {
    /// Severity, and confidence where it is not the rule's own.
    pub fn weigh(&self, look: &Look) -> (Severity, Option<u8>) {
        if look.partner || look.backup || self.is_house_wide(look) {
            return (Severity::Low, Some(30));
        }
        if look.cold {
            let severity = if self.is_huge(look) { Severity::Medium } else { Severity::Low };
            return (severity, Some(30));
        }
        let team = is_team(look);
        let points = self.points(look) - 2 * i64::from(team);
        match points {
            _ if is_web_by_day(look) && look.sums.out < SMALL => (Severity::Low, Some(35)),
            ..=1 => (Severity::Low, Some(35)),
            2 | 3 => (Severity::Medium, None),
            _ if is_web_by_day(look) => (Severity::Medium, Some(40)),
            4 | 5 => (Severity::High, None),
            _ => (Severity::Critical, None),
        }
    }

    /// What an analyst should think of before all.
    pub fn explanation(&self, look: &Look) -> &'static str {
        if look.partner {
            " The network is a partner's."
        } else if look.backup {
            " A backup host sends there too: the house's own backup, if these hosts are backed up by it."
        } else if self.is_house_wide(look) {
            " So many sources by day look like a service that the house adopts: ask before blocking."
        } else if look.cold && self.is_huge(look) {
            " Cold start: the clients themselves are known for less than a few days, so that all is new; yet so much to one \
             place with hardly anything coming back is either a backup that nobody named to us or a theft."
        } else if look.cold {
            " Cold start: the clients themselves are known for less than a few days, so that all is new."
        } else if is_team(look) {
            " The clients joined one after another by day, as a team does that adopts a service: ask before blocking."
        } else {
            ""
        }
    }

    fn points(&self, look: &Look) -> i64 {
        let sums = look.sums;
        let oddities = [
            sums.out >= MUCH,
            sums.out >= VERY_MUCH,
            self.is_one_way(look),
            sums.is_by_night(),
            look.odd_port,
            look.beyond > 0,
        ];
        2 + oddities.iter().map(|odd| i64::from(*odd)).sum::<i64>()
    }

    fn is_one_way(&self, look: &Look) -> bool {
        look.sums.ratio() >= 5 * self.ratio
    }

    fn is_house_wide(&self, look: &Look) -> bool {
        look.breadth >= self.house_wide && is_web_by_day(look)
    }

    fn is_huge(&self, look: &Look) -> bool {
        look.within_a_day >= HUGE && self.is_one_way(look) && !is_web_by_day(look) && look.breadth < self.house_wide
    }
}

fn is_web_by_day(look: &Look) -> bool {
    look.sums.is_by_day() && !look.odd_port
}

fn is_team(look: &Look) -> bool {
    look.clients >= TEAM && look.joined_over >= JOINING && is_web_by_day(look)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: i64 = 1_000_000_000;

    fn look(out: i64, clients: usize, night: bool) -> Look {
        Look {
            sums: Sums { out, inward: out / 200, night: if night { out } else { -out } },
            within_a_day: out,
            clients,
            breadth: clients,
            joined_over: HOUR,
            odd_port: false,
            partner: false,
            backup: false,
            beyond: 0,
            cold: false,
        }
    }

    fn weigh(look: &Look) -> Severity {
        Scale { ratio: 10, house_wide: 15 }.weigh(look).0
    }

    #[test]
    fn a_theft_by_night_weighs_more_with_every_oddity() {
        assert_eq!(
            weigh(&Look { sums: Sums { inward: 9, ..look(100, 2, true).sums }, ..look(100, 2, true) }),
            Severity::Medium
        );
        assert_eq!(weigh(&look(GB / 10, 2, true)), Severity::High);
        assert_eq!(weigh(&look(60 * GB, 5, true)), Severity::Critical);
        assert_eq!(weigh(&look(3 * GB, 3, false)), Severity::Medium);
    }

    #[test]
    fn explanations_lower_it_and_say_so() {
        let scale = Scale { ratio: 10, house_wide: 15 };
        let told = |look: Look, severity: Severity, word: &str| {
            assert_eq!(scale.weigh(&look).0, severity, "{word}");
            assert!(scale.explanation(&look).contains(word), "{word}");
        };
        told(Look { partner: true, ..look(20 * GB, 2, true) }, Severity::Low, "partner");
        told(Look { backup: true, ..look(300 * GB, 2, true) }, Severity::Low, "backup");
        told(look(200 * GB, 40, false), Severity::Low, "house");
        told(Look { joined_over: 3 * DAY, ..look(2 * GB, 6, false) }, Severity::Low, "team");
        told(Look { joined_over: 3 * DAY, beyond: 5, ..look(250 * GB, 6, false) }, Severity::Medium, "team");
        told(Look { cold: true, ..look(3 * GB, 3, true) }, Severity::Low, "Cold start");
        told(Look { cold: true, ..look(38 * GB, 3, true) }, Severity::Medium, "theft");
        told(Look { cold: true, ..look(38 * GB, 3, false) }, Severity::Low, "Cold start");
    }

    #[test]
    fn without_office_hours_nothing_is_by_day() {
        let sums = Sums { night: 0, ..look(300 * GB, 30, false).sums };
        assert_eq!(weigh(&Look { sums, ..look(300 * GB, 30, false) }), Severity::High);
        assert_eq!(weigh(&Look { sums, cold: true, ..look(300 * GB, 5, false) }), Severity::Medium);
    }
}
