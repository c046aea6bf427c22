//! Legal representatives. Names are common characters put together, and digests those of numbers that no document has.

use sha2::{Digest, Sha256};

use super::subject::{Subject, Topic};
use crate::dice::Dice;

const FAMILY: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const GIVEN: &str = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华建国志文玉兰红梅云海燕飞鹏宇浩然子轩雨泽思远晓东立新春林清源嘉宁致和若水景行知行安澜书航亦凡怀瑾承志";

/// A person.
pub(super) struct Person {
    pub(super) name: String,
    /// SHA-256 of the invented number, in hexadecimal.
    pub(super) digest: String,
    pub(super) since: i32,
    /// The name of the one before, if there was one.
    pub(super) before: Option<String>,
}

fn name(dice: &mut Dice) -> String {
    let (family, given): (Vec<char>, Vec<char>) = (FAMILY.chars().collect(), GIVEN.chars().collect());
    let letters = if dice.chance(0.2) { 1 } else { 2 };
    let mut name: String = dice.pick(&family).into_iter().collect();
    name.extend((0..letters).filter_map(|_| dice.pick(&given)));
    name
}

/// The representative of a firm; the same whoever asks.
pub(super) fn of(s: &Subject<'_>) -> Person {
    let mut dice = Dice::new(
        s.world.seed,
        crate::dice::Purpose::Department,
        (Topic::Representative as u64 + 2_000) << 40 | u64::from(s.firm.id),
    );
    let name_now = name(&mut dice);
    let changed = dice.chance(s.by_health([0.16, 0.14, 0.2, 0.42]));
    let before = changed.then(|| name(&mut dice));
    let far = if s.distressed() { s.trouble_from() } else { s.now() - 2_500 };
    let since = if changed { s.day_since(far, &mut dice) } else { s.firm.founded };
    // Documents begin with a division; there is none with zeros.
    let number = format!("000000{:012}", u64::from(s.firm.id) * 1_000_003 + s.world.seed % 1_000_003);
    let digest = huoshui_kernel::hex(&Sha256::digest(number.as_bytes()));
    Person { name: name_now, digest, since, before }
}
