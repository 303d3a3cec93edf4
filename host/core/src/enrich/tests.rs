use proptest::prelude::*;

use super::*;

fn inventory(json: &str) -> Inventory {
    serde_json::from_str(json).unwrap()
}

fn example() -> Enrichment {
    Enrichment::compile(&inventory(
        r#"{
          "zones": {"vpn-pool": ["10.8.0.0/16"], "clients": ["10.0.0.0/9"], "dmz": ["203.0.113.0/28", "2001:db8:1::/48"],
                    "partner": ["198.51.100.0/24"]},
          "outside_zones": ["partner"],
          "domains": {"corp": ["corp.example.com", "example.com"], "corp-us": ["corp.example.net"]},
          "default_domain": "CORP",
          "hosts": {"fs1-eu": ["fs1.eu.example.com"], "fs1-us": ["fs1.us.example.com"], "dc1": ["old-dc"]},
          "roles": {"domain-controller": ["DC1.corp.example.com", "10.1.0.10"], "scanner": ["10.9.9.0/28", "nessus*"],
                    "file-server": ["nessus-files"]},
          "users": {"corp\\alice": ["alice.smith@example.org", "asmith"]},
          "groups": {"domain-admins": ["adm-alice", "corp-us\\adm-bob"]},
          "privileged": {"accounts": ["da-*"], "groups": ["domain-admins"]},
          "service": {"accounts": ["corp\\svc-*", "backupexec"]},
          "office_hours": {"time_zone": "Asia/Tokyo", "holidays": ["2026-05-04", "12-31"], "hours": [
            {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "19:00"},
            {"days": ["fri"], "from": "22:00", "to": "02:00"}]}
        }"#,
    ))
    .unwrap()
}

fn time(text: &str) -> Time {
    let timestamp: jiff::Timestamp = text.parse().unwrap();
    Time(i64::try_from(timestamp.as_nanosecond()).unwrap())
}

#[test]
fn one_user_in_many_spellings_is_one_key() {
    let enrichment = example();
    for (name, domain) in [
        ("Alice", Some("CORP")),
        ("CORP\\alice", None),
        ("alice", None),
        ("alice", Some("-")),
        ("alice@corp.example.com", Some("ignored")),
        ("ALICE@EXAMPLE.COM.", None),
        ("alice.smith@example.org", None),
        ("asmith", Some("")),
    ] {
        assert_eq!(enrichment.user(name, domain).as_deref(), Some("corp\\alice"), "{name} {domain:?}");
    }
    assert_eq!(enrichment.user("alice", Some("corp.example.net")).as_deref(), Some("corp-us\\alice"));
    assert_eq!(enrichment.user("alice", Some("lab.example")).as_deref(), Some("lab\\alice"));
    assert_eq!(enrichment.user("alice", Some("10.0.0.5")).as_deref(), Some("10.0.0.5\\alice"));
    assert_eq!(enrichment.user("alice", Some(".")).as_deref(), Some(".\\alice"));
}

#[test]
fn the_machines_own_accounts_are_known_in_every_spelling() {
    let enrichment = example();
    for (name, domain) in
        [("SYSTEM", Some("NT AUTHORITY")), ("LocalSystem", None), ("S-1-5-18", None), ("SYSTEM", Some("NT-AUTORITÄT"))]
    {
        assert_eq!(enrichment.user(name, domain).as_deref(), Some("nt authority\\system"), "{name} {domain:?}");
    }
    assert_eq!(enrichment.user("system", Some("corp")).as_deref(), Some("corp\\system"));
    assert_eq!(enrichment.user("S-1-5-21-1-2-3-500", None).as_deref(), Some("s-1-5-21-1-2-3-500"));
}

#[test]
fn what_names_nobody_is_no_key() {
    let enrichment = example();
    for name in ["", "-", " ", "null", "(NULL)", "corp\\", "corp\\-", "N/A", "\\", "-@corp"] {
        assert_eq!(enrichment.user(name, Some("corp")), None, "{name}");
        assert_eq!(enrichment.address(name), None, "{name}");
    }
    for name in
        ["", "-", "localhost", "LOCALHOST.localdomain", "127.0.0.1", "::1", "10.1.2.3", "\\\\", "ldap/10.1.1.1:389"]
    {
        assert_eq!(enrichment.host(name), None, "{name}");
    }
    for text in
        ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "169.254.1.1", "fe80::1%eth0", "LOCAL", "1.2.3"]
    {
        assert_eq!(enrichment.address(text), None, "{text}");
    }
}

#[test]
fn hosts_of_one_short_name_are_split_by_their_domains() {
    let enrichment = example();
    for (name, host) in [
        ("FS1.eu.example.com", "fs1-eu"),
        ("fs1.us.example.com.", "fs1-us"),
        ("fs1", "fs1"),
        ("\\\\WS07", "ws07"),
        ("\\\\ws07\\c$", "ws07"),
        ("cifs/ws07.corp.example.com", "ws07"),
        ("ldap/DC1.corp.example.com:389/corp", "dc1"),
        ("old-dc.corp.example.com", "dc1"),
    ] {
        assert_eq!(enrichment.host(name).as_deref(), Some(host), "{name}");
    }
}

