//! Sizes: employees, revenue and assets drawn so that the class of 2011 No. 300 comes out as meant.

use super::Group;
use crate::dice::{Dice, float_i, whole};
use crate::targets::Rule;

/// The size class of 工信部联企业〔2011〕300号.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    #[default]
    Micro,
    Small,
    Medium,
    Large,
}

/// Employees, revenue and assets (fen), and the class that they make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    pub(crate) employees: i64,
    pub(crate) revenue: i64,
    pub(crate) assets: i64,
    pub(crate) class: Class,
}

/// 10,000 yuan in fen.
const WAN: i64 = 1_000_000;

/// Which two measures a rule looks at; a rule with one has it twice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Employees,
    Revenue,
    Assets,
}

/// The two measures and the least of each that makes a firm small, medium, large (employees, or 万元).
const fn table(rule: Rule) -> ([Measure; 2], [[i64; 2]; 3]) {
    use Measure::{Assets, Employees, Revenue};
    match rule {
        Rule::Industry => ([Employees, Revenue], [[20, 300], [300, 2_000], [1_000, 40_000]]),
        Rule::Construction => ([Revenue, Assets], [[300, 300], [6_000, 5_000], [80_000, 80_000]]),
        Rule::Wholesale => ([Employees, Revenue], [[5, 1_000], [20, 5_000], [200, 40_000]]),
        Rule::Retail => ([Employees, Revenue], [[10, 100], [50, 500], [300, 20_000]]),
        Rule::Transport => ([Employees, Revenue], [[20, 200], [300, 3_000], [1_000, 30_000]]),
        Rule::Catering => ([Employees, Revenue], [[10, 100], [100, 2_000], [300, 10_000]]),
        Rule::Information => ([Employees, Revenue], [[10, 100], [100, 1_000], [2_000, 100_000]]),
        Rule::Software => ([Employees, Revenue], [[10, 50], [100, 1_000], [300, 10_000]]),
        Rule::Business => ([Employees, Assets], [[10, 100], [100, 8_000], [300, 120_000]]),
        Rule::Other => ([Employees, Employees], [[10, 10], [100, 100], [300, 300]]),
    }
}

/// A class for a firm of this group.
pub(super) fn draw_class(group: Group, dice: &mut Dice) -> Class {
    let weights = match group {
        Group::Listed => [0.10, 0.46, 0.37, 0.07],
        Group::Technology => [0.34, 0.48, 0.16, 0.02],
        Group::Other => [0.68, 0.32, 0.0, 0.0],
    };
    let [micro, small, medium, large] = weights;
    let list = [(Class::Micro, micro), (Class::Small, small), (Class::Medium, medium), (Class::Large, large)];
    dice.weighted(&list).unwrap_or(Class::Small)
}

/// The class that measures make: a class needs both of its minima.
fn class_of(rule: Rule, inputs: &Inputs) -> Class {
    let ([first, second], rows) = table(rule);
    let value = |m: Measure| match m {
        Measure::Employees => inputs.employees,
        Measure::Revenue => inputs.revenue / WAN,
        Measure::Assets => inputs.assets / WAN,
    };
    let reached = rows.iter().filter(|[a, b]| value(first) >= *a && value(second) >= *b).count();
    match reached {
        0 => Class::Micro,
        1 => Class::Small,
        2 => Class::Medium,
        _ => Class::Large,
    }
}

