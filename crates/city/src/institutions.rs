//! Institutions and departments. Their names sound right and are nobody's.

use crate::dice::{Dice, Purpose, float, scaled};
use crate::targets::Targets;

/// An institution.
#[derive(Clone, Debug)]
pub(crate) struct Institution {
    pub(crate) code: String,
    pub(crate) name_zh: String,
    pub(crate) name_en: String,
    pub(crate) kind: String,
    pub(crate) funding: &'static str,
    pub(crate) lends: bool,
    /// Weight among all lenders when a firm looks for a bank.
    pub(crate) weight: f64,
    /// What this bank adds to its rates, basis points.
    pub(crate) margin_bp: f64,
}

/// Chinese and English words of a name, by kind, in the order in which they are used.
const NAMES: &[(&str, &str, &[(&str, &str)])] = &[
    (
        "policy_bank",
        "北京市分行|Beijing Branch",
        &[("国兴发展银行", "Guoxing Development Bank"), ("农工信贷银行", "Agro-Industrial Credit Bank")],
    ),
    (
        "large_bank",
        "股份有限公司北京市分行|Beijing Branch",
        &[
            ("华岳银行", "Huayue Bank"),
            ("国泰兴业银行", "Guotai Industry Bank"),
            ("中域银行", "Zhongyu Bank"),
            ("大陆建业银行", "Dalu Construction Bank"),
            ("金禾农商储备银行", "Jinhe Agricultural Reserve Bank"),
            ("邮信储蓄银行", "Youxin Savings Bank"),
        ],
    ),
    (
        "joint_stock_bank",
        "股份有限公司北京分行|Beijing Branch",
        &[
            ("招远银行", "Zhaoyuan Bank"),
            ("申浦银行", "Shenpu Bank"),
            ("信达昌银行", "Xindachang Bank"),
            ("民和银行", "Minhe Bank"),
            ("兴岳银行", "Xingyue Bank"),
            ("光晟银行", "Guangsheng Bank"),
            ("华盛夏银行", "Huashengxia Bank"),
            ("平和银行", "Pinghe Bank"),
            ("广源银行", "Guangyuan Bank"),
            ("渤湾银行", "Bowan Bank"),
            ("浙澜银行", "Zhelan Bank"),
            ("恒昌丰银行", "Hengchangfeng Bank"),
        ],
    ),
    ("city_bank", "股份有限公司|", &[("京城科创银行", "Jingcheng Sci-tech Bank")]),
    ("rural_bank", "股份有限公司|", &[("京郊农村商业银行", "Jingjiao Rural Commercial Bank")]),
    ("private_bank", "股份有限公司|", &[("中关村联创银行", "Zhongguancun Lianchuang Bank")]),
];
const CITY_PLACES: &[(&str, &str)] = &[
    ("津海", "Jinhai"),
    ("河朔", "Heshuo"),
    ("盛奉", "Shengfeng"),
    ("齐鲁源", "Qiluyuan"),
    ("江苏南", "Jiangsunan"),
    ("沪滨", "Hubin"),
    ("宁远", "Ningyuan"),
    ("杭越", "Hangyue"),
    ("徽安", "Hui'an"),
    ("锦川", "Jinchuan"),
    ("长岭", "Changling"),
    ("大辽", "Daliao"),
    ("晋阳", "Jinyang"),
];
const BRANDS: &[(&str, &str)] = &[
    ("莱茵", "Rhenania"),
    ("北海", "Nordsee"),
    ("泰晤", "Thames"),
    ("洛泉", "Loquen"),
    ("瑞峰", "Helvic"),
    ("枫岭", "Maple Ridge"),
    ("樱川", "Sakurakawa"),
    ("汉阳江", "Hanyang"),
    ("狮港", "Lion Harbour"),
    ("维港", "Vicport"),
    ("珠澜", "Pearl Wave"),
    ("阿尔卑", "Alpina"),
    ("卢泰", "Lutetia"),
    ("塞纳", "Sequana"),
    ("蒂罗", "Tyrolis"),
    ("哈德逊", "Hudsonian"),
    ("波托", "Potomac"),
    ("密歇", "Mishigan"),
    ("安第", "Andina"),
    ("恒河", "Ganga"),
    ("湄江", "Mekong"),
    ("南屿", "Nusantara"),
    ("澳岭", "Austral"),
    ("富士川", "Fujikawa"),
    ("多瑙", "Danubia"),
    ("伏尔", "Volga"),
    ("波罗", "Baltica"),
    ("伊比", "Iberica"),
    ("台海", "Taihai"),
    ("高丽", "Koryo"),
    ("尼罗", "Nilotic"),
    ("开普", "Cape"),
    ("红海", "Red Sea"),
    ("圣劳", "Laurentian"),
];
const GROUPS: &[(&str, &str)] = &[
    ("航天联", "Aerospace Union"),
    ("电科源", "Electro-Science"),
    ("华能聚", "Huaneng Joint"),
    ("京工", "Jinggong"),
    ("中建岳", "Zhongjian Yue"),
    ("铁投", "Rail Investment"),
    ("国粮", "National Grain"),
    ("核盛", "Hesheng Nuclear"),
    ("兵装", "Ordnance"),
    ("船舶海", "Shipbuilding"),
    ("首钢源", "Shougang Yuan"),
    ("北汽联", "Beiqi Union"),
    ("化工集", "Chemical"),
    ("电网通", "Grid"),
    ("石化恒", "Petrochemical"),
    ("通信盛", "Telecom"),
    ("医药康", "Pharma"),
];
const COUNTIES: &[(&str, &str)] = &[
    ("延庆", "Yanqing"),
    ("密云", "Miyun"),
    ("怀柔", "Huairou"),
    ("平谷", "Pinggu"),
    ("顺义", "Shunyi"),
    ("昌平", "Changping"),
    ("大兴", "Daxing"),
    ("通州", "Tongzhou"),
    ("房山", "Fangshan"),
    ("门头沟", "Mentougou"),
    ("海淀", "Haidian"),
];
const INSURERS: &[(&str, &str)] = &[
    ("华泰安", "Huatai'an"),
    ("国寿源", "Guoshouyuan"),
    ("平和", "Pinghe"),
    ("太岳", "Taiyue"),
    ("中联", "Zhonglian"),
    ("阳和", "Yanghe"),
    ("大地恒", "Dadiheng"),
    ("永盛", "Yongsheng"),
    ("天安泽", "Tian'anze"),
    ("都邦信", "Dubangxin"),
    ("亚联", "Yalian"),
    ("安盟", "Anmeng"),
    ("众和", "Zhonghe"),
    ("英泰", "Yingtai"),
    ("紫金源", "Zijinyuan"),
    ("长江安", "Changjiang'an"),
    ("鼎和", "Dinghe"),
    ("泰岳", "Taishan Yue"),
];

