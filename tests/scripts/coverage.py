#!/usr/bin/env python3
"""Rewrites the coverage table of README.md: what `sigil check` makes of the public rules, and of the project's own.

    tests/scripts/coverage.py [--corpus DIR] [--elastic DIR] [--sigil PROGRAM] [--check]

DIR is a checkout of SigmaHQ/sigma (default: ../shared/corpus/sigmahq). PROGRAM is a built `sigil`; without it, cargo builds one.
`--check` changes nothing and fails if the table is out of date.

Each folder is checked with the shipped pipelines, and once more with values for the placeholders that public rules use (`tests/data/placeholders.yml`).
"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN, END = "<!-- coverage:begin -->", "<!-- coverage:end -->"
PLACEHOLDERS = pathlib.Path(__file__).resolve().parents[1] / "data" / "placeholders.yml"
# Folder of the corpus, and what it holds
FOLDERS = [
    ("rules", "SigmaHQ `rules`"),
    ("rules-emerging-threats", "SigmaHQ `rules-emerging-threats`"),
    ("rules-threat-hunting", "SigmaHQ `rules-threat-hunting`"),
    ("rules-compliance", "SigmaHQ `rules-compliance`"),
    ("rules-placeholder", "SigmaHQ `rules-placeholder`"),
    ("unsupported", "SigmaHQ `unsupported` (old aggregations)"),
    ("deprecated", "SigmaHQ `deprecated`"),
]
# The same of Elastic's
ELASTIC = [
    ("rules", "Elastic `rules`, deprecated ones too"),
    ("rules_building_block", "Elastic `rules_building_block`"),
]


def main() -> int:
    options = arguments()
    rows = [row(options, f"`rules/{folder}` (this repository)", ROOT / "rules" / folder) for folder in ("sigma", "elastic")]
    for folder, label in FOLDERS:
        path = options.corpus / folder
        if path.is_dir():
            rows.append(row(options, label, path))
        else:
            print(f"left out: {path} is not there", file=sys.stderr)
    for folder, label in ELASTIC:
        if (options.elastic / folder).is_dir():
            rows.append(row(options, label, options.elastic / folder))
        else:
            print(f"left out: {options.elastic / folder} is not there", file=sys.stderr)
    head = [
        "| rules | in all | compiled | unsupported | rejected | compiled, with values for placeholders |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    return rewrite(BEGIN, END, "\n".join(head + rows), options.check)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=pathlib.Path, default=ROOT.parent / "shared" / "corpus" / "sigmahq")
    parser.add_argument("--elastic", type=pathlib.Path, default=ROOT.parent / "shared" / "corpus" / "elastic", help="a checkout of elastic/detection-rules")
    parser.add_argument("--sigil", help="a built `sigil`")
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    return parser.parse_args()


def check(options: argparse.Namespace, path: pathlib.Path, pipeline: pathlib.Path | None = None) -> dict:
    program = [str(pathlib.Path(options.sigil).resolve())] if options.sigil else ["cargo", "run", "--quiet", "--release", "--bin", "sigil", "--"]
    command = [*program, "check", "--format", "json", str(path), *(["--pipeline", str(pipeline)] if pipeline else [])]
    # Unsupported and rejected rules are an outcome here, not a failure: only the object on standard output counts
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        sys.exit(f"`sigil check {path}` ended with {done.returncode} and without a JSON object")


def row(options: argparse.Namespace, label: str, path: pathlib.Path) -> str:
    report = check(options, path)
    counts = [report[key] for key in ("rules", "compiled", "unsupported", "rejected")]
    assert counts[0] == sum(counts[1:]), f"{label}: the outcomes do not add up: {counts}"
    given = check(options, path, PLACEHOLDERS)["compiled"]
    return f"| {label} | " + " | ".join(f"{count:,}" for count in [*counts, given]) + " |"


def rewrite(begin: str, end: str, block: str, only_check: bool) -> int:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    if not rest or end not in rest:
        sys.exit(f"README.md lacks {begin} .. {end}")
    new = f"{before}{begin}\n{block}\n{end}{after}"
    if new == text:
        return 0
    if only_check:
        print("the coverage table of README.md is out of date: run tests/scripts/coverage.py", file=sys.stderr)
        return 1
    readme.write_text(new, encoding="utf-8")
    print(block)
    return 0


if __name__ == "__main__":
    sys.exit(main())