impl Inputs {
    /// Measures of a firm of this class.
    pub(super) fn draw(rule: Rule, class: Class, dice: &mut Dice) -> Self {
        let ([first, second], [small, medium, large]) = table(rule);
        let (least, next) = match class {
            Class::Micro => ([1, 10], small),
            Class::Small => (small, medium),
            Class::Medium => (medium, large),
            Class::Large => (large, [large[0] * 6, large[1] * 8]),
        };
        // One measure stays under the next class's minimum, the other may pass it: both edges of the rule occur.
        let over = dice.below(2) == 0 && class != Class::Large;
        let a = log_uniform(dice, least[0], next[0] - 1);
        let b = log_uniform(dice, least[1], if over && class != Class::Micro { next[1] * 2 } else { next[1] - 1 });
        let (a, b) = (a.max(least[0]), b.max(least[1]));
        let employees = match (first, second) {
            (Measure::Employees, _) => a,
            _ => (b / 120).clamp(2, 3_000),
        };
        let per_head = dice.lognormal(55.0, 0.6);
        let money = |m: Measure, other: f64| match (first, second) {
            (x, _) if x == m => a,
            (_, y) if y == m => b,
            _ => whole(other).max(8),
        };
        let revenue = money(Measure::Revenue, float_i(employees) * per_head);
        let assets = money(Measure::Assets, float_i(revenue) * dice.lognormal(1.1, 0.5));
        let fen = |wan: i64, dice: &mut Dice| wan * WAN + dice.between(0, WAN - 1);
        let mut inputs = Self { employees, revenue: fen(revenue, dice), assets: fen(assets, dice), class };
        inputs.class = class_of(rule, &inputs);
        inputs
    }

    /// A year's growth; the class follows from it.
    pub(super) fn a_year_later(&self, rule: Rule, dice: &mut Dice) -> Self {
        let grow = |value: i64, by: f64| whole(float_i(value) * by).max(1);
        let staff = 1.0 + 0.09 * dice.normal() + 0.03;
        let sales = 1.0 + 0.14 * dice.normal() + 0.06;
        let wealth = 1.0 + 0.10 * dice.normal() + 0.07;
        let mut later = Self {
            employees: grow(self.employees, staff.max(0.5)),
            revenue: grow(self.revenue, sales.max(0.4)),
            assets: grow(self.assets, wealth.max(0.4)),
            class: self.class,
        };
        later.class = class_of(rule, &later);
        later
    }
}

fn log_uniform(dice: &mut Dice, low: i64, high: i64) -> i64 {
    let (low, high) = (float_i(low.max(1)), float_i(high.max(low.max(1))));
    whole(low * (high / low).powf(dice.unit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Purpose;

    #[test]
    fn drawn_measures_make_the_class_that_was_meant() {
        let rules = [
            Rule::Industry,
            Rule::Construction,
            Rule::Wholesale,
            Rule::Retail,
            Rule::Transport,
            Rule::Catering,
            Rule::Information,
            Rule::Software,
            Rule::Business,
            Rule::Other,
        ];
        let mut dice = Dice::new(3, Purpose::Firm, 3);
        for rule in rules {
            for class in [Class::Micro, Class::Small, Class::Medium, Class::Large] {
                for _ in 0..300 {
                    assert_eq!(Inputs::draw(rule, class, &mut dice).class, class, "{rule:?}");
                }
            }
        }
    }

    /// Edges of the notice itself, worked out by hand.
    #[test]
    fn a_class_needs_both_of_its_minima() {
        for (rule, employees, revenue, assets, want) in [
            (Rule::Industry, 999, 400_000, 0, Class::Medium),
            (Rule::Industry, 1_000, 40_000, 0, Class::Large),
            (Rule::Industry, 300, 1_999, 0, Class::Small),
            (Rule::Industry, 19, 300, 0, Class::Micro),
            (Rule::Software, 300, 9_999, 0, Class::Medium),
            (Rule::Software, 9, 5_000, 0, Class::Micro),
            (Rule::Construction, 1, 6_000, 5_000, Class::Medium),
            (Rule::Construction, 1, 6_000, 4_999, Class::Small),
            (Rule::Business, 300, 0, 119_999, Class::Medium),
            (Rule::Other, 100, 0, 0, Class::Medium),
            (Rule::Wholesale, 5, 999, 0, Class::Micro),
        ] {
            let inputs = Inputs { employees, revenue: revenue * WAN, assets: assets * WAN, class: Class::Micro };
            assert_eq!(class_of(rule, &inputs), want, "{rule:?} {employees} {revenue} {assets}");
        }
    }
}
