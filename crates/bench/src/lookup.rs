//! Finding an enterprise among a million by a part of its name, against a plain scan of the same names.

mod served;

use std::hint::black_box;
use std::time::Instant;

use huoshui_exchange::lookup::{Builder, Index, first_reading};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Fault, Uscc};

use crate::{Bench, Row, faults};

/// The group of benchmarks.
pub const BENCH: Bench = Bench {
    name: "lookup",
    what: (
        "在一百万家企业中按名称片段、拼音或首字母查找",
        "Finding enterprises among a million by a part of the name, pinyin or initials",
    ),
    run,
};

/// Hits asked for.
const LIMIT: usize = 20;
/// Runs of each query, the fastest of which counts: the percentile is over queries, not over what else the machine did.
const REPEATS: usize = 3;
/// The aim: ten times faster than the scan even at the 99th percentile.
const AIM: f64 = 10.0;

const PLACES: [&str; 10] = ["北京", "北京市", "北京", "海淀", "北京中关村", "天津", "上海", "深圳", "雄安", "北京亦庄"];
const BRAND: &str = "活水华创智信恒达瑞安博远天成星云科新明德中联光启航鸿泰佳盛和润思源百川海容金石玉林嘉禾兴隆凯旋景行知微\
                     领先卓越飞腾锐思易通云帆汇聚力合正元同方紫晶蓝天绿洲红叶白云青山长风万里千寻九州四维三江五岳六合八方\
                     启明精微感测量子超算芯原质谱纳米磁悬浮激光雷达生命基因细胞免疫药康医影脑机";
const TRADES: [&str; 24] = [
    "科技",
    "信息技术",
    "生物医药",
    "医疗器械",
    "智能装备",
    "新材料",
    "环保",
    "半导体",
    "软件",
    "网络科技",
    "机器人",
    "航空航天",
    "能源",
    "检测技术",
    "精密仪器",
    "数据服务",
    "电子",
    "光电",
    "化工",
    "食品",
    "文化传媒",
    "教育咨询",
    "供应链管理",
    "商贸",
];
const FORMS: [&str; 4] = ["有限公司", "股份有限公司", "有限责任公司", "（北京）有限公司"];

/// A generator of its own: the same names and queries in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bound = u64::try_from(n).unwrap_or(1).max(1);
        usize::try_from((z ^ (z >> 31)) % bound).unwrap_or(0)
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all.get(self.below(all.len())).copied().unwrap_or("")
    }
}

fn name(dice: &mut Dice, brand: &[char]) -> String {
    let mut text = dice.pick(&PLACES).to_owned();
    for _ in 0..2 + dice.below(3) {
        text.extend(brand.get(dice.below(brand.len())));
    }
    text.push_str(dice.pick(&TRADES));
    text.push_str(dice.pick(&FORMS));
    text
}

/// The kinds of query, as rows name them.
const KINDS: [(&str, Kind); 3] = [("part", Kind::Part), ("pinyin", Kind::Pinyin), ("initials", Kind::Initials)];

/// The kinds of query: where a text comes from a name, as an officer would remember a part of it.
#[derive(Clone, Copy)]
enum Kind {
    Part,
    Pinyin,
    Initials,
}

fn query(kind: Kind, name: &str, dice: &mut Dice) -> String {
    // A bracket has no reading.
    let spoken = if matches!(kind, Kind::Part) { name } else { name.split('（').next().unwrap_or(name) };
    let chars: Vec<char> = spoken.chars().collect();
    let length = 2 + dice.below(4);
    let from = dice.below(chars.len().saturating_sub(length) + 1);
    let part: String = chars.iter().skip(from).take(length).collect();
    match kind {
        Kind::Part => part,
        Kind::Pinyin => first_reading(&part),
        Kind::Initials => part.chars().filter_map(|c| first_reading(&c.to_string()).chars().next()).collect(),
    }
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let count: u32 = if small { 5_000 } else { 1_000_000 };
    let queries = if small { 40 } else { 2_000 };
    let brand: Vec<char> = BRAND.chars().filter(|c| !c.is_whitespace()).collect();
    let mut dice = Dice(7);
    say("lookup: making names");
    let names: Vec<String> = (0..count).map(|_| name(&mut dice, &brand)).collect();
    say("lookup: building the index");
    let start = Instant::now();
    let mut builder = Builder::new::<&str>(&[]);
    for (i, name) in (0_u32..).zip(&names) {
        builder.add(firm(i)?, name, None, &[])?;
    }
    let index = builder.build()?;
    let built = start.elapsed().as_secs_f64();
    let mut rows = vec![
        row("lookup_build", f64::from(count) / built, "rows/s", None, None),
        row("lookup_memory", mebibytes(index.bytes()), "MiB", None, None),
    ];
    say("lookup: scanning");
    let mut scans = Vec::new();
    for _ in 0..if small { 3 } else { 30 } {
        let at = dice.below(names.len());
        let text = names.get(at).map_or_else(String::new, |n| query(Kind::Part, n, &mut dice));
        let start = Instant::now();
        let all = names.iter().filter(|n| n.contains(text.as_str())).count();
        scans.push(start.elapsed().as_secs_f64() * 1e3);
        // The two must find alike, or the comparison means nothing.
        if index.search(&text, LIMIT)?.len() < all.min(LIMIT) {
            return Err(Fault::new(&faults::DISAGREES).with("name", "lookup"));
        }
    }
    let scan = percentile(&mut scans, 50);
    for (label, kind) in KINDS {
        say(&format!("lookup: {label}"));
        let mut times = Vec::with_capacity(queries);
        for _ in 0..queries {
            let at = dice.below(names.len());
            let text = names.get(at).map_or_else(String::new, |n| query(kind, n, &mut dice));
            let (mut best, mut hits) = (f64::INFINITY, 0);
            for _ in 0..REPEATS {
                let start = Instant::now();
                hits = search(&index, black_box(&text))?;
                best = best.min(start.elapsed().as_secs_f64() * 1e3);
            }
            times.push(best);
            if hits == 0 {
                return Err(Fault::new(&faults::DISAGREES).with("name", "lookup"));
            }
        }
        for p in [50, 99] {
            let figure = percentile(&mut times, p);
            let aim = (p == 99).then_some(AIM);
            rows.push(row(&format!("lookup_{label}_p{p}"), figure, "ms", Some(scan), aim));
        }
    }
    drop(index);
    rows.extend(served::run(&names, small, say)?);
    Ok(rows)
}

/// The firm of this number.
fn firm(n: u32) -> Result<Uscc> {
    Uscc::compose("91", "110108", &format!("{n:08}"))
}

fn search(index: &Index, text: &str) -> Result<usize> {
    Ok(black_box(index.search(text, LIMIT)?).len())
}

fn row(name: &str, figure: f64, unit: &'static str, limit: Option<f64>, aim: Option<f64>) -> Row {
    Row { name: name.to_owned(), figure, unit, limit, ratio: limit.map(|l| l / figure), aim }
}

fn mebibytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) / 1024.0
}

fn percentile(times: &mut [f64], p: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get((times.len() * p / 100).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0)
}
