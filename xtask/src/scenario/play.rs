//! Writes one stream, a day at a time.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::estate::Estate;
use super::intrusion::{self, Variant};
use super::moment::day;
use super::office;
use super::shapes::Scene;
use super::stream::{Size, Stream};
use super::traps::{self, Doses};
use super::truth::Truth;

/// Name of the inventory beside the logs.
pub const INVENTORY: &str = "inventory.yaml";

/// What a stream holds.
#[derive(Clone)]
pub struct Script {
    pub seed: u64,
    pub days: i64,
    pub users: usize,
    /// How many of a hundred people are at work.
    pub desks: u64,
    pub intrusion: Option<&'static Variant>,
    pub doses: Doses,
}

/// A stream that was written.
pub struct Played {
    pub truth: Truth,
    pub size: Size,
    /// Machines of the house.
    pub hosts: usize,
}

// === impl Script ===

impl Script {
    /// Writes logs, inventory and truth into a folder, which is made.
    pub fn play(&self, folder: &Path) -> Result<Played> {
        fs::create_dir_all(folder).with_context(|| format!("failed to create {}", folder.display()))?;
        let estate = Estate::of(self.users);
        let mut stream = Stream::create(folder)?;
        let mut scene = Scene::new(&mut stream, self.seed);
        if let Some(variant) = self.intrusion {
            intrusion::play(&mut scene, &estate, self.seed, self.days, variant);
        }
        for number in 0..self.days {
            // Traps first: a source that is down is down before the day begins.
            traps::play(&mut scene, &estate, self.seed, number, &self.doses);
            office::play(&mut scene, &estate, self.seed, number, self.desks);
            scene.write_until(day(number + 1))?;
        }
        let (truth, size) = stream.finish()?;
        truth.write(folder)?;
        let inventory = folder.join(INVENTORY);
        fs::write(&inventory, estate.inventory())
            .with_context(|| format!("failed to write {}", inventory.display()))?;
        Ok(Played { truth, size, hosts: estate.hosts() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::intrusion::VARIANTS;
    use super::super::stream::LOGS;
    use super::*;

    fn logs(folder: &Path, seed: u64) -> Vec<Vec<u8>> {
        let script =
            Script { seed, days: 5, users: 20, desks: 100, intrusion: Some(&VARIANTS[2]), doses: Doses::usual() };
        script.play(folder).unwrap();
        LOGS.iter().map(|(_, name)| fs::read(folder.join(name)).unwrap()).collect()
    }

    #[test]
    fn one_seed_gives_the_same_bytes_and_another_one_does_not() {
        let scratch = std::env::temp_dir().join(format!("sekisho-scenario-{}", std::process::id()));
        let [first, again, other] = [("a", 1), ("b", 1), ("c", 2)].map(|(name, seed)| logs(&scratch.join(name), seed));
        fs::remove_dir_all(&scratch).unwrap();
        assert!(first == again);
        assert!(first != other);
        let lines = first[0].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.for_each(|line| drop(serde_json::from_slice::<serde_json::Value>(line).unwrap()));
    }
}
