//! The contract's own types and the export glue, generated from `wit/plugin.wit` at the root: nothing is written by hand.
//!
//! The types work natively too, which is why an author's `cargo test` needs no WebAssembly.

mod generated {
    #![allow(missing_docs, clippy::all, unused_qualifications)]
    wit_bindgen::generate!({
        path: "../../wit",
        world: "detector",
        pub_export_macro: true,
        default_bindings_module: "sekisho_sdk::bindings",
        additional_derives: [PartialEq],
    });
}

pub use generated::exports::sekisho::detector::plugin::{
    Call, Change, Column, Condition, Entity, EntityKind, Evidence, Field, Finding, Group, Guest, Identity,
    IntegersColumn, Judged, Kept, KeySpace, Kind, Note, Outcome, Plan, Problem, Rule, Scalar, Severity, Signal,
    SignalType, State, Subscription, Table, Technique, Test, TextColumn, TextsColumn, Values,
};
#[doc(hidden)]
pub use generated::{export, exports};
