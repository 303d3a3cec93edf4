//! YAML whose every value knows where it stands, so that every mistake can be shown in its place and all of them at once.

mod node;
mod read;
mod show;
mod suggest;
mod wrong;

pub use node::{Entry, Node, Place, Tree};
pub use read::read;
pub use show::{Mistake, Sheet};
pub use suggest::closest;
