//! Rules made by hand whose operations are pipelines of every operator and every kind of expression, for what is generated of them.

use std::sync::Arc;

use sigil_compiler::codegen::{Layout, generate};
use sigil_compiler::ir::{self, Expr as Condition, Field, SelectionId, Then};
use sigil_compiler::plan::{self, PackPlan};
use sigil_compiler::source::{FileId, Span};
use sigil_runtime::generated::table::{
    Aggregate, Column, ConvertFunction, DateFunction, Expr, Function, Globs, Lookup, MathFunction, MultiFunction,
    NetFunction, Operator, Origin, Output, Pattern, Piece, Pipeline, SortKey, Stats, TextFunction, Type, Words,
    aggregate, aggregate_where, all, any, at_least, at_most, boolean, by_slot, call, case, coalesce, col, date,
    date_nanos, dissect, double, duration, equal, eval, greater, grok, in_networks, integer, integers, ip, is_in,
    is_null, keep_where, less, like, like_pieces, limit, limit_by, list, long, longs, mv_expand, not, null, output,
    period, point, rlike, text, texts, unsigned, value, version,
};
use sigil_runtime::operator::{Operation, Schedule, Suppression, Work};
use sigil_runtime::table::Value;

/// Text that tries to be code.
pub const HOSTILE: &str = "*/ \" \\ \n }{ \u{202e} `x` <b> fn self r#\" \u{0} \u{2028} \u{1f980} ?";

/// Packs of one rule: one as an author writes it, the others with everything there is.
pub fn plans() -> [PackPlan; 6] {
    let pack = |name, title, pipeline| plan::build(name, vec![rule(title, &pipeline)]);
    [
        pack("few", "Few Web Server Processes", few()),
        pack("expressions", "Every Expression", conditions(expressions())),
        pack("wide", "Many Alternatives", conditions(vec![any(vec![is_null(col(0)); 300])])),
        pack("deep", "Conditions Within Conditions", conditions(vec![deep()])),
        pack("literals", "Every Literal", pipeline(literal_columns())),
        pack("commands", "Every Command", pipeline(operators())),
    ]
}

/// What is generated of a plan, in one file.
pub fn code(plan: &PackPlan) -> String {
    generate(plan, &Layout::File).into_values().next().unwrap_or_default()
}

fn rule(title: &str, (pipeline, commands): &(Pipeline<Arc<Field>>, Vec<String>)) -> ir::Rule {
    let field = |name: &str| Arc::new(Field::plain(name));
    let plan = Operation {
        work: Work::Table(pipeline.clone()),
        schedule: Schedule {
            from: 61 * 60_000,
            interval: 3_600_000,
            time: Some(field("event.ingested")),
            timestamp: field("@timestamp"),
            max_signals: 100,
        },
        suppression: Some(Suppression { by: vec![0], duration: None, missing_too: true, each_value: false }),
        document: [field("_index"), field("_id")],
        hash: plan::content_hash(title),
    };
    let selections =
        [("query".to_owned(), Condition::test(ir::Subject::Field(field("event.action")), ir::Test::Exists))];
    ir::Rule {
        meta: ir::Meta { title: title.to_owned(), source: "pipelines.toml".to_owned(), ..ir::Meta::default() },
        scope: Condition::Const(true),
        selections: selections.into_iter().collect(),
        condition: Condition::Selection(SelectionId(0)),
        condition_text: "FROM logs-*".to_owned(),
        then: Then::Operation(Arc::new(ir::Operation { plan, commands: commands.clone() })),
        span: Span::new(FileId(0), 0, 0),
    }
}

fn column(name: &str, kind: Type) -> Column<Arc<Field>> {
    Column { origin: Origin::Field(Arc::new(Field::plain(name))), kind }
}

