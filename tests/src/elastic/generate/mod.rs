//! Random queries and events of a small world, in which they meet: few fields, few values, and both sides take them from the same lists.

pub mod eql;
pub mod event;
pub mod kql;

use sigil_compiler::elastic::schema::FieldType;
use sigil_compiler::source::{FileId, Span, Spanned};

/// Random numbers from a seed (SplitMix64): the same seed gives the same world everywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// The number of one of several kinds, by their weights.
    pub fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut at = self.below(weights.iter().sum());
        for (kind, weight) in weights.iter().enumerate() {
            if at < *weight {
                return kind;
            }
            at -= weight;
        }
        0
    }

    /// Between `least` and `most` things.
    pub fn several<T>(&mut self, least: usize, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..least + self.below(most - least + 1)).map(|_| make(self)).collect()
    }
}

/// The fields that queries name and events hold, with the type of the values that suit them.
pub(super) const FIELDS: [(&str, FieldType); 16] = [
    ("a.kw", FieldType::Keyword),
    ("a.other", FieldType::Keyword),
    ("a.short", FieldType::Keyword),
    ("a.wild", FieldType::Wildcard),
    ("a.text", FieldType::Text),
    ("b.ip", FieldType::Ip),
    ("b.int", FieldType::Integer),
    ("b.long", FieldType::Integer),
    ("b.dbl", FieldType::Float),
    ("b.bool", FieldType::Boolean),
    ("b.date", FieldType::Date),
    ("c.x", FieldType::Unknown),
    ("c.y.z", FieldType::Unknown),
    ("flat.k", FieldType::Flattened),
    ("flat.l.m", FieldType::Flattened),
    ("event.category", FieldType::Keyword),
];

/// Further views, which no event holds under their own name.
pub(super) const VIEWS: [(&str, FieldType); 7] = [
    ("a.kw.caseless", FieldType::Caseless),
    ("a.kw.text", FieldType::Text),
    ("a.wild.text", FieldType::Text),
    ("a.short.caseless", FieldType::Caseless),
    ("a.short.text", FieldType::Text),
    ("c.x.keyword", FieldType::Keyword),
    ("d.w.caseless", FieldType::Caseless),
];

/// Fields of the objects of `list`; `sub` is a list of objects again.
pub(super) const IN_LIST: [(&str, FieldType); 3] =
    [("k", FieldType::Keyword), ("n", FieldType::Integer), ("t", FieldType::Text)];

/// Fields of the objects of `list.sub`.
pub(super) const IN_SUB: [(&str, FieldType); 2] = [("k", FieldType::Keyword), ("n", FieldType::Integer)];

/// What orders are asked of in a field that no table names.
fn number_or_date(random: &mut Random) -> FieldType {
    if random.chance(30) { FieldType::Date } else { FieldType::Integer }
}

const TEXTS: [&str; 60] = [
    "cmd.exe",
    "CMD.EXE",
    "Cmd.exe",
    "cmd.exe.bak",
    "powershell.exe",
    "a",
    "A",
    "ab",
    "abc",
    "ABC",
    "abcabc",
    "b",
    "",
    "5",
    "05",
    "5.0",
    "0x1f",
    "true",
    "false",
    "null",
    "two words",
    "Two Words",
    "words two",
    "two more words",
    "New-Object Net.WebClient",
    "new-object",
    "a*b",
    "a?b",
    "C:\\Windows\\cmd.exe",
    "c:\\windows\\CMD.EXE",
    "\u{e9}t\u{e9}",
    "\u{c9}T\u{c9}",
    "\u{17f}ee",
    "SEE",
    "\u{212a}",
    "k",
    "stra\u{df}e",
    "STRASSE",
    "\u{65e5}\u{672c}",
    "x\ny",
    "say \"hi\"",
    "process",
    "file",
    "(a) and {b}: c",
    "and",
    "OR",
    "not a",
    "can't stop",
    "a_b 1,000",
    "[System.Convert]::FromBase64String('x')",
    "--- !",
    "\ttab\there ",
    "\u{1f980} crab",
    "1234567",
    "abcdefg",
    "+5",
    "5.",
    "1E3",
    " 5 ",
    "\u{130}stanbul",
];

