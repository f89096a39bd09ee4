//! Single values: literals, fields, calls, groups, and casts of them.

use super::expr::{Node, node, push};
use super::{Inside, Kind, Parser, Step, Token};
use crate::elastic::esql::ast::{Arguments, Call, Expr, ExprKind, FunctionName, Map};
use crate::elastic::esql::lex;
use crate::source::Spanned;

impl Parser<'_> {
    /// A value, and the types that it is converted to.
    pub(super) fn primary(&mut self) -> Step<Node> {
        let start = self.peek().start;
        let value = self.value()?;
        if self.peek().kind != Kind::Cast {
            return Ok(value);
        }
        let mut types = Vec::new();
        while self.take(Kind::Cast).is_some() {
            let token = self.peek();
            let name = match token.kind {
                Kind::Name => self.word(token).to_owned(),
                Kind::QuotedName => lex::decode_name(self.word(token)),
                _ => return Err(self.expected("a type behind `::`", "write the name of a type: `field::keyword`")),
            };
            self.next();
            types.push(Spanned::new(name, self.span(token)));
        }
        Ok(self.cast(value, types, start))
    }

    fn cast(&self, value: Node, types: Vec<Spanned<String>>, start: usize) -> Node {
        node(ExprKind::Cast { value, types }, self.span_from(start))
    }

    /// A literal, a field, a call or a group.
    fn value(&mut self) -> Step<Node> {
        let token = self.peek();
        let follows = self.peek_at(1).kind;
        match token.kind {
            Kind::Open => self.group(),
            Kind::Name | Kind::QuotedName | Kind::Parameter | Kind::First | Kind::Last if follows == Kind::Open => {
                self.call()
            }
            Kind::Parameter if follows == Kind::Dot || self.word(token).starts_with("??") => self.field(),
            Kind::Null
            | Kind::True
            | Kind::False
            | Kind::Integer
            | Kind::Decimal
            | Kind::String
            | Kind::Parameter
            | Kind::OpenBracket
            | Kind::Minus
            | Kind::Plus => self.literal(),
            Kind::Name | Kind::QuotedName => self.field(),
            kind if kind.is_keyword() && self.stands_as_name() => self.field(),
            _ => Err(self.value_missing()),
        }
    }

    fn field(&mut self) -> Step<Node> {
        let name = self.name()?;
        let span = name.span;
        Ok(node(ExprKind::Field(name), span))
    }

    /// `( .. )`
    fn group(&mut self) -> Step<Node> {
        let first = self.at;
        let open = self.next();
        self.enter(open)?;
        let missed = std::mem::take(&mut self.closing_missed);
        let mut inner = self.condition(Inside::Group);
        self.close(open);
        self.closing_missed = missed;
        self.leave();
        inner.span = self.span_from(open.start);
        self.group = (first, self.at);
        Ok(inner)
    }

    /// The closing parenthesis of a group or a list.
    pub(super) fn close(&mut self, open: Token) {
        if self.take(Kind::Close).is_none() && !self.closing_missed {
            self.never_closed(open, ")");
        }
    }

    /// `name(.., ..)`
    fn call(&mut self) -> Step<Node> {
        let token = self.next();
        let word = self.word(token);
        let name = match token.kind {
            Kind::Parameter => FunctionName::Parameter(super::names::parameter(word)),
            Kind::QuotedName => FunctionName::Name(Spanned::new(lex::decode_name(word), self.span(token))),
            _ => FunctionName::Name(Spanned::new(word.to_owned(), self.span(token))),
        };
        let open = self.next();
        self.enter(open)?;
        let missed = std::mem::take(&mut self.closing_missed);
        let arguments = self.arguments();
        self.close(open);
        self.closing_missed = missed;
        self.leave();
        Ok(self.called(name, arguments, token))
    }

    fn called(&self, name: FunctionName, arguments: Arguments, first: Token) -> Node {
        node(ExprKind::Call(Call { name, arguments }), self.span_from(first.start))
    }

    /// What stands between the parentheses of a call.
    fn arguments(&mut self) -> Arguments {
        let mut values = Vec::new();
        match (self.peek().kind, self.peek_at(1).kind) {
            (Kind::Close, _) => return Arguments::Values { values, options: None },
            (Kind::Star, Kind::Close) => {
                self.next();
                return Arguments::Star;
            }
            _ => {}
        }
        let mut options = None;
        let mut comma_missing = false;
        loop {
            if self.peek().kind == Kind::OpenBrace {
                self.options_of_call(&values, &mut options);
            } else {
                let value = self.condition(Inside::List);
                self.behind_options(options.as_ref(), &value);
                push(&mut values, value);
            }
            if !self.list_goes_on(&mut comma_missing) {
                return Arguments::Values { values, options };
            }
        }
    }

    /// `{..}` as the last argument.
    fn options_of_call(&mut self, values: &[Expr], options: &mut Option<Map>) {
        let token = self.peek();
        if values.is_empty() {
            self.report(token, "a map is the only argument", "write the values in front of it");
        } else if options.is_some() {
            self.report(token, "a call has one map", "write all options into one map: `{\"a\": 1, \"b\": 2}`");
        }
        if let Ok(map) = self.map() {
            *options = Some(map);
        }
    }

    fn behind_options(&mut self, options: Option<&Map>, value: &Expr) {
        if options.is_some() && value.kind != ExprKind::Invalid && self.problems.len() < 2 * super::MAX_ERRORS {
            let problem = crate::diagnostic::Code::QuerySyntax.at(value.span, "a value stands behind the map");
            self.problems.push(problem.help("write the map last"));
        }
    }

    /// Whether the keyword that comes next is used as the name of a field.
    fn stands_as_name(&self) -> bool {
        matches!(
            self.peek_at(1).kind,
            Kind::Dot
                | Kind::Colon
                | Kind::Cast
                | Kind::Equal
                | Kind::Assign
                | Kind::NotEqual
                | Kind::Less
                | Kind::LessOrEqual
                | Kind::Greater
                | Kind::GreaterOrEqual
                | Kind::In
                | Kind::Is
                | Kind::Like
                | Kind::Rlike
        )
    }

    /// Whether `name.name = ` comes next. What was looked through in vain is not looked through again: a start in between ends at the same token.
    pub(super) fn is_assignment(&mut self) -> bool {
        if self.no_assignment.contains(&self.at) {
            return false;
        }
        let mut ahead = 0;
        loop {
            let kind = self.peek_at(ahead).kind;
            if !matches!(kind, Kind::Name | Kind::QuotedName | Kind::Parameter | Kind::Decimal) && !kind.is_keyword() {
                break;
            }
            match self.peek_at(ahead + 1).kind {
                Kind::Assign if matches!(kind, Kind::Decimal) => break,
                Kind::Assign => return true,
                Kind::Dot => ahead += 2,
                Kind::Decimal => ahead += 1,
                _ => break,
            }
        }
        self.no_assignment = self.at..self.at + ahead;
        false
    }
}
