//! decode: a record becomes events.
use crate::model::*;
pub struct Decoder;
#[derive(Debug, Clone, Copy)]
pub struct Shape;
impl Shape {
    pub fn label(&self) -> &'static str {
        ""
    }
}
#[derive(Debug, Clone, Copy)]
pub struct Reason;
impl Reason {
    pub fn label(&self) -> &'static str {
        ""
    }
}
pub struct Decoded {
    pub events: u32,
    pub unwanted: u32,
    pub shape: Shape,
    pub faulty_items: Vec<()>,
    pub latest: Option<Time>,
}
pub struct Rejected {
    pub reason: Reason,
    pub message: String,
    pub at: Option<usize>,
    pub shape: Option<Shape>,
}
impl Decoder {
    pub fn decode(&mut self, _r: &Record<'_>, _f: Time, _s: &mut dyn FnMut(Event<'_>)) -> Result<Decoded, Rejected> {
        Err(Rejected { reason: Reason, message: String::new(), at: None, shape: None })
    }
    pub fn take_field_faults(&mut self) -> Vec<(String, u64)> {
        vec![]
    }
}
