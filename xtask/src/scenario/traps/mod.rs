//! What looks like an intrusion and is none. Each trap has doses, so that it can be swept over its strength.

mod data;
mod machines;
mod people;

use super::chance::Chance;
use super::estate::Estate;
use super::shapes::Scene;

/// How strong a trap is, in one direction.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub unit: &'static str,
    /// As it comes in the streams of the table.
    pub usual: u64,
    /// Steps of the sweep.
    pub sweep: &'static [u64],
}

/// A trap.
pub struct Trap {
    pub id: &'static str,
    pub title: &'static str,
    /// One scale or two.
    pub scales: &'static [Scale],
    play: fn(&mut Act<'_, '_>),
}

/// One day of a trap.
struct Act<'a, 's> {
    scene: &'a mut Scene<'s>,
    estate: &'a Estate,
    chance: Chance,
    /// The day, from 0.
    number: i64,
    /// By scale.
    dose: [u64; 2],
}

/// All of them, in the order of the table.
pub const TRAPS: [Trap; 20] = [
    data::CLOUD_BACKUP,
    data::SAAS,
    data::FILLED,
    data::STORAGE,
    data::VIDEO,
    data::PARTNER,
    data::TELEMETRY,
    data::INDEXER,
    machines::DEPLOYMENT,
    machines::SCANNER,
    machines::PATCH_NIGHT,
    machines::IMAGING,
    machines::SILENT_SOURCE,
    machines::DIRECTORY_SYNC,
    people::ON_CALL,
    people::HELP_DESK,
    people::ARCHIVES,
    people::TRAVELLER,
    people::NEWCOMER,
    people::MOVED,
];

/// How strong each trap is.
#[derive(Clone, Debug)]
pub struct Doses(Vec<Option<[u64; 2]>>);

// === impl Trap ===

impl Trap {
    /// As it comes in the streams of the table.
    pub fn usual(&self) -> [u64; 2] {
        [0, 1].map(|scale| self.scales.get(scale).map_or(0, |scale: &Scale| scale.usual))
    }

    /// Whether the streams of the table hold it: some traps are swept alone.
    pub fn is_usual(&self) -> bool {
        self.usual()[0] > 0
    }

    /// Every dose of its sweep.
    pub fn doses(&self) -> Vec<[u64; 2]> {
        let second = self.scales.get(1).map_or(&[0][..], |scale| scale.sweep);
        let first = self.scales.first().map_or(&[][..], |scale| scale.sweep);
        first.iter().flat_map(|first| second.iter().map(|second| [*first, *second])).collect()
    }

    /// Label of its lines.
    pub fn label(&self) -> String {
        format!("trap/{}", self.id)
    }
}

// === impl Doses ===

impl Doses {
    /// Every trap as usual.
    pub fn usual() -> Self {
        Self(TRAPS.iter().map(|trap| trap.is_usual().then(|| trap.usual())).collect())
    }

    /// One trap alone, in this dose.
    pub fn only(id: &str, dose: [u64; 2]) -> Self {
        Self(TRAPS.iter().map(|trap| (trap.id == id).then_some(dose)).collect())
    }

    /// No trap at all.
    pub fn none() -> Self {
        Self(TRAPS.iter().map(|_| None).collect())
    }
}

/// One day of all traps.
pub fn play(scene: &mut Scene<'_>, estate: &Estate, seed: u64, number: i64, doses: &Doses) {
    for (trap, dose) in TRAPS.iter().zip(&doses.0) {
        let Some(dose) = *dose else { continue };
        let chance = Chance::of(seed, trap.id, number);
        let before = scene.label(&trap.label());
        (trap.play)(&mut Act { scene, estate, chance, number, dose });
        scene.relabel(before);
    }
}
