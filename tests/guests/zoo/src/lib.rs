//! A detector that does what its settings say, well or badly, at each of its three functions.
//!
//! Settings: `{"configure": <deed>, "evaluate": <deed>, "on_key": <key>}`; with `on_key`, only a call that holds the
//! group of that key is answered badly. `describe` comes before any settings: what it does stands in [`DESCRIBE`], and a
//! test writes another deed over it in the built file.
//!
//! On its good behaviour it counts the rows of each key and finds `many-rows` at the fifth.

mod deeds;
mod good;
mod lies;

use std::cell::RefCell;

wit_bindgen::generate!({ world: "detector", path: "../../../wit" });

use exports::sekisho::detector::plugin::{Call, Guest, Identity, Outcome, Plan, Problem};

/// What `describe` does: the word after the equals sign, up to the first dot.
static DESCRIBE: [u8; 32] = *b"zoo-describe=well...............";

thread_local! {
    static SETTINGS: RefCell<Settings> = RefCell::default();
}

#[derive(Default)]
struct Settings {
    evaluate: String,
    on_key: Option<String>,
}

struct Zoo;

impl Guest for Zoo {
    fn describe() -> Identity {
        // Read as if it could change, since a test changes it.
        let mark = std::hint::black_box(&DESCRIBE);
        let deed = mark["zoo-describe=".len()..].split(|&byte| byte == b'.').next().unwrap_or_default();
        let deed = String::from_utf8_lossy(deed);
        deeds::commit(&deed);
        lies::identity(good::identity(), &deed)
    }

    fn configure(settings: String) -> Result<Plan, Vec<Problem>> {
        let settings: serde_json::Value = serde_json::from_str(&settings)
            .map_err(|error| vec![Problem { at: String::new(), message: error.to_string() }])?;
        let text = |name: &str| settings.get(name).and_then(|value| value.as_str()).map(str::to_owned);
        let deed = text("configure").unwrap_or_default();
        if deed == "refuse" {
            return Err(vec![Problem { at: "/configure".to_owned(), message: "it asks for a refusal".to_owned() }]);
        }
        deeds::commit(&deed);
        let evaluate = text("evaluate").unwrap_or_default();
        SETTINGS.set(Settings { evaluate, on_key: text("on_key") });
        Ok(lies::plan(good::plan(), &deed))
    }

    fn evaluate(call: Call) -> Result<Outcome, String> {
        SETTINGS.with_borrow(|settings| {
            let here =
                settings.on_key.as_ref().is_none_or(|key| call.groups.iter().any(|group| group.key.contains(key)));
            let deed = if here { settings.evaluate.as_str() } else { "" };
            if deed == "refuse" {
                return Err("these rows\nare refused".to_owned());
            }
            if deed == "idle" {
                return Ok(good::nothing());
            }
            deeds::commit(deed);
            Ok(lies::outcome(good::outcome(&call), &call, deed))
        })
    }
}

export!(Zoo);
