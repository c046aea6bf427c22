//! Bitmaps of one chunk: 64 rows a word, the first row in the lowest bit. Bits past the last row are always zero.

use arrow_buffer::BooleanBuffer;

/// Rows evaluated at a time. A column of intermediates is then 16 kB, so that a formula's working set stays in the
/// first two caches.
pub(super) const CHUNK: usize = 2048;

/// How many words hold `rows` bits.
pub(super) fn words(rows: usize) -> usize {
    rows.div_ceil(64)
}

/// Sets exactly the first `rows` bits.
pub(super) fn fill_ones(out: &mut Vec<u64>, rows: usize) {
    out.clear();
    out.resize(rows / 64, u64::MAX);
    if !rows.is_multiple_of(64) {
        out.push((1u64 << (rows % 64)) - 1);
    }
}

/// Clears `rows` bits.
pub(super) fn fill_zeros(out: &mut Vec<u64>, rows: usize) {
    out.clear();
    out.resize(words(rows), 0);
}

/// Copies `rows` bits from `at` on, aligned to words.
pub(super) fn load(bits: &BooleanBuffer, at: usize, rows: usize, out: &mut Vec<u64>) {
    out.clear();
    let start = bits.offset() + at;
    let bytes = bits.values();
    let (first, shift) = (start / 8, start % 8);
    let mut left = rows;
    let mut byte = first;
    while left > 0 {
        let mut raw = [0u8; 9];
        let tail = bytes.get(byte..).unwrap_or(&[]);
        for (to, from) in raw.iter_mut().zip(tail) {
            *to = *from;
        }
        let [a, b, c, d, e, f, g, h, last] = raw;
        let low = u64::from_le_bytes([a, b, c, d, e, f, g, h]) >> shift;
        // A shift by 64 would overflow, so the ninth byte is moved in two steps.
        let high = (u64::from(last) << 1) << (63 - shift);
        let mut word = low | if shift == 0 { 0 } else { high };
        if left < 64 {
            word &= (1u64 << left) - 1;
        }
        out.push(word);
        left = left.saturating_sub(64);
        byte += 8;
    }
}

