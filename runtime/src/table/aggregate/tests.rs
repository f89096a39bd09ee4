use super::exact::Exact;
use super::{Aggregate, AggregateCall, MOST_DISTINCT, MOST_NUMBERS, MOST_VALUES};
use crate::bytes::{Reader, Writer};
use crate::table::expr::{Context, Expr, Warnings};
use crate::table::groups::{GroupTable, Limits, RowOrigin};
use crate::table::pipeline::Stats;
use crate::table::value::{Type, Value};

/// What an aggregate function of the first column and of literals gives for rows; and the same of their halves, merged, and from a snapshot.
fn run(aggregate: Aggregate, result: Type, arguments: Vec<Expr>, rows: &[Vec<Value>]) -> (Value, Warnings) {
    let call = AggregateCall { aggregate, arguments, filter: None, result };
    let stats = Stats { aggregates: vec![call], keys: Vec::new(), width: 1 };
    let table = |rows: &[Vec<Value>], cx: &mut Context| {
        let mut table = GroupTable::new(&stats, Limits::default());
        for row in rows {
            // the time makes samples differ, the number does not
            let origin = RowOrigin { event: 7, time: row.len().try_into().unwrap() };
            table.add(&stats, row, origin, cx);
        }
        table
    };
    let value = |table: &GroupTable, cx: &mut Context| table.finish(&stats, true).next().unwrap().slot(0, cx);

    let mut cx = Context::default();
    let whole = value(&table(rows, &mut cx), &mut cx);
    let (left, right) = rows.split_at(rows.len() / 3);
    let (mut left, right) = (table(left, &mut Context::default()), table(right, &mut Context::default()));
    left.merge(&stats, &right);
    let mut writer = Writer::default();
    left.write(&mut writer);
    let bytes = writer.finish();
    let mut reader = Reader::new(&bytes);
    let restored = GroupTable::read(&stats, Limits::default(), &mut reader).unwrap();
    reader.end().unwrap();
    assert_eq!(value(&restored, &mut Context::default()), whole, "{aggregate:?} of merged and restored tables");
    let mut backwards = rows.to_vec();
    backwards.reverse();
    let backwards = table(&backwards, &mut Context::default());
    assert_eq!(value(&backwards, &mut Context::default()), whole, "{aggregate:?} backwards");
    (whole, cx.warnings)
}

fn list(values: impl IntoIterator<Item = Value>) -> Value {
    Value::list(values)
}

fn longs(values: impl IntoIterator<Item = i64>) -> Value {
    list(values.into_iter().map(Value::Long))
}

fn texts(values: &[&str]) -> Value {
    list(values.iter().map(Value::text))
}

fn rows(values: &[Value]) -> Vec<Vec<Value>> {
    values.iter().map(|value| vec![value.clone()]).collect()
}

