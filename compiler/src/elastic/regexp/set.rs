//! Sets of characters, and how characters and sets are written for the `regex` crate.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::ast::{Member, Predefined};

/// A set of Unicode scalar values.
pub(super) type Set = ClassUnicode;

/// Every character.
pub(super) fn any() -> Set {
    of_ranges(&[('\0', char::MAX)])
}

/// A range, with its other cases if case is ignored.
pub(super) fn range(from: char, to: char, ignore_case: bool) -> Set {
    let mut set = of_ranges(&[(from, to)]);
    if ignore_case {
        fold(&mut set);
    }
    set
}

/// A class with a name. Case makes no difference to them: they are about ASCII, and hold both cases.
pub(super) fn predefined(class: Predefined) -> Set {
    let (ranges, negated) = ranges_of(class);
    let mut set = of_ranges(ranges);
    if negated {
        set.negate();
    }
    set
}

/// A bracketed class.
pub(super) fn class(negated: bool, members: &[Member], ignore_case: bool) -> Set {
    let spelled = members.iter().filter_map(|member| match *member {
        Member::Char(c) => Some(ClassUnicodeRange::new(c, c)),
        Member::Range(from, to) => Some(ClassUnicodeRange::new(from, to)),
        Member::Predefined(_) => None,
    });
    let mut set = Set::new(spelled);
    if ignore_case {
        fold(&mut set);
    }
    for member in members {
        if let Member::Predefined(class) = member {
            set.union(&predefined(*class));
        }
    }
    if negated {
        set.negate();
    }
    set
}

/// The ranges of a named class, and whether it is what is left without them.
pub(super) fn ranges_of(class: Predefined) -> (&'static [(char, char)], bool) {
    const DIGIT: &[(char, char)] = &[('0', '9')];
    const SPACE: &[(char, char)] = &[('\t', '\n'), ('\r', '\r'), (' ', ' ')];
    const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
    match class {
        Predefined::Digit => (DIGIT, false),
        Predefined::NotDigit => (DIGIT, true),
        Predefined::Space => (SPACE, false),
        Predefined::NotSpace => (SPACE, true),
        Predefined::Word => (WORD, false),
        Predefined::NotWord => (WORD, true),
    }
}

fn of_ranges(ranges: &[(char, char)]) -> Set {
    Set::new(ranges.iter().map(|(from, to)| ClassUnicodeRange::new(*from, *to)))
}

fn fold(set: &mut Set) {
    // fails only where the tables of Unicode were left out of the build
    let folded = set.try_case_fold_simple();
    debug_assert!(folded.is_ok(), "regex-syntax is built with `unicode-case`");
}

/// Writes a set as it is: a character, `.`, `[a-z]` or `[^a-z]`. The empty set becomes `[a&&b]`.
pub(super) fn write(set: &Set, out: &mut String) {
    match set.ranges() {
        [] => out.push_str(NOTHING),
        [only] if only.start() == only.end() => write_char(only.start(), only.start().is_ascii(), out),
        [only] if only.start() == '\0' && only.end() == char::MAX => out.push('.'),
        ranges => {
            out.push('[');
            // what goes up to the last character is mostly meant as the rest
            if ranges.last().is_some_and(|last| last.end() == char::MAX) {
                let mut rest = set.clone();
                rest.negate();
                out.push('^');
                write_ranges(rest.ranges(), out);
            } else {
                write_ranges(ranges, out);
            }
            out.push(']');
        }
    }
}

/// A class without members.
pub(super) const NOTHING: &str = "[a&&b]";

fn write_ranges(ranges: &[ClassUnicodeRange], out: &mut String) {
    for range in ranges {
        write_range(range.start(), range.end(), false, out);
    }
}

/// Writes a range of a class; characters beyond ASCII as themselves where `plain`.
pub(super) fn write_range(from: char, to: char, plain: bool, out: &mut String) {
    write_member(from, plain || from.is_ascii(), out);
    if from < to {
        if u32::from(to) - u32::from(from) > 1 {
            out.push('-');
        }
        write_member(to, plain || to.is_ascii(), out);
    }
}

/// Writes a character that stands outside of brackets.
pub(super) fn write_char(c: char, plain: bool, out: &mut String) {
    write_escaped(c, plain, r"\.+*?()|[]{}^$", out);
}

/// Writes a character that stands within brackets.
fn write_member(c: char, plain: bool, out: &mut String) {
    write_escaped(c, plain, r"\[]^-&~", out);
}

fn write_escaped(c: char, plain: bool, special: &str, out: &mut String) {
    match c {
        '\t' => out.push_str(r"\t"),
        '\n' => out.push_str(r"\n"),
        '\r' => out.push_str(r"\r"),
        _ if c.is_control() || !plain => out.push_str(&format!("\\x{{{:X}}}", u32::from(c))),
        _ => {
            if special.contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
    }
}
