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
];