#[test]
fn aggregates_of_one_column() {
    use Aggregate::*;
    use Value::{Bool, Date, Double, Int, Long, Null, Unsigned};
    let check = |aggregate, result, literals: &[Value], values: &[Value], expected: Value| {
        let arguments = std::iter::once(Expr::Column(0)).chain(literals.iter().cloned().map(Expr::Literal)).collect();
        let (value, _) = run(aggregate, result, arguments, &rows(values));
        assert_eq!(value, expected, "{aggregate:?}({literals:?}) of {values:?}");
    };
    let some = [Long(3), Null, longs([1, 1, 7])];
    check(Count, Type::Long, &[], &some, Long(4));
    check(Count, Type::Long, &[], &[], Long(0));
    check(CountDistinct, Type::Long, &[], &some, Long(3));
    check(CountDistinct, Type::Long, &[], &[Null], Long(0));
    check(CountDistinct, Type::Long, &[], &[Double(-0.0), Double(0.0)], Long(1));
    check(Values, Type::Long, &[], &some, longs([1, 3, 7]));
    check(Values, Type::Keyword, &[], &[texts(&["b", "a"])], texts(&["a", "b"]));
    check(Values, Type::Long, &[], &[Null], Null);
    check(Min, Type::Long, &[], &some, Long(1));
    check(Max, Type::Long, &[], &some, Long(7));
    check(Max, Type::Long, &[], &[], Null);
    check(Max, Type::Keyword, &[], &[Value::text("b"), Null, texts(&["a", "é"])], Value::text("é"));
    check(Min, Type::Ip, &[], &[Value::Ip(9.into()), Value::Ip(3.into())], Value::Ip(3.into()));
    check(Max, Type::Boolean, &[], &[Bool(false), Bool(true)], Bool(true));
    check(Min, Type::Date, &[], &[Date(5), Date(-5)], Date(-5));
    check(
        Max,
        Type::Version,
        &[],
        &[Value::Version("1.9".into()), Value::Version("1.10".into())],
        Value::Version("1.10".into()),
    );
    check(Max, Type::UnsignedLong, &[], &[Unsigned(u64::MAX), Unsigned(1)], Unsigned(u64::MAX));
    check(Sum, Type::Long, &[], &some, Long(12));
    check(Sum, Type::Long, &[], &[Null], Null);
    check(Sum, Type::Long, &[], &[Value::text("12")], Null);
    check(Sum, Type::Long, &[], &[Long(i64::MAX), Long(1), Long(-1)], Long(i64::MAX));
    check(Sum, Type::Long, &[], &[Long(i64::MAX), Long(1)], Null);
    check(Sum, Type::Long, &[], &[Int(i32::MAX), Int(1)], Long(1 << 31));
    check(Sum, Type::Double, &[], &[Double(1e308), Double(1e308), Double(-1e308), Double(1.0)], Double(1e308));
    check(Sum, Type::Double, &[], &[Double(1e308), Double(1e308)], Null);
    check(Sum, Type::Double, &[], &std::array::from_fn::<Value, 10, _>(|_| Double(0.1)), Double(1.0));
    check(Sum, Type::Double, &[], &[Double(1e16), Double(1.0), Double(-1e16)], Double(1.0));
    check(Sum, Type::Double, &[], &[Double(5e-324), Double(5e-324)], Double(1e-323));
    check(Avg, Type::Double, &[], &some, Double(3.0));
    check(Avg, Type::Double, &[], &[], Null);
    check(Avg, Type::Double, &[], &[Long(i64::MAX), Long(i64::MAX)], Double(9_223_372_036_854_775_807.0));
    check(Avg, Type::Double, &[], &[Double(0.5), Double(1.0)], Double(0.75));
    check(Median, Type::Double, &[], &some, Double(2.0));
    check(Median, Type::Double, &[], &[Int(2), Int(9), Int(4)], Double(4.0));
    check(Median, Type::Double, &[], &[Null], Null);
    check(Percentile, Type::Double, &[Int(90)], &[longs(0..11)], Double(9.0));
    check(Percentile, Type::Double, &[Double(25.0)], &[longs([1, 2])], Double(1.25));
    check(Percentile, Type::Double, &[Int(0)], &some, Double(1.0));
    check(Percentile, Type::Double, &[Int(100)], &some, Double(7.0));
    check(Percentile, Type::Double, &[Int(101)], &some, Null);
    check(MedianAbsoluteDeviation, Type::Double, &[], &[longs([1, 2, 3, 4, 100])], Double(1.0));
    check(MedianAbsoluteDeviation, Type::Double, &[], &[], Null);
    check(Variance, Type::Double, &[], &[longs([2, 4, 4, 4, 5, 5, 7, 9])], Double(4.0));
    check(StdDev, Type::Double, &[], &[longs([2, 4, 4, 4, 5, 5, 7, 9])], Double(2.0));
    check(StdDev, Type::Double, &[], &[Double(1e9), Double(1e9 + 2.0)], Double(1.0));
    check(Variance, Type::Double, &[], &[Double(0.1), Double(0.1), Double(0.1)], Double(0.0));
    check(Variance, Type::Double, &[], &[Double(1e200), Double(-1e200)], Null);
    check(StdDev, Type::Double, &[], &[Null], Null);
    check(Top, Type::Long, &[Int(3)], &some, longs([1, 1, 3]));
    check(Top, Type::Long, &[Int(2), Value::text("desc")], &some, longs([7, 3]));
    check(Top, Type::Long, &[Int(0)], &some, Null);
    check(Top, Type::Long, &[Int(-1)], &some, Null);
    check(Top, Type::Keyword, &[Int(1), Value::text("ASC")], &[texts(&["b", "a"]), Null], Value::text("a"));
    check(Sample, Type::Long, &[Int(10)], &some, longs([1, 1, 3, 7]));
    check(Sample, Type::Long, &[Int(10)], &[Null], Null);
    check(Absent, Type::Boolean, &[], &[Null], Bool(true));
    check(Absent, Type::Boolean, &[], &some, Bool(false));
    check(Present, Type::Boolean, &[], &[], Bool(false));
    check(Present, Type::Boolean, &[], &some, Bool(true));
    check(WeightedAvg, Type::Double, &[Int(3)], &some, Double(3.0));
    check(
        Centroid,
        Type::GeoPoint,
        &[],
        &[Value::Point(1.0, 2.0), Null, Value::Point(3.0, -2.0)],
        Value::Point(2.0, 0.0),
    );
    check(Centroid, Type::GeoPoint, &[], &[Null], Null);
}

