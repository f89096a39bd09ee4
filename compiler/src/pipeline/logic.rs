//! `.._cond_expr`: and, or, not and parentheses over the names of conditions.

/// A formula over conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Logic {
    /// The condition at this place.
    Leaf(usize),
    /// The member does not hold.
    Not(Box<Logic>),
    /// Every member holds; none: always.
    All(Vec<Logic>),
    /// Some member holds.
    Any(Vec<Logic>),
}

impl Logic {
    /// Whether the formula holds when `leaf` tells which conditions do.
    pub(super) fn holds(&self, leaf: &mut dyn FnMut(usize) -> bool) -> bool {
        match self {
            Self::Leaf(at) => leaf(*at),
            Self::Not(inner) => !inner.holds(leaf),
            Self::All(members) => members.iter().all(|member| member.holds(leaf)),
            Self::Any(members) => members.iter().any(|member| member.holds(leaf)),
        }
    }
}

impl Logic {
    /// Whether the formula may have this truth, where `leaf` tells of each condition whether it may have one.
    pub(super) fn may_be(&self, truth: bool, leaf: &dyn Fn(usize, bool) -> bool) -> bool {
        match (self, truth) {
            (Self::Leaf(at), _) => leaf(*at, truth),
            (Self::Not(inner), _) => inner.may_be(!truth, leaf),
            (Self::All(members), true) | (Self::Any(members), false) => {
                members.iter().all(|member| member.may_be(truth, leaf))
            }
            (Self::All(members), false) | (Self::Any(members), true) => {
                members.iter().any(|member| member.may_be(truth, leaf))
            }
        }
    }
}

/// Deeper formulas are refused: nobody writes them, and parsing recurses.
const MAX_DEPTH: usize = 50;

/// Reads a formula; `place` finds a condition by its name.
pub(super) fn parse(text: &str, place: &dyn Fn(&str) -> Option<usize>) -> Result<Logic, String> {
    let mut reader = Reader { words: words(text), at: 0, place };
    let logic = reader.any(0)?;
    match reader.words.get(reader.at) {
        None => Ok(logic),
        Some(word) => Err(format!("`{word}` is not expected here")),
    }
}

struct Reader<'a> {
    words: Vec<&'a str>,
    at: usize,
    place: &'a dyn Fn(&str) -> Option<usize>,
}

impl Reader<'_> {
    fn any(&mut self, depth: usize) -> Result<Logic, String> {
        let mut members = vec![self.all(depth)?];
        while self.take("or") {
            members.push(self.all(depth)?);
        }
        Ok(single(members, Logic::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Logic, String> {
        let mut members = vec![self.leaf(depth)?];
        while self.take("and") {
            members.push(self.leaf(depth)?);
        }
        Ok(single(members, Logic::All))
    }

    fn leaf(&mut self, depth: usize) -> Result<Logic, String> {
        if depth > MAX_DEPTH {
            return Err(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        if self.take("not") {
            return Ok(Logic::Not(Box::new(self.leaf(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err("a `)` is missing".to_owned()) };
        }
        let Some(word) = self.words.get(self.at) else {
            return Err("the name of a condition is missing at the end".to_owned());
        };
        self.at += 1;
        (self.place)(word).map(Logic::Leaf).ok_or_else(|| format!("`{word}` names no condition"))
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.words.get(self.at).is_some_and(|word| *word == wanted);
        self.at += usize::from(found);
        found
    }
}

fn single(mut members: Vec<Logic>, many: fn(Vec<Logic>) -> Logic) -> Logic {
    if members.len() == 1 { members.swap_remove(0) } else { many(members) }
}

fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for chunk in text.split_whitespace() {
        let mut rest = chunk;
        while !rest.is_empty() {
            let end = match rest.find(['(', ')']) {
                Some(0) => 1,
                Some(at) => at,
                None => rest.len(),
            };
            let (word, tail) = rest.split_at(end);
            words.push(word);
            rest = tail;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn formulas() {
        let place = |name: &str| ["a", "b", "c"].iter().position(|n| *n == name);
        let check = |text: &str, expected: &str| {
            let shown = match parse(text, &place) {
                Ok(logic) => (0..8)
                    .map(|bits| if logic.holds(&mut |leaf| bits >> leaf & 1 == 1) { '1' } else { '0' })
                    .collect::<String>(),
                Err(error) => error,
            };
            assert_eq!(shown, expected, "{text}");
            // whatever is known of the conditions, what they make of the formula is possible
            let Ok(logic) = parse(text, &place) else { return };
            for (bits, known) in (0..8).flat_map(|bits| (0..8).map(move |known| (bits, known))) {
                let holds = |leaf: usize| bits >> leaf & 1 == 1;
                let may = |leaf: usize, truth: bool| known >> leaf & 1 == 0 || holds(leaf) == truth;
                let truth = logic.holds(&mut |leaf| holds(leaf));
                assert!(logic.may_be(truth, &may), "{text}: {bits:03b}, known {known:03b}");
                assert!(known != 7 || !logic.may_be(!truth, &may), "{text}: {bits:03b}");
            }
        };
        // one digit for each assignment: a is bit 0, b bit 1, c bit 2
        check("a", "01010101");
        check("a and not b", "01000100");
        check("a or b and c", "01010111");
        check("(a or b)and c", "00000111");
        check("not (a and b)", "11101110");
        check("a and", "the name of a condition is missing at the end");
        check("(a", "a `)` is missing");
        check("a b", "`b` is not expected here");
        check("d", "`d` names no condition");
        check(&"(".repeat(5000), "nested deeper than 50 levels");
        check(&"not ".repeat(5000), "nested deeper than 50 levels");
    }
}
