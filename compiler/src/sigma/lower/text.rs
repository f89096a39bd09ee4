//! Sigma strings as tokens, and what modifiers make of them.
//!
//! A value is tokenised once; modifiers then work on the tokens, never on text that would have to be tokenised again: `contains` on `\Temp\` adds wildcards,
//! not text behind a backslash. Encodings turn literals into bytes, held as the characters U+0000-U+00FF until something encodes them on.
//!
//! Decided here:
//! - `windash` puts a class (any of the five dashes) wherever the value has one of them. The specification asks for all permutations; a class is all of them without listing them.
//!   Before an encoding, where bytes are needed, the permutations are listed, up to [`MAX_PERMUTATIONS`].
//! - Encoded values stay case-insensitive unless `cased` is given, as all values do.
//! - `utf16` is UTF-16LE behind a byte order mark. A UTF-16 value that nothing encodes on is looked for as it stands: its bytes as characters.
//! - Placeholders are `%name%`, only under `expand`; `\%` is a percent sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::ir::{Case, Glob, Piece, TextOp};
use sigil_runtime::fold::fold;

/// A string value on its way through the modifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pieces: Vec<Piece>,
    /// Whether the characters of its literals stand for bytes.
    bytes: bool,
}

/// Why a modifier cannot be applied to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Wildcards have no bytes.
    Wildcard,
    /// It is in bytes already.
    Bytes,
    /// So short that, at some offset, none of its characters is certain.
    TooShort,
    /// More dashes than permutations can be listed for.
    TooManyDashes,
    /// Nothing is left to look for.
    Empty,
    /// What it becomes has more than [`MAX_ENCODED`] bytes.
    TooLong,
}

impl Fault {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Wildcard => "a wildcard cannot be encoded",
            Self::Bytes => "the value is encoded already",
            Self::TooShort => "too short for `base64offset`: at one of the offsets nothing of it is left",
            Self::TooManyDashes => "too many dashes: the permutations cannot be listed for an encoding",
            Self::Empty => "an empty value encodes to nothing, which every text contains",
            Self::TooLong => "the encoded value is longer than 64 KiB",
        }
    }

    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Wildcard => "escape it as `\\*` or `\\?` if the character itself is meant",
            Self::Bytes => "write this modifier before the first encoding",
            Self::TooShort => "give at least two bytes",
            Self::TooManyDashes => "drop `windash`, and write the values that are meant",
            Self::Empty => "give the text that is encoded, or ask for any value with `field: '*'`",
            Self::TooLong => "look for a part of the value, or encode it less often",
        }
    }
}

/// How long an encoded value may be, in bytes.
const MAX_ENCODED: usize = 64 << 10;

/// How many texts an encoded `windash` value may become: three dashes.
const MAX_PERMUTATIONS: usize = 125;

/// The characters that `windash` treats alike.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// Reads a Sigma string: `\` takes the special meaning from `*`, `?` and `\` and is a backslash before anything else.
pub(super) fn tokenise(raw: &str) -> Text {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        let special = match c {
            '*' => Piece::AnyRun,
            '?' => Piece::AnyChar,
            '\\' => {
                literal.push(chars.next_if(|next| matches!(next, '*' | '?' | '\\')).unwrap_or('\\'));
                continue;
            }
            c => {
                literal.push(c);
                continue;
            }
        };
        pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        pieces.push(special);
    }
    pieces.push(Piece::Literal(literal));
    Text { pieces, bytes: false }
}

/// A text without wildcards.
pub(super) fn literal(text: impl Into<String>) -> Text {
    Text { pieces: vec![Piece::Literal(text.into())], bytes: false }
}

/// The first placeholder of a raw value: `%name%`, not behind a backslash that escapes it. Of a run of backslashes, two are one that escapes nothing.
pub(super) fn placeholder(raw: &str) -> Option<&str> {
    let mut parts = raw.split('%');
    let mut before = parts.next()?;
    let mut rest = parts.peekable();
    while let Some(name) = rest.next() {
        let closed = rest.peek().is_some();
        if closed
            && before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 0
            && !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            return Some(name);
        }
        before = name;
    }
    None
}

/// `windash`.
pub(super) fn windash(text: Text) -> Result<Text, Fault> {
    if text.bytes {
        return Err(Fault::Bytes);
    }
    let mut pieces = Vec::new();
    for piece in text.pieces {
        let Piece::Literal(literal) = piece else {
            pieces.push(piece);
            continue;
        };
        for (at, run) in literal.split(DASHES).enumerate() {
            if at > 0 {
                pieces.push(Piece::Dash);
            }
            pieces.push(Piece::Literal(run.to_owned()));
        }
    }
    Ok(Text { pieces, bytes: false })
}

/// A UTF-16 form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Utf16 {
    Little,
    Big,
    Marked,
}

