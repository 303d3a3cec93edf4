//! The contract as wasmtime sees it, generated from `wit/`; only this room uses it.

mod generated {
    wasmtime::component::bindgen!({ path: "../wit", world: "detector" });
}

pub(super) use generated::{Detector, DetectorPre};

sekisho_core::contract_bridge!(super::generated::exports::sekisho::detector::plugin);