#[test]
fn aggregates_of_two_columns() {
    use Aggregate::*;
    use Value::{Date, Double, Int, Long, Null};
    let check = |aggregate, result, pairs: &[[Value; 2]], expected: Value| {
        let rows: Vec<Vec<Value>> = pairs.iter().map(|pair| pair.to_vec()).collect();
        let (value, _) = run(aggregate, result, vec![Expr::Column(0), Expr::Column(1)], &rows);
        assert_eq!(value, expected, "{aggregate:?} of {pairs:?}");
    };
    check(WeightedAvg, Type::Double, &[[Int(1), Int(1)], [Int(4), Int(2)]], Double(3.0));
    check(WeightedAvg, Type::Double, &[[Double(0.5), Int(1)], [Null, Int(1)]], Double(0.25));
    check(WeightedAvg, Type::Double, &[[Int(1), Int(0)]], Null);
    check(WeightedAvg, Type::Double, &[[longs([1, 2]), Int(1)]], Null);
    check(WeightedAvg, Type::Double, &[], Null);
    check(First, Type::Keyword, &[[Value::text("b"), Date(2)], [Value::text("a"), Date(1)]], Value::text("a"));
    check(Last, Type::Keyword, &[[Value::text("b"), Date(2)], [Value::text("a"), Date(1)]], Value::text("b"));
    check(First, Type::Long, &[[Long(9), Null], [Long(8), Date(5)]], Long(8));
    check(Last, Type::Long, &[[Long(9), Null], [Long(8), Date(-5)]], Long(8));
    check(First, Type::Long, &[[Long(9), Null], [Long(8), Null]], Long(8));
    check(First, Type::Long, &[[Null, Date(1)], [Long(8), Date(2)]], Null);
    check(First, Type::Long, &[[Null, Date(1)], [Long(8), Date(1)]], Long(8));
    check(First, Type::Long, &[[longs([1, 2]), longs([9, 3])], [Long(8), Long(4)]], longs([1, 2]));
    check(Last, Type::Long, &[[Long(1), Long(4)], [Long(8), Long(4)]], Long(8));
    check(First, Type::Long, &[], Null);
}

