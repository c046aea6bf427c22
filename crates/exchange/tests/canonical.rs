//! Canonical JSON against a slow and plain way to make it: the whole value as a tree, its keys sorted, printed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use huoshui_exchange::canonical;
use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

fn plainly(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&[u8], (&String, &Value)> = map.iter().map(|(k, v)| (k.as_bytes(), (k, v))).collect();
            let members = sorted.values().map(|(k, v)| format!("{}:{}", serde_json::to_string(k).unwrap(), plainly(v)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(plainly).collect::<Vec<_>>().join(",")),
        other => serde_json::to_string(other).unwrap(),
    }
}

fn of(value: &impl Serialize) -> String {
    String::from_utf8(canonical::bytes(value).unwrap()).unwrap()
}

/// Every form of which serde knows, with members out of order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Unit,
    New(Box<Member>),
    Pair(u8, Vec<Form>),
    Struct { z: i64, b: Option<char>, a: BTreeMap<u16, bool> },
}

#[derive(Debug, Serialize)]
struct Member {
    name: String,
    inside: Form,
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<u8>,
    all: (i8, u64, ()),
}

#[derive(Debug, Serialize)]
struct Flat {
    z: u8,
    #[serde(flatten)]
    more: BTreeMap<String, i32>,
    a: u8,
}

fn forms() -> impl Strategy<Value = Form> {
    let maps = prop::collection::btree_map(any::<u16>(), any::<bool>(), 0..4);
    let leaf = prop_oneof![
        Just(()).prop_map(|()| Form::Unit),
        (any::<i64>(), any::<Option<char>>(), maps).prop_map(|(z, b, a)| Form::Struct { z, b, a }),
    ];
    leaf.prop_recursive(4, 32, 3, |inner| {
        let member = (any::<String>(), inner.clone(), any::<Option<u8>>(), any::<(i8, u64, ())>());
        let member = member.prop_map(|(name, inside, gone, all)| Member { name, inside, gone, all });
        prop_oneof![
            member.prop_map(|m| Form::New(Box::new(m))),
            (any::<u8>(), prop::collection::vec(inner, 0..3)).prop_map(|(n, all)| Form::Pair(n, all)),
        ]
    })
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 5, |inner| {
        let keys = prop_oneof![any::<String>(), "[a-c\"\\\\\u{1}é甲]{0,2}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(keys, inner, 0..5).prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_is_written_as_it_would_be_by_sorting(value in values()) {
        prop_assert_eq!(of(&value), plainly(&value));
    }

    #[test]
    fn a_form_is_written_as_its_tree_is(form in forms()) {
        prop_assert_eq!(of(&form), plainly(&serde_json::to_value(&form).unwrap()));
    }
}

#[test]
fn members_that_come_from_elsewhere_are_put_in_order_and_of_two_the_last_counts() {
    let more = [("b".to_owned(), 1), ("a".to_owned(), 2)].into();
    let flat = Flat { z: 9, more, a: 3 };
    assert_eq!(of(&flat), r#"{"a":3,"b":1,"z":9}"#);
    assert_eq!(of(&json!({"é": 1, "z": 2, "\"": 3})), "{\"\\\"\":3,\"z\":2,\"é\":1}");
}

#[test]
fn what_two_programs_may_print_differently_is_refused_wherever_it_stands() {
    for value in [json!(1.0), json!([0.1]), json!({"a": {"b": [1, 2.5]}})] {
        assert_eq!(canonical::bytes(&value).unwrap_err().code(), "exchange.not_canonical", "{value}");
    }
    assert_eq!(canonical::bytes(&f64::NAN).unwrap_err().code(), "exchange.not_canonical");
}