#[test]
fn the_most_specific_network_names_the_zone() {
    let enrichment = example();
    for (address, zone) in [
        ("10.8.3.4", "vpn-pool"),
        ("10.1.0.1", "clients"),
        ("10.200.0.1", "internal"),
        ("172.31.0.1", "internal"),
        ("fd00::1", "internal"),
        ("203.0.113.7", "dmz"),
        ("203.0.113.77", "internet"),
        ("2001:db8:1::5", "dmz"),
        ("2001:db8:2::5", "internet"),
        ("239.1.1.1", "multicast"),
    ] {
        assert_eq!(enrichment.zone(address), Some(zone), "{address}");
    }
    assert_eq!(enrichment.inside("203.0.113.7"), Some(true));
    assert_eq!(enrichment.inside("198.51.100.1"), Some(false));
    assert!(enrichment.in_zone("10.8.3.4", "vpn-pool") && enrichment.in_zone("::ffff:10.8.3.4", "internal"));
    assert!(!enrichment.in_zone("10.8.3.4", "clients") && !enrichment.in_zone("-", "internet"));
}

#[test]
fn a_role_follows_the_name_before_patterns_and_addresses() {
    let enrichment = example();
    assert_eq!(enrichment.role(Some("dc1"), None), Some("domain-controller"));
    assert_eq!(enrichment.role(Some("nessus-2"), Some("10.1.0.10")), Some("scanner"));
    assert_eq!(enrichment.role(Some("nessus-files"), None), Some("file-server"));
    assert_eq!(enrichment.role(Some("ws07"), Some("10.9.9.3")), Some("scanner"));
    assert_eq!(enrichment.role(Some("ws07"), Some("10.9.9.33")), None);
}

#[test]
fn accounts_are_known_by_name_pattern_and_group() {
    let enrichment = example();
    for user in ["corp\\adm-alice", "corp-us\\adm-bob", "lab\\da-carol", "ws07\\administrator", "s-1-5-21-1-2-3-500"] {
        assert!(enrichment.privileged(user), "{user}");
        assert!(!enrichment.service_account(user), "{user}");
    }
    assert!(!enrichment.privileged("corp\\alice") && !enrichment.privileged("corp\\adm-bob"));
    for user in ["corp\\svc-sql", "lab\\backupexec", "corp\\ws07$", "nt service\\mssql", "nt authority\\system"] {
        assert!(enrichment.service_account(user), "{user}");
    }
    assert!(!enrichment.service_account("lab\\svc-sql") && !enrichment.service_account("window manager\\dwm-1"));
}

#[test]
fn office_hours_follow_weekdays_nights_and_holidays() {
    let enrichment = example();
    for (moment, off) in [
        ("2026-04-13T07:59:59.999+09:00", true),
        ("2026-04-13T08:00:00+09:00", false),
        ("2026-04-13T18:59:59+09:00", false),
        ("2026-04-13T19:00:00+09:00", true),
        ("2026-04-17T23:00:00+09:00", false),
        ("2026-04-18T01:59:00+09:00", false),
        ("2026-04-18T02:00:00+09:00", true),
        ("2026-05-04T10:00:00+09:00", true),
        ("2026-12-31T10:00:00+09:00", true),
    ] {
        assert_eq!(enrichment.off_hours(time(moment)), Some(off), "{moment}");
    }
    assert_eq!(Enrichment::default().off_hours(Time(0)), None);
}

#[test]
fn without_an_inventory_the_common_knowledge_answers() {
    let enrichment = Enrichment::default();
    assert_eq!(enrichment.user("Alice", None).as_deref(), Some("alice"));
    assert_eq!(enrichment.user("Alice", Some("CORP.example.com")).as_deref(), Some("corp\\alice"));
    assert_eq!(enrichment.zone("192.168.1.1"), Some("internal"));
    assert_eq!(enrichment.zone("8.8.8.8"), Some("internet"));
    assert!(enrichment.privileged("corp\\administrator") && enrichment.service_account("corp\\ws07$"));
}

