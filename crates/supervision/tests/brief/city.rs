//! A city for the report's tests: every number is drawn from the digits it is given, so that a number which is not from
//! the input stands out.

use std::collections::BTreeMap;

use huoshui_kernel::date;
use huoshui_supervision::brief::{
    BriefInput, Definition, Figure, Filed, Institution, ListDate, Measure, Place, PolicyDigest, Reporting, Row, Target,
    TargetState, When, Words, wanted,
};
use huoshui_supervision::indicators::{Catalogue, Dim, Entry};

pub const DISTRICTS: [(&str, &str); 17] = [
    ("东城区", "Dongcheng"),
    ("西城区", "Xicheng"),
    ("朝阳区", "Chaoyang"),
    ("丰台区", "Fengtai"),
    ("石景山区", "Shijingshan"),
    ("海淀区", "Haidian"),
    ("门头沟区", "Mentougou"),
    ("房山区", "Fangshan"),
    ("通州区", "Tongzhou"),
    ("顺义区", "Shunyi"),
    ("昌平区", "Changping"),
    ("大兴区", "Daxing"),
    ("怀柔区", "Huairou"),
    ("平谷区", "Pinggu"),
    ("密云区", "Miyun"),
    ("延庆区", "Yanqing"),
    ("北京经济技术开发区", "Yizhuang"),
];
pub const INDUSTRIES: [(&str, &str); 8] = [
    ("制造业", "Manufacturing"),
    ("信息传输、软件和信息技术服务业", "Information transmission, software and information technology services"),
    ("科学研究和技术服务业", "Scientific research and technical services"),
    ("电力、热力、燃气及水生产和供应业", "Electricity, heat, gas and water"),
    ("水利、环境和公共设施管理业", "Water, environment and public facilities"),
    ("批发和零售业", "Wholesale and retail"),
    ("卫生和社会工作", "Health and social work"),
    ("建筑业", "Construction"),
];
const BANKS: [&str; 7] = [
    "中国工商银行股份有限公司北京市分行",
    "中关村科技创新发展村镇银行股份有限公司北京经济技术开发区科技金融专营机构第一支行营业部",
    "北京银行股份有限公司",
    "中国农业银行股份有限公司北京市分行",
    "招商银行股份有限公司北京分行",
    "北京农村商业银行股份有限公司",
    "某某外资银行（中国）有限公司北京分行",
];

/// How a test city is made.
pub struct Plan {
    pub digits: &'static str,
    pub as_of: &'static str,
    /// The sign of a change.
    pub sign: fn(&str) -> i128,
    pub banks: usize,
    pub missing: usize,
    /// Warnings of each filing.
    pub warnings: u64,
}

pub const ALL_DIGITS: Plan = Plan {
    digits: "0123456789",
    as_of: "2025-09-30",
    sign: |code| if code.contains("_bp") { -1 } else { 1 },
    banks: 98,
    missing: 3,
    warnings: 2,
};

/// Numbers that differ from call to call and are the same from run to run.
pub struct Draw {
    digits: Vec<char>,
    state: u64,
}

impl Draw {
    pub fn new(digits: &str) -> Self {
        Self { digits: digits.chars().collect(), state: 0x9E37_79B9_7F4A_7C15 }
    }

    pub fn digits(&mut self, count: usize) -> String {
        let mut out = String::new();
        while out.len() < count {
            self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let c = self.digits[usize::try_from(self.state >> 40).unwrap() % self.digits.len()];
            if !(out.is_empty() && c == '0') {
                out.push(c);
            }
        }
        out
    }
}

fn number(text: &str) -> i128 {
    text.parse().unwrap()
}

fn measured(value: i128, scale: u32, zh: String, en: String) -> Option<Measure> {
    Some(Measure { value, scale, text: Words { zh, en } })
}

/// A figure as its code's unit shows it; `size` is how many digits stand before the decimals.
pub fn figure(code: &str, size: usize, draw: &mut Draw, sign: i128) -> Figure {
    let (numerator, denominator) = (Some(number(&draw.digits(9))), Some(number(&draw.digits(9))));
    let minus = if sign < 0 { "-" } else { "" };
    let measure = if code.contains("_bp") || code.contains("coverage_change") || code.contains("ratio_change") {
        let n = draw.digits(2);
        measured(sign * number(&n), 0, format!("{minus}{n}个基点"), format!("{minus}{n} bp"))
    } else if code.contains("growth") {
        let (n, d) = (draw.digits(2), draw.digits(2));
        let text = format!("{}{n}.{d}%", if sign < 0 { "-" } else { "+" });
        measured(sign * number(&format!("{n}{d}00")), 6, text.clone(), text)
    } else if ["share", "ratio", "coverage", "rate", "utilisation"].iter().any(|w| code.contains(w)) {
        let (n, d) = (draw.digits(2), draw.digits(2));
        measured(number(&format!("{n}{d}00")), 6, format!("{n}.{d}%"), format!("{n}.{d}%"))
    } else if code.contains("count") || code.contains("borrowers") {
        let (n, noun) =
            (draw.digits(size), if code.contains("count") { ("家", "enterprises") } else { ("户", "borrowers") });
        measured(number(&n), 0, format!("{n}{}", noun.0), format!("{n} {}", noun.1))
    } else if code.contains("tenor") || code.contains("banks_per") {
        let n = draw.digits(3);
        measured(number(&n), 0, format!("{n}天"), format!("{n} days"))
    } else if code.contains("avg") {
        let (n, d) = (draw.digits(4), draw.digits(2));
        measured(number(&format!("{n}{d}")), 0, format!("{n}.{d}万元"), format!("CNY {n}.{d} million"))
    } else {
        let (n, d) = (draw.digits(size), draw.digits(2));
        measured(number(&format!("{n}{d}")), 0, format!("{n}.{d}亿元"), format!("CNY {n}.{d} billion"))
    };
    Figure { measure, numerator, denominator }
}