#[test]
fn many_values_are_bounded() {
    let many = |count: usize| -> Vec<Vec<Value>> {
        let numbers: Vec<i64> = (0..i64::try_from(count).unwrap()).collect();
        numbers.chunks(1_000).map(|chunk| vec![longs(chunk.iter().copied())]).collect()
    };
    let first = |aggregate, result, literals: &[Value], rows: &[Vec<Value>]| {
        let arguments = std::iter::once(Expr::Column(0)).chain(literals.iter().cloned().map(Expr::Literal)).collect();
        run(aggregate, result, arguments, rows)
    };
    let (value, _) = first(Aggregate::CountDistinct, Type::Long, &[], &many(MOST_DISTINCT));
    assert_eq!(value, Value::Long(10_000));
    let (value, _) = first(Aggregate::CountDistinct, Type::Long, &[], &many(100_000));
    let estimate = value.as_f64().unwrap();
    assert!((estimate - 1e5).abs() < 2.5e3, "{estimate}");

    let (value, warnings) = first(Aggregate::Values, Type::Long, &[], &many(45_000));
    assert_eq!(value, longs(0..i64::try_from(MOST_VALUES).unwrap()));
    assert_eq!(warnings.other, 1);
    let (value, _) = first(Aggregate::Top, Type::Long, &[Value::Int(2), Value::text("desc")], &many(45_000));
    assert_eq!(value, longs([44_999, 44_998]));
    let (value, _) = first(Aggregate::Sample, Type::Long, &[Value::Int(5)], &many(45_000));
    assert_eq!(value.values().len(), 5);

    let (value, _) = first(Aggregate::Median, Type::Double, &[], &many(MOST_NUMBERS));
    assert_eq!(value, Value::Double(4_999.5));
    for share in [1_u32, 50, 99] {
        let (value, _) = first(Aggregate::Percentile, Type::Double, &[Value::Int(share.cast_signed())], &many(45_000));
        let (value, exact) = (value.as_f64().unwrap(), f64::from(share) * 450.0);
        assert!((value / exact - 1.0).abs() < 0.005, "{value} {exact}");
    }
    let (value, _) = first(Aggregate::MedianAbsoluteDeviation, Type::Double, &[], &many(45_000));
    assert!((value.as_f64().unwrap() / 11_250.0 - 1.0).abs() < 0.02, "{value}");
}

#[test]
fn a_text_and_a_filter() {
    let call =
        |filter| AggregateCall { aggregate: Aggregate::Count, arguments: Vec::new(), filter, result: Type::Long };
    let stats = Stats { aggregates: vec![call(None), call(Some(Expr::Column(0)))], keys: Vec::new(), width: 2 };
    let mut table = GroupTable::new(&stats, Limits::default());
    let mut cx = Context::default();
    for value in [Value::Bool(true), Value::Null, Value::Bool(false)] {
        table.add(&stats, &[value], RowOrigin::default(), &mut cx);
    }
    let row = table.finish(&stats, false).next().unwrap().row(&mut cx);
    assert_eq!(row, [Value::Long(3), Value::Long(1)]);
}

proptest::proptest! {
    #[test]
    fn exact_sums_round_once(parts: Vec<(i32, i8)>, bits: u64) {
        // whole numbers of few bits: a sum of 128 bits tells what is right
        let mut sum = Exact::default();
        let mut expected = 0_i128;
        for (value, shift) in &parts {
            let shift = u32::from(shift.unsigned_abs()) / 2;
            expected += i128::from(*value) << shift;
            sum.add_double(f64::from(*value) * 2_f64.powi(shift.cast_signed()));
        }
        #[expect(clippy::cast_precision_loss, reason = "rounds to the closest")]
        let expected = expected as f64;
        proptest::prop_assert_eq!(sum.round(), Some(expected));
        let single = f64::from_bits(bits);
        let mut sum = Exact::default();
        sum.add_double(single);
        sum.add_double(1e300);
        sum.add_double(-1e300);
        if single.is_finite() {
            proptest::prop_assert_eq!(sum.round(), Some(single));
        }
    }
}