#[test]
fn all_problems_are_told_at_once_with_their_place() {
    let faulty = inventory(
        r#"{"zones": {"a/b": ["10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8"], "c": ["10.0.0.0/8"]},
            "outside_zones": ["nowhere"], "domains": {"a": ["x"], "b": ["x"]}, "default_domain": "-",
            "hosts": {"localhost": []}, "roles": {"scanner": ["dc1", "10.0.0.0/99"], "backup": ["dc1"]},
            "users": {"corp\\a": ["corp\\b"], "corp\\b": []}, "groups": {"g": [""]},
            "privileged": {"groups": ["no"]}, "service": {"accounts": ["-"]},
            "office_hours": {"time_zone": "Mars/Base", "hours": [{"days": ["mon"], "from": "8", "to": "25:00"}],
                             "holidays": ["tomorrow"]}}"#,
    );
    let problems = Enrichment::compile(&faulty).unwrap_err();
    let pointers: Vec<&str> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/zones/a~1b/0",
            "/zones/a~1b/1",
            "/zones/c/0",
            "/outside_zones/0",
            "/domains/b/0",
            "/default_domain",
            "/hosts/localhost",
            "/roles/scanner/0",
            "/roles/scanner/1",
            "/users/corp\\a/0",
            "/groups/g/0",
            "/privileged/groups/0",
            "/service/accounts/0",
            "/office_hours/time_zone",
            "/office_hours/hours/0/from",
            "/office_hours/hours/0/to",
            "/office_hours/holidays/0",
        ]
    );
    assert!(problems[1].message.contains("did you mean `10.0.0.0/8`"), "{}", problems[1].message);
}

#[test]
fn the_digest_follows_the_content_alone() {
    let one = inventory(r#"{"default_domain": "corp", "zones": {"a": ["10.0.0.0/8"], "b": []}}"#);
    let same = inventory(r#"{"zones": {"b": [], "a": ["10.0.0.0/8"]}, "default_domain": "corp", "roles": {}}"#);
    assert_eq!(one.digest(), same.digest());
    assert_ne!(one.digest(), Inventory::default().digest());
}

#[test]
fn the_example_file_is_sound() {
    let text = include_str!("../../../../config/inventory.example.yaml");
    let enrichment = Enrichment::compile(&serde_saphyr::from_str(text).unwrap()).unwrap();
    assert_eq!(enrichment.user("asmith", None).as_deref(), Some("corp\\alice"));
    assert!(enrichment.privileged("corp\\da-bob") && enrichment.privileged("corp\\adm-bob"));
    assert_eq!(enrichment.zone("10.8.0.9"), Some("vpn-pool"));
    assert_eq!(enrichment.role(Some("ts-01"), None), Some("terminal-server"));
    assert_eq!(enrichment.off_hours(time("2026-12-31T10:00:00+09:00")), Some(true));
}

/// Text that looks like a name in a log, or not at all.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -@\\\\./:A-Za-c$]{0,12}",
        "\\PC{0,16}",
        "(CORP|fs1|S-1-5-18|corp\\.example\\.com)[@\\\\./][a-zA-Z.@\\\\ ]{0,9}"
    ]
}

proptest! {
    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself(text in name(), domain in proptest::option::of(name())) {
        for enrichment in [example(), Enrichment::default()] {
            if let Some(user) = enrichment.user(&text, domain.as_deref()) {
                prop_assert_eq!(enrichment.user(&user, None), Some(user));
            }
            if let Some(host) = enrichment.host(&text) {
                prop_assert_eq!(enrichment.host(&host), Some(host));
            }
            if let Some(address) = enrichment.address(&text) {
                prop_assert_eq!(enrichment.address(&address), Some(address));
            }
        }
    }

    #[test]
    fn any_spelling_of_an_address_is_one_key(bits in any::<u128>(), v4 in any::<u32>(), port in any::<u16>()) {
        let enrichment = Enrichment::default();
        let long = std::net::Ipv6Addr::from_bits(bits);
        let key = enrichment.address(&long.to_string());
        let segments: Vec<String> = long.segments().iter().map(|segment| format!("{segment:04X}")).collect();
        prop_assert_eq!(&enrichment.address(&segments.join(":")), &key);
        prop_assert_eq!(&enrichment.address(&format!("[{long}]:{port}")), &key);
        prop_assert_eq!(&enrichment.address(&format!("{long}%7")), &key);
        let short = std::net::Ipv4Addr::from_bits(v4);
        let key = enrichment.address(&short.to_string());
        prop_assert_eq!(&enrichment.address(&format!("::FFFF:{short}")), &key);
        prop_assert_eq!(&enrichment.address(&format!(" {short}:{port}")), &key);
    }

    #[test]
    fn case_makes_no_difference(name in "[a-zA-Z0-9.@\\\\-]{0,12}") {
        let enrichment = example();
        prop_assert_eq!(enrichment.user(&name, None), enrichment.user(&name.to_uppercase(), None));
        prop_assert_eq!(enrichment.host(&name), enrichment.host(&name.to_uppercase()));
    }

    #[test]
    fn a_pattern_of_stars_matches_what_it_was_cut_from(text in "[a-c]{0,8}", cut in 0usize..9) {
        let cut = cut.min(text.len());
        let with_star = format!("{}*{}", &text[..cut], &text[cut..]);
        prop_assert!(Pattern::new(with_star).matches(&text));
        prop_assert_eq!(Pattern::new("?".repeat(cut)).matches(&text), cut == text.len());
    }
}
