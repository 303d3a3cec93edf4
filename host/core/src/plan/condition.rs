//! The conditions of a subscription, ready to be asked of a row.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;
use memchr::memmem;
use rustc_hash::FxHashSet;

use crate::contract::Test;
use crate::model::{Value, Values};

/// So many searches, each at the speed of memory, cost less than one pass for all.
const SEARCHES: usize = 4;

/// Answers whether an address lies in a zone of the inventory.
pub trait Zones {
    fn in_zone(&self, address: &str, zone: &str) -> bool;
}

/// Any of all of, over the values of a source's row.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    any: Vec<Vec<Check>>,
}

#[derive(Clone, Debug)]
struct Check {
    column: usize,
    negated: bool,
    test: Ready,
}

/// So few texts are quicker compared one by one than looked up.
const FEW: usize = 8;

/// A test whose texts are folded once, not for each row.
#[derive(Clone, Debug)]
enum Ready {
    Present,
    /// Few texts.
    OneOf(Vec<String>),
    /// Many.
    OneOfMany(FxHashSet<String>),
    Prefix(Vec<String>),
    Suffix(Vec<String>),
    Contains(Vec<memmem::Finder<'static>>),
    /// Many texts: one pass finds any of them.
    ContainsAny(Box<AhoCorasick>),
    Equals(Vec<i64>),
    Between(i64, i64),
    Mask(i64),
    Zone(Vec<String>),
}

// === impl Compiled ===

impl Compiled {
    /// Conditions with the position of the column that each asks. Empty: every row is wanted.
    pub fn new(any: Vec<Vec<(usize, bool, &Test)>>) -> Self {
        let check = |(column, negated, test)| Check { column, negated, test: Ready::from(test) };
        Self { any: any.into_iter().map(|all| all.into_iter().map(check).collect()).collect() }
    }

    /// Whether the row is wanted.
    pub fn holds(&self, values: &dyn Values, zones: &dyn Zones) -> bool {
        self.any.is_empty() || self.any.iter().any(|all| all.iter().all(|check| check.holds(values, zones)))
    }
}

// === impl Check ===

impl Check {
    /// A null fails every test, negated or not; of a list one item is enough (negated: none may pass).
    fn holds(&self, values: &dyn Values, zones: &dyn Zones) -> bool {
        let passes = match values.value(self.column) {
            Value::Null => return false,
            Value::Text(text) => self.test.text(text, zones),
            Value::Integer(integer) => self.test.integer(*integer),
            Value::Boolean(boolean) => self.test.integer(i64::from(*boolean)),
            Value::Real(_) => matches!(self.test, Ready::Present),
            Value::Texts(texts) => texts.iter().any(|text| self.test.text(text, zones)),
            Value::Integers(integers) => integers.iter().any(|integer| self.test.integer(*integer)),
        };
        passes != self.negated
    }
}

// === impl Ready ===

impl Ready {
    fn text(&self, text: &str, zones: &dyn Zones) -> bool {
        match self {
            Self::Present => true,
            Self::OneOf(texts) if text.is_ascii() => texts.iter().any(|one| one.eq_ignore_ascii_case(text)),
            Self::OneOf(texts) => texts.contains(&text.to_lowercase()),
            Self::OneOfMany(texts) => texts.contains(&*fold(text)),
            Self::Prefix(texts) => any(texts, text, |text, prefix| text.get(..prefix.len())),
            Self::Suffix(texts) => any(texts, text, |text, suffix| text.get(text.len().checked_sub(suffix.len())?..)),
            Self::Contains(finders) => {
                let folded = fold(text);
                finders.iter().any(|finder| finder.find(folded.as_bytes()).is_some())
            }
            Self::ContainsAny(words) => words.is_match(&*fold(text)),
            Self::Zone(names) => names.iter().any(|zone| zones.in_zone(text, zone)),
            Self::Equals(_) | Self::Between(..) | Self::Mask(_) => false,
        }
    }

    fn integer(&self, integer: i64) -> bool {
        match self {
            Self::Present => true,
            Self::Equals(integers) => integers.contains(&integer),
            Self::Between(from, to) => (*from..=*to).contains(&integer),
            Self::Mask(mask) => integer & mask != 0,
            _ => false,
        }
    }
}

impl From<&Test> for Ready {
    fn from(test: &Test) -> Self {
        let folded = |texts: &[String]| texts.iter().map(|text| fold(text).into_owned()).collect::<Vec<_>>();
        match test {
            Test::Present => Self::Present,
            Test::OneOf(texts) if texts.len() <= FEW => Self::OneOf(folded(texts)),
            Test::OneOf(texts) => Self::OneOfMany(folded(texts).into_iter().collect()),
            Test::Prefix(texts) => Self::Prefix(folded(texts)),
            Test::Suffix(texts) => Self::Suffix(folded(texts)),
            Test::Contains(texts) => contains(&folded(texts)),
            Test::Equals(integers) => Self::Equals(integers.clone()),
            Test::Between((from, to)) => Self::Between(*from, *to),
            Test::Mask(mask) => Self::Mask(*mask),
            Test::Zone(zones) => Self::Zone(zones.clone()),
        }
    }
}

/// A search for a few texts each, or for many of them in one pass.
fn contains(texts: &[String]) -> Ready {
    let many = (texts.len() > SEARCHES).then(|| AhoCorasick::new(texts).ok()).flatten();
    let each = || texts.iter().map(|text| memmem::Finder::new(text).into_owned()).collect();
    many.map_or_else(|| Ready::Contains(each()), |words| Ready::ContainsAny(Box::new(words)))
}

/// Whether a part of a text is one of the wanted ones. ASCII, as nearly all log text is, is compared where it stands.
fn any(wanted: &[String], text: &str, part: impl for<'t> Fn(&'t str, &str) -> Option<&'t str>) -> bool {
    if text.is_ascii() {
        return wanted.iter().any(|wanted| part(text, wanted).is_some_and(|part| part.eq_ignore_ascii_case(wanted)));
    }
    let folded = text.to_lowercase();
    wanted.iter().any(|wanted| part(&folded, wanted).is_some_and(|part| part == wanted))
}

