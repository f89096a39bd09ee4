//! Texts in lower or upper case, asked of the texts as events hold them.
//!
//! `TO_LOWER` maps characters one by one as Unicode says; comparisons that ignore case fold them. Both agree but for a few characters (`İ`, `ſ`), so that
//! where they could matter a comparison that ignores case is only nearly what was asked.

use std::sync::OnceLock;

use sigil_runtime::fold::fold;

/// What was done with the texts of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Nothing.
    Plain,
    /// `TO_LOWER`
    Lower,
    /// `TO_UPPER`
    Upper,
}

/// Characters for which a view and folding do not agree.
#[derive(Debug)]
pub(super) struct Odd {
    /// Texts with one of them may satisfy a condition of ASCII letters on the view that they do not satisfy folded.
    pub(super) more: Vec<String>,
    /// What these become in the view.
    made: String,
    /// Texts with one of them may satisfy a condition of ASCII letters folded that they do not satisfy in the view.
    pub(super) less: Vec<String>,
    /// What these fold to.
    folded: String,
}

impl Odd {
    /// Whether a condition with these literals may be decided by odd characters.
    pub(super) fn matter(&self, literals: &str) -> bool {
        fold(literals).chars().any(|c| self.folded.contains(c) || fold(&self.made).contains(c))
    }
}

impl View {
    fn of(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
        }
    }

    /// Whether no text in this view has this one in it: letters of the other case.
    pub(super) fn lacks(self, literal: &str) -> bool {
        match self {
            Self::Plain => false,
            Self::Lower => literal.contains(|c: char| c.is_ascii_uppercase()),
            Self::Upper => literal.contains(|c: char| c.is_ascii_lowercase()),
        }
    }

    /// The characters that have to be looked at.
    pub(super) fn odd(self) -> &'static Odd {
        static ODD: [OnceLock<Odd>; 2] = [OnceLock::new(), OnceLock::new()];
        static NONE: Odd = Odd { more: Vec::new(), made: String::new(), less: Vec::new(), folded: String::new() };
        match self {
            Self::Plain => &NONE,
            Self::Lower => ODD[0].get_or_init(|| found(self)),
            Self::Upper => ODD[1].get_or_init(|| found(self)),
        }
    }
}

/// Whether there is another character for it; else it is itself in every way.
fn has_case(c: char) -> bool {
    c.to_lowercase().next() != Some(c) || c.to_uppercase().next() != Some(c)
}

fn found(view: View) -> Odd {
    let mut odd = Odd { more: Vec::new(), made: String::new(), less: Vec::new(), folded: String::new() };
    for c in ('\u{80}'..=char::MAX).filter(|c| has_case(*c)).map(String::from) {
        let (mapped, folded) = (view.of(&c), fold(&c));
        if fold(&mapped) != folded {
            odd.made.push_str(&mapped);
            // what becomes another single character matters to conditions with that character only, which is not ASCII
            if mapped.chars().nth(1).is_some() || mapped.is_ascii() {
                odd.more.push(c.clone());
            }
        }
        if folded.is_ascii() && mapped != view.of(&folded) {
            odd.folded.push_str(&folded);
            odd.less.push(c);
        }
    }
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_case_is_itself() {
        for c in (char::MIN..=char::MAX).filter(|c| !has_case(*c)).map(String::from) {
            assert_eq!((fold(&c), View::Lower.of(&c), View::Upper.of(&c)), (c.clone(), c.clone(), c.clone()));
        }
    }

    #[test]
    fn few_characters_are_odd() {
        let lower = View::Lower.odd();
        assert_eq!((lower.more.concat(), lower.less.concat()), ("\u{130}".to_owned(), "\u{17F}".to_owned()));
        let upper = View::Upper.odd();
        assert!(upper.more.contains(&"\u{DF}".to_owned()) && upper.more.len() < 150, "{}", upper.more.concat());
        assert_eq!(upper.less.concat(), "\u{212A}");
        assert!(lower.matter("is") && !lower.matter("x.exe") && View::Plain.odd().more.is_empty());
    }
}
