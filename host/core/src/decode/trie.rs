//! The wanted paths of a JSON shape as a trie, so that one pass over a record finds them all.

use rustc_hash::FxHashMap;

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
    children: FxHashMap<u32, Vec<(Box<str>, NodeId)>>,
    /// Bit n: some child's name has n bytes (63: or more).
    lengths: u64,
    /// Where members of any other name go.
    any: Option<NodeId>,
    slot: Option<Slot>,
    /// This node holds `{Name, text}` pairs or bare texts for the children of another one.
    pairs_for: Option<NodeId>,
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
            node.lengths |= 1 << name.len().min(63);
            node.children.entry(key(name)).or_default().push((name.into(), next));
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
        let alike = self.children.get(&key(name))?;
        alike.iter().find(|(known, _)| **known == *name).map(|(_, child)| *child)
    }
}

/// Length and three letters of a name: quicker to hash than the name, and nearly as telling.
fn key(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let letter = |at: usize| u32::from(bytes.get(at).copied().unwrap_or_default());
    let length = bytes.len() as u32 & 0xff;
    length << 24 | letter(0) << 16 | letter(bytes.len() / 2) << 8 | letter(bytes.len().saturating_sub(1))
}
