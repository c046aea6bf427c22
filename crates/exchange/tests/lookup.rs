//! Finding enterprises by a part of a code or name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_exchange::lookup::{Builder, Index, MAX_HITS, Matched};
use huoshui_kernel::Uscc;
use proptest::prelude::*;
use serde_json::json;

fn uscc(n: usize) -> Uscc {
    Uscc::compose("91", "110108", &format!("MA{n:06}")).unwrap()
}

const FIRMS: [(&str, Option<&str>); 10] = [
    ("北京活水科技有限公司", None),
    ("活水科技（北京）有限公司", Some("长源科技有限公司")),
    ("北京活水源生物医药有限公司", None),
    ("北京重庆路餐饮有限公司", None),
    ("北京行知教育有限公司", None),
    ("TCL（北京）电子有限公司", None),
    ("北京三六零360安全有限公司", None),
    ("北京绿洲环保有限公司", Some("北京活水环保有限公司")),
    ("活水", None),
    ("西安航天有限公司", None),
];

fn index() -> Index {
    let mut builder = Builder::new(&["district"]);
    for (i, (name, former)) in FIRMS.iter().enumerate() {
        builder.add(uscc(i), name, *former, &[json!("海淀")]).unwrap();
    }
    builder.build().unwrap()
}

fn found(index: &Index, query: &str) -> Vec<(usize, Matched)> {
    let at = |u: Uscc| (0..FIRMS.len()).find(|i| uscc(*i) == u).unwrap();
    index.search(query, 10).unwrap().into_iter().map(|h| (at(h.uscc), h.matched)).collect()
}

#[test]
fn names_codes_pinyin_and_initials_find_and_rank() {
    use Matched::{InitialsPart, InitialsPrefix, Name, NamePart, NamePrefix, PinyinPart, PinyinPrefix};
    let index = index();
    for (query, expected) in [
        ("活水", vec![(8, Name), (1, NamePrefix), (0, NamePart), (2, NamePart), (7, NamePart)]),
        ("活水科技", vec![(1, NamePrefix), (0, NamePart)]),
        ("水源", vec![(2, NamePart)]),
        // Brackets and blanks make no difference.
        ("活水科技(北京)", vec![(1, NamePrefix)]),
        (" 活 水 源", vec![(2, NamePart)]),
        ("源", vec![(2, NamePart), (1, NamePart)]),
        ("tcl", vec![(5, NamePrefix)]),
        ("360", vec![(6, NamePart)]),
        ("ＴＣＬ", vec![(5, NamePrefix)]),
        // Whole syllables, and the last of them unfinished.
        ("huoshuik", vec![(1, PinyinPrefix), (0, PinyinPart)]),
        ("huoshuikeji", vec![(1, PinyinPrefix), (0, PinyinPart)]),
        ("huo shui yuan", vec![(2, PinyinPart)]),
        // Every reading: chóng and zhòng, háng and xíng, cháng and zhǎng.
        ("chongqinglu", vec![(3, PinyinPart)]),
        ("zhongqinglu", vec![(3, PinyinPart)]),
        ("hangzhi", vec![(4, PinyinPart)]),
        ("xingzhi", vec![(4, PinyinPart)]),
        ("zhangyuan", vec![(1, PinyinPrefix)]),
        ("lvzhou", vec![(7, PinyinPart)]),
        ("lüzhou", vec![(7, PinyinPart)]),
        // One syllable, or two.
        ("xianhang", vec![(9, PinyinPrefix)]),
        ("xi'anhang", vec![(9, PinyinPrefix)]),
        ("hskj", vec![(1, InitialsPrefix), (0, InitialsPart)]),
        ("bjhs", vec![(0, InitialsPrefix), (2, InitialsPrefix), (7, InitialsPrefix)]),
        ("zqlcy", vec![(3, InitialsPart)]),
        ("cqlcy", vec![(3, InitialsPart)]),
        // Mixed.
        ("活水kj", vec![(1, InitialsPrefix), (0, InitialsPart)]),
        ("北京huoshui源", vec![(2, InitialsPrefix)]),
        ("bj活水y", vec![(2, InitialsPrefix)]),
        ("无此名", vec![]),
        ("活技", vec![]),
        ("qqqq", vec![]),
        ("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", vec![]),
    ] {
        assert_eq!(found(&index, query), expected, "{query}");
    }
    let hit = &index.search("长源", 10).unwrap()[0];
    assert!(hit.by_former_name);
    assert_eq!((hit.name.as_str(), hit.former_name.as_deref()), ("活水科技（北京）有限公司", Some("长源科技有限公司")));
    assert_eq!(hit.public, [json!("海淀")]);
}

