//! Lists go on by pages: every row stands on one of them, in the order of the whole.

use std::collections::BTreeMap;

use huoshui_exchange::lookup::first_reading;
use serde_json::Value;

use crate::common::{City, Server, config};

/// Every row of a list, page by page, each page full but the last.
fn walked(server: &Server, path: &str, token: &str, (rows, limit): (&str, usize)) -> Vec<Value> {
    let join = if path.contains('?') { '&' } else { '?' };
    let (mut all, mut next) = (Vec::new(), Some(format!("{path}{join}limit={limit}")));
    while let Some(at) = next {
        let page = server.get(&at, Some(token));
        assert_eq!(page.status, 200, "{at}: {}", page.text());
        let page = page.json();
        let items = page[rows].as_array().unwrap();
        next = page["next"].as_str().map(str::to_owned);
        assert!(items.len() <= limit && (items.len() == limit || next.is_none()), "{at}");
        all.extend(items.iter().cloned());
    }
    all
}

#[test]
fn the_lists_of_the_exchange_are_paged_and_each_row_stands_on_one_page() {
    let city = City::with_departments(0);
    let server = Server::start(&city.data(), config());
    let token = server.sign_in("demo-regulator");
    let resources = walked(&server, "/v1/exchange/resources", &token, ("items", 500));
    assert!(walked(&server, "/v1/exchange/sources", &token, ("items", 1)).is_empty(), "none is remote yet");
    assert!(server.stop());
    // Every department answers for its resources itself, at an address where nobody is.
    let mut remote: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for resource in &resources {
        let text = |key: &str| resource[key].as_str().unwrap();
        remote.entry(text("department")).or_default().push(text("code"));
    }
    let toml: String = remote
        .iter()
        .map(|(code, of)| {
            format!("[[department]]\ncode = \"{code}\"\nurl = \"http://127.0.0.1:1\"\nresources = {of:?}\n\n")
        })
        .collect();
    std::fs::write(city.data().join("sources.toml"), toml).unwrap();
    let server = Server::start(&city.data(), config());
    let token = server.sign_in("demo-regulator");
    for (path, least, key) in [
        ("/v1/exchange/resources", 20, "/code"),
        ("/v1/exchange/purposes", 5, "/code"),
        ("/v1/exchange/quality", 20, "/resource"),
        ("/v1/exchange/sources", 10, "/department"),
    ] {
        let whole = walked(&server, path, &token, ("items", 500));
        assert!(whole.len() >= least, "{path}: {}", whole.len());
        let keys: Vec<&str> = whole.iter().map(|row| row.pointer(key).unwrap().as_str().unwrap()).collect();
        assert!(keys.is_sorted(), "{path}: {keys:?}");
        for limit in [1, 3] {
            assert_eq!(walked(&server, path, &token, ("items", limit)), whole, "{path} by {limit}");
        }
        for bad in ["limit=0", "limit=501", "limit=x"] {
            assert_eq!(server.get(&format!("{path}?{bad}"), Some(&token)).code(), "request.bad_parameter", "{path}");
        }
    }
}

#[test]
fn a_look_up_goes_on_past_its_first_hundred_firms() {
    let city = City::new();
    let server = Server::start(&city.data(), config());
    let token = server.sign_in("demo-bank");
    // The first character of some name, as it stands, as pinyin, and as an initial.
    let name = server.get(&format!("/v1/exchange/lookup?q={}", city.enterprise), Some(&token)).json();
    let name = name["hits"][0]["name"].as_str().unwrap().to_owned();
    let character: String = name.chars().take(1).collect();
    let pinyin = first_reading(&character);
    let initial: String = pinyin.chars().take(1).collect();
    let encoded: String = character.bytes().map(|b| format!("%{b:02X}")).collect();
    for query in [encoded, pinyin, initial] {
        let path = format!("/v1/exchange/lookup?q={query}");
        let whole = walked(&server, &path, &token, ("hits", 100));
        let mut codes: Vec<&str> = whole.iter().map(|hit| hit["uscc"].as_str().unwrap()).collect();
        assert!(codes.contains(&city.enterprise.as_str()), "{query} does not find {name}");
        let found = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), found, "{query}: a firm twice");
        assert_eq!(walked(&server, &path, &token, ("hits", 37)), whole, "{query}");
    }
    // `公司` stands in every name: far more than a hundred.
    let all = walked(&server, "/v1/exchange/lookup?q=%E5%85%AC%E5%8F%B8", &token, ("hits", 100));
    let counted = server.get("/v1/exchange/lookup?q=%E5%85%AC%E5%8F%B8&limit=1", Some(&token)).json();
    assert!(all.len() > 200, "{}", all.len());
    // Each page counts against the day's quota.
    let next = server.get(counted["next"].as_str().unwrap(), Some(&token)).json();
    assert_eq!(counted["left"].as_u64().unwrap() - 1, next["left"].as_u64().unwrap());
    for bad in ["x", "%7B%7D"] {
        let refused = server.get(&format!("/v1/exchange/lookup?q=a&cursor={bad}"), Some(&token));
        assert_eq!((refused.status, refused.code().as_str()), (422, "journal.bad_cursor"), "{bad}");
    }
}