fn commands(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A pipeline as rules have it.
fn few() -> (Pipeline<Arc<Field>>, Vec<String>) {
    let texts = [
        "MV_EXPAND event.action",
        "WHERE event.action IN (\"exec\", \"start\") AND process.name LIKE \"*sh\" AND NOT (process.working_directory LIKE \"/home/*\" OR process.parent.name == \"cron\")",
        "EVAL Esql.name = TO_LOWER(process.name), Esql.hour = DATE_TRUNC(1 hour, @timestamp)",
        "",
        "STATS Esql.event_count = COUNT(*), Esql.agents = COUNT_DISTINCT(agent.id), Esql.first = MIN(@timestamp) BY Esql.name, process.parent.name",
        "WHERE Esql.agents == 1 AND Esql.event_count < 5",
        "SORT Esql.event_count ASC",
        "LIMIT 100",
    ];
    let columns = [
        ("event.action", Type::Keyword),
        ("process.name", Type::Keyword),
        ("process.working_directory", Type::Keyword),
        ("process.parent.name", Type::Keyword),
        ("@timestamp", Type::Date),
        ("agent.id", Type::Keyword),
    ];
    let operators = vec![
        mv_expand(0),
        keep_where(all([
            is_in(col(0), self::texts(&["exec", "start"])),
            like(col(1), &["*sh"]),
            not(any([like(col(2), &["/home/*"]), equal(col(3), text("cron"))])),
        ])),
        eval(6, call(TextFunction::Concat, Type::Keyword, [col(1)])),
        eval(7, call(DateFunction::Now, Type::Date, [duration(3_600_000), col(4)])),
        Operator::Stats(Stats {
            aggregates: vec![
                aggregate(Aggregate::Count, [], Type::Long),
                aggregate(Aggregate::CountDistinct, [col(5)], Type::Long),
                aggregate(Aggregate::Min, [col(4)], Type::Date),
            ],
            keys: vec![col(6), col(3)],
            width: 5,
        }),
        keep_where(all([equal(col(1), integer(1)), less(col(0), integer(5))])),
        Operator::Sort(vec![SortKey { value: col(0), descending: false, nulls_first: false }]),
        limit(100),
    ];
    let pipeline = Pipeline {
        columns: columns.into_iter().map(|(name, kind)| column(name, kind)).collect(),
        operators,
        output: vec![
            output("Esql.event_count", 0, Type::Long),
            output("Esql.first", 2, Type::Date),
            output("Esql.name", 3, Type::Keyword),
            output("process.parent.name", 4, Type::Keyword),
        ],
        keys: vec![output("Esql.name", 3, Type::Keyword), output("process.parent.name", 4, Type::Keyword)],
        expanded: Vec::new(),
        width: 8,
    };
    (pipeline, commands(&texts))
}

/// Every literal.
fn literals() -> Vec<Expr> {
    vec![
        null(),
        boolean(true),
        integer(i32::MIN),
        long(i64::MIN),
        long(i64::MAX),
        unsigned(u64::MAX),
        double(-1.5e300),
        double(-0.0),
        double(f64::MIN_POSITIVE),
        value(Value::Double(f64::INFINITY)),
        text(HOSTILE),
        text(""),
        ip("10.0.0.1"),
        ip("::ffff:10.0.0.1"),
        ip("fe80::1"),
        version("1.2.3-rc1"),
        date(i64::MIN),
        date_nanos(-1),
        period(-12, 3),
        duration(90_000),
        duration(-1),
        duration(0),
        point(-1.25, 90.0),
        list([text("a"), text(HOSTILE)]),
        list([long(1), long(-2)]),
    ]
}

/// Every kind of expression.
fn expressions() -> Vec<Expr> {
    let pattern = |text: &'static str, lookaround| Pattern::new(text, lookaround);
    const MIXED: &[&[Piece]] = &[&[Piece::Dash, Piece::Literal("x")], &[Piece::AnyChar, Piece::AnyRun]];
    let functions: [Function; 6] = [
        TextFunction::Concat.into(),
        ConvertFunction::To.into(),
        MathFunction::Add.into(),
        DateFunction::Now.into(),
        MultiFunction::MvCount.into(),
        NetFunction::CidrMatch.into(),
    ];
    let mut made = vec![
        is_null(col(0)),
        equal(col(0), col(1)),
        less(col(0), long(1)),
        at_most(col(0), long(1)),
        greater(col(0), long(1)),
        at_least(col(0), long(1)),
        is_in(col(0), self::texts(&["a", HOSTILE])),
        is_in(col(0), longs(&[1, i64::MIN])),
        is_in(col(0), integers(&[1, i32::MIN])),
        is_in(col(0), literals()),
        is_in(col(0), []),
        like(col(0), &[r"C:\\*", HOSTILE, r"a\*b\?c", ""]),
        like_pieces(col(0), MIXED),
        rlike(col(0), pattern(r#"^(?:a"\d+)$"#, false)),
        rlike(col(0), pattern("^(?!x).*$", true)),
        in_networks(col(0), &["10.0.0.0/8", "fe80::/10"]),
        Expr::Words(Arc::new(col(0)), Arc::new(Words::new(&[&["a", "b"], &["c"]], Globs::new(MIXED)))),
        Expr::Words(Arc::new(col(0)), Arc::new(Words::new(&[], Globs::new(&[])))),
        case([boolean(true), col(1), col(2)]),
        case([]),
        coalesce([col(0), col(99)]),
        all([]),
    ];
    made.extend(functions.map(|function| call(function, Type::Keyword, [col(0), text(HOSTILE)])));
    made
}

/// A condition of 200 levels.
fn deep() -> Expr {
    let around = |inner, level| if level % 2 == 0 { not(inner) } else { all([inner, is_null(col(1))]) };
    (0..200).fold(is_null(col(0)), around)
}

/// A pipeline that keeps rows by these conditions.
fn conditions(conditions: Vec<Expr>) -> (Pipeline<Arc<Field>>, Vec<String>) {
    pipeline(conditions.into_iter().map(keep_where).collect())
}

/// A column of each literal.
fn literal_columns() -> Vec<Operator> {
    (30..).zip(literals()).map(|(slot, literal)| eval(slot, literal)).collect()
}

/// Every operator but those of conditions and of single columns.
fn operators() -> Vec<Operator> {
    let filtered = |call| aggregate_where(call, any([is_null(col(0)), equal(col(1), text(HOSTILE))]));
    let aggregates = [
        Aggregate::Count,
        Aggregate::CountDistinct,
        Aggregate::Values,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Sum,
        Aggregate::Avg,
    ];
    let aggregates = || aggregates.into_iter().map(|of| filtered(aggregate(of, [col(0), long(3)], Type::Long)));
    let lookup = |multiplies| {
        Operator::Lookup(Lookup {
            table: HOSTILE.into(),
            on: vec![(col(0), None), (col(1), Some(HOSTILE.into()))],
            with: vec![("a".into(), 20, Type::Keyword), (HOSTILE.into(), 21, Type::Ip)],
            multiplies,
        })
    };
    vec![
        dissect(col(0), HOSTILE, HOSTILE, [22, 23]),
        grok(col(0), &["%{WORD:a}", HOSTILE], [24]),
        lookup(true),
        lookup(false),
        Operator::InlineStats(
            Stats { aggregates: aggregates().collect(), keys: vec![col(0)], width: 64 },
            (9..16).collect(),
        ),
        Operator::Sample(0.1),
        Operator::Stats(Stats { aggregates: aggregates().collect(), keys: vec![col(0), coalesce([col(1)])], width: 9 }),
        Operator::Sort(vec![SortKey { value: col(0), descending: true, nulls_first: true }]),
        limit_by(u64::MAX, [col(1), col(2)]),
        Operator::Stats(Stats { aggregates: Vec::new(), keys: vec![col(3)], width: 3 }),
        Operator::Completion { inference: HOSTILE.into(), prompt: col(0), slot: 2 },
        Operator::Stats(Stats {
            aggregates: by_slot([(0, aggregate(Aggregate::Count, [], Type::Long))]),
            keys: vec![],
            width: 1,
        }),
    ]
}

/// A pipeline of these operators, with columns of every origin.
fn pipeline(operators: Vec<Operator>) -> (Pipeline<Arc<Field>>, Vec<String>) {
    let field = |name: &str| Arc::new(Field::plain(name));
    let columns = [
        Origin::Field(field("event.action")),
        Origin::Field(field(HOSTILE)),
        Origin::Lower(field("process.name")),
        Origin::Selection(0),
        Origin::Selection(7),
        Origin::Id(field("_id")),
        Origin::Source,
        Origin::Ignored([("b".into(), Some(1)), (HOSTILE.into(), None)].into_iter().collect()),
        Origin::Score,
    ];
    let columns = columns.into_iter().zip(Type::ALL).map(|(origin, kind)| Column { origin, kind });
    let texts = vec![HOSTILE.to_owned(), String::new(), "WHERE x".to_owned()];
    let outputs: Vec<Output> = vec![output(HOSTILE, 0, Type::Long), output("x", 7, Type::Ip)];
    let pipeline = Pipeline {
        columns: columns.collect(),
        operators,
        output: outputs.clone(),
        keys: outputs.clone(),
        expanded: outputs,
        width: u32::MAX,
    };
    (pipeline, texts)
}