/// Lower case; most log text is ASCII and often folded already.
fn fold(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        Cow::Owned(text.to_lowercase())
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct NoZones;
    impl Zones for NoZones {
        fn in_zone(&self, address: &str, zone: &str) -> bool {
            address == "10.8.0.7" && zone == "vpn-pool"
        }
    }

    fn holds(test: Test, negated: bool, value: Value<'_>) -> bool {
        Compiled::new(vec![vec![(0, negated, &test)]]).holds(&[value].as_slice(), &NoZones)
    }

    #[test]
    fn texts_are_compared_without_regard_to_case() {
        let text = |text: &'static str| Value::Text(text.into());
        assert!(holds(Test::OneOf(vec!["Security".into()]), false, text("SECURITY")));
        assert!(holds(Test::Suffix(vec!["\\PSEXESVC.exe".into()]), false, text("C:\\Windows\\psexesvc.EXE")));
        assert!(holds(Test::Prefix(vec!["äÖ".into()]), false, text("ÄÖx")));
        assert!(holds(Test::Contains(vec!["ADMIN$".into()]), false, text("\\\\*\\Admin$")));
        assert!(!holds(Test::Contains(vec!["ADMIN$".into()]), true, text("\\\\*\\Admin$")));
    }

    proptest! {
        #[test]
        fn a_part_is_found_as_in_the_folded_text(text in "[aBkK\u{212a}Äß ]{0,6}", part in "[abkÄß]{0,3}") {
            let (folded, wanted) = (text.to_lowercase(), vec![part.clone()]);
            let says = |test| holds(test, false, Value::Text(text.as_str().into()));
            prop_assert_eq!(says(Test::OneOf(wanted.clone())), folded == part.to_lowercase());
            prop_assert_eq!(says(Test::Prefix(wanted.clone())), folded.starts_with(&part.to_lowercase()));
            prop_assert_eq!(says(Test::Suffix(wanted.clone())), folded.ends_with(&part.to_lowercase()));
            prop_assert_eq!(says(Test::Contains(wanted)), folded.contains(&part.to_lowercase()));
        }
    }

    #[test]
    fn one_of_many_texts_is_found_as_one_of_few_is() {
        let many: Vec<String> = (0..50).map(|number| format!("Word{number}x")).collect();
        for text in ["a wORD7X b", "word49x", "Äword12xÖ"] {
            assert!(holds(Test::Contains(many.clone()), false, Value::Text(text.into())), "{text}");
        }
        assert!(!holds(Test::Contains(many.clone()), false, Value::Text("word50x word".into())));
        assert!(holds(Test::OneOf(many.clone()), false, Value::Text("wORD7X".into())));
        assert!(!holds(Test::OneOf(many), false, Value::Text("word7".into())));
    }

    #[test]
    fn a_null_fails_every_test_negated_or_not() {
        for negated in [false, true] {
            assert!(!holds(Test::Present, negated, Value::Null));
            assert!(!holds(Test::OneOf(vec!["x".into()]), negated, Value::Null));
        }
    }

    #[test]
    fn one_item_of_a_list_is_enough_and_negated_none_may_pass() {
        let list = || Value::Texts(vec!["SeDebugPrivilege".into(), "SeTcbPrivilege".into()]);
        let wants = |text: &str| Test::OneOf(vec![text.into()]);
        assert!(holds(wants("setcbprivilege"), false, list()));
        assert!(!holds(wants("setcbprivilege"), true, list()));
        assert!(holds(wants("other"), true, list()));
    }

    #[test]
    fn numbers_are_tested_as_numbers_and_a_boolean_is_one_or_zero() {
        assert!(holds(Test::Between((3, 10)), false, Value::Integer(10)));
        assert!(holds(Test::Mask(0x2), false, Value::Integer(0x6)));
        assert!(holds(Test::Equals(vec![1]), false, Value::Boolean(true)));
        assert!(!holds(Test::Equals(vec![10]), false, Value::Text("10".into())));
    }

    #[test]
    fn a_zone_is_asked_of_the_inventory() {
        assert!(holds(Test::Zone(vec!["clients".into(), "vpn-pool".into()]), false, Value::Text("10.8.0.7".into())));
        assert!(holds(Test::Zone(vec!["clients".into()]), true, Value::Text("10.8.0.7".into())));
    }

    #[test]
    fn no_condition_wants_every_row() {
        assert!(Compiled::default().holds(&[].as_slice(), &NoZones));
    }
}
