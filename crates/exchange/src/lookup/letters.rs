//! The characters that names are made of: numbers for them, and how each is read.

use std::collections::{BTreeSet, HashMap};

use pinyin::ToPinyinMulti;

/// The number of a name's beginning and of its end.
pub(super) const EDGE: u16 = 0;
/// The most readings of a character that count. The table has no more for any character of a name.
const MAX_READINGS: usize = 12;

/// Every character that some name has, numbered from 1.
#[derive(Clone, Debug)]
pub(super) struct Letters {
    numbers: HashMap<char, u16>,
    /// By number: readings in Latin letters without tones, ü as v; of a Latin letter or digit, itself.
    readings: Vec<Vec<Box<[u8]>>>,
    /// By number: the initials of the readings, a bit for each letter.
    initials: Vec<u32>,
    /// Every reading of every character.
    syllables: BTreeSet<Box<[u8]>>,
}

impl Default for Letters {
    fn default() -> Self {
        Self { numbers: HashMap::new(), readings: vec![Vec::new()], initials: vec![0], syllables: BTreeSet::new() }
    }
}

impl Letters {
    /// The number of a character, a new one if need be; none when all numbers are taken.
    pub fn number(&mut self, c: char) -> Option<u16> {
        if let Some(number) = self.numbers.get(&c) {
            return Some(*number);
        }
        let number = u16::try_from(self.readings.len()).ok()?;
        let readings = readings(c);
        self.initials.push(readings.iter().filter_map(|r| r.first()).fold(0, |mask, letter| mask | bit(*letter)));
        self.syllables.extend(readings.iter().cloned());
        self.readings.push(readings);
        self.numbers.insert(c, number);
        Some(number)
    }

    /// The number of a character that some name has.
    pub fn known(&self, c: char) -> Option<u16> {
        self.numbers.get(&c).copied()
    }

    /// Whether some character is read so.
    pub fn has_syllable(&self, text: &[u8]) -> bool {
        self.syllables.contains(text)
    }

    /// Whether some character's reading begins so.
    pub fn begins_syllable(&self, text: &[u8]) -> bool {
        let from = (std::ops::Bound::Included(text), std::ops::Bound::Unbounded);
        self.syllables.range::<[u8], _>(from).next().is_some_and(|s| s.starts_with(text))
    }

    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.readings.len()
    }

    pub fn readings(&self, number: u16) -> &[Box<[u8]>] {
        self.readings.get(usize::from(number)).map_or(&[], Vec::as_slice)
    }

    /// The initials of a character, a bit for each letter.
    pub fn initials(&self, number: u16) -> u32 {
        self.initials.get(usize::from(number)).copied().unwrap_or(0)
    }
}

/// The bit of a letter; none for anything else.
pub(super) fn bit(letter: u8) -> u32 {
    if letter.is_ascii_lowercase() { 1 << u32::from(letter - b'a') } else { 0 }
}

fn readings(c: char) -> Vec<Box<[u8]>> {
    if c.is_ascii_alphanumeric() {
        return u8::try_from(c).map(|b| vec![Box::from([b])]).unwrap_or_default();
    }
    let mut all: Vec<Box<[u8]>> = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let plain: Box<[u8]> = reading.plain().replace('ü', "v").replace('ê', "e").into_bytes().into();
        if plain.is_ascii() && !all.contains(&plain) && all.len() < MAX_READINGS {
            all.push(plain);
        }
    }
    all
}

/// A text in Latin letters, each character by the first of its readings; letters and digits as they are.
pub(super) fn first_reading(text: &str) -> String {
    let first = |c: char| readings(c).into_iter().next().unwrap_or_default();
    let bytes: Vec<u8> = text.chars().map(|c| c.to_ascii_lowercase()).flat_map(|c| first(c).into_vec()).collect();
    String::from_utf8(bytes).unwrap_or_default()
}
