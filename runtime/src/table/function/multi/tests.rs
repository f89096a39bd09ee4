//! What functions on multi-values compute.

use super::MultiFunction as F;
use crate::table::function::Function;
use crate::table::function::math::tests::check;
use crate::table::value::Value::{self, Int, Null, Unsigned};
use crate::table::value::{Type, Value as V};

fn all(result: Type, table: &[(F, &[Value], Value, &str)]) {
    for (function, arguments, expected, warned) in table {
        check(Function::Multi(*function), result, arguments, expected, warned);
    }
}

fn ints(values: &[i32]) -> Value {
    V::list(values.iter().copied().map(Int))
}

fn longs(values: &[i64]) -> Value {
    V::list(values.iter().copied().map(V::Long))
}

fn doubles(values: &[f64]) -> Value {
    V::list(values.iter().copied().map(V::Double))
}

fn texts(values: &[&str]) -> Value {
    V::list(values.iter().map(V::text))
}

const fn d(value: f64) -> Value {
    V::Double(value)
}

#[test]
fn places() {
    let list = ints(&[3, 1, 2, 1]);
    all(
        Type::Integer,
        &[
            (F::MvCount, std::slice::from_ref(&list), Int(4), ""),
            (F::MvCount, &[Int(9)], Int(1), ""),
            (F::MvCount, &[Null], Null, ""),
            (F::MvFirst, std::slice::from_ref(&list), Int(3), ""),
            (F::MvLast, std::slice::from_ref(&list), Int(1), ""),
            (F::MvFirst, &[Int(7)], Int(7), ""),
            (F::MvLast, &[], Null, ""),
            (F::MvMin, std::slice::from_ref(&list), Int(1), ""),
            (F::MvMax, std::slice::from_ref(&list), Int(3), ""),
            (F::MvMax, &[Null], Null, ""),
            (F::MvSort, std::slice::from_ref(&list), ints(&[1, 1, 2, 3]), ""),
            (F::MvSort, &[list.clone(), V::text("DESC")], ints(&[3, 2, 1, 1]), ""),
            (F::MvSort, &[list.clone(), V::text("up")], Null, "other"),
            (F::MvSort, &[list.clone(), Int(1)], Null, ""),
            (F::MvSort, &[list.clone(), Null], Null, ""),
            (F::MvSlice, &[list.clone(), Int(1)], Int(1), ""),
            (F::MvSlice, &[list.clone(), Int(1), Int(2)], ints(&[1, 2]), ""),
            (F::MvSlice, &[list.clone(), Int(0), Int(99)], list.clone(), ""),
            (F::MvSlice, &[list.clone(), Int(-2), Int(-1)], ints(&[2, 1]), ""),
            (F::MvSlice, &[list.clone(), Int(-99), Int(-4)], Int(3), ""),
            (F::MvSlice, &[list.clone(), Int(4)], Null, ""),
            (F::MvSlice, &[list.clone(), Int(-9), Int(-8)], Null, ""),
            (F::MvSlice, &[list.clone(), Int(2), Int(1)], Null, "other"),
            (F::MvSlice, &[list.clone(), Int(-1), Int(1)], Null, "other"),
            (F::MvSlice, &[list.clone(), Int(i32::MIN), Int(i32::MIN)], Null, ""),
            (F::MvSlice, &[Int(5), Int(0), Int(9)], Int(5), ""),
            (F::MvSlice, &[Null, Int(0), Int(9)], Null, ""),
            (F::MvSlice, &[list.clone(), Null, Int(9)], Null, ""),
            (F::MvSlice, &[list.clone(), list.clone()], Null, "multi_value"),
            (F::MvSlice, &[], Null, ""),
            (F::MvAppend, &[ints(&[1, 2]), Int(0)], ints(&[1, 2, 0]), ""),
            (F::MvAppend, &[list.clone(), Null], Null, ""),
            (F::MvAppend, &[Null, list.clone()], Null, ""),
            (F::MvAppend, &[ints(&vec![1; 60_000]), ints(&vec![1; 60_000])], Null, "overflow"),
        ],
    );
    all(Type::Keyword, &[(F::MvMax, &[texts(&["a", "c", "b"])], V::text("c"), "")]);
}

