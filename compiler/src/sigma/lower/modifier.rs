//! Which modifiers go together, and in which order.
//!
//! Modifiers apply from left to right. What must stand in order is checked here; after this module a chain is three things: steps that change the value, one way to match, and
//! toggles that may stand anywhere (`all`, `neq`, `cased`, `expand`).
//!
//! Decided here:
//! - Two ways to match contradict each other (`startswith|endswith`: write a wildcard), but for a part of a time with a comparison (`hour|gte`, in this order) and for `fieldref`
//!   followed by `startswith`, `endswith` or `contains`.
//! - `windash` may stand before or behind `contains` and its like; an encoding behind them would encode their wildcards: an error.
//! - `re` takes the value as it stands: nothing may come before it, behind it only its flags (`i`, `m`, `s`) and `contains`, which a search implies (a warning). `re|cased` warns, `re|i|cased` contradicts itself.
//! - `exists` stands alone.

use crate::diagnostic::{Code, Diagnostics};
use crate::ir::{Case, CompareOp, TextOp, TimePart};
use crate::sigma::ast::{self, Modifier};
use crate::source::Span;

use super::text::Utf16;

/// How many encodings may follow one another: each makes the value longer by a third, or twice as long.
const MAX_ENCODINGS: usize = 8;

/// What the modifiers of an item ask for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chain {
    /// What is done to each value, in order.
    pub(super) steps: Vec<(Step, Span)>,
    /// How is matched?
    pub(super) how: How,
    /// Every value, instead of any.
    pub(super) all: Option<Span>,
    /// The item is negated.
    pub(super) negate: bool,
    /// Case is significant.
    pub(super) case: Case,
    /// Values hold placeholders.
    pub(super) expand: Option<Span>,
}

/// A change of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    WinDash,
    Utf16(Utf16),
    Base64,
    Base64Offset,
}

/// How a field is matched with the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// As its type asks for: no modifier said.
    Plain,
    /// As text, numbers too.
    Text(TextOp),
    /// By a regular expression.
    Regex {
        ignore_case: bool,
        multi_line: bool,
        dot_all: bool,
    },
    Cidr,
    Exists,
    FieldRef(TextOp),
    Compare(CompareOp),
    Time(TimePart, Option<CompareOp>),
}

