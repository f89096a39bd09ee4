//! Calls of functions: which one is meant, and whether its arguments fit.

use sigil_runtime::table::{Expr, Type, Value};

use super::super::literal;
use super::super::report::types;
use super::compare::{WRITE_DATE, meant};
use super::{Analyzer, Typed};
use crate::diagnostic::{Code, closest};
use crate::elastic::esql::ast::{Arguments, Call, FunctionName};
use crate::elastic::esql::catalog::aggregate;
use crate::elastic::esql::catalog::{self, Entry, Param};
use crate::elastic::short;
use crate::source::{Span, Spanned};

/// What a function takes.
pub(in super::super) struct Signature<'a> {
    pub(in super::super) name: &'a str,
    pub(in super::super) params: &'static [Param],
    pub(in super::super) required: usize,
    pub(in super::super) repeats: bool,
}

/// Functions that are neither in a catalogue nor special, but that Elasticsearch has (ES|QL reference, "Functions and operators").
const UNSUPPORTED: &[&str] = &[
    "absent",
    "absent_over_time",
    "avg_over_time",
    "categorize",
    "chunk",
    "count_distinct_over_time",
    "count_over_time",
    "decay",
    "delta",
    "deriv",
    "embedding",
    "extract_snippets",
    "first",
    "first_over_time",
    "idelta",
    "increase",
    "irate",
    "knn",
    "last",
    "last_over_time",
    "max_over_time",
    "median",
    "median_absolute_deviation",
    "min_over_time",
    "multi_match",
    "percentile",
    "percentile_over_time",
    "present",
    "present_over_time",
    "qstr",
    "rate",
    "sample",
    "score",
    "st_centroid_agg",
    "st_contains",
    "st_disjoint",
    "st_envelope",
    "st_extent_agg",
    "st_geohash",
    "st_geohex",
    "st_geotile",
    "st_intersects",
    "st_npoints",
    "st_simplify",
    "st_within",
    "st_xmax",
    "st_xmin",
    "st_ymax",
    "st_ymin",
    "std_dev",
    "stddev_over_time",
    "sum_over_time",
    "tbucket",
    "term",
    "text_embedding",
    "to_aggregate_metric_double",
    "to_cartesianpoint",
    "to_cartesianshape",
    "to_dense_vector",
    "to_geoshape",
    "to_geohash",
    "to_geohex",
    "to_geotile",
    "top",
    "top_snippets",
    "trange",
    "v_cosine",
    "v_dot_product",
    "v_hamming",
    "v_l1_norm",
    "v_l2_norm",
    "v_magnitude",
    "variance",
    "variance_over_time",
    "weighted_avg",
];