#[test]
fn texts_of_lists() {
    let list = texts(&["a", "b", "c"]);
    let long = V::list(std::iter::repeat_n(V::text("x"), 200));
    let wide = V::text("y".repeat(1 << 17));
    all(
        Type::Keyword,
        &[
            (F::MvConcat, &[list.clone(), V::text(", ")], V::text("a, b, c"), ""),
            (F::MvConcat, &[V::text("a"), V::text(", ")], V::text("a"), ""),
            (F::MvConcat, &[list.clone(), V::text("")], V::text("abc"), ""),
            (F::MvConcat, &[Null, V::text("")], Null, ""),
            (F::MvConcat, &[list.clone(), Null], Null, ""),
            (F::MvConcat, &[list.clone(), list.clone()], Null, "multi_value"),
            (F::MvConcat, &[ints(&[1, 2]), V::text(",")], Null, ""),
            (F::MvConcat, &[long.clone(), wide.clone()], Null, "overflow"),
            (F::MvZip, &[list.clone(), texts(&["x", "y"])], texts(&["a,x", "b,y", "c"]), ""),
            (F::MvZip, &[V::text("a"), list.clone(), V::text("-")], texts(&["a-a", "b", "c"]), ""),
            (F::MvZip, &[Null, list.clone()], list.clone(), ""),
            (F::MvZip, &[list.clone(), Null], list.clone(), ""),
            (F::MvZip, &[Null, Null], Null, ""),
            (F::MvZip, &[list.clone(), list.clone(), Null], Null, ""),
            (F::MvZip, &[list.clone(), list.clone(), list.clone()], Null, "multi_value"),
            (F::MvZip, &[list.clone(), ints(&[1, 2])], Null, ""),
            (F::MvZip, std::slice::from_ref(&list), Null, ""),
            (F::MvZip, &[long.clone(), long, wide], Null, "overflow"),
        ],
    );
}

#[test]
fn sets() {
    let (left, right) = (ints(&[3, 1, 3, 2]), ints(&[2, 3, 4]));
    all(
        Type::Integer,
        &[
            (F::MvDedupe, std::slice::from_ref(&left), ints(&[3, 1, 2]), ""),
            (F::MvDedupe, &[ints(&[1, 1])], Int(1), ""),
            (F::MvDedupe, &[Null], Null, ""),
            (F::MvUnion, &[left.clone(), right.clone()], ints(&[3, 1, 2, 4]), ""),
            (F::MvUnion, &[left.clone(), Null], ints(&[3, 1, 2]), ""),
            (F::MvUnion, &[Null, Null], Null, ""),
            (F::MvIntersection, &[left.clone(), right.clone()], ints(&[3, 2]), ""),
            (F::MvIntersection, &[left.clone(), Int(9)], Null, ""),
            (F::MvIntersection, &[left.clone(), Null], Null, ""),
            (F::MvDifference, &[left.clone(), Int(2)], ints(&[3, 1, 3]), ""),
            (F::MvDifference, &[left.clone(), Null], left.clone(), ""),
            (F::MvDifference, &[Null, left.clone()], Null, ""),
            (F::MvDifference, &[left.clone(), left.clone()], Null, ""),
            (F::MvContains, &[left.clone(), ints(&[2, 2, 1])], V::Bool(true), ""),
            (F::MvContains, &[left.clone(), right.clone()], V::Bool(false), ""),
            (F::MvContains, &[left.clone(), Null], V::Bool(true), ""),
            (F::MvContains, &[Null, left.clone()], V::Bool(false), ""),
            (F::MvContains, &[Null, Null], V::Bool(true), ""),
            (F::MvContains, &[texts(&["a", "b"]), V::text("")], V::Bool(false), ""),
            (F::MvIntersects, &[left.clone(), right], V::Bool(true), ""),
            (F::MvIntersects, &[left.clone(), Int(9)], V::Bool(false), ""),
            (F::MvIntersects, &[left.clone(), Null], V::Bool(false), ""),
            (F::MvIntersects, &[Null, Null], V::Bool(false), ""),
            (F::MvIntersects, &[left.clone(), texts(&["1", "2"])], V::Bool(false), ""),
        ],
    );
}

