//! The long texts of `sigil explain`: what a kind of message means, and what to do about it.

use super::Code;

/// The explanation of a code; its title where none is written.
pub(super) fn text(code: Code) -> &'static str {
    TEXTS.iter().find(|(of, _)| *of == code).map_or(code.title(), |(_, text)| text)
}

const TEXTS: &[(Code, &str)] = &[
    (
        Code::InvalidYaml,
        "\
Rules are YAML 1.2. The text at the place shown cannot be read as YAML: a quote or bracket is open, the indentation does not fit, or a
character is not allowed. Often a value needs quotes, because it starts with `*`, `&`, `%`, `@`, `{` or `[`, or holds `: ` or ` #`:

    CommandLine|contains: '*: '

Other documents of the same file are compiled all the same. The broken one counts as one rejected rule.",
    ),
    (
        Code::DuplicateKey,
        "\
A YAML map gives the same key twice, so that one of the two would be lost. Both places are shown. Items with different modifiers are
different keys: `Image|contains` and `Image|endswith` may stand in one map. Values of one field belong in one list:

    Image|endswith:
        - '\\cmd.exe'
        - '\\powershell.exe'

If all values must match, use `|all`, or put the second item into a selection of its own and join both with `and`.",
    ),
    (
        Code::LimitExceeded,
        "\
The compiler bounds what one file may cost, so that no file can exhaust memory or time: 16 MB of text, 10,000 documents, 64 levels of
nesting, 1,000,000 nodes in a document (500,000 brackets, commas, colons and quotes where it uses brackets), 200,000 nodes and 16 MB copied
by aliases and `action: global`, 4,000 selections and 4,000 terms in a condition. Real rules are far from these bounds; split the rule if yours is not.",
    ),
    (
        Code::EmptyFile,
        "\
The file holds nothing, or comments only. A rule file holds at least one YAML document with a `title`, a `logsource` and a `detection`.
The file counts as one rejected rule, so that an emptied file is noticed. Remove it, or move it out of the folder of rules.",
    ),
    (
        Code::NotARule,
        "\
A YAML document of the file is not a map, so that it has no `title`, `logsource` or `detection`: it is a list or a single value. Perhaps the
file is not a rule at all; pass only rule files, or folders of them, to the compiler.",
    ),
    (
        Code::InvalidAction,
        "\
`action` joins the documents of one file: `global` (its content is merged into every following document and wins over theirs), `reset`
(forgets the global content) and `repeat` (its content is merged into the previous rule, which makes one more rule). Anything else is an
error, and so is a `repeat` without a rule before it.",
    ),
    (
        Code::MissingDetection,
        "\
A detection rule needs `detection`: one or more selections and a `condition`.

    detection:
        selection:
            Image|endswith: '\\whoami.exe'
        condition: selection

Correlation rules have `correlation` instead, filters have `filter`.",
    ),
    (
        Code::WrongType,
        "\
A part of the rule that decides what it matches has a type that cannot be understood there, for example a `detection` that is a list, a
`logsource` that is a text, or a list within the list of values of a field. The message says what is expected.",
    ),
    (
        Code::OddAttribute,
        "\
An attribute that only informs people has an unexpected type, such as a `title` that is a number or `tags` that are not a list. The rule
compiles; what can be kept is kept. Put quotes around texts that look like numbers, and write lists as lists.",
    ),
    (
        Code::MissingTitle,
        "\
Every rule should have a `title`: alerts show it, and the generated function is named after it. A rule without one is called after its file.",
    ),
    (
        Code::UnknownAttributeValue,
        "\
`level` is one of `informational`, `low`, `medium`, `high` and `critical`; `status` is one of `stable`, `test`, `experimental`, `deprecated`
and `unsupported`. A rule with another `level` compiles, but alerts cannot be ordered or filtered by it.",
    ),
    (
        Code::MissingLogSource,
        "\
`logsource` says which events a rule is for, by `product`, `category` and `service`. Without it, or with none of the three, the rule is run
on every event, which costs time and may match what its author never meant.

    logsource:
        product: linux
        category: process_creation",
    ),
    (
        Code::EmptyPart,
        "\
A selection, or a map within it, holds nothing: `selection: {}`, or a name with nothing behind it. It is undefined whether nothing matches
everything or nothing at all, so this is an error. Check the indentation of the lines below it, or remove the selection.",
    ),
    (
        Code::EmptyList,
        "\
A field is compared with an empty list: `User: []`. It is read as `null`, as other implementations do: the field must be missing or null. If
that is meant, write `null`; if values were forgotten, add them.",
    ),
    (
        Code::NullInList,
        "\
A list of values holds `null`, or an empty member (a lone `-`). It is accepted, and means that a missing or null field matches too; the
specification does not provide for it. Two selections joined with `or` say the same more clearly. An empty text is written `''`.",
    ),
    (
        Code::UnknownModifier,
        "\
Behind a field's name, after `|`, stand modifiers, all in lower case: contains, startswith, endswith, all, re (with i, m, s), cidr, windash,
base64, base64offset, wide (utf16le), utf16be, utf16, exists, cased, neq, expand, fieldref, lt, lte, gt, gte, minute, hour, day, week, month
and year. A rule with any other is rejected: ignoring it would change what the rule matches.",
    ),
    (
        Code::MapAsValue,
        "\
A field's value is a map. In Sigma 2 a field is compared with a value or a list of values; often the lines below are indented too far, or a
dotted name is meant: `userIdentity.type: Root` for a field within an object. Blocks over the elements of an array need `sigma-version: 3`:

    sigma-version: 3
    detection:
        selection:
            processes[any]:
                name: cmd.exe
                user: root
        condition: selection",
    ),
    (
        Code::UnknownVersion,
        "\
`sigma-version` is the major version of the specification that a rule is written for: 1, 2 (which is assumed where it is missing) or 3, as a
number or as text (`3`, `3.0`). A rule for a later version may mean something else and is rejected.",
    ),
    (
        Code::InvalidFilter,
        "\
A filter narrows other rules. It needs, under `filter`, the `rules` that it is for (a list of ids or names, or `any`), selections and a
`condition`, which must hold besides that of the rule:

    filter:
        rules:
            - 5f1c7b0a-2b6e-4b9a-9c1b-0d5c7d1f2a3b
        selection:
            User|startswith: 'adm_'
        condition: not selection",
    ),
    (
        Code::InvalidCorrelation,
        "\
A correlation rule needs, under `correlation`, a known `type`, the `rules` that it is over, a `timespan` (`30s`, `15m`, `1h`, `7d`) and, for
counts and values, a `condition`:

    correlation:
        type: event_count
        rules:
            - failed_logon
        group-by:
            - TargetUserName
        timespan: 5m
        condition:
            gte: 10",
    ),
    (
        Code::ContentIgnored,
        "\
A part of a document has no effect, for example content beside `action: reset`, which is neither merged nor a rule. Move it to where it is used.",
    ),
    (
        Code::Unreadable,
        "\
A path that was given does not exist, may not be read, holds no rule, or is not text in UTF-8. Everything else is compiled all the same, and
the command ends with status 2. From a folder, files that end in `.yml` or `.yaml` are read; a file named itself is read whatever its name.",
    ),
    (
        Code::UnsupportedConstruct,
        "\
The rule is well-formed, but uses a construct that Sigil gives no meaning to yet, so it is left out of the pack and counted as unsupported. The place
is that of the construct. Rules that count over many events can be written as Elastic threshold rules or in ES|QL, which are carried out.",
    ),
    (
        Code::ConditionSyntax,
        "\
A condition joins the names of selections with `not`, `and`, `or` (binding in this order) and parentheses; `1 of`, `any of`, `all of` and
`N of` count the selections that a pattern names, or all of them (`them`):

    condition: (selection or 1 of selection_*) and not 1 of filter_*

The message names the word that does not fit. Conditions in prose cannot be compiled. Aggregations stand behind a bar at the very end:
`selection | count() by User > 10`.",
    ),
    (
        Code::UnknownSelection,
        "\
The condition names a selection that the detection does not define. Names are compared exactly, with case. The help lists those that exist.",
    ),
    (
        Code::AllOfNothing,
        "\
`all of x*` is asked of no selection at all: none has such a name. Read literally it would hold for every event, so that the rule would match
everything; it is an error instead. `them` and patterns leave out names that start with `_`, unless the pattern itself starts so.",
    ),
    (
        Code::PatternMatchesNothing,
        "\
`1 of x*` (or `any of`, `N of`) names no selection, so that it never holds. `not 1 of filter_*` without any filter is harmless; otherwise the
rule cannot match. Correct the pattern, or remove it.",
    ),
    (
        Code::UnusedSelection,
        "\
The detection defines a selection that no condition uses: it changes nothing. Perhaps the condition was not updated, or a pattern does not
match the name. Add it to the condition, or remove it.",
    ),
    (
        Code::OperatorCase,
        "\
`and`, `or`, `not`, `of`, `all`, `any` and `them` are written in lower case. Other spellings are understood here, but other tools reject the
rule or take the word for the name of a selection.",
    ),
    (
        Code::MissingCondition,
        "\
A detection needs a `condition` that says how its selections are joined, even if there is only one:

    detection:
        selection:
            User: root
        condition: selection",
    ),
    (
        Code::ConditionTooDeep,
        "\
Parentheses and `not` may be nested at most 64 deep. No condition that people can read comes near; flatten the condition, or define further
selections.",
    ),
    (
        Code::CountTooLarge,
        "\
`N of x*` asks for more selections than the pattern names, so that it never holds. Lower the number, or add the selections that are missing.",
    ),
    (
        Code::ModifierConflict,
        "\
Two modifiers of one item ask for different things: `startswith` and `endswith`, `re` and `contains` in the wrong order, `cidr` and `cased`.
One of them would have to be ignored, and which one is not specified. Keep one; use two items if both comparisons are meant:

    CommandLine|startswith: 'cmd'
    CommandLine|endswith: '.bat'",
    ),
    (
        Code::ModifierOrder,
        "\
Modifiers apply from left to right: what changes the value (`wide`, `base64`, `windash`, `expand`) comes before what compares it (`contains`,
`startswith`, `endswith`), `fieldref` and the parts of a time come first, `i`, `m` and `s` follow `re`.

    CommandLine|wide|base64offset|contains: 'IEX'",
    ),
    (
        Code::ModifierRedundant,
        "\
A modifier changes nothing here: `cased` on a regular expression, which is case-sensitive anyway, or `all` on a single value. The rule means the
same without it. Remove it, or say what was meant.",
    ),
    (
        Code::ValueType,
        "\
The value cannot be what the modifiers ask for: `lt` and its like compare with numbers, `exists` takes `true` or `false`, `re` takes a text, encodings
take texts without wildcards. Change the value, or the modifier.",
    ),
    (
        Code::InvalidRegex,
        "\
The regular expression is not valid, or too large to compile (10 MiB compiled, 64 KiB of text). The engine's own message says where. Expressions
are searched for anywhere in the value; backslashes are the expression's own and are not doubled, as in `\\d+`.",
    ),
    (
        Code::BacktrackingRegex,
        "\
Look-around, back references, atomic groups, possessive quantifiers (`a*+`), recursion, conditional groups and `\\R` need an engine that tries
alternatives one after the other, so that a hostile event can make it slow. It is stopped after a fixed number of steps, and then does not match.
Where the expression can be written without them, it runs in linear time.",
    ),
    (
        Code::InvalidNetwork,
        "\
`cidr` takes an IPv4 or IPv6 network as `address/prefix`, as in `10.0.0.0/8` or `fe80::/10`, or a single address. Anything else can never match an
address.",
    ),
    (
        Code::NetworkHostBits,
        "\
The address of the network has bits set behind its prefix: `10.1.2.3/8`. The network meant is taken to be `10.0.0.0/8`; write it so, or make the prefix
longer if a smaller network was meant.",
    ),
    (
        Code::UnresolvedPlaceholder,
        "\
A value with `|expand` names a placeholder, `%name%`, for which there are no values. A rule whose placeholders are unknown cannot be run as its
author meant, so it is rejected. Give the values in a pipeline (`--pipeline`), by `value_placeholders` and `vars`:

    vars:
        known_hosts: ['dc01', 'dc02']
    transformations:
        - type: value_placeholders",
    ),
    (
        Code::QuestionableValue,
        "\
The value is legal, but probably not what its author meant: a number in quotes under a numeric comparison, UTF-16 text that is compared as it is,
a very short text to encode. The rule compiles with the meaning that the message states.",
    ),
    (
        Code::EmptyDetection,
        "\
The rule says nothing that events could satisfy: a map without items, or a detection of which its pipelines leave nothing. Such a rule would match
every event or none; say what it looks for.",
    ),
    (
        Code::KeylessModifier,
        "\
An item without a field searches the whole event for its values. The modifier named compares with one field, as `fieldref`, `exists`, `cidr`
and numeric comparisons do, so it needs one in front of it.",
    ),
    (
        Code::ArrayField,
        "\
Array selectors are `[any]`, `[all]`, `[all_or_empty]`, `[none]` and an index, behind a field's name, and need `sigma-version: 3`. A map as value is a block
over the elements of such a field:

    connections[any]:
        port: 443
        state: open",
    ),
    (
        Code::TooDeep,
        "\
Searches nest deeper than 64 levels, or the conditions of nested array blocks multiply into more than 10,000 tests. No rule that people can read comes
near; flatten it, or define the selections once.",
    ),
    (
        Code::InvalidPipeline,
        "\
The pipeline file cannot be read as one: the YAML is broken, a parameter is missing, unknown or of the wrong type, or an id is used twice. The place and
the transformation are named. docs/pipelines.md lists what each transformation takes.",
    ),
    (
        Code::UnsupportedPipeline,
        "\
The pipeline asks for a step that makes query text (postprocessing, finalizers, query expressions), or that runs commands or fetches addresses.
Sigil makes no queries and runs nothing at build time; remove the step, or do its work beforehand.",
    ),
    (
        Code::PipelineSettingIgnored,
        "\
A setting of the pipeline concerns other tools, as `allowed_backends` does. It changes nothing here and needs no change.",
    ),
    (
        Code::PipelineRejectsRule,
        "\
A pipeline refuses the rule: a `rule_failure` or `detection_item_failure` applies to it, or a field has no mapping where a strict mapping is asked for.
The message is the pipeline's own. Change the pipeline, or leave the rule out.",
    ),
    (
        Code::PipelineGrowsRule,
        "\
A transformation multiplies the rule's values beyond what a rule may hold, as a mapping of one field to many or placeholders with many values do together.
Split the values, or map fewer fields.",
    ),
    (
        Code::ConditionNotLowered,
        "\
`add_condition` tells the events of a log source apart by plain comparisons: values, wildcards, `contains`, `startswith`, `endswith`, `all`, `neq`, null. What the
pipeline adds uses something else. Move such tests into the rules.",
    ),
    (
        Code::UnknownFilterTarget,
        "\
The filter names a rule by an id or a name that no rule of this compilation has. Either it is misspelt, or the rule is compiled elsewhere; the filter has no
effect on it here.",
    ),
    (
        Code::FilterWithoutRules,
        "\
No rule of this compilation is listed by the filter and of its log source, so the filter changes nothing. An open attribute of a filter's log source fits any
rule; a given one must be equal.",
    ),
    (
        Code::ContradictoryItems,
        "\
Items that must hold together cannot: a test and its own negation, or a field that must be missing and equal something. The part never holds. Perhaps one of
them belongs in a selection of its own.",
    ),
    (
        Code::DuplicateValue,
        "\
A list names a value twice, counting case-insensitive values as equal. The second one changes nothing; perhaps another value was meant.",
    ),
    (
        Code::ShadowedValue,
        "\
A shorter value of the same list already covers this one: whatever contains `abcd` contains `abc`. The longer value changes nothing and may be removed.",
    ),
    (
        Code::RepeatedSelection,
        "\
Two selections of the rule look for the same. Where the condition joins them, one of them changes nothing; perhaps it was copied and not changed.",
    ),
    (
        Code::NeverHolds,
        "\
No event can satisfy the condition, whatever its fields are: for instance, a selection that is both required and excluded. The rule compiles and never alerts.",
    ),
    (
        Code::AlwaysHolds,
        "\
Every event satisfies the condition: the rule would alert on each event of its log source. Usually a `not` stands alone, or a pattern was mistyped.",
    ),
    (
        Code::SameAsOther,
        "\
Two rules look for the same in the same log source, under different names. Each match alerts twice. Remove one, or say in which point they should differ.",
    ),
    (
        Code::UnusedTimeframe,
        "\
`timeframe` belongs to the old aggregations behind a bar, as in `selection | count() by User > 5`. The condition here aggregates nothing, so it
has no effect. Remove it, or write a correlation rule with a `timespan`.",
    ),
    (
        Code::InvalidToml,
        "\
Elastic's rule files are TOML 1.0. The text at the place shown cannot be read. Often a backslash stands in a \"basic string\", where it starts
an escape, or a query holds three quotes of the kind that it is written in. Queries are best written as literal strings, which know no escapes:

    query = '''
    process where process.executable : \"C:\\\\Users\\\\*\"
    '''",
    ),
    (
        Code::MissingRuleField,
        "\
A rule of this type needs the field that is named: every rule needs `type` and `name`; `eql`, `query`, `esql`, `new_terms`, `threshold` and
`threat_match` rules need a `query`, and the last a `threat_mapping` with something that must be equal; `machine_learning` rules need
`machine_learning_job_id` and `anomaly_threshold`.",
    ),
    (
        Code::UnknownRuleType,
        "\
`type` is one of eql, query, new_terms, threshold, threat_match, machine_learning and esql, and `language` must go with it: eql with eql, esql
with esql, the others with kuery (KQL) or lucene.",
    ),
    (
        Code::InvalidRuleFilter,
        "\
`filters` holds conditions in Elasticsearch's Query DSL. Read are wildcard, exists, term, terms, match_phrase, match, prefix, range, bool and
match_all, each for one field:

    [[rule.filters]]
    [rule.filters.meta]
    negate = true
    [rule.filters.query.wildcard.\"file.path\"]
    case_insensitive = true
    value = '?:\\\\Windows\\\\*'

In the pattern of a wildcard a backslash takes the next character literally, so that two stand for one.",
    ),
    (
        Code::QuerySyntax,
        "\
The query cannot be read at the place shown. All errors of a query are reported at once; the message says what was found and what is expected there.
The languages are described in docs/elastic.md.",
    ),
    (
        Code::QueryTooDeep,
        "\
The compiler bounds how deep queries may nest and how large they may grow, so that no query can exhaust memory or time. Real queries are far from these
bounds; split the rule if yours is not.",
    ),
    (
        Code::UnknownFunction,
        "\
EQL has these functions: add, between, cidrMatch, concat, divide, endsWith, indexOf, length, modulo, multiply, number, startsWith, string,
stringContains, substring and subtract. Case does not matter in their names. `wildcard` and `match` of earlier versions are `like` and `regex` now.",
    ),
    (
        Code::FunctionArguments,
        "\
A function is given too few or too many arguments, or one that it cannot use, such as a field where a literal is needed. The message says what it takes.",
    ),
    (
        Code::TypeMisuse,
        "\
The query asks something of a field that a field of its type cannot answer in Elasticsearch: a range of a keyword compares texts (\"10\" is less than
\"9\"), a network means nothing to a text, a wildcard finds no number. The rule compiles and does what the message says. Types come from the schema in
rules/schema; `--schema FILE` adds to it.",
    ),
    (
        Code::TypeConflict,
        "\
An operator is given a value of a type that it does not take: `length(process.name) == \"4\"`, or a number where a condition is expected. Elasticsearch
refuses such a query too. If the field has another type in your data, say so in a schema (`--schema FILE`).",
    ),
    (
        Code::RegexOperator,
        "\
Lucene's regular expressions have operators that others do not have: `@` (any text), `#` (no text), `&` (both), `~` (not), `<1-9>` (a number), \"..\"
(literally). Such a character stands bare in the expression, which probably means the character itself: write a backslash before it. `^` and `$` are plain
characters here: an expression always has to match the whole value.",
    ),
    (
        Code::UnknownColumn,
        "\
A command of ES|QL names a column that is not there: it was misspelt, dropped, renamed, or `STATS` did not carry it on, behind which there are only its
aggregates and its keys:

    | STATS hosts = COUNT_DISTINCT(host.id) BY user.name
    | WHERE host.name == \"a\"        // not there any more

The same is said of tables that `ENRICH` and `LOOKUP JOIN` name and that nobody gave.",
    ),
    (
        Code::DateNeedsNow,
        "\
A date such as `now-30d/d` depends on when the query runs. Sigil reads no clock, so that the same events always give the same alerts: `sigil query` takes the time as
`--now 2024-05-06T07:08:09Z`. Rules may not use `now` in conditions on single events.",
    ),
    (
        Code::InvalidSchema,
        "\
A schema is a CSV file with a line for each field: its name, its type, and how many characters a value may have to be found (nothing for any number):

    field,type,ignore_above
    process.name,keyword,1024
    process.pid,long,

Types are those of Elasticsearch: keyword, constant_keyword, wildcard, text, match_only_text, ip, date, boolean, long, integer, short, byte,
unsigned_long, double, float, half_float, scaled_float, object, nested, flattened, geo_point, version.",
    ),
];