/// The first 15 have no letters.
const NUMBERS: [&str; 22] = [
    "0",
    "-0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "5.0",
    "5.5",
    "-5",
    "7",
    "10",
    "42",
    "0.5",
    "2.50",
    "1e3",
    "1000",
    "4624",
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "1.5e3",
];

const ADDRESSES: [&str; 8] =
    ["10.0.0.1", "10.1.2.3", "192.168.1.10", "2001:db8::1", "2001:DB8:0::1", "::1", "127.0.0.1", "::ffff:10.0.0.1"];

const NETWORKS: [&str; 8] = [
    "10.0.0.0/8",
    "10.0.0.1/32",
    "10.6.48.157/8",
    "192.168.0.0/16",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::1/128",
    "10.0.0.0/15",
];

const DATES: [&str; 14] = [
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00.001Z",
    "2024-01-01T23:59:59.999Z",
    "2024-01-02T00:00:00Z",
    "2024-01-01T12:30:00Z",
    "2024-01-01T12:30:00+02:00",
    "2024-01-01T12:30",
    "2024-02-29",
    "2024-02-29T07:08:09.250Z",
    "2023-12-31T23:30:00-01:00",
    "1704067200000",
    "1704110400000",
    "1969-12-31T23:59:59.999Z",
];

const MATH: [&str; 6] = [
    "2024-01-01||/d",
    "2024-01-31||+1M/d",
    "2024-01-01T12:30:00Z||/h",
    "2024-01-03||-1d",
    "2024-02-29||/y",
    "2024-01-01||+1d+12h-30m",
];

const BOOLEANS: [&str; 2] = ["true", "false"];

/// A text that suits a field of this type: what both queries and events take.
pub(super) fn literal(random: &mut Random, kind: FieldType) -> String {
    if random.chance(6) {
        // something that does not suit
        return any_literal(random);
    }
    match kind {
        FieldType::Integer | FieldType::Float => random.pick(&NUMBERS).to_owned(),
        FieldType::Boolean => random.pick(&BOOLEANS).to_owned(),
        FieldType::Date => random.pick(&DATES).to_owned(),
        FieldType::Ip => random.pick(&ADDRESSES).to_owned(),
        FieldType::Unknown => any_literal(random),
        FieldType::Keyword
        | FieldType::Wildcard
        | FieldType::Caseless
        | FieldType::Text
        | FieldType::Object
        | FieldType::Nested
        | FieldType::Flattened
        | FieldType::Other => text(random),
    }
}

fn any_literal(random: &mut Random) -> String {
    match random.weighted(&[50, 25, 5, 5, 10]) {
        0 => text(random),
        1 => random.pick(&NUMBERS).to_owned(),
        2 => random.pick(&ADDRESSES).to_owned(),
        3 => random.pick(&DATES).to_owned(),
        _ => random.pick(&BOOLEANS).to_owned(),
    }
}

/// Mostly one of few texts, so that they meet often.
pub(super) fn text(random: &mut Random) -> String {
    if random.chance(50) { random.pick(&TEXTS[..12]) } else { random.pick(&TEXTS) }.to_owned()
}

/// A part of a text, or a text.
pub(super) fn part(random: &mut Random) -> String {
    let whole: Vec<char> = text(random).chars().collect();
    let start = random.below(whole.len() + 1);
    let end = start + random.below(whole.len() - start + 1);
    whole[start..end].iter().collect()
}

pub(super) fn nowhere() -> Span {
    Span::new(FileId(0), 0, 0)
}

pub(super) fn spanned<T>(value: T) -> Spanned<T> {
    Spanned::new(value, nowhere())
}
