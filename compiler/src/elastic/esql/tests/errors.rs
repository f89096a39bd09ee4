//! What is said of queries that cannot be read: where, what, and what to do.

use super::parsed;
use crate::diagnostic::Severity;

/// A message: its first byte, the text at its place, what it says, and what to do.
type Said = (u32, &'static str, &'static str, &'static str);

const MESSAGES: &[(&str, &[Said])] = &[
    ("", &[(0, "", "the query is empty", "write where to search: `FROM logs-* | WHERE ..`")]),
    ("  // nothing\n", &[(0, "", "the query is empty", "write where to search: `FROM logs-* | WHERE ..`")]),
    (
        "where a == 1",
        &[(0, "where", "a query starts with `FROM`, not with `where`", "write where to search: `FROM logs-* | ..`")],
    ),
    (
        "select a from b",
        &[(0, "select", "`select` is not a command", "a query reads `FROM index | WHERE condition | KEEP columns`")],
    ),
    ("form logs-*", &[(0, "form", "`form` is not a command", "did you mean `FROM`?")]),
    (
        "from",
        &[(
            4,
            "",
            "expected the name of an index, found the end of the query",
            "write an index or a pattern: `FROM logs-*`",
        )],
    ),
    ("from a | wher b == 1", &[(9, "wher", "`wher` is not a command", "did you mean `WHERE`?")]),
    (
        "from a | select b",
        &[(9, "select", "`select` is not a command", "a query reads `FROM index | WHERE condition | KEEP columns`")],
    ),
    (
        "from a | from b",
        &[(
            9,
            "from",
            "`from` starts a query, it does not stand behind a bar",
            "a query has one source; put `FROM` first",
        )],
    ),
    (
        "from a |",
        &[(8, "", "expected a command, found the end of the query", "remove the bar, or add a command behind it")],
    ),
    ("from a | | limit 1", &[(9, "|", "expected a command, found `|`", "remove the bar, or add a command behind it")]),
    ("from a || limit 1", &[(7, "||", "no command stands between these bars", "remove one of them")]),
    ("from a limit 1", &[(7, "limit", "`|` is missing before `limit`", "write `| limit`")]),
    ("from a | where b = 1", &[(17, "=", "`=` does not compare", "use `==`")]),
    ("from a | where b == 1 && c == 2", &[(22, "&&", "`&&` is not an operator", "write `AND`")]),
    ("from a | where b == 1 || c == 2", &[(22, "||", "`||` is not an operator", "write `OR`")]),
    ("from a | where !b", &[(15, "!", "`!` is not an operator", "write `NOT`")]),
    ("from a | where b <> 1", &[(17, "<>", "`<>` is not an operator", "write `!=`")]),
    (
        "from a | where b =~ \"x\"",
        &[(
            17,
            "=~",
            "`=~` is not an operator",
            "to ignore case, compare `TO_LOWER(field)` by `==` with a text in lower case",
        )],
    ),
    (
        "from a | where b == 'x'",
        &[(20, "'x'", "single quotes do not enclose a string", "strings stand in double quotes: `\"text\"`")],
    ),
    (
        "from a | where b == \"x",
        &[(
            20,
            "\"x",
            "this string is never closed",
            "add `\"` where it ends; a string ends on its line, write a line break in it as `\\n`",
        )],
    ),
    (
        "from a | where b == \"\"\"x",
        &[(
            20,
            "\"\"\"x",
            "this raw string is never closed",
            "add `\"\"\"` where it ends; a raw string ends on its line",
        )],
    ),
    (
        "from a | where b == \"\\q\"",
        &[(
            21,
            "\\q",
            "the escape `\\q` does not exist",
            "write a backslash as `\\\\`, or the string with three quotes: `\"\"\"text\"\"\"`",
        )],
    ),
    ("from a | where (b == 1", &[(22, "", "expected `)`, found the end of the query", "add `)` where the group ends")]),
    (
        "from a | where b == 1)",
        &[(21, ")", "`)` was never opened", "remove it, or add the opening one where the group starts")],
    ),
    ("from a | where f(b", &[(18, "", "expected `)`, found the end of the query", "add `)` where the group ends")]),
    (
        "from a | where b in 1",
        &[(
            20,
            "1",
            "expected `(` behind `IN`, found `1`",
            "the values stand in parentheses: `field IN (\"a\", \"b\")`",
        )],
    ),
    ("from a | where b in ()", &[(21, ")", "this list is empty", "write at least one value: `(\"a\", \"b\")`")]),
    (
        "from a | where b in (1,, 2)",
        &[(23, ",", "expected a value, found `,`", "remove the comma, or add a value behind it")],
    ),
    (
        "from a | where b in (1, 2",
        &[(25, "", "expected `)`, found the end of the query", "add `)` where the group ends")],
    ),
    (
        "from a | where b like",
        &[(
            21,
            "",
            "expected a string behind `LIKE`, found the end of the query",
            "write a string, or a list of strings: `(\"a*\", \"b*\")`",
        )],
    ),
    (
        "from a | where b ilike \"x\"",
        &[(17, "ilike", "expected `AND`, `OR` or `|`, found `ilike`", "write `TO_LOWER(field) LIKE \"*text*\"`")],
    ),
    (
        "from a | where b contains \"x\"",
        &[(
            17,
            "contains",
            "expected `AND`, `OR` or `|`, found `contains`",
            "write `LIKE \"*text*\"`, with `*` where any text may stand",
        )],
    ),
    (
        "from a | where b is 5",
        &[(20, "5", "expected `NULL` or `NOT NULL` behind `IS`, found `5`", "values are compared with `==` and `!=`")],
    ),
    (
        "from a | where b ==",
        &[(
            19,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    (
        "from a | where",
        &[(
            14,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    (
        "from a | where b == 1 c == 2",
        &[
            (
                22,
                "c",
                "`c` is not a unit of time",
                "units are `milliseconds`, `seconds`, `minutes`, `hours`, `days`, `weeks`, `months`, `quarters` and `years`",
            ),
            (
                24,
                "==",
                "expected `AND`, `OR` or `|`, found `==`",
                "comparisons cannot be chained: put one in parentheses, or join them with `AND`",
            ),
        ],
    ),
    (
        "from a | where b == 1 and",
        &[(
            25,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    ("from a | where b == 5 mintes", &[(22, "mintes", "`mintes` is not a unit of time", "did you mean `minutes`?")]),
    (
        "from a | where b == []",
        &[(21, "]", "this array is empty", "an array holds numbers, strings or truth values: `[1, 2]`")],
    ),
    (
        "from a | where b == [1, \"x\"]",
        &[(
            20,
            "[1, \"x\"]",
            "the members of an array are of one kind",
            "an array holds numbers, strings or truth values: `[1, 2]`",
        )],
    ),
    (
        "from a | where b : c",
        &[(
            19,
            "c",
            "expected a value behind `:`, found `c`",
            "put the text in quotes; what is known only from the event is compared with `==`",
        )],
    ),
    (
        "from a | where b::",
        &[(
            18,
            "",
            "expected a type behind `::`, found the end of the query",
            "write the name of a type: `field::keyword`",
        )],
    ),
    ("from a | where f(b, {\"x\": 1}, 2)", &[(30, "2", "a value stands behind the map", "write the map last")]),
    ("from a | where f(b, {x: 1})", &[(21, "x", "a key stands in quotes", "write `\"x\"`")]),
    (
        "from a | where f(b, {\"x\" = 1})",
        &[(25, "=", "`:` stands between a key and its value", "a map reads `{\"key\": value, \"key\": value}`")],
    ),
    ("from a | where f(b, {\"x\": 1)", &[(27, ")", "expected `}`, found `)`", "add `}` where the group ends")]),
    ("from a | where `b == 1", &[(15, "`b == 1", "this name is never closed", "add a backtick where it ends")]),
    ("from a | where b == 1 /* x", &[(22, "/* x", "this comment is never closed", "add `*/` where it ends")]),
    (
        "from a | eval",
        &[(
            13,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    ("from a | eval b = 1 c = 2", &[(20, "c", "expected `,` or `|`, found `c`", "separate values by commas")]),
    (
        "from a | eval b = 1,",
        &[(20, "", "expected a value, found the end of the query", "remove the comma, or add a value behind it")],
    ),
    (
        "from a | keep",
        &[(13, "", "expected the name of a field, found the end of the query", "write the name of a field")],
    ),
    ("from a | keep b c", &[(16, "c", "expected `,` or `|`, found `c`", "separate names by commas")]),
    (
        "from a | keep b,",
        &[(
            16,
            "",
            "expected the name of a field, found the end of the query",
            "remove the comma, or add a name behind it",
        )],
    ),
    (
        "from a | drop",
        &[(13, "", "expected the name of a field, found the end of the query", "write the name of a field")],
    ),
    (
        "from a | rename b",
        &[(17, "", "expected `AS` behind the name, found the end of the query", "write `RENAME old AS new`")],
    ),
    ("from a | rename b to c", &[(18, "to", "expected `AS` behind the name, found `to`", "write `RENAME old AS new`")]),
    (
        "from a | rename b as",
        &[(20, "", "expected the name of a field, found the end of the query", "write the name of a field")],
    ),
    (
        "from a | stats",
        &[(
            9,
            "stats",
            "nothing is computed",
            "write what to compute, or by what to group: `STATS count = COUNT(*) BY host.id`",
        )],
    ),
    (
        "from a | stats count(*) by",
        &[(
            26,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    ("from a | stats count(*) b", &[(24, "b", "expected `,` or `|`, found `b`", "separate values by commas")]),
    (
        "from a | sort",
        &[(
            13,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    ("from a | sort b down", &[(16, "down", "expected `,` or `|`, found `down`", "separate values by commas")]),
    (
        "from a | sort b nulls",
        &[(
            21,
            "",
            "expected `FIRST` or `LAST` behind `NULLS`, found the end of the query",
            "write `NULLS FIRST` or `NULLS LAST`",
        )],
    ),
    (
        "from a | limit",
        &[(14, "", "expected a whole number, found the end of the query", "write how many rows are kept: `LIMIT 100`")],
    ),
    (
        "from a | limit b",
        &[(15, "b", "expected a whole number, found `b`", "write how many rows are kept: `LIMIT 100`")],
    ),
    (
        "from a | limit -1",
        &[(15, "-1", "a limit is a whole number that is not negative", "write how many rows are kept: `LIMIT 100`")],
    ),
    (
        "from a | mv_expand",
        &[(18, "", "expected the name of a field, found the end of the query", "write the name of a field")],
    ),
    (
        "from a | dissect b",
        &[(
            18,
            "",
            "expected a pattern in quotes behind the field, found the end of the query",
            "write `DISSECT field \"%{a} %{b}\"`",
        )],
    ),
    (
        "from a | grok b \"x\",",
        &[(
            20,
            "",
            "expected a pattern in quotes, found the end of the query",
            "remove the comma, or add a pattern behind it",
        )],
    ),
    (
        "from a | enrich",
        &[(
            15,
            "",
            "expected the name of a policy, found the end of the query",
            "write `ENRICH policy ON field WITH name = field`",
        )],
    ),
    (
        "from a | enrich p on",
        &[(20, "", "expected the name of a field, found the end of the query", "write the name of a field")],
    ),
    (
        "from a | lookup b on c",
        &[(16, "b", "expected `JOIN` behind `LOOKUP`, found `b`", "write `LOOKUP JOIN index ON field`")],
    ),
    (
        "from a | lookup join b",
        &[(22, "", "expected `ON` behind the index, found the end of the query", "write `LOOKUP JOIN index ON field`")],
    ),
    (
        "from a | inline count(*)",
        &[(16, "count", "expected `STATS` behind `INLINE`, found `count`", "write `INLINE STATS .. BY ..`")],
    ),
    (
        "from a | fork limit 1",
        &[(
            14,
            "limit",
            "expected `(` behind `FORK`, found `limit`",
            "branches stand in parentheses: `FORK (WHERE a) (WHERE b)`",
        )],
    ),
    ("from a | fork (limit 1", &[(22, "", "expected `)`, found the end of the query", "add `)` where the group ends")]),
    (
        "from a | sample",
        &[(
            15,
            "",
            "expected a number between 0 and 1, found the end of the query",
            "write which part of the rows is kept, between 0 and 1: `SAMPLE 0.1`",
        )],
    ),
    (
        "from a | completion",
        &[(
            19,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    (
        "from a | change_point",
        &[(21, "", "expected the name of a field, found the end of the query", "write the name of a field")],
    ),
    (
        "from a metadata",
        &[(
            15,
            "",
            "expected the name of a metadata field, found the end of the query",
            "write which fields: `METADATA _id, _version, _index`",
        )],
    ),
    (
        "from a metadata _id _index",
        &[(20, "_index", "expected `,` or `|`, found `_index`", "separate names by commas")],
    ),
    (
        "from a, | limit 1",
        &[(8, "|", "expected the name of an index, found `|`", "remove the comma, or add an index behind it")],
    ),
    (
        "row",
        &[(
            3,
            "",
            "expected a value, found the end of the query",
            "complete the condition, or remove what stands before",
        )],
    ),
    ("show", &[(4, "", "expected `INFO` behind `SHOW`, found the end of the query", "write `SHOW INFO`")]),
    (
        "set a = 1 from b",
        &[(
            10,
            "from",
            "expected `;` behind the setting, found `from`",
            "a setting ends with `;`: `SET time_zone = \"UTC\"; FROM ..`",
        )],
    ),
    // the name of an index may have it
    ("from a$b | where $c", &[(17, "$", "`$` means nothing in ES|QL", "remove it, or put it in a string")]),
    (
        "from a | where b == 1 and c = 2 | evl d = 1 | where (e == 1",
        &[
            (28, "=", "`=` does not compare", "use `==`"),
            (34, "evl", "`evl` is not a command", "did you mean `EVAL`?"),
            (59, "", "expected `)`, found the end of the query", "add `)` where the group ends"),
        ],
    ),
];

#[test]
fn errors_name_the_place_and_the_next_step() {
    for (text, expected) in MESSAGES {
        let (_, diags) = parsed(text);
        let said = diags.as_slice().iter().map(|problem| {
            assert_eq!(problem.severity, Severity::Error, "{text}");
            let span = problem.labels[0].span;
            let place = &text[span.start as usize..span.end as usize];
            (span.start, place, problem.message.as_str(), problem.help.as_deref().unwrap_or_default())
        });
        assert_eq!(said.collect::<Vec<_>>(), *expected, "{text}");
    }
}