/// `wide` and its relatives. Wildcards stay what they are.
pub(super) fn utf16(text: Text, form: Utf16) -> Result<Vec<Text>, Fault> {
    if text.bytes {
        return Err(Fault::Bytes);
    }
    check_length(&text)?;
    let encode = |piece: Piece| match piece {
        Piece::Literal(literal) => Piece::Literal(
            literal
                .encode_utf16()
                .flat_map(|unit| if form == Utf16::Big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .map(char::from)
                .collect(),
        ),
        Piece::AnyRun | Piece::AnyChar | Piece::Dash => piece,
    };
    let mark = (form == Utf16::Marked).then(|| Piece::Literal("\u{FF}\u{FE}".to_owned()));
    let encode_all = |text: Text| Text {
        pieces: mark.iter().cloned().chain(text.pieces.into_iter().map(encode)).collect(),
        bytes: true,
    };
    Ok(permute(text)?.into_iter().map(encode_all).collect())
}

/// `base64`.
pub(super) fn base64(text: Text) -> Result<Vec<Text>, Fault> {
    check_length(&text)?;
    permute(text)?.iter().map(|text| Ok(literal(STANDARD.encode(bytes(text)?)))).collect()
}

/// `base64offset`: what is certain of the encoded value wherever it starts in what is encoded.
pub(super) fn base64_offset(text: Text) -> Result<Vec<Text>, Fault> {
    check_length(&text)?;
    let mut found = Vec::new();
    for text in permute(text)? {
        let bytes = bytes(&text)?;
        if bytes.len() < 2 {
            return Err(Fault::TooShort);
        }
        for offset in 0..3 {
            let shifted: Vec<u8> = std::iter::repeat_n(0, offset).chain(bytes.iter().copied()).collect();
            // each character holds 6 bits: the first that holds none of the padding, up to the last that is full
            let (first, end) = ((offset * 8).div_ceil(6), shifted.len() * 8 / 6);
            found.push(literal(STANDARD.encode(&shifted).get(first..end).unwrap_or_default()));
        }
    }
    Ok(found)
}

/// Encoding makes a text up to twice as long, and something of no text.
fn check_length(text: &Text) -> Result<(), Fault> {
    let length = |piece: &Piece| match piece {
        Piece::Literal(literal) => literal.len(),
        Piece::AnyRun | Piece::AnyChar | Piece::Dash => 1,
    };
    match text.pieces.iter().map(length).sum::<usize>() {
        0 => Err(Fault::Empty),
        length if length > MAX_ENCODED / 2 => Err(Fault::TooLong),
        _ => Ok(()),
    }
}

/// Lists what the dash classes stand for.
fn permute(text: Text) -> Result<Vec<Text>, Fault> {
    let mut texts = vec![Vec::new()];
    for piece in text.pieces {
        if piece == Piece::Dash {
            if texts.len() * DASHES.len() > MAX_PERMUTATIONS {
                return Err(Fault::TooManyDashes);
            }
            texts = texts
                .iter()
                .flat_map(|start| {
                    DASHES.map(|dash| start.iter().cloned().chain([Piece::Literal(dash.into())]).collect::<Vec<_>>())
                })
                .collect();
        } else {
            for text in &mut texts {
                text.push(piece.clone());
            }
        }
    }
    Ok(texts.into_iter().map(|pieces| Text { pieces, bytes: text.bytes }).collect())
}

fn bytes(text: &Text) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    for piece in &text.pieces {
        let Piece::Literal(literal) = piece else { return Err(Fault::Wildcard) };
        if text.bytes {
            bytes.extend(literal.chars().filter_map(|c| u8::try_from(c).ok()));
        } else {
            bytes.extend_from_slice(literal.as_bytes());
        }
    }
    Ok(bytes)
}

/// What comparing with a text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// With a plain text.
    Text(String),
    /// With a pattern for the whole text.
    Glob(Glob),
    /// Anything but null.
    Present,
}

impl Text {
    /// Whether it is held in bytes, which nothing has made text of again.
    pub(super) fn is_bytes(&self) -> bool {
        self.bytes
    }

    /// The meaning of comparing with this text.
    ///
    /// `*` alone, and looking for an empty text inside, ask for any value at all; `''` by itself is the empty text.
    pub(super) fn compare(self, op: TextOp, case: Case) -> Comparison {
        let folded = self.pieces.into_iter().map(|piece| match (piece, case) {
            (Piece::Literal(literal), Case::Insensitive) => Piece::Literal(fold(&literal)),
            (piece, _) => piece,
        });
        let open = |open: bool| open.then_some(Piece::AnyRun);
        let glob = match Glob::new(folded) {
            Glob(pieces) if pieces.is_empty() && op == TextOp::Equals => return Comparison::Text(String::new()),
            Glob(pieces) if pieces.is_empty() || pieces == [Piece::AnyRun] => return Comparison::Present,
            Glob(mut pieces) => match (pieces.pop(), pieces.is_empty()) {
                (Some(Piece::Literal(text)), true) => return Comparison::Text(text),
                (last, _) => Glob::new(
                    open(matches!(op, TextOp::EndsWith | TextOp::Contains))
                        .into_iter()
                        .chain(pieces)
                        .chain(last)
                        .chain(open(matches!(op, TextOp::StartsWith | TextOp::Contains))),
                ),
            },
        };
        Comparison::Glob(glob)
    }
}
