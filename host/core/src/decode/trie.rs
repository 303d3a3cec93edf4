//! The wanted paths of a JSON shape as a trie, so that one pass over a record finds them all.

use super::raw::Raw;

/// Number of a value among those that a pass extracts.
pub type Slot = u16;

/// The values of one record, by slot.
pub type Slots<'a> = Vec<Raw<'a>>;

/// A node of a [`Trie`].
pub type NodeId = u32;

/// Paths and their slots.
#[derive(Debug)]
pub struct Trie {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    children: Vec<Child>,
    /// Where a child of a key stands among them, counted from 1, or in the next place that is not 0; at least half of the
    /// places are, and there are a power of two of them.
    places: Vec<u32>,
    /// Bit n: some child's name has n bytes (63: or more).
    lengths: u64,
    /// Where members of any other name go.
    any: Option<NodeId>,
    slot: Option<Slot>,
    /// This node holds `{Name, text}` pairs or bare texts for the children of another one.
    pairs_for: Option<NodeId>,
}

#[derive(Debug)]
struct Child {
    key: u32,
    name: Box<str>,
    node: NodeId,
}

/// A step of a path that any member takes.
pub const ANY: &str = "*";

// === impl Trie ===

impl Trie {
    pub const ROOT: NodeId = 0;

    pub fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Adds a path and tells the slot where its value will stand: a path that is there keeps its own.
    pub fn insert(&mut self, path: &[&str], slot: Slot) -> Slot {
        let node = self.node(path);
        *self.nodes[node as usize].slot.get_or_insert(slot)
    }

    /// The list at `list` holds pairs of a name and a text, or bare texts named `param1`, `param2`…, as if they were
    /// members of `of`.
    pub fn pairs(&mut self, list: &[&str], of: &[&str]) {
        let (list, of) = (self.node(list), self.node(of));
        self.nodes[list as usize].pairs_for = Some(of);
    }

    fn node(&mut self, path: &[&str]) -> NodeId {
        path.iter().fold(Self::ROOT, |at, name| self.enter(at, name))
    }

    fn enter(&mut self, at: NodeId, name: &str) -> NodeId {
        let next = self.nodes.len() as NodeId;
        let node = &mut self.nodes[at as usize];
        let known = if name == ANY { node.any } else { node.named(name) };
        if let Some(child) = known {
            return child;
        }
        if name == ANY {
            node.any = Some(next);
        } else {
            node.name(name, next);
        }
        self.nodes.push(Node::default());
        next
    }

    /// The node that a member leads to.
    pub fn child(&self, at: NodeId, name: &str) -> Option<NodeId> {
        let node = &self.nodes[at as usize];
        if node.lengths >> name.len().min(63) & 1 == 0 {
            return node.any;
        }
        node.named(name).or(node.any)
    }

    pub fn slot(&self, at: NodeId) -> Option<Slot> {
        self.nodes[at as usize].slot
    }

    /// The node whose children the pairs in this list are.
    pub fn pairs_for(&self, at: NodeId) -> Option<NodeId> {
        self.nodes[at as usize].pairs_for
    }

    /// Nothing lies below this node.
    pub fn is_leaf(&self, at: NodeId) -> bool {
        let node = &self.nodes[at as usize];
        node.lengths == 0 && node.any.is_none()
    }
}

// === impl Node ===

impl Node {
    fn named(&self, name: &str) -> Option<NodeId> {
        let key = key(name);
        let mask = self.places.len().checked_sub(1)?;
        let mut place = spread(key);
        loop {
            let child = self.children.get(self.places[place & mask].checked_sub(1)? as usize)?;
            if child.key == key && *child.name == *name {
                return Some(child.node);
            }
            place += 1;
        }
    }

    fn name(&mut self, name: &str, node: NodeId) {
        self.lengths |= 1 << name.len().min(63);
        self.children.push(Child { key: key(name), name: name.into(), node });
        self.places = vec![0; self.children.len().next_power_of_two() * 2];
        let mask = self.places.len() - 1;
        for (number, child) in (1..).zip(&self.children) {
            let mut place = spread(child.key);
            while self.places[place & mask] != 0 {
                place += 1;
            }
            self.places[place & mask] = number;
        }
    }
}

/// A place to look for a key first.
fn spread(key: u32) -> usize {
    (key.wrapping_mul(0x9e37_79b9) >> 12) as usize
}

/// Length and three letters of a name: quicker to hash than the name, and nearly as telling.
fn key(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let letter = |at: usize| u32::from(bytes.get(at).copied().unwrap_or_default());
    let length = bytes.len() as u32 & 0xff;
    length << 24 | letter(0) << 16 | letter(bytes.len() / 2) << 8 | letter(bytes.len().saturating_sub(1))
}