/// Every institution, lenders first. Their number grows with the square root of the scale: a city of twice the firms
/// has larger banks as well as more of them.
pub(crate) fn make(seed: u64, scale: f64, targets: &Targets) -> Vec<Institution> {
    let mut list = Vec::new();
    for row in &targets.institutions {
        let count = if (scale - 1.0).abs() < 1e-9 { row.count } else { scaled(row.count, scale.sqrt(), 1) };
        // Zipf within the kind: the second institution is half as large as the first, the third a third …
        let harmonic: f64 = (1..=count).map(|i| 1.0 / float(i + 1)).sum();
        for place in 0..count {
            let id = list.len() as u64;
            let mut dice = Dice::new(seed, Purpose::Institution, id);
            let lends = !row.kind.ends_with("_insurer") && row.kind != "guarantor";
            let (name_zh, name_en) = name(&row.kind, place);
            let letter = if lends { 'B' } else { 'I' };
            list.push(Institution {
                code: format!("{letter}{:04}", id + 1),
                name_zh,
                name_en,
                funding: if row.kind == "foreign_bank" { "foreign" } else { "chinese" },
                lends,
                weight: if lends { row.share / float(place + 2) / harmonic } else { 0.0 },
                margin_bp: margin(&row.kind) + 6.0 * dice.normal(),
                kind: row.kind.clone(),
            });
        }
    }
    list
}

fn margin(kind: &str) -> f64 {
    match kind {
        "policy_bank" => -45.0,
        "large_bank" => -14.0,
        "city_bank" => 4.0,
        "rural_bank" => 22.0,
        "village_bank" => 90.0,
        "private_bank" => 110.0,
        "finance_company" => -12.0,
        _ => 0.0,
    }
}

