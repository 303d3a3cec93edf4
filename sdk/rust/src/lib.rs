//! What a Sekisho detector is written with: an author's code reads like the detection, not like plumbing.
//!
//! A detector implements [`Detector`]: `plan` says what it wants and keeps small handles, `judge` puts the rows of one key
//! into windows and reviews its rules bucket by bucket. The SDK reads columns and state in place, remembers what was said,
//! tells only changes, retracts what late rows disprove, and forgets by the watermark, so that the five laws of the
//! contract hold by the way the code is written. `examples/` show one idea each; `docs/plugins.md` goes from nothing to
//! a tested detector.
//!
//! ```
//! use sekisho_sdk::prelude::*;
//!
//! settings! {
//!     /// How the operator tunes it.
//!     pub struct Settings {
//!         /// failed logons within ten minutes that raise a finding
//!         threshold: u64 [2..=100_000] = 20,
//!     }
//! }
//!
//! struct Guessing { threshold: u64, failed: Tally, rule: Rule }
//!
//! impl Detector for Guessing {
//!     type Settings = Settings;
//!
//!     fn describe() -> Identity {
//!         Identity { id: "guessing", version: env!("CARGO_PKG_VERSION"), title: "Password guessing" }
//!     }
//!
//!     fn plan(settings: Settings, plan: &mut Plan) -> Result<Self, Problems> {
//!         let by_user = plan.key_space("user", ["user.canonical"]);
//!         plan.read("authentication", by_user).when(all([eq("activity_id", 1), eq("status_id", 2)])).done();
//!         let failed = plan.tally(by_user, 10 * MINUTE);
//!         let rule = plan.rule("guessing", by_user).bucket(10 * MINUTE).technique("T1110", "failed logons").done();
//!         Ok(Self { threshold: settings.threshold, failed, rule })
//!     }
//!
//!     fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error> {
//!         for row in group.rows() {
//!             self.failed.add(group, Entry::of(&row, ""));
//!         }
//!         let user = group.part(0);
//!         out.review(group, self.rule, |state, bucket| {
//!             let failed = self.failed.within(state, bucket);
//!             (failed.count() >= self.threshold).then(|| {
//!                 Draft::new(format!("{} failed logons of {user}", failed.count()))
//!                     .user(user, "target")
//!                     .evidences(failed.members().iter().map(|member| member.evidence("first failure")))
//!             })
//!         });
//!         Ok(())
//!     }
//! }
//!
//! sekisho_sdk::export_detector!(Guessing);
//! ```

pub mod bindings;
mod detector;
mod finding;
mod group;
mod ledger;
pub mod maps;
mod out;
pub mod plan;
mod rows;
pub mod settings;
pub mod state;
#[cfg(all(feature = "testing", not(target_arch = "wasm32")))]
pub mod testing;
pub mod time;
pub mod window;

pub use bindings::{EntityKind, Evidence, Severity};
pub use detector::{Detector, Error, Identity, Instance, describe};
pub use finding::Draft;
pub use group::Group;
pub use out::{Bucket, Out, Signal};
pub use plan::{Counter, KeySpace, Plan, Rule, SignalType};
pub use rows::{Boolean, Integer, Integers, Reading, Real, Row, Rows, Text, Texts};
pub use settings::{Bytes, NoSettings, Problems, Span};
pub use state::State;
pub use window::{Baseline, Entry, Event, FirstSeen, Member, Past, Tally, Timeline, Window};

/// What a detector's file begins with.
pub mod prelude {
    pub use crate::maps::{Map, Set};
    pub use crate::plan::condition::{
        all, between, contains, eq, eq_any, mask, not, one_of, prefix, present, suffix, zone,
    };
    pub use crate::settings;
    pub use crate::time::{DAY, HOUR, MINUTE, SECOND};
    pub use crate::{
        Baseline, Bucket, Bytes, Detector, Draft, EntityKind, Entry, Error, Event, Evidence, FirstSeen, Group,
        Identity, Integer, Integers, KeySpace, Member, NoSettings, Out, Plan, Problems, Reading, Row, Rule, Severity,
        Signal, SignalType, Span, State, Tally, Text, Texts, Timeline, Window,
    };
}
