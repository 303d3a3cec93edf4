//! Evidence as typed OCSF objects: what an evidence shows, put where a SIEM looks for it.
//!
//! Only what makes a valid object is put there; every value stands in the evidence's `data` as well, as it was seen.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

/// How a value must look.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Address,
    Integer,
    Port,
}

use Form::{Address, Integer, Port, Text};

/// The paths that an evidence's typed objects may hold, and how.
const PATHS: &[(&str, Form)] = &[
    ("actor.user.domain", Text),
    ("actor.user.name", Text),
    ("actor.user.uid", Text),
    ("actor.session.uid", Text),
    ("connection_info.protocol_name", Text),
    ("device.domain", Text),
    ("device.hostname", Text),
    ("device.ip", Address),
    ("device.name", Text),
    ("dst_endpoint.domain", Text),
    ("dst_endpoint.hostname", Text),
    ("dst_endpoint.ip", Address),
    ("dst_endpoint.name", Text),
    ("dst_endpoint.port", Port),
    ("dst_endpoint.svc_name", Text),
    ("dst_endpoint.zone", Text),
    ("file.name", Text),
    ("file.path", Text),
    ("process.cmd_line", Text),
    ("process.name", Text),
    ("process.path", Text),
    ("process.pid", Integer),
    ("query.hostname", Text),
    ("src_endpoint.domain", Text),
    ("src_endpoint.hostname", Text),
    ("src_endpoint.ip", Address),
    ("src_endpoint.name", Text),
    ("src_endpoint.port", Port),
    ("src_endpoint.zone", Text),
    ("url.hostname", Text),
    ("url.path", Text),
    ("url.url_string", Text),
    ("user.domain", Text),
    ("user.name", Text),
    ("user.uid", Text),
    ("win_service.cmd_line", Text),
    ("win_service.name", Text),
    ("win_service.service_start_name", Text),
];

/// The typed objects that the values seen make.
pub(super) fn typed<'a>(seen: impl IntoIterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
    let mut objects = Map::new();
    for (path, text) in seen {
        let form = PATHS.iter().find(|(known, _)| *known == path).map(|(_, form)| *form);
        if let Some(value) = form.and_then(|form| value(form, text)) {
            put(&mut objects, path, value);
        }
    }
    objects.retain(|name, object| object.as_object_mut().is_some_and(|object| complete(name, object)));
    objects
}

fn value(form: Form, text: &str) -> Option<Value> {
    match form {
        Text => Some(json!(text)),
        Address => text.parse::<IpAddr>().ok().map(|address| json!(address.to_string())),
        Integer => text.parse::<i32>().ok().map(Value::from),
        Port => text.parse::<u16>().ok().map(Value::from),
    }
}

fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((name, rest)) => {
            let inner = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Adds what the schema requires beside the values, and tells whether the object may stand.
fn complete(name: &str, object: &mut Map<String, Value>) -> bool {
    let has_any = |names: &[&str]| names.iter().any(|name| object.contains_key(*name));
    match name {
        "device" => {
            let named = has_any(&["hostname", "ip", "name"]);
            object.insert("type_id".to_owned(), json!(0));
            named
        }
        "file" => {
            let path = object.get("path").and_then(Value::as_str).unwrap_or_default();
            let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
            object.entry("name").or_insert(json!(name));
            object.insert("type_id".to_owned(), json!(0));
            true
        }
        "src_endpoint" | "dst_endpoint" => has_any(&["ip", "hostname", "name", "domain", "svc_name"]),
        "process" => has_any(&["pid"]),
        "user" => has_any(&["name", "uid"]),
        "actor" => {
            if let Some(Value::Object(user)) = object.get("user")
                && !(user.contains_key("name") || user.contains_key("uid"))
            {
                object.remove("user");
            }
            !object.is_empty()
        }
        "connection_info" => {
            object.insert("direction_id".to_owned(), json!(0));
            true
        }
        "url" => has_any(&["url_string", "path"]),
        "win_service" => has_any(&["name"]) && has_any(&["cmd_line", "service_start_name"]),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_objects_of_their_type() {
        let objects = typed([
            ("src_endpoint.ip", "::FFFF:10.8.0.23"),
            ("src_endpoint.port", "51512"),
            ("user.name", "corp\\ito"),
            ("file.path", r"C:\Windows\PSEXESVC.exe"),
            ("traffic.bytes_out", "12"),
        ]);
        let expected = json!({
            "src_endpoint": {"ip": "::ffff:10.8.0.23", "port": 51512},
            "user": {"name": "corp\\ito"},
            "file": {"name": "PSEXESVC.exe", "path": r"C:\Windows\PSEXESVC.exe", "type_id": 0},
        });
        assert_eq!(Value::Object(objects), expected);
    }

    #[test]
    fn what_would_make_an_invalid_object_is_left_out() {
        let objects = typed([
            ("src_endpoint.ip", "not an address"),
            ("dst_endpoint.port", "99999"),
            ("process.cmd_line", "whoami"),
            ("win_service.name", "PSEXESVC"),
            ("actor.user.domain", "corp"),
        ]);
        assert_eq!(Value::Object(objects), json!({}));
    }
}