fn row(cut: Dim, key: String, name: Words, size: usize, draw: &mut Draw, plan: &Plan) -> Row {
    let codes = wanted().into_iter().find(|w| w.cut == Some(cut)).unwrap().codes;
    let figures = codes.into_iter().map(|c| (c.to_owned(), figure(c, size, draw, (plan.sign)(c)))).collect();
    Row { key, name, figures }
}

fn rows(cut: Dim, draw: &mut Draw, plan: &Plan) -> Vec<Row> {
    let words = |pairs: &[(&str, &str)]| pairs.iter().map(|(zh, en)| Words::new(*zh, *en)).collect::<Vec<_>>();
    let names = match cut {
        Dim::District => words(&DISTRICTS),
        Dim::Industry => words(&INDUSTRIES),
        Dim::Tier => words(&[("专精特新“小巨人”企业", "Little giant"), ("专精特新中小企业", "SRDI SME")]),
        Dim::Size => words(&[("大型", "Large"), ("中型", "Medium"), ("小型", "Small"), ("微型", "Micro")]),
        Dim::Guarantee => {
            words(&[("信用", "Unsecured credit"), ("抵押", "Mortgage"), ("质押", "Pledge"), ("保证", "Guarantor")])
        }
        Dim::Institution => (0..plan.banks).map(bank).map(|i| i.name).collect(),
    };
    let most = names.len().min(4);
    names
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let mut key = draw.digits(6);
            key.push(char::from(b'a' + u8::try_from(i % 26).unwrap()));
            key.push(char::from(b'a' + u8::try_from(i / 26).unwrap()));
            row(cut, key, name, if i < most { 3 } else { 2 }, draw, plan)
        })
        .collect()
}

fn letters(mut i: usize) -> String {
    let mut out = String::new();
    for _ in 0..3 {
        out.insert(0, char::from(b'A' + u8::try_from(i % 26).unwrap()));
        i /= 26;
    }
    out
}

pub fn bank(i: usize) -> Institution {
    let name = Words::new(
        format!("{}{}", BANKS[i % BANKS.len()], if i < BANKS.len() { String::new() } else { letters(i) }),
        format!("Beijing Branch of the Commercial Bank for Science and Technology {}", letters(i)),
    );
    Institution { code: format!("B{}", letters(i)), name }
}

/// The published names of the indicators.
fn names() -> BTreeMap<String, Words> {
    let catalogue = Catalogue::embedded().unwrap();
    let name = |e: &Entry| (e.indicator.code.to_string(), Words::new(&*e.indicator.name.zh, &*e.indicator.name.en));
    catalogue.entries().iter().map(name).collect()
}

pub fn city(plan: &Plan) -> BriefInput {
    let mut draw = Draw::new(plan.digits);
    let place = Place {
        city: Words::new("北京市", "Beijing"),
        regulator: Words::new("国家金融监督管理总局北京监管局", "Beijing office of the financial regulator"),
    };
    let as_of = date::parse(plan.as_of).unwrap();
    let mut input = BriefInput::new(place, as_of, "GENERATED");
    input.known_at = Some("KNOWN-AT".to_owned());
    let names = names();
    for want in wanted() {
        for code in &want.codes {
            let sign = (plan.sign)(code);
            match (want.when, want.cut) {
                (When::AsOf, None) => {
                    input.figures.insert((*code).to_owned(), figure(code, 4, &mut draw, sign));
                    let definition = Definition {
                        version: draw.digits(1).parse().unwrap(),
                        effective_from: as_of,
                        name: names[*code].clone(),
                        text: Words::new(
                            "按当日名单计算，不含委托贷款、已转让、已核销和转贴现。",
                            "With the list of the day; without entrusted paper.",
                        ),
                        formulas: vec!["SUM(balance_cny) FILTER (WHERE balance_cny > limit)".to_owned()],
                    };
                    input.definitions.insert((*code).to_owned(), definition);
                }
                (When::YearStart, None) => {
                    input.year_start.insert((*code).to_owned(), figure(code, 4, &mut draw, 1));
                }
                _ => {}
            }
        }
        if let Some(cut) = want.cut {
            input.breakdowns.insert(cut, rows(cut, &mut draw, plan));
        }
    }
    input.targets = vec![Target {
        code: "srdi_loan_coverage".to_owned(),
        cell: None,
        goal: Words::new("持续提升", "keeps rising"),
        now: input.figures.get("srdi_loan_coverage").cloned(),
        due: as_of,
        progress_ppm: Some(draw.digits(6).parse().unwrap()),
        state: TargetState::OnSchedule,
    }];
    input.reporting = Reporting {
        filed: (0..plan.banks)
            .map(|i| Filed {
                institution: bank(i),
                accepted_at: "ACCEPTED".to_owned(),
                notes: draw.digits(4).parse().unwrap(),
                warnings: plan.warnings,
                digest: draw.digits(64),
            })
            .collect(),
        missing: (plan.banks..plan.banks + plan.missing).map(bank).collect(),
        lists: vec![ListDate { on: as_of, list: as_of }],
        policies: vec![
            PolicyDigest { name: "indicators/srdi".into(), version: draw.digits(1), digest: draw.digits(64) },
            PolicyDigest { name: "populations/loans".into(), version: draw.digits(1), digest: draw.digits(64) },
        ],
        open_queries: draw.digits(1).parse::<u64>().unwrap(),
        warnings_explained: draw.digits(2).parse().unwrap(),
    };
    input
}
