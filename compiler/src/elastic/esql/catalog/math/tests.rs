//! What the catalogue says of functions on numbers, points in time and multi-values.

use sigil_runtime::table::Type::{self, *};

use super::{arithmetic, negative};
use crate::elastic::esql::ast::ArithmeticOp;
use crate::elastic::esql::catalog;

fn check(name: &str, arguments: &[Type], expected: Type) {
    let Some(entry) = catalog::find(name) else { panic!("`{name}` is not there") };
    let most = if entry.repeats { usize::MAX } else { entry.params.len() };
    assert!((entry.required..=most).contains(&arguments.len()), "{name} {arguments:?}: number of arguments");
    for (at, argument) in arguments.iter().enumerate() {
        let param = entry.params.get(at).or(entry.params.last()).unwrap();
        assert!(*argument == Null || param.types.contains(argument), "{name}: {argument} as `{}`", param.name);
    }
    assert_eq!((entry.result)(arguments), expected, "{name} {arguments:?}");
}

#[test]
fn types_of_results() {
    let table: &[(&str, &[Type], Type)] = &[
        ("abs", &[Integer], Integer),
        ("abs", &[UnsignedLong], UnsignedLong),
        ("ACOS", &[Integer], Double),
        ("ceil", &[Double], Double),
        ("floor", &[Long], Long),
        ("signum", &[Integer], Double),
        ("bucket", &[Date, Integer, Date, Date], Date),
        ("bucket", &[DateNanos, TimeDuration], DateNanos),
        ("bin", &[Integer, Integer], Double),
        ("bucket", &[Null, Integer], Null),
        ("clamp", &[Integer, Integer, Integer], Integer),
        ("clamp", &[UnsignedLong, Long, Long], Long),
        ("clamp", &[Double, Integer, Integer], Double),
        ("clamp_min", &[Integer, UnsignedLong], UnsignedLong),
        ("clamp_max", &[Long, Integer], Long),
        ("clamp_max", &[Keyword, Keyword], Keyword),
        ("copy_sign", &[Integer, Double], Integer),
        ("greatest", &[Text], Keyword),
        ("greatest", &[Null, Long, Long], Long),
        ("least", &[Keyword, Text], Keyword),
        ("least", &[Keyword, Long], Null),
        ("log", &[Integer], Double),
        ("log", &[Integer, UnsignedLong], Double),
        ("pow", &[Integer, Integer], Double),
        ("round", &[Integer], Integer),
        ("round", &[UnsignedLong, Long], UnsignedLong),
        ("round_to", &[Integer, Long, Integer], Long),
        ("round_to", &[Integer, Double], Double),
        ("round_to", &[Date, Date, Date], Date),
        ("tau", &[], Double),
        ("date_diff", &[Keyword, Date, DateNanos], Integer),
        ("date_extract", &[Text, DateNanos], Long),
        ("date_format", &[Date], Keyword),
        ("date_format", &[Keyword, DateNanos], Keyword),
        ("date_parse", &[Keyword], Date),
        ("date_parse", &[Keyword, Text], Date),
        ("date_trunc", &[DatePeriod, Date], Date),
        ("date_trunc", &[TimeDuration, DateNanos], DateNanos),
        ("date_trunc", &[TimeDuration, Null], Date),
        ("day_name", &[Date], Keyword),
        ("year", &[DateNanos], Long),
        ("now", &[], Date),
        ("mv_append", &[Keyword, Text], Keyword),
        ("mv_append", &[Null, GeoPoint], GeoPoint),
        ("mv_avg", &[UnsignedLong], Double),
        ("mv_concat", &[Text, Keyword], Keyword),
        ("mv_contains", &[Ip, Ip], Boolean),
        ("mv_count", &[Version], Integer),
        ("mv_dedupe", &[Text], Keyword),
        ("mv_difference", &[Long, Long], Long),
        ("mv_first", &[Boolean], Boolean),
        ("mv_max", &[Text], Keyword),
        ("mv_median", &[Integer], Integer),
        ("mv_percentile", &[Long, Integer], Long),
        ("mv_pseries_weighted_sum", &[Double, Double], Double),
        ("mv_slice", &[Text, Integer], Keyword),
        ("mv_sort", &[Ip, Keyword], Ip),
        ("mv_sum", &[Integer], Integer),
        ("mv_zip", &[Text, Text], Keyword),
    ];
    for (name, arguments, expected) in table {
        check(name, arguments, *expected);
    }
}

#[test]
fn operators() {
    let table: &[(&str, Type, Type, Option<Type>)] = &[
        ("+-*/%", Integer, Integer, Some(Integer)),
        ("+-*/%", Integer, Long, Some(Long)),
        ("+-*/%", Long, Integer, Some(Long)),
        ("+-*/%", Long, Double, Some(Double)),
        ("+-*/%", UnsignedLong, UnsignedLong, Some(UnsignedLong)),
        ("+-*/%", UnsignedLong, Integer, None),
        ("+-*/%", Double, UnsignedLong, None),
        ("+-*/%", Null, Long, Some(Long)),
        ("+-*/%", Null, Null, Some(Null)),
        ("+-*/%", Keyword, Integer, None),
        ("+-*/%", Date, Date, None),
        ("+-*/%", Date, Integer, None),
        ("+-", Date, DatePeriod, Some(Date)),
        ("+-", DateNanos, TimeDuration, Some(DateNanos)),
        ("*/%", Date, TimeDuration, None),
        ("+", DatePeriod, Date, Some(Date)),
        ("-", DatePeriod, Date, None),
        ("+-", DatePeriod, DatePeriod, Some(DatePeriod)),
        ("+-", TimeDuration, DatePeriod, None),
        ("*/%", TimeDuration, TimeDuration, None),
        ("+-", Date, Null, Some(Date)),
        ("*/%", Date, Null, None),
    ];
    let all =
        [ArithmeticOp::Add, ArithmeticOp::Subtract, ArithmeticOp::Multiply, ArithmeticOp::Divide, ArithmeticOp::Modulo];
    for (ops, left, right, expected) in table {
        for op in all.iter().filter(|op| ops.contains(op.as_str())) {
            assert_eq!(arithmetic(*op, *left, *right), *expected, "{left} {} {right}", op.as_str());
        }
    }
    for kind in Type::ALL {
        let signed = matches!(kind, Null | Integer | Long | Double | DatePeriod | TimeDuration);
        assert_eq!(negative(kind), signed.then_some(kind));
    }
}

#[test]
fn no_name_stands_twice() {
    let mut seen = std::collections::BTreeSet::new();
    for entry in catalog::all() {
        for name in entry.aliases.iter().chain([&entry.name]) {
            assert!(seen.insert(*name), "`{name}` stands there twice");
        }
    }
}
