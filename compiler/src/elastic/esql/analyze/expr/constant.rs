//! Arguments that stand in the query and that no row can make right (ES|QL reference, the sections of the functions): Elasticsearch refuses the query.

use sigil_runtime::table::aggregate::Aggregate;
use sigil_runtime::table::expr::Context;
use sigil_runtime::table::function::text::is_java_pattern;
use sigil_runtime::table::function::{ConvertFunction, DateFunction, Function, MultiFunction, TextFunction};
use sigil_runtime::table::{Expr, Type, Value};

use super::{Analyzer, Typed};
use crate::diagnostic::Code;
use crate::elastic::esql::catalog::aggregate::AggregateEntry;
use crate::elastic::esql::catalog::{Entry, Param};
use crate::elastic::one_line;

/// What an argument has to be.
struct Asked {
    /// Which argument?
    at: usize,
    /// As `.. of .. is`.
    what: &'static str,
    help: &'static str,
}

const ORDER: Asked = Asked { at: 1, what: "`asc` or `desc`", help: "write `\"asc\"` or `\"desc\"`" };

impl Analyzer<'_> {
    /// Tells of a text in the query that a function of the catalogue cannot use for any row; none then.
    pub(super) fn check_constants(&mut self, entry: &Entry, kind: Type, arguments: &[Typed]) -> Option<()> {
        let Some(asked) = asked(entry, kind, arguments.len()) else { return Some(()) };
        let Some(value) = arguments.get(asked.at) else { return Some(()) };
        let Some(text @ Value::Text(_)) = value.literal() else { return Some(()) };
        if is_known(entry, kind, arguments.len(), asked.at, text) {
            return Some(());
        }
        self.wrong_constant(entry.name, entry.params, &asked, value, text)
    }

    /// The same for an aggregate: how many values it gives, and in which order.
    pub(in super::super) fn check_aggregate(&mut self, entry: &AggregateEntry, arguments: &[Typed]) -> Option<()> {
        if !matches!(entry.aggregate, Aggregate::Top | Aggregate::Sample) {
            return Some(());
        }
        if let Some((value, limit)) = arguments.get(1).and_then(|value| Some((value, value.literal()?)))
            && limit.as_i128().is_some_and(|limit| limit < 1)
        {
            let asked = Asked { at: 1, what: "1 or more", help: "ask for one value or more" };
            return self.wrong_constant(entry.name, entry.params, &asked, value, limit);
        }
        if let Some((value, order)) = arguments.get(2).and_then(|value| Some((value, value.literal()?)))
            && let Some(text) = order.as_text()
            && !text.eq_ignore_ascii_case("asc")
            && !text.eq_ignore_ascii_case("desc")
        {
            return self.wrong_constant(entry.name, entry.params, &Asked { at: 2, ..ORDER }, value, order);
        }
        Some(())
    }

    fn wrong_constant(
        &mut self,
        name: &str,
        params: &[Param],
        asked: &Asked,
        value: &Typed,
        shown: &Value,
    ) -> Option<()> {
        let param = params.get(asked.at).map_or("argument", |param| param.name);
        let shown = one_line(&shown.to_string());
        let message = format!("`{param}` of `{}` is {}, not `{shown}`", name.to_ascii_uppercase(), asked.what);
        self.error(Code::FunctionArguments, value.span, message, asked.help)
    }
}

fn asked(entry: &Entry, kind: Type, count: usize) -> Option<Asked> {
    match (entry.function, kind) {
        (Function::Text(TextFunction::Hash), _) => {
            Some(Asked { at: 0, what: "the name of a digest", help: "write `\"md5\"`, `\"sha-1\"` or `\"sha-256\"`" })
        }
        (Function::Text(TextFunction::Replace), _) => Some(Asked {
            at: 1,
            what: "a regular expression of Java",
            help: "write two backslashes in front of a character that stands for itself: `\"\\\\[\"`",
        }),
        (Function::Text(TextFunction::Split), _) => Some(Asked {
            at: 1,
            what: "a single byte",
            help: "split at one character of ASCII; `REPLACE` puts one in place of a longer text",
        }),
        (Function::Date(DateFunction::Diff), _) => Some(Asked {
            at: 0,
            what: "a unit of time",
            help: "write `\"seconds\"`, `\"minutes\"`, `\"hours\"`, `\"days\"` or so",
        }),
        (Function::Date(DateFunction::Extract), _) => Some(Asked {
            at: 0,
            what: "a part of a date",
            help: "write `\"hour_of_day\"`, `\"day_of_week\"`, `\"year\"` or so",
        }),
        // with one argument, there is no pattern
        (Function::Date(DateFunction::Format | DateFunction::Parse), _) if count > 1 => {
            Some(Asked { at: 0, what: "a pattern of dates", help: "write `\"yyyy-MM-dd HH:mm:ss\"` or so" })
        }
        (Function::Multi(MultiFunction::MvSort), _) => Some(ORDER),
        (Function::Convert(ConvertFunction::To), Type::DatePeriod) => {
            Some(Asked { at: 0, what: "a number of days, weeks, months or years", help: "write `\"3 days\"` or so" })
        }
        (Function::Convert(ConvertFunction::To), Type::TimeDuration) => Some(Asked {
            at: 0,
            what: "a number of milliseconds, seconds, minutes or hours",
            help: "write `\"3 hours\"` or so",
        }),
        _ => None,
    }
}

/// Whether the function makes something of this argument: it is called, with some values beside it.
fn is_known(entry: &Entry, kind: Type, count: usize, at: usize, text: &Value) -> bool {
    if let (Function::Text(TextFunction::Replace), Some(pattern)) = (entry.function, text.as_text()) {
        // one that cannot be translated is one all the same
        return is_java_pattern(pattern);
    }
    let value = |(place, param): (usize, &Param)| match param.types.first() {
        _ if place == at => text.clone(),
        Some(Type::Date | Type::DateNanos) => Value::Date(0),
        _ => Value::text(""),
    };
    let members = entry.params.iter().take(count).enumerate().map(value).map(Expr::Literal).collect();
    let mut cx = Context::at(0);
    Expr::Call(entry.function, kind, members).eval(&[], &mut cx);
    // the text beside a pattern of dates is none of it, which is another warning
    let warned =
        if matches!(entry.function, Function::Convert(_)) { cx.warnings.conversion } else { cx.warnings.other };
    warned == 0
}