#[test]
fn a_code_is_found_whole_or_from_its_beginning() {
    let index = index();
    let whole = uscc(3);
    assert_eq!(found(&index, whole.as_str()), [(3, Matched::Uscc)]);
    assert_eq!(found(&index, &whole.as_str().to_lowercase()), [(3, Matched::Uscc)]);
    let all = found(&index, "91110108");
    assert_eq!(all.len(), FIRMS.len());
    let mut codes: Vec<Uscc> = (0..FIRMS.len()).map(uscc).collect();
    codes.sort();
    let hits = index.search("91110108", 4).unwrap();
    assert_eq!(hits.iter().map(|h| h.uscc).collect::<Vec<_>>(), codes[..4], "in their order");
    assert_eq!(found(&index, "911"), [], "too short to mean anything");
}

#[test]
fn bounds_are_held() {
    let index = index();
    assert_eq!(index.search(" ", 10).unwrap_err().code(), "exchange.query");
    assert_eq!(index.search(&"水".repeat(61), 10).unwrap_err().code(), "exchange.query");
    assert!(index.search(&"水".repeat(60), 10).unwrap().is_empty());
    assert_eq!(index.search("公司", 0).unwrap().len(), 1);
    let empty = Builder::new::<&str>(&[]).build().unwrap();
    assert!(empty.is_empty());
    for query in ["活水", "huo", "hs", "h", "9111", "活h"] {
        assert!(empty.search(query, 10).unwrap().is_empty());
    }
    // A code given again replaces the first.
    let mut builder = Builder::new::<&str>(&[]);
    builder.add(uscc(1), "旧名", None, &[]).unwrap();
    builder.add(uscc(1), "新名", None, &[]).unwrap();
    let one = builder.build().unwrap();
    assert!(one.len() == 1 && one.search("旧名", 9).unwrap().is_empty() && one.search("新名", 9).unwrap().len() == 1);
}

/// Every page of a query, one after another.
fn paged(index: &Index, query: &str, limit: usize) -> Vec<(Uscc, Matched, bool)> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (hits, next) = index.page(query, limit, after.as_ref()).unwrap();
        assert!(hits.len() == limit || next.is_none(), "a page is short only at the end");
        all.extend(hits.into_iter().map(|h| (h.uscc, h.matched, h.by_former_name)));
        let Some(next) = next else { return all };
        assert_eq!(Some((next.uscc, next.matched, next.former)), all.last().copied());
        after = Some(next);
    }
}

#[test]
fn pages_go_on_after_a_firm_that_is_gone() {
    let index = index();
    let (first, after) = index.page("活水", 2, None).unwrap();
    assert_eq!(first.len(), 2);
    let mut builder = Builder::new::<&str>(&[]);
    for (i, (name, former)) in FIRMS.iter().enumerate().filter(|(i, _)| uscc(*i) != first[1].uscc) {
        builder.add(uscc(i), name, *former, &[]).unwrap();
    }
    let (rest, last) = builder.build().unwrap().page("活水", 9, after.as_ref()).unwrap();
    let rest: Vec<Uscc> = rest.iter().map(|h| h.uscc).collect();
    assert_eq!((rest, last), ([0, 2, 7].map(uscc).to_vec(), None));
}

