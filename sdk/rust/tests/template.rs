//! The template that authors copy: its own tests, run with the SDK's.

#![cfg(feature = "testing")]

extern crate self as my_detector;

#[path = "../../template/tests/cases.rs"]
mod cases;
#[path = "../../template/src/lib.rs"]
mod template;

pub use template::ShareSweep;