/// Reads the modifiers of an item.
pub(super) fn chain(item: &ast::Item, diags: &mut Diagnostics) -> Option<Chain> {
    let mark = diags.len();
    let mut chain =
        Chain { steps: Vec::new(), how: How::Plain, all: None, negate: false, case: Case::Insensitive, expand: None };
    // the modifiers that set `how` and `case`, for messages
    let mut how_by: Option<(Modifier, Span)> = None;
    let mut cased_by: Option<Span> = None;
    let mut seen: Vec<Modifier> = Vec::new();
    for modifier in &item.modifiers {
        let (name, span) = (modifier.value, modifier.span);
        if seen.contains(&name) && !chains(name, &chain.steps) {
            diags.push(
                Code::ModifierRedundant.at(span, format!("`{}` is given twice", name.name())).help("once is enough"),
            );
            continue;
        }
        seen.push(name);
        match role(name) {
            Role::All => chain.all = Some(span),
            Role::Neq => chain.negate = true,
            Role::Expand => chain.expand = Some(span),
            Role::Cased => {
                chain.case = Case::Sensitive;
                cased_by = Some(span);
            }
            Role::Flag => match &mut chain.how {
                How::Regex { ignore_case, multi_line, dot_all } => match name {
                    Modifier::IgnoreCase => *ignore_case = true,
                    Modifier::MultiLine => *multi_line = true,
                    _ => *dot_all = true,
                },
                _ => diags.push(
                    Code::ModifierOrder
                        .at(span, format!("`{}` is a flag of `re`, which does not stand before it", name.name()))
                        .help("write `re` first: `field|re|i`"),
                ),
            },
            Role::Step(step) => match (chain.how, step) {
                (How::Plain, _) | (How::Text(_), Step::WinDash) => chain.steps.push((step, span)),
                (How::Text(_), Step::Base64 | Step::Base64Offset | Step::Utf16(_)) => diags.push(
                    with(
                        Code::ModifierOrder.at(
                            span,
                            format!(
                                "`{}` stands behind `{}`, which would add wildcards to what is encoded",
                                name.name(),
                                said(how_by)
                            ),
                        ),
                        how_by,
                    )
                    .help(format!("write `{}` first", name.name())),
                ),
                _ => diags.push(with(
                    Code::ModifierConflict
                        .at(span, format!("`{}` cannot be combined with `{}`", name.name(), said(how_by))),
                    how_by,
                )),
            },
            Role::How(how) => {
                match combine(chain.how, how) {
                    Combined::To(both) => {
                        if let (
                            How::Regex { .. }
                            | How::Cidr
                            | How::Exists
                            | How::FieldRef(_)
                            | How::Compare(_)
                            | How::Time(..),
                            Some((_, step_span)),
                        ) = (both, chain.steps.first())
                        {
                            diags.push(Code::ModifierConflict.at(span, format!("`{}` takes the value as it stands, but a modifier before it changes the value", name.name())).label(*step_span, "changed here"));
                        }
                        chain.how = both;
                        how_by = how_by.or(Some((name, span)));
                    }
                    Combined::Redundant => diags.push(with(
                        Code::ModifierRedundant.at(
                            span,
                            format!(
                                "`{}` adds nothing to `{}`, which looks for a part of the text anyway",
                                name.name(),
                                said(how_by)
                            ),
                        ),
                        how_by,
                    )),
                    Combined::Order => diags.push(
                        with(
                            Code::ModifierOrder
                                .at(span, format!("`{}` must stand before `{}`", name.name(), said(how_by))),
                            how_by,
                        )
                        .help(format!("write `{}|{}`", name.name(), said(how_by))),
                    ),
                    Combined::Conflict => {
                        diags.push(
                            with(
                                Code::ModifierConflict
                                    .at(span, format!("`{}` contradicts `{}`", name.name(), said(how_by))),
                                how_by,
                            )
                            .help("keep one of them, or write two items"),
                        );
                    }
                }
            }
        }
    }
    let mut encodings = chain.steps.iter().filter(|(step, _)| *step != Step::WinDash);
    if let Some((_, span)) = encodings.nth(MAX_ENCODINGS) {
        diags.push(
            Code::TooDeep
                .at(*span, format!("more than {MAX_ENCODINGS} encodings of one value"))
                .help("nobody encodes that often: write what is looked for"),
        );
    }
    if let Some(span) = cased_by {
        check_cased(chain.how, span, diags);
    }
    if chain.how == How::Exists
        && let Some(other) = item.modifiers.iter().find(|m| m.value != Modifier::Exists)
    {
        diags.push(
            Code::ModifierConflict
                .at(other.span, format!("`exists` stands alone, without `{}`", other.value.name()))
                .help("write `field|exists: false` where the field must be missing"),
        );
    }
    (!diags.has_errors_since(mark)).then_some(chain)
}

/// Whether a modifier that was given before does something more here: encodings work on what the ones before them made, but UTF-16
/// is of text, so there must be an encoding between two of these.
fn chains(modifier: Modifier, steps: &[(Step, Span)]) -> bool {
    match role(modifier) {
        Role::Step(Step::Base64 | Step::Base64Offset) => true,
        Role::Step(step @ Step::Utf16(_)) => steps.last().is_none_or(|(last, _)| *last != step),
        Role::Step(Step::WinDash) | Role::All | Role::Neq | Role::Cased | Role::Expand | Role::Flag | Role::How(_) => {
            false
        }
    }
}

/// What a modifier does in a chain.
enum Role {
    All,
    Neq,
    Cased,
    Expand,
    Flag,
    Step(Step),
    How(How),
}