/// Eight bytes of 0 or 1 become eight bits, by one multiplication.
fn pack8(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

fn pack64(bytes: &[u8; 64]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().rev().fold(0, |word, eight| (word << 8) | pack8(*eight))
}

/// The rows of `a` that satisfy `f`.
pub(super) fn test<T: Copy>(a: &[T], out: &mut Vec<u64>, f: impl Fn(T) -> bool) {
    out.clear();
    let (blocks, rest) = a.as_chunks::<64>();
    for block in blocks {
        let mut bytes = [0u8; 64];
        for (to, &x) in bytes.iter_mut().zip(block) {
            *to = u8::from(f(x));
        }
        out.push(pack64(&bytes));
    }
    if !rest.is_empty() {
        let mut bytes = [0u8; 64];
        for (to, &x) in bytes.iter_mut().zip(rest) {
            *to = u8::from(f(x));
        }
        out.push(pack64(&bytes));
    }
}

/// The rows where `a` and `b` satisfy `f`.
pub(super) fn test2<T: Copy>(a: &[T], b: &[T], out: &mut Vec<u64>, f: impl Fn(T, T) -> bool) {
    out.clear();
    let ((xs, x_rest), (ys, y_rest)) = (a.as_chunks::<64>(), b.as_chunks::<64>());
    for (x, y) in xs.iter().zip(ys) {
        let mut bytes = [0u8; 64];
        for ((to, &p), &q) in bytes.iter_mut().zip(x).zip(y) {
            *to = u8::from(f(p, q));
        }
        out.push(pack64(&bytes));
    }
    if !x_rest.is_empty() {
        let mut bytes = [0u8; 64];
        for ((to, &p), &q) in bytes.iter_mut().zip(x_rest).zip(y_rest) {
            *to = u8::from(f(p, q));
        }
        out.push(pack64(&bytes));
    }
}

/// `a &= b`.
pub(super) fn and(a: &mut [u64], b: &[u64]) {
    a.iter_mut().zip(b).for_each(|(x, y)| *x &= y);
}

/// `a &= !b`.
pub(super) fn and_not(a: &mut [u64], b: &[u64]) {
    a.iter_mut().zip(b).for_each(|(x, y)| *x &= !y);
}

/// `a |= b`.
pub(super) fn or(a: &mut [u64], b: &[u64]) {
    a.iter_mut().zip(b).for_each(|(x, y)| *x |= y);
}

/// How many bits are set.
pub(super) fn count(a: &[u64]) -> usize {
    a.iter().map(|w| w.count_ones() as usize).sum()
}

/// The first bit set.
pub(super) fn first(a: &[u64]) -> Option<usize> {
    a.iter().position(|w| *w != 0).and_then(|at| a.get(at).map(|w| at * 64 + w.trailing_zeros() as usize))
}

/// Calls `f` with each row whose bit is set, in order.
pub(super) fn for_each(a: &[u64], mut f: impl FnMut(usize)) {
    for (at, word) in a.iter().enumerate() {
        let mut word = *word;
        while word != 0 {
            f(at * 64 + word.trailing_zeros() as usize);
            word &= word - 1;
        }
    }
}

/// A bitmap that most of the time is not there: `None` means what the owner says (all valid, no errors).
#[derive(Clone, Debug, Default)]
pub(super) struct Mask {
    set: bool,
    words: Vec<u64>,
}

impl Mask {
    /// Forgets the bits and keeps the allocation.
    pub fn clear(&mut self) {
        self.set = false;
    }

    /// The bits, if there are any.
    pub fn get(&self) -> Option<&[u64]> {
        self.set.then_some(self.words.as_slice())
    }

    /// Makes it a bitmap, with whatever words the caller writes.
    pub fn make(&mut self) -> &mut Vec<u64> {
        self.set = true;
        &mut self.words
    }

    /// For validity, where nothing means all ones: intersects with `other`.
    pub fn intersect(&mut self, other: Option<&[u64]>) {
        let Some(other) = other else { return };
        if self.set {
            and(&mut self.words, other);
        } else {
            self.copy(other);
        }
    }

    /// For errors, where nothing means all zeros: adds `other`.
    pub fn unite(&mut self, other: Option<&[u64]>) {
        let Some(other) = other else { return };
        if self.set {
            or(&mut self.words, other);
        } else {
            self.copy(other);
        }
    }

    /// For errors: adds the bits of `other` that are also in `within`.
    pub fn unite_within(&mut self, other: Option<&[u64]>, within: &[u64]) {
        let Some(other) = other else { return };
        if !self.set {
            self.set = true;
            self.words.clear();
            self.words.resize(within.len(), 0);
        }
        for ((to, x), y) in self.words.iter_mut().zip(other).zip(within) {
            *to |= x & y;
        }
    }

    fn copy(&mut self, other: &[u64]) {
        self.set = true;
        self.words.clear();
        self.words.extend_from_slice(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_from_any_offset() {
        let pattern: Vec<bool> = (0..300).map(|i| (i * i) % 7 < 3).collect();
        let all = BooleanBuffer::from(pattern.clone());
        for skip in [0, 1, 7, 8, 9, 63, 64, 65] {
            let sliced = all.slice(skip, 300 - skip);
            for (at, rows) in [(0, 1), (0, 64), (3, 64), (5, 65), (64, 130), (1, 220)] {
                let mut out = Vec::new();
                load(&sliced, at, rows, &mut out);
                assert_eq!(out.len(), words(rows));
                for row in 0..out.len() * 64 {
                    let want = row < rows && pattern[skip + at + row];
                    assert_eq!(out[row / 64] >> (row % 64) & 1 == 1, want, "skip {skip} at {at} row {row}");
                }
            }
        }
    }

    #[test]
    fn tests_put_the_first_row_in_the_lowest_bit() {
        let values: Vec<i64> = (0..131).collect();
        let mut out = Vec::new();
        test(&values, &mut out, |x| x == 0 || x == 65 || x == 130);
        assert_eq!(out, [1, 2, 4]);
        test2(&values, &values, &mut out, |x, y| x + y == 126);
        assert_eq!(out, [1 << 63, 0, 0]);
        assert_eq!(first(&out), Some(63));
        let mut seen = Vec::new();
        for_each(&[5, 0, 2], |row| seen.push(row));
        assert_eq!(seen, [0, 2, 129]);
    }
}