#[test]
fn numbers() {
    all(
        Type::Integer,
        &[
            (F::MvSum, &[ints(&[1, 2, 3])], Int(6), ""),
            (F::MvSum, &[ints(&[i32::MAX, 1])], Null, "overflow"),
            (F::MvSum, &[Null], Null, ""),
            (F::MvSum, &[texts(&["a", "b"])], Null, ""),
            (F::MvAvg, &[ints(&[3, 5, 1, 6])], d(3.75), ""),
            (F::MvAvg, &[Int(3)], d(3.0), ""),
            (F::MvAvg, &[Null], Null, ""),
            (F::MvMedian, &[ints(&[3, 5, 1])], Int(3), ""),
            (F::MvMedian, &[ints(&[3, 7, 1, 6])], Int(4), ""),
            (F::MvMedian, &[ints(&[-4, -3])], Int(-4), ""),
            (F::MvMedian, &[Null], Null, ""),
            (F::MvMedianAbsoluteDeviation, &[ints(&[0, 2, 5, 6])], Int(2), ""),
            (F::MvMedianAbsoluteDeviation, &[ints(&[i32::MIN, i32::MIN, i32::MAX])], Int(0), ""),
            (F::MvMedianAbsoluteDeviation, &[Int(5)], Int(0), ""),
            (F::MvPercentile, &[ints(&[5, 5, 10, 12, 5_000]), Int(50)], Int(10), ""),
            (F::MvPercentile, &[ints(&[0, 10]), d(25.0)], Int(2), ""),
            (F::MvPercentile, &[ints(&[7, 1, 3]), Int(0)], Int(1), ""),
            (F::MvPercentile, &[ints(&[7, 1, 3]), Int(100)], Int(7), ""),
            (F::MvPercentile, &[ints(&[7, 1, 3]), Int(101)], Null, "other"),
            (F::MvPercentile, &[ints(&[7, 1, 3]), Null], Null, ""),
            (F::MvPercentile, &[ints(&[7, 1, 3]), ints(&[1, 2])], Null, "multi_value"),
            (F::MvPercentile, &[Null, Int(5)], Null, ""),
            (F::MvPercentile, &[Int(9), Int(5)], Int(9), ""),
        ],
    );
    all(
        Type::Long,
        &[
            (F::MvSum, &[longs(&[i64::MAX, -1])], V::Long(i64::MAX - 1), ""),
            (F::MvSum, &[longs(&[i64::MAX, 1])], Null, "overflow"),
            (F::MvMedian, &[longs(&[i64::MAX, i64::MAX])], V::Long(i64::MAX), ""),
            (F::MvMedianAbsoluteDeviation, &[longs(&[i64::MIN, i64::MAX])], V::Long(i64::MAX), ""),
            (F::MvPercentile, &[longs(&[i64::MIN, i64::MAX]), Int(50)], V::Long(-1), ""),
        ],
    );
    all(
        Type::UnsignedLong,
        &[
            (F::MvSum, &[V::list([Unsigned(u64::MAX), Unsigned(1)])], Null, "overflow"),
            (F::MvMedian, &[V::list([Unsigned(u64::MAX), Unsigned(1)])], Unsigned(1 << 63), ""),
        ],
    );
    all(
        Type::Double,
        &[
            (F::MvSum, &[doubles(&[0.1; 10])], d(1.0), ""),
            (F::MvSum, &[doubles(&[1.7e308, 1.7e308])], Null, "overflow"),
            (F::MvAvg, &[doubles(&[1.0, 2.0])], d(1.5), ""),
            (F::MvMedian, &[doubles(&[1.0, 9.0, 2.0, 4.0])], d(3.0), ""),
            (F::MvMedianAbsoluteDeviation, &[doubles(&[1.0, 2.0, 9.0])], d(1.0), ""),
            (F::MvPercentile, &[doubles(&[1.0, 2.0]), d(50.0)], d(1.5), ""),
            (F::MvPercentile, &[doubles(&[-1.7e308, 1.7e308]), d(50.0)], d(0.0), ""),
            (
                F::MvPseriesWeightedSum,
                &[doubles(&[70.0, 45.0, 21.0, 21.0, 21.0]), d(1.5)],
                d(94.454_651_562_124_52),
                "",
            ),
            (F::MvPseriesWeightedSum, &[d(5.0), d(2.0)], d(5.0), ""),
            (F::MvPseriesWeightedSum, &[doubles(&[1.0, 1e300]), d(-9_000.0)], Null, "overflow"),
            (F::MvPseriesWeightedSum, &[Null, d(2.0)], Null, ""),
            (F::MvPseriesWeightedSum, &[d(5.0), Null], Null, ""),
            (F::MvPseriesWeightedSum, &[V::text("a"), d(2.0)], Null, ""),
        ],
    );
}

#[test]
fn many_values() {
    let many = V::list((0..100_000).map(Int));
    all(
        Type::Integer,
        &[
            (F::MvCount, &[V::list([many.clone(), many.clone()])], Int(200_000), ""),
            (F::MvContains, &[many.clone(), many.clone()], V::Bool(true), ""),
            (F::MvDifference, &[many.clone(), many.clone()], Null, ""),
            (F::MvMedian, std::slice::from_ref(&many), Int(49_999), ""),
            (F::MvSlice, &[many.clone(), Int(-1)], Int(99_999), ""),
        ],
    );
}
