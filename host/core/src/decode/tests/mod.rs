//! What decoding promises, over small records written for these tests.

mod faults;
mod support;
mod times;
mod windows;
mod wrapping;