fn role(modifier: Modifier) -> Role {
    match modifier {
        Modifier::All => Role::All,
        Modifier::Neq => Role::Neq,
        Modifier::Cased => Role::Cased,
        Modifier::Expand => Role::Expand,
        Modifier::IgnoreCase | Modifier::MultiLine | Modifier::DotAll => Role::Flag,
        Modifier::WinDash => Role::Step(Step::WinDash),
        Modifier::Base64 => Role::Step(Step::Base64),
        Modifier::Base64Offset => Role::Step(Step::Base64Offset),
        Modifier::Utf16Le => Role::Step(Step::Utf16(Utf16::Little)),
        Modifier::Utf16Be => Role::Step(Step::Utf16(Utf16::Big)),
        Modifier::Utf16 => Role::Step(Step::Utf16(Utf16::Marked)),
        Modifier::Contains => Role::How(How::Text(TextOp::Contains)),
        Modifier::StartsWith => Role::How(How::Text(TextOp::StartsWith)),
        Modifier::EndsWith => Role::How(How::Text(TextOp::EndsWith)),
        Modifier::Re => Role::How(How::Regex { ignore_case: false, multi_line: false, dot_all: false }),
        Modifier::Cidr => Role::How(How::Cidr),
        Modifier::Exists => Role::How(How::Exists),
        Modifier::FieldRef => Role::How(How::FieldRef(TextOp::Equals)),
        Modifier::Lt => Role::How(How::Compare(CompareOp::Less)),
        Modifier::Lte => Role::How(How::Compare(CompareOp::LessOrEqual)),
        Modifier::Gt => Role::How(How::Compare(CompareOp::Greater)),
        Modifier::Gte => Role::How(How::Compare(CompareOp::GreaterOrEqual)),
        Modifier::Minute => Role::How(How::Time(TimePart::Minute, None)),
        Modifier::Hour => Role::How(How::Time(TimePart::Hour, None)),
        Modifier::Day => Role::How(How::Time(TimePart::Day, None)),
        Modifier::Week => Role::How(How::Time(TimePart::Week, None)),
        Modifier::Month => Role::How(How::Time(TimePart::Month, None)),
        Modifier::Year => Role::How(How::Time(TimePart::Year, None)),
    }
}

/// Two ways to match, the left one first.
enum Combined {
    To(How),
    Redundant,
    Order,
    Conflict,
}

fn combine(first: How, second: How) -> Combined {
    match (first, second) {
        (How::Plain, how) => Combined::To(how),
        (How::Time(part, None), How::Compare(op)) => Combined::To(How::Time(part, Some(op))),
        (How::FieldRef(TextOp::Equals), How::Text(op)) => Combined::To(How::FieldRef(op)),
        (How::Regex { .. }, How::Text(TextOp::Contains)) => Combined::Redundant,
        (How::Compare(_), How::Time(_, None)) | (How::Text(_), How::FieldRef(_)) => Combined::Order,
        (
            How::Text(_)
            | How::Regex { .. }
            | How::Cidr
            | How::Exists
            | How::FieldRef(_)
            | How::Compare(_)
            | How::Time(..),
            How::Plain
            | How::Text(_)
            | How::Regex { .. }
            | How::Cidr
            | How::Exists
            | How::FieldRef(_)
            | How::Compare(_)
            | How::Time(..),
        ) => Combined::Conflict,
    }
}

fn check_cased(how: How, span: Span, diags: &mut Diagnostics) {
    match how {
        How::Regex { ignore_case: true, .. } => {
            diags.push(Code::ModifierConflict.at(span, "`cased` contradicts `i`").help("remove one of them"));
        }
        How::Regex { .. } => diags.push(
            Code::ModifierRedundant.at(span, "`cased` has no effect: regular expressions are case-sensitive anyway"),
        ),
        How::Cidr | How::Compare(_) | How::Time(..) => {
            diags.push(Code::ModifierRedundant.at(span, "`cased` has no effect on numbers and addresses"));
        }
        How::Plain | How::Text(_) | How::FieldRef(_) | How::Exists => {}
    }
}

fn said(by: Option<(Modifier, Span)>) -> &'static str {
    by.map_or("", |(modifier, _)| modifier.name())
}

/// Points to the modifier that was there first.
fn with(diagnostic: crate::diagnostic::Diagnostic, by: Option<(Modifier, Span)>) -> crate::diagnostic::Diagnostic {
    match by {
        Some((modifier, span)) => diagnostic.label(span, format!("`{}` here", modifier.name())),
        None => diagnostic,
    }
}
