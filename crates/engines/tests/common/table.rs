//! Tables of nulls and boundary values.

use huoshui_formula::value::{RATE_ONE, RATIO_ONE};
use huoshui_formula::{Schema, Type, Value};

use super::{Dice, TYPES};

/// How many columns of each type.
pub const WIDTH: usize = 3;
/// The columns behind those of values: the row's number, and a group of a few rows.
pub const ROW: usize = TYPES.len() * WIDTH;
pub const GROUP: usize = ROW + 1;

/// A kind of value that must come up beside every operator.
pub type Class = &'static str;

pub struct Table {
    pub schema: Schema,
    pub rows: Vec<Vec<Value>>,
    /// The class of each cell.
    pub classes: Vec<Vec<Class>>,
}

pub fn column_of(ty: Type, n: usize) -> usize {
    TYPES.iter().position(|t| *t == ty).unwrap() * WIDTH + n
}

pub fn classes(ty: Type) -> &'static [Class] {
    match ty {
        Type::Bool => &["null", "true", "false"],
        Type::Text => &["null", "empty", "ascii", "non-ascii", "signs"],
        Type::Date => &["null", "first", "last", "month end", "leap day", "any"],
        _ => &["null", "zero", "one", "minus one", "min", "max", "tie", "unit", "small", "any"],
    }
}

pub fn value(ty: Type, class: Class, dice: &mut Dice) -> Value {
    let num = |n: i64| Value::Num(n);
    match (class, ty) {
        ("null", _) => Value::Null,
        ("true", _) => Value::Bool(true),
        ("false", _) => Value::Bool(false),
        ("empty", _) => Value::Text("".into()),
        ("ascii", _) => Value::Text((*dice.pick(&["a", "A", "b", "abc", "Z", "a b", "zz"])).into()),
        ("non-ascii", _) => Value::Text((*dice.pick(&["中文", "北京", "中", "é", "ａ", "😀", "北京a"])).into()),
        ("signs", _) => {
            Value::Text((*dice.pick(&["a%b", "_", "*", "[x]", "?", "o'q", "\\", "a\\%", "\"", "$1"])).into())
        }
        ("first", _) => Value::Date(-719_162),
        ("last", _) => Value::Date(2_932_896),
        // 2024-01-31, 2023-02-28, 2025-12-31, 1900-02-28, 2024-04-30
        ("month end", _) => Value::Date(*dice.pick(&[19_753, 19_416, 20_453, -25_509, 19_843])),
        // 2024-02-29, 2000-02-29, 1600-02-29
        ("leap day", _) => Value::Date(*dice.pick(&[19_782, 11_016, -135_081])),
        ("any", Type::Date) => Value::Date(dice.signed(700_000) as i32 + 30_000),
        ("zero", _) => num(0),
        ("one", _) => num(1),
        ("minus one", _) => num(-1),
        ("min", _) => num(*dice.pick(&[i64::MIN, i64::MIN, i64::MIN + 1])),
        ("max", _) => num(*dice.pick(&[i64::MAX, i64::MAX, i64::MAX - 1])),
        ("tie", Type::Ratio) => num(*dice.pick(&[1, 3, 5, -1, -3]) * RATIO_ONE / 2),
        ("tie", Type::Rate) => num(*dice.pick(&[1, 3, 5, -1, -3]) * RATE_ONE / 2),
        ("tie", _) => num(*dice.pick(&[5, 15, 25, 50, 150, 250, -5, -15, -25, 3, 7])),
        ("unit", Type::Ratio) => num(dice.signed(9) * RATIO_ONE),
        ("unit", Type::Rate) => num(dice.signed(9) * RATE_ONE),
        ("unit", _) => num(10_i64.pow(dice.below(19) as u32) * dice.signed(1)),
        ("small", _) => num(dice.signed(1_000)),
        _ => num((dice.roll() >> dice.below(63)) as i64),
    }
}

impl Table {
    pub fn random(rows: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut columns: Vec<(String, Type)> = Vec::new();
        for ty in TYPES {
            columns.extend((0..WIDTH).map(|n| (format!("{}{n}", ty.name()), ty)));
        }
        columns.push(("row".to_owned(), Type::Int));
        columns.push(("组".to_owned(), Type::Int));
        let mut table = Self { schema: Schema::new(columns).unwrap(), rows: Vec::new(), classes: Vec::new() };
        for i in 0..rows {
            let (mut cells, mut kinds) = (Vec::new(), Vec::new());
            for ty in TYPES {
                for _ in 0..WIDTH {
                    let class = *dice.pick(classes(ty));
                    cells.push(value(ty, class, &mut dice));
                    kinds.push(class);
                }
            }
            // Neighbours often share a group, some groups stay small, and the order of rows says nothing.
            cells.extend([Value::Num(i as i64), Value::Num((dice.below(rows / 2 + 1)) as i64)]);
            kinds.extend(["row", "row"]);
            // Equal operands decide comparisons at their edge, so they must not be rare.
            if dice.below(4) == 0 {
                let ty = *dice.pick(&TYPES);
                let (from, to) = (column_of(ty, 0), column_of(ty, 1));
                cells[to] = cells[from].clone();
                kinds[to] = kinds[from];
            }
            table.rows.push(cells);
            table.classes.push(kinds);
        }
        table
    }
}
