use huoshui_journal::{Column, Command, Journal, Query, StateDoc, Test, Value};
use proptest::prelude::*;

use super::{Place, doc};

const T: Column = Column::Text(0);
const I: Column = Column::Int(1);

fn put(journal: &Journal, key: &str, docs: impl IntoIterator<Item = StateDoc>) {
    let command = docs.into_iter().fold(Command::new("a", "o", key, b""), Command::put);
    journal.append_blocking(command).unwrap();
}

pub fn documents_are_written_over_and_removed<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    put(
        &journal,
        "k1",
        [doc("c", "x", Some("a"), Some(1)), doc("c", "y", None, None), doc("other", "x", None, Some(9))],
    );
    let mut second = doc("c", "x", None, Some(2));
    second.version = 7;
    put(&journal, "k2", [second.clone()]);
    assert_eq!(journal.state("c", "x").unwrap(), Some(second));
    let y = doc("c", "y", None, None).version;
    assert_eq!(journal.state_versions("c", &["y", "never", "x", "y"]).unwrap(), [Some(y), None, Some(7), Some(y)]);
    assert_eq!(journal.state_versions("never", &["x"]).unwrap(), [None]);
    assert_eq!(journal.state_versions("c", &[]).unwrap(), []);
    journal.append_blocking(Command::new("a", "o", "k3", b"").delete("c", "x").delete("c", "never")).unwrap();
    assert_eq!(journal.state("c", "x").unwrap(), None);
    let left = journal.list("c", &Query::default(), None, 10).unwrap();
    assert_eq!((left.items, left.next), (vec![doc("c", "y", None, None)], None));
    assert_eq!(journal.state("other", "x").unwrap(), Some(doc("other", "x", None, Some(9))));
}

/// What the list should be: filtered and sorted in memory, documents without the key last.
fn plain(docs: &[StateDoc], query: &Query) -> Vec<String> {
    let value = |d: &StateDoc, c: Column| match c {
        Column::Text(n) => d.columns.text[usize::from(n)].clone().map(Value::Text),
        Column::Int(n) => d.columns.int[usize::from(n)].map(Value::Int),
    };
    let at_least = |a: &Value, b: &Value| match (a, b) {
        (Value::Text(a), Value::Text(b)) => a.as_bytes() >= b.as_bytes(),
        (Value::Int(a), Value::Int(b)) => a >= b,
        _ => false,
    };
    let passes = |d: &StateDoc| {
        query.tests.iter().all(|(c, test)| match (value(d, *c), test) {
            (None, test) => *test == Test::Missing,
            (Some(v), Test::Is(w)) => v == *w,
            (Some(v), Test::AtLeast(w)) => at_least(&v, w),
            (Some(v), Test::Below(w)) => !at_least(&v, w),
            (Some(_), Test::Missing) => false,
        })
    };
    let mut kept: Vec<&StateDoc> = docs.iter().filter(|d| passes(d)).collect();
    kept.sort_by(|a, b| {
        let ids = a.id.as_bytes().cmp(b.id.as_bytes()).reverse_if(query.descending);
        let keys = query.order.map(|c| match (value(a, c), value(b, c)) {
            (Some(v), Some(w)) if v == w => std::cmp::Ordering::Equal,
            (Some(v), Some(w)) => {
                at_least(&v, &w).cmp(&false).then(std::cmp::Ordering::Less).reverse_if(query.descending)
            }
            // Without the key: last, whichever way the list runs.
            (v, w) => v.is_none().cmp(&w.is_none()),
        });
        keys.unwrap_or(std::cmp::Ordering::Equal).then(ids)
    });
    kept.into_iter().map(|d| d.id.clone()).collect()
}

trait ReverseIf {
    fn reverse_if(self, yes: bool) -> Self;
}

impl ReverseIf for std::cmp::Ordering {
    fn reverse_if(self, yes: bool) -> Self {
        if yes { self.reverse() } else { self }
    }
}

fn query() -> impl Strategy<Value = Query> {
    let text = prop::sample::select(vec!["", "a", "b", "海", "z"]).prop_map(|t| (T, Value::Text(t.into())));
    let int = (-2i64..3).prop_map(|i| (I, Value::Int(i)));
    let test = (prop_oneof![text, int], 0..4).prop_map(|((column, value), kind)| {
        (
            column,
            match kind {
                0 => Test::Is(value),
                1 => Test::AtLeast(value),
                2 => Test::Below(value),
                _ => Test::Missing,
            },
        )
    });
    let order = prop::sample::select(vec![None, Some(T), Some(I), Some(Column::Text(3))]);
    (prop::collection::vec(test, 0..3), order, any::<bool>()).prop_map(|(tests, order, descending)| Query {
        tests,
        order,
        descending,
    })
}

pub fn every_page_of_every_order_matches_a_plain_sort<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    let texts = [None, Some(""), Some("a"), Some("b"), Some("海"), Some("B"), None];
    let docs: Vec<StateDoc> = (0..60i64)
        .zip(texts.iter().cycle())
        .map(|(n, text)| doc("c", &format!("d{}", (n * 37) % 60), *text, (n % 4 > 0).then_some(n % 5 - 2)))
        .collect();
    put(&journal, "k", docs.iter().cloned().chain([doc("other", "x", Some("a"), Some(0))]));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 150,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(query(), 1usize..25), |(query, limit)| {
            let (mut ids, mut cursor) = (Vec::new(), None);
            loop {
                let page = journal.list("c", &query, cursor.as_deref(), limit).unwrap();
                prop_assert!(page.items.len() <= limit);
                prop_assert!(page.next.is_none() || page.items.len() == limit);
                ids.extend(page.items.iter().map(|d| d.id.clone()));
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            prop_assert_eq!(ids, plain(&docs, &query));
            Ok(())
        })
        .unwrap();
}

pub fn a_cursor_of_another_list_is_refused<P: Place>() {
    let place = P::fresh();
    let journal = place.journal();
    put(&journal, "k", (0..5).map(|n| doc("c", &format!("d{n}"), Some("a"), Some(n))));
    let by_int = Query::default().sort(I, false);
    let next = journal.list("c", &by_int, None, 2).unwrap().next.unwrap();
    assert_eq!(journal.list("c", &by_int, Some(&next), 2).unwrap().items[0].id, "d2");
    let others =
        [Query::default(), by_int.clone().sort(I, true), by_int.clone().filter(T, Test::Is(Value::Text("a".into())))];
    for other in others {
        assert_eq!(journal.list("c", &other, Some(&next), 2).unwrap_err().code(), "journal.bad_cursor");
    }
    for forged in ["", "[]", "{}", "[\"x\",1,\"d\"]"] {
        assert_eq!(journal.list("c", &by_int, Some(forged), 2).unwrap_err().code(), "journal.bad_cursor");
    }
}
