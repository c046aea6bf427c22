//! Names of firms: made of common characters and the words of the trade, unique, and nobody's in particular.

use std::collections::HashSet;

use super::Group;
use crate::dice::Dice;
use crate::targets::Industry;

const BRAND: &str = "华中科创信智云海天瑞恒泰博远鼎盛嘉禾启明星辰凌宇卓越致诚睿思同方元亨宏图锐捷通达联合众和新奥安源清能微纳光量维深蓝银河北昊翔飞腾龙芯晟晨曦景澜沐枫璟岳川江浩瀚晶翼擎岱";
const LONG: &[&str] = &["中关村", "首都", "京津冀", "亦庄", "怀柔科学城", "未来科学城"];

/// A name that nobody in `taken` has; takes it.
pub(super) fn unique(dice: &mut Dice, industry: &Industry, group: Group, taken: &mut HashSet<String>) -> String {
    let brand: Vec<char> = BRAND.chars().collect();
    let mut letters = 2;
    loop {
        let name = draw(dice, &brand, letters, industry, group);
        if taken.insert(name.clone()) {
            return name;
        }
        // Rather a longer brand than a long search: names never run out, each try adds a factor of ninety.
        letters += 1;
    }
}

fn draw(dice: &mut Dice, brand: &[char], letters: usize, industry: &Industry, group: Group) -> String {
    let extra = usize::from(dice.chance(0.25));
    let marque: String = (0..letters + extra).filter_map(|_| dice.pick(brand)).collect();
    let word = dice.pick(&industry.words).map_or("科技", String::as_str);
    let technology = group != Group::Other;
    if technology && dice.chance(0.02) {
        let place = dice.pick(LONG).copied().unwrap_or("中关村");
        return format!("北京{place}{marque}{word}产业技术创新发展（集团）股份有限公司");
    }
    match dice.below(20) {
        0..=1 if technology => format!("{marque}（北京）{word}股份有限公司"),
        2..=4 if technology => format!("北京{marque}{word}股份有限公司"),
        5..=6 => format!("{marque}（北京）{word}有限公司"),
        7 => format!("{marque}{word}（北京）有限责任公司"),
        _ => format!("北京{marque}{word}有限公司"),
    }
}
