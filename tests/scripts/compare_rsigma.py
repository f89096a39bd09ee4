#!/usr/bin/env python3
"""Compares Sigil's verdicts with rsigma's, log sources ignored on both sides, and fails on a difference that nobody explained.

usage: tests/scripts/compare_rsigma.py --sigil BINARY --rsigma BINARY --rules DIR --events LANE.ndjson...

Differences are explained in tests/rsigma_differences.tsv: rule id, reason. Alerts are counted per rule and lane.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

EXPLAINED = pathlib.Path(__file__).resolve().parents[1] / "rsigma_differences.tsv"


def count(command, ids, stdin=None):
    counts = collections.Counter()
    process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    for line in process.stdout:
        counts[ids(json.loads(line))] += 1
    if process.wait() != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return counts


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
for name in ("--sigil", "--rsigma", "--rules"):
    parser.add_argument(name, required=True)
parser.add_argument("--events", nargs="+", required=True)
args = parser.parse_args()

explained = dict(line.rstrip("\n").split("\t", 1) for line in EXPLAINED.open() if not line.startswith("#"))
unexplained = 0
for lane in args.events:
    ours = count([args.sigil, "run", args.rules, "--events", lane, "--format", "ndjson", "--ignore-logsource"], lambda alert: alert["rule"]["id"])
    with open(lane, "rb") as events:
        theirs = count([args.rsigma, "engine", "eval", "-r", args.rules, "--quiet", "--output-format", "ndjson"], lambda alert: alert["rule_id"], events)
    print(f"{lane}: {sum(ours.values())} alerts here, {sum(theirs.values())} there")
    for rule in sorted(set(ours) | set(theirs), key=str):
        if ours[rule] != theirs[rule]:
            reason = explained.get(rule)
            unexplained += reason is None
            print(f"  {rule}: {ours[rule]} here, {theirs[rule]} there: {reason or 'NOT EXPLAINED'}")
sys.exit(1 if unexplained else 0)
