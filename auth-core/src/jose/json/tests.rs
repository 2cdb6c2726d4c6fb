//! Tests of reading, held against `serde_json`.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::{Document, reference};

fn object(json: &[u8]) -> Option<Map<String, Value>> {
    Document::parse(json.to_vec()).map(|document| document.root().to_map())
}

#[test]
fn duplicate_member_names_are_rejected_at_every_level() {
    assert!(object(br#"{"a":1,"b":{"a":2}}"#).is_some());
    for json in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"a":{"b":1,"b":2}}"#,
        r#"{"a":[{"b":1,"b":2}]}"#,
    ] {
        assert!(object(json.as_bytes()).is_none(), "{json}");
    }
}

/// What `serde_json` calls a number where its feature `arbitrary_precision` is on, is a name here.
#[test]
fn an_object_does_not_pass_for_a_number() {
    let json = r#"{"exp":{"$serde_json::private::Number":"1799999999"},"n":17.5,"m":-1}"#;
    let read = object(json.as_bytes()).unwrap();
    assert!(read["exp"].is_object() && read["n"].is_f64() && read["m"].is_i64(), "{read:?}");
    let two = br#"{"x":{"$serde_json::private::Number":"5","$serde_json::private::Number":"6"}}"#;
    assert!(object(two).is_none());
}

#[test]
fn only_one_object_is_an_object() {
    for json in
        ["", "[]", "1", "null", r#""{}""#, "{}{}", "{} x", "{\"a\":1,}", "{'a':1}", "\u{feff}{}"]
    {
        assert!(object(json.as_bytes()).is_none(), "{json}");
    }
    assert!(object(b" {\r\n} ").is_some());
    assert!(object(b"{\"a\":\"\xff\"}").is_none());
    assert!(object(br#"{"a":1e400}"#).is_none());
}

#[test]
fn nesting_is_bounded() {
    let nest = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(object(nest(31).as_bytes()).is_some());
    assert!(object(nest(32).as_bytes()).is_none());
    assert!(object(nest(100_000).as_bytes()).is_none());
    for levels in 28..36 {
        let objects = format!("{}0{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        for text in [nest(levels), objects] {
            let text = text.as_bytes();
            assert_eq!(object(text), reference::object(text), "{levels}");
        }
    }
}

/// Every text that is one byte away from one that has everything in it.
#[test]
fn one_other_byte_is_read_as_the_reference_reads_it() {
    let text =
        br#" {"a" :[1,-0.5e1, true,{"b":null,"":"x\n\u0061\""}], "d":{},"e":[ ] ,"f":false} "#;
    assert!(object(text).is_some());
    let agree = |changed: &[u8]| {
        let readable = String::from_utf8_lossy(changed);
        assert_eq!(object(changed), reference::object(changed), "{readable}");
    };
    for place in 0..text.len() {
        let (before, after) = text.split_at(place);
        agree(&[before, &after[1..]].concat());
        for byte in 0..=u8::MAX {
            agree(&[before, &[byte], after].concat());
            agree(&[before, &[byte], &after[1..]].concat());
        }
    }
}

/// Values of every kind, with names and texts that need escapes.
fn value() -> impl Strategy<Value = Value> {
    let text = || "[a-c\"\\\\\n\u{e9}\u{1f600}]{0,4}";
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Pieces of JSON and of what is nearly JSON.
const PIECES: [&str; 58] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\",
    "\"a\":",
    "\"b\":",
    "\"\\u0061\":",
    "{\"a\":",
    "[{",
    "}]",
    " ",
    "\t",
    "\n",
    "\r",
    "\u{b}",
    "\u{a0}",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "true",
    "false",
    "null",
    "tru",
    "nulL",
    "0",
    "1",
    "-",
    "-0",
    "-1",
    "01",
    "+1",
    "1.",
    ".5",
    "1.5",
    "1e5",
    "1E+2",
    "1e",
    "1e400",
    "-1e-400",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "0x1",
    "NaN",
    "Infinity",
    "\"\\ud83d\\ude00\"",
    "\"\\ud83d\"",
    "\"\\u00e9 \\/\\n\"",
    "\"\\x\"",
    "\"long enough for two times eight\"",
    "\"\u{e9}\u{1f600}\"",
    "//",
];

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        1 => proptest::sample::select(PIECES.as_slice()).prop_map(str::to_owned),
        // Whole members, so that much of it is JSON in the end.
        1 => ("[a-d]{0,2}", value()).prop_map(|(name, value)| format!("\"{name}\":{value},")),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| format!("{{{}", pieces.concat()))
}

/// A change of a text: at a place, so many bytes are taken away and these put there.
fn change() -> impl Strategy<Value = (proptest::sample::Index, usize, Vec<u8>)> {
    let byte = prop_oneof![
        4 => proptest::sample::select(br#"{}[]:,"\ 019-+.eEtfnu/"#.as_slice()),
        1 => any::<u8>(),
    ];
    (any::<proptest::sample::Index>(), 0..3_usize, proptest::collection::vec(byte, 0..3))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn pieces_of_json_are_read_as_the_reference_reads_them(text in pieces(), end in "[,}\\]]{0,3}") {
        let trimmed = text.trim_end_matches(',');
        for text in [format!("{text}{end}"), format!("{trimmed}}}")] {
            let text = text.as_bytes();
            prop_assert_eq!(object(text), reference::object(text));
        }
    }

    #[test]
    fn json_with_a_few_bytes_changed_is_read_as_the_reference_reads_it(
        members in proptest::collection::btree_map("[a-c\u{e4}\\\\]{0,3}", value(), 0..6),
        changes in proptest::collection::vec(change(), 0..3),
    ) {
        let json = Value::Object(members.into_iter().collect());
        for text in [json.to_string(), format!("{json:#}")] {
            let mut text = text.into_bytes();
            for (place, length, bytes) in &changes {
                let place = place.index(text.len() + 1);
                text.splice(place..text.len().min(place + length), bytes.iter().copied());
            }
            prop_assert_eq!(object(&text), reference::object(&text));
        }
    }
}

proptest! {
    #[test]
    fn every_value_is_read_as_it_is(members in proptest::collection::btree_map("[a-z\u{e4}\\\\]{0,3}", value(), 0..40)) {
        let json = Value::Object(members.into_iter().collect());
        for text in [json.to_string(), format!("{json:#}")] {
            prop_assert_eq!(object(text.as_bytes()).map(Value::Object), Some(json.clone()));
        }
    }

    #[test]
    fn what_is_read_is_what_serde_json_reads(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Some(strict) = object(&bytes) {
            let lax: Value = serde_json::from_slice(&bytes).unwrap();
            prop_assert_eq!(Value::Object(strict), lax);
        }
    }

    #[test]
    fn an_object_with_names_of_its_own_is_read(names in proptest::collection::btree_map("[a-z]{1,3}", any::<f64>().prop_filter("finite", |f| f.is_finite()), 0..8)) {
        let text = serde_json::to_string(&names).unwrap();
        // Read back by the same library: by default it reads a few floats one ulp off.
        let lax: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(object(text.as_bytes()).map(Value::Object), Some(lax));
    }
}
