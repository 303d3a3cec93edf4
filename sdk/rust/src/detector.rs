//! What an author implements, and how the contract's three functions are answered by it.

use crate::bindings as wit;
use crate::group::Group;
use crate::out::Out;
use crate::plan::{Plan, Space};
use crate::rows::{Frame, TableView};
use crate::settings::{self, Problems, Setting};

/// A detector: a pure function of settings, rows and states.
///
/// A value of it is one configured detector. It must not change and not remember: all memory is in the group's state.
pub trait Detector: Sized + 'static {
    /// What the operator tunes: see [`settings!`](crate::settings!).
    type Settings: Setting;

    /// Who it is: id, version, title.
    fn describe() -> Identity;

    /// Says what it wants under these settings, and keeps the handles.
    ///
    /// # Errors
    /// What is wrong with the settings beyond their types.
    fn plan(settings: Self::Settings, plan: &mut Plan) -> Result<Self, Problems>;

    /// Judges one group: puts rows into windows, then reviews rules.
    ///
    /// # Errors
    /// A failure of the whole call: its states stay as they were and the group is set aside. Not for odd input.
    fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) -> Result<(), Error>;

    /// Turns a state of an older version that the plan calls readable into today's; none: the key starts anew.
    fn upgrade(&self, _key_space: u32, _version: u32, _bytes: Vec<u8>) -> Option<Vec<u8>> {
        None
    }
}

/// Who a detector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Lower-case kebab name.
    pub id: &'static str,
    /// Semantic version: `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
    /// One line for people.
    pub title: &'static str,
}

/// Why a call failed, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(pub String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// A configured detector, ready to be called.
#[derive(Debug)]
pub struct Instance<D> {
    detector: D,
    setup: Setup,
}

/// What the SDK keeps of the plan.
#[derive(Debug)]
pub(crate) struct Setup {
    pub spaces: Vec<Space>,
    pub rule_titles: Vec<String>,
    columns: Vec<Vec<usize>>,
    fields: usize,
    pub version: u32,
}

// === impl Instance ===

/// Answers `describe`.
pub fn describe<D: Detector>() -> wit::Identity {
    let Identity { id, version, title } = D::describe();
    let settings_schema = D::Settings::schema().to_string();
    wit::Identity { id: id.into(), version: version.into(), title: title.into(), settings_schema, extra: Vec::new() }
}

impl<D: Detector> Instance<D> {
    /// Answers `configure`.
    ///
    /// # Errors
    /// All that is wrong with the settings, or with the plan that the detector made of them.
    pub fn configure(settings: &str) -> Result<(Self, wit::Plan), Vec<wit::Problem>> {
        let mut plan = Plan::default();
        let settings = settings::parse(settings).map_err(Problems::into_vec)?;
        let detector = D::plan(settings, &mut plan).map_err(Problems::into_vec)?;
        let mut problems = Problems::default();
        let contract = plan.finish(&mut problems);
        if !problems.is_empty() {
            return Err(problems.into_vec());
        }
        let setup = Setup {
            version: plan.version(),
            fields: plan.fields.len(),
            rule_titles: plan.rules.into_iter().map(|rule| rule.title).collect(),
            spaces: plan.key_spaces,
            columns: plan.columns,
        };
        Ok((Self { detector, setup }, contract))
    }

    /// Answers `evaluate`.
    ///
    /// # Errors
    /// The detector's own, or a broken promise of it, for people.
    pub fn evaluate(&self, mut call: wit::Call) -> Result<wit::Outcome, String> {
        let states: Vec<_> = call.groups.iter_mut().map(|group| group.state.take()).collect();
        let frame = self.setup.frame(&call);
        let Some(space) = self.setup.spaces.get(call.key_space as usize) else {
            return Err(format!("there is no key space {}", call.key_space));
        };
        let mut out = Out::new(&self.setup, call.explain);
        for (index, (given, kept)) in call.groups.iter().zip(states).enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            let kept = kept.map(|kept| self.readable(call.key_space, kept));
            let mut group = Group::new(&frame, space, index, given, kept.flatten(), self.setup.version);
            self.detector.judge(&mut group, &mut out).map_err(|error| error.0)?;
            out.finish(group)?;
        }
        Ok(out.into_outcome())
    }

    /// A state in today's version, or none.
    fn readable(&self, key_space: u32, mut kept: wit::State) -> Option<wit::State> {
        if kept.version != self.setup.version {
            kept.bytes = self.detector.upgrade(key_space, kept.version, kept.bytes)?;
        }
        Some(kept)
    }
}

// === impl Setup ===

impl Setup {
    fn frame<'a>(&self, call: &'a wit::Call) -> Frame<'a> {
        let tables = call.tables.iter().map(|table| {
            let mut columns = vec![None; self.fields];
            let fields = self.columns.get(table.subscription as usize).map(Vec::as_slice).unwrap_or_default();
            for (field, column) in fields.iter().zip(&table.columns) {
                columns[*field] = Some(column);
            }
            TableView {
                subscription: table.subscription,
                times: &table.times,
                origins: &table.origins,
                late: table.late.as_deref(),
                columns,
            }
        });
        Frame { call, tables: tables.collect() }
    }
}

/// Exports a detector from the component. Natively it does nothing.
#[macro_export]
macro_rules! export_detector {
    ($detector:ty) => {
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::bindings as wit;

            struct Component;

            ::std::thread_local! {
                static INSTANCE: ::std::cell::RefCell<Option<$crate::Instance<$detector>>> =
                    const { ::std::cell::RefCell::new(None) };
            }

            impl wit::Guest for Component {
                fn describe() -> wit::Identity {
                    $crate::describe::<$detector>()
                }

                fn configure(settings: String) -> Result<wit::Plan, Vec<wit::Problem>> {
                    let (instance, plan) = $crate::Instance::configure(&settings)?;
                    INSTANCE.with(|slot| slot.replace(Some(instance)));
                    Ok(plan)
                }

                fn evaluate(call: wit::Call) -> Result<wit::Outcome, String> {
                    INSTANCE.with(|slot| match &*slot.borrow() {
                        Some(instance) => instance.evaluate(call),
                        None => Err("evaluate was called before configure".into()),
                    })
                }
            }

    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
    };
}