impl Analyzer<'_> {
    /// `name(..)`
    pub(super) fn call(&mut self, call: &Call, span: Span) -> Option<Typed> {
        let name = match &call.name {
            FunctionName::Name(name) => name.clone(),
            FunctionName::Parameter(parameter) => Spanned::new(self.name_of(parameter, span)?, span),
        };
        let lower = if name.value.len() > 64 { String::new() } else { name.value.to_ascii_lowercase() };
        match lower.as_str() {
            "match" => return self.match_function(&name, call, false, span),
            "match_phrase" => return self.match_function(&name, call, true, span),
            "kql" => return self.kql(&name, call, span),
            _ => {}
        }
        if let Some(entry) = aggregate::find(&lower) {
            return self.aggregate(&name, entry, call, span);
        }
        let special = matches!(lower.as_str(), "case" | "coalesce");
        let entry = catalog::find(&lower);
        if entry.is_none() && !special {
            return match UNSUPPORTED.iter().find(|known| **known == lower) {
                Some(known) => self.unsupported(known),
                None => self.unknown(&name),
            };
        }
        let Arguments::Values { values, options } = &call.arguments else {
            let message = format!("`{}` does not take `*`", short(&name.value));
            return self.error(Code::FunctionArguments, span, message, "`*` stands for all rows in `COUNT(*)`");
        };
        let mut arguments: Vec<Option<Typed>> = values.iter().map(|value| self.expr(value)).collect();
        if let Some(options) = options {
            let takes_more = entry.is_some_and(|entry| !entry.repeats && entry.params.len() > arguments.len());
            if lower == "to_ip" && takes_more {
                arguments.push(self.option(options));
            } else if lower == "to_ip" {
                return self.unsupported("TO_IP with options");
            } else {
                let message = format!("`{}` takes no map", short(&name.value));
                self.error::<()>(Code::FunctionArguments, options.span, message, "remove it");
            }
        }
        match (lower.as_str(), entry) {
            ("case", _) => self.case(&name, arguments, span),
            ("coalesce", _) => self.coalesce(&name, arguments, span),
            ("cidr_match", Some(entry)) => match self.cidr(&arguments, span)? {
                Ok(typed) => Some(typed),
                Err(()) => self.scalar(&name, entry, arguments, span),
            },
            (_, Some(entry)) => self.scalar(&name, entry, arguments, span),
            (_, None) => None,
        }
    }

    /// The only value of a map, as an argument.
    fn option(&mut self, options: &crate::elastic::esql::ast::Map) -> Option<Typed> {
        use crate::elastic::esql::ast::MapValue;
        match options.entries.first().map(|entry| &entry.value) {
            Some(MapValue::Literal(value)) => self.literal(&value.value, value.span),
            Some(MapValue::Map(_)) | None => {
                self.error(Code::FunctionArguments, options.span, "this map has no value that is read", "remove it")
            }
        }
    }

    fn unknown(&mut self, name: &Spanned<String>) -> Option<Typed> {
        let lower = name.value.to_ascii_lowercase();
        let all = || catalog::all().flat_map(|entry| std::iter::once(entry.name).chain(entry.aliases.iter().copied()));
        let special = ["case", "coalesce", "match", "match_phrase", "kql"];
        let known: Vec<&str> = all()
            .chain(aggregate::all().map(|entry| entry.name))
            .chain(special)
            .chain(UNSUPPORTED.iter().copied())
            .collect();
        // a suggestion looks at a part of a long list only
        let near = known.chunks(150).filter_map(|part| closest(&lower, part.iter().copied()));
        let near: Vec<&str> = near.collect();
        let help = match closest(&lower, near) {
            Some(near) => format!("did you mean `{}`?", near.to_ascii_uppercase()),
            None => "the functions of ES|QL are described in Elasticsearch's documentation".to_owned(),
        };
        self.error(Code::UnknownFunction, name.span, format!("there is no function `{}`", short(&name.value)), help)
    }

    /// A function of the catalogue.
    pub(super) fn scalar(
        &mut self,
        name: &Spanned<String>,
        entry: &'static Entry,
        arguments: Vec<Option<Typed>>,
        span: Span,
    ) -> Option<Typed> {
        let signature =
            Signature { name: entry.name, params: entry.params, required: entry.required, repeats: entry.repeats };
        let mut arguments = self.arguments(&signature, name.span, arguments)?;
        let mut common = None;
        if catalog::alike(entry.function) {
            let (_, guess, alike) = self.common(arguments, &format!("`{}`", entry.name.to_ascii_uppercase()))?;
            arguments = alike;
            common = guess;
        }
        let kinds: Vec<Type> = arguments.iter().map(|argument| argument.kind).collect();
        let kind = (entry.result)(&kinds);
        self.check_constants(entry, kind, &arguments)?;
        let depth = self.deepest(&arguments, span)?;
        // what takes any type and gives it back does so for a field whose type is not known, too
        let first = arguments.first().filter(|first| first.kind == kind);
        let any =
            entry.params.first().is_some_and(|param| param.types.contains(&kind) && param.types.contains(&Type::Ip));
        let guess = first.filter(|_| any).and_then(|first| common.or_else(|| first.guess.clone()));
        let members = arguments.into_iter().map(|argument| argument.expr).collect();
        Some(Typed { guess, depth, ..Typed::new(Expr::Call(entry.function, kind, members), kind, span) })
    }

    /// Arguments as a function takes them; none if they do not fit, which is told.
    pub(in super::super) fn arguments(
        &mut self,
        signature: &Signature<'_>,
        span: Span,
        arguments: Vec<Option<Typed>>,
    ) -> Option<Vec<Typed>> {
        let most = if signature.repeats { usize::MAX } else { signature.params.len() };
        if arguments.len() < signature.required || arguments.len() > most {
            let takes = match (signature.required, most) {
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) if least == most => least.to_string(),
                (least, most) => format!("{least} to {most}"),
            };
            let plural = if takes == "1" || takes == "at least 1" { "argument" } else { "arguments" };
            let shown = signature.name.to_ascii_uppercase();
            let message = format!("`{shown}` takes {takes} {plural}, not {}", arguments.len());
            return self.error(Code::FunctionArguments, span, message, format!("write `{}`", usage(signature)));
        }
        let mut fitting = Vec::with_capacity(arguments.len());
        let mut complete = true;
        for (at, argument) in arguments.into_iter().enumerate() {
            let param = signature.params.get(at).or(signature.params.last());
            match (argument, param) {
                (Some(argument), Some(param)) => match self.fit(signature, param, argument) {
                    Some(argument) => fitting.push(argument),
                    None => complete = false,
                },
                (None, _) | (_, None) => complete = false,
            }
        }
        complete.then_some(fitting)
    }

    fn fit(&mut self, signature: &Signature<'_>, param: &'static Param, value: Typed) -> Option<Typed> {
        let shown = signature.name.to_ascii_uppercase();
        if param.literal && !is_constant(&value) {
            let message = format!("`{}` of `{shown}` has to stand in the query", param.name);
            let help = "write a number or a string, not a column".to_owned();
            return self.error(Code::FunctionArguments, value.span, message, help);
        }
        if value.kind == Type::Null
            || param.types.contains(&value.kind)
            || (value.kind == Type::Text && param.types.contains(&Type::Keyword))
        {
            return Some(value);
        }
        for kind in param.types {
            if let Some(value) = meant(&value, *kind) {
                return Some(value);
            }
        }
        if value.kind.is_number() {
            for kind in [Type::Integer, Type::Long, Type::UnsignedLong, Type::Double] {
                let converted = value.literal().filter(|_| param.types.contains(&kind));
                if let Some(converted) = converted.and_then(|of| literal::number(of, kind)) {
                    return Some(Typed { expr: Expr::Literal(converted), kind, ..value });
                }
            }
            let wider = [Type::Long, Type::Double]
                .into_iter()
                .find(|kind| param.types.contains(kind) && widens(value.kind, *kind));
            if let Some(kind) = wider {
                return self.cast(value, kind);
            }
        }
        let wanted = [Type::Long, Type::Double, Type::Date, Type::Ip, Type::Boolean, Type::Version, Type::GeoPoint];
        if let Some(kind) = wanted.into_iter().find(|kind| param.types.contains(kind))
            && self.want(&value, kind)
        {
            return Some(Typed { kind, ..value });
        }
        let got = match value.literal() {
            Some(text @ Value::Text(_)) => format!("`\"{}\"`", crate::elastic::one_line(&text.to_string())),
            _ => format!("`{}`", value.kind),
        };
        let message = format!("`{}` of `{shown}` takes {}, not {got}", param.name, types(param.types));
        let help = match param.types.iter().find(|kind| catalog::converts(value.kind, **kind)) {
            Some(kind) if value.literal().is_none() => self.cast_help(&value, kind.name()),
            _ if value.kind == Type::Keyword && param.types.contains(&Type::Date) && value.literal().is_some() => {
                WRITE_DATE.to_owned()
            }
            _ => format!("write `{}`", usage(signature)),
        };
        self.error(Code::TypeConflict, value.span, message, help)
    }
}

/// Whether it is the same for all rows: `NOW() - 1 day` is.
fn is_constant(value: &Typed) -> bool {
    let mut reads = false;
    value.expr.each_column(&mut |_| reads = true);
    !reads
}

fn widens(from: Type, to: Type) -> bool {
    matches!((from, to), (Type::Integer, Type::Long) | (Type::Integer | Type::Long | Type::UnsignedLong, Type::Double))
}

/// How a function is called: `NAME(a, b)`.
fn usage(signature: &Signature<'_>) -> String {
    let mut names: Vec<&str> = signature.params.iter().map(|param| param.name).collect();
    if signature.repeats {
        names.push("..");
    }
    format!("{}({})", signature.name.to_ascii_uppercase(), names.join(", "))
}