/// Few characters, so that pairs are common and sets are maps as well as lists.
fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[北京活水科技长行A1]{1,7}", 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same as a plain scan in the documented order.
    #[test]
    fn the_index_finds_what_a_scan_finds(names in names(), query in "[北京活水科技长行a1]{1,4}", limit in 1..30_usize) {
        let mut builder = Builder::new::<&str>(&[]);
        for (i, name) in names.iter().enumerate() {
            builder.add(uscc(i), name, None, &[]).unwrap();
        }
        let index = builder.build().unwrap();
        let folded: Vec<String> = names.iter().map(|n| n.to_lowercase()).collect();
        let mut expected: Vec<(u8, usize, &str, Uscc)> = folded.iter().enumerate().filter(|(_, n)| n.contains(&query))
            .map(|(i, n)| {
                let class = if *n == query { 0 } else if n.starts_with(&query) { 1 } else { 2 };
                (class, n.chars().count(), n.as_str(), uscc(i))
            }).collect();
        expected.sort();
        let by_name = |h: &huoshui_exchange::lookup::Hit| h.matched <= Matched::NamePart && h.matched != Matched::Uscc;
        let found: Vec<Uscc> = index.search(&query, MAX_HITS).unwrap().iter().filter(|h| by_name(h)).map(|h| h.uscc).collect();
        let all: Vec<Uscc> = expected.iter().map(|e| e.3).take(MAX_HITS).collect();
        prop_assert_eq!(&found, &all);
        let few: Vec<Uscc> = index.search(&query, limit).unwrap().iter().filter(|h| by_name(h)).map(|h| h.uscc).collect();
        prop_assert_eq!(few, all.into_iter().take(limit).collect::<Vec<_>>());
    }

    /// Pages give what one long answer gives, each firm once, former names and all.
    #[test]
    fn pages_give_everything_once(
        names in names(), formers in names(), query in "[北京活水科长行a1bjhskcz]{1,3}|9111|changhang|huo", limit in 1..9_usize,
    ) {
        let mut builder = Builder::new::<&str>(&[]);
        for (i, name) in names.iter().take(40).enumerate() {
            builder.add(uscc(i), name, formers.get(i).map(String::as_str), &[]).unwrap();
        }
        let index = builder.build().unwrap();
        let whole = index.search(&query, MAX_HITS).unwrap();
        let whole: Vec<_> = whole.into_iter().map(|h| (h.uscc, h.matched, h.by_former_name)).collect();
        prop_assert_eq!(paged(&index, &query, limit), whole);
    }

    /// Initials: every firm whose characters can be read so, and no other.
    #[test]
    fn initials_find_what_a_scan_finds(names in names(), query in "[bjhskczx]{2,4}") {
        let letters = |c: char| match c {
            '北' => "b", '京' => "j", '活' => "h", '水' => "s", '科' => "k", '技' => "j", '长' => "cz", '行' => "hx",
            'A' => "a", _ => "",
        };
        let mut builder = Builder::new::<&str>(&[]);
        for (i, name) in names.iter().enumerate() {
            builder.add(uscc(i), name, None, &[]).unwrap();
        }
        let index = builder.build().unwrap();
        let reads = |name: &str| {
            let chars: Vec<char> = name.chars().collect();
            chars.windows(query.len()).any(|w| w.iter().zip(query.chars()).all(|(c, q)| letters(*c).contains(q)))
        };
        let expected: std::collections::BTreeSet<Uscc> =
            names.iter().enumerate().filter(|(_, n)| reads(n)).map(|(i, _)| uscc(i)).collect();
        let hits = index.search(&query, MAX_HITS).unwrap();
        let of = |least: Matched| -> std::collections::BTreeSet<Uscc> {
            hits.iter().filter(|h| h.matched >= least).map(|h| h.uscc).collect()
        };
        prop_assert!(of(Matched::InitialsPrefix).is_subset(&expected));
        // Some are met by pinyin first: “sh” begins the syllable shui.
        if hits.len() < MAX_HITS {
            prop_assert!(of(Matched::Uscc).is_superset(&expected));
        }
    }
}
