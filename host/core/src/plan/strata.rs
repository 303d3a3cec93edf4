//! Strata: how far a key space is from the raw events.
//!
//! A key space that reads raw events alone is of stratum 0; what it sends is one above the highest that it reads. Time
//! closes stratum by stratum, so a cycle could never close.

use std::collections::BTreeMap;

use super::build::Edge;

/// The most strata that a plan may have.
pub const MAX_STRATA: u8 = 4;

/// A key space of a detector, by positions.
pub type Node = (usize, u32);

/// The stratum of each key space.
///
/// # Errors
/// A node that lies on a cycle or above the highest stratum.
pub fn strata(nodes: impl IntoIterator<Item = Node>, edges: &[Edge]) -> Result<BTreeMap<Node, u8>, Node> {
    let mut strata: BTreeMap<Node, u8> = nodes.into_iter().map(|node| (node, 0)).collect();
    // Each round lifts a reader above its writers; on a cycle it never ends, so it ends at the limit.
    loop {
        let mut risen = false;
        for edge in edges {
            let Some(below) = strata.get(&edge.from).copied() else { continue };
            let Some(stratum) = strata.get_mut(&edge.to) else { continue };
            if *stratum > below {
                continue;
            }
            *stratum = below + 1;
            risen = true;
            if *stratum >= MAX_STRATA {
                return Err(edge.to);
            }
        }
        if !risen {
            return Ok(strata);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(edges: &[(Node, Node)]) -> Vec<Edge> {
        edges.iter().map(|(from, to)| Edge { from: *from, to: *to }).collect()
    }

    #[test]
    fn a_reader_of_signals_stands_one_above_the_highest_that_it_reads() {
        let nodes = [(0, 0), (0, 1), (1, 0)];
        let strata = strata(nodes, &edges(&[((0, 1), (1, 0)), ((0, 0), (0, 1)), ((0, 0), (1, 0))])).unwrap();
        assert_eq!(strata, BTreeMap::from([((0, 0), 0), ((0, 1), 1), ((1, 0), 2)]));
    }

    #[test]
    fn a_cycle_is_refused() {
        let cycle = strata([(0, 0), (1, 0)], &edges(&[((0, 0), (1, 0)), ((1, 0), (0, 0))]));
        assert!(cycle.is_err());
    }

    #[test]
    fn a_key_space_that_reads_its_own_signal_is_refused() {
        assert_eq!(strata([(0, 0)], &edges(&[((0, 0), (0, 0))])), Err((0, 0)));
    }
}
