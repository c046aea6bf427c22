//! What the comparison of executors is made of.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(dead_code)] // each test binary uses its part

pub mod compare;
pub mod operators;
pub mod random;
pub mod table;

use huoshui_formula::{Expr, Node, Span, Type};

pub const TYPES: [Type; 7] = [Type::Int, Type::Money, Type::Rate, Type::Ratio, Type::Bool, Type::Text, Type::Date];
pub const NUMBERS: [Type; 4] = [Type::Int, Type::Money, Type::Rate, Type::Ratio];

pub fn expr(node: Node, ty: Type) -> Expr {
    Expr { node, ty, span: Span::default() }
}

/// A small generator of pseudo-random numbers, so that a failure comes back with its seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub fn signed(&mut self, most: i64) -> i64 {
        (self.roll() % (2 * most.unsigned_abs() + 1)) as i64 - most
    }
}