/// A name of this kind; beyond the words at hand a number makes it unique.
fn name(kind: &str, place: u64) -> (String, String) {
    let index = usize::try_from(place).unwrap_or(0);
    let turn = |words: &[(&str, &str)], skip: usize| -> (String, String) {
        let place = index.saturating_sub(skip);
        let (zh, en) = words.get(place % words.len().max(1)).copied().unwrap_or(("京信", "Jingxin"));
        match place / words.len().max(1) {
            0 => (zh.to_owned(), en.to_owned()),
            again => (format!("{zh}第{}", again + 1), format!("{en} No. {}", again + 1)),
        }
    };
    if let Some((_, suffix, words)) = NAMES.iter().find(|(k, _, _)| *k == kind)
        && let Some((zh, en)) = words.get(index)
    {
        let (tail_zh, tail_en) = suffix.split_once('|').unwrap_or((suffix, ""));
        return (format!("{zh}{tail_zh}"), format!("{en} {tail_en}").trim().to_owned());
    }
    let (parts, zh_tail, en_tail) = match kind {
        "city_bank" => (turn(CITY_PLACES, 1), "银行股份有限公司北京分行", "Bank Beijing Branch"),
        "village_bank" => (turn(COUNTIES, 0), "惠民村镇银行股份有限公司", "Huimin Village and Township Bank"),
        "foreign_bank" => (turn(BRANDS, 0), "银行（中国）有限公司北京分行", "Bank (China) Beijing Branch"),
        "finance_company" => (turn(GROUPS, 0), "集团财务有限责任公司", "Group Finance Company"),
        "property_insurer" => {
            (turn(INSURERS, 0), "财产保险股份有限公司北京分公司", "Property Insurance Beijing Branch")
        }
        "life_insurer" => (turn(INSURERS, 0), "人寿保险股份有限公司北京分公司", "Life Insurance Beijing Branch"),
        "guarantor" => (turn(COUNTIES, 0), "融资担保有限公司", "Financing Guarantee Company"),
        "policy_bank" => (turn(GROUPS, 0), "政策银行北京市分行", "Policy Bank Beijing Branch"),
        "large_bank" => (turn(GROUPS, 0), "国有银行股份有限公司北京市分行", "State Bank Beijing Branch"),
        "rural_bank" => (turn(COUNTIES, 0), "农村商业银行股份有限公司", "Rural Commercial Bank"),
        "private_bank" => (turn(CITY_PLACES, 0), "民营银行股份有限公司", "Private Bank"),
        _ => (turn(BRANDS, 6), "商业银行股份有限公司", "Commercial Bank"),
    };
    (format!("{}{zh_tail}", parts.0), format!("{} {en_tail}", parts.1))
}

/// The municipal departments whose data the service network brings together.
pub(crate) const DEPARTMENTS: &[(&str, &str, &str)] = &[
    ("jxj", "经济和信息化局", "Bureau of Economy and Information Technology"),
    ("kw", "科学技术委员会、中关村科技园区管理委员会", "Science and Technology Commission"),
    ("fgw", "发展和改革委员会", "Development and Reform Commission"),
    ("czj", "财政局", "Finance Bureau"),
    ("swj", "税务局", "Tax Service"),
    ("scjgj", "市场监督管理局", "Administration for Market Regulation"),
    ("rsj", "人力资源和社会保障局", "Human Resources and Social Security Bureau"),
    ("ybj", "医疗保障局", "Healthcare Security Administration"),
    ("gjj", "住房公积金管理中心", "Housing Provident Fund Centre"),
    ("zscqj", "知识产权局", "Intellectual Property Office"),
    ("hg", "海关", "Customs"),
    ("sthjj", "生态环境局", "Ecology and Environment Bureau"),
    ("ghzrw", "规划和自然资源委员会", "Planning and Natural Resources Commission"),
    ("zjw", "住房和城乡建设委员会", "Housing and Urban-Rural Development Commission"),
    ("swj2", "商务局", "Commerce Bureau"),
    ("gaj", "公安局", "Public Security Bureau"),
    ("fy", "高级人民法院", "High People's Court"),
    ("zwj", "政务服务和数据管理局", "Government Services and Data Administration"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_full_city_has_its_institutions_and_names_are_unique_at_any_scale() {
        let targets = Targets::default_beijing().unwrap();
        let full = make(1, 1.0, &targets);
        assert_eq!((full.len(), full.iter().filter(|i| i.lends).count(), DEPARTMENTS.len()), (132, 98, 18));
        for scale in [0.01, 1.0, 50.0] {
            let list = make(1, scale, &targets);
            let names: HashSet<&str> = list.iter().map(|i| i.name_zh.as_str()).collect();
            let codes: HashSet<&str> = list.iter().map(|i| i.code.as_str()).collect();
            assert_eq!((names.len(), codes.len()), (list.len(), list.len()), "{scale}");
        }
    }
}
