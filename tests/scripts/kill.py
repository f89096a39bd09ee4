#!/usr/bin/env python3
"""Kills `sigil run --state` at random points, lets it go on, and compares the alerts with those of a run that nobody disturbed.

    tests/scripts/kill.py --sigil target/debug/sigil [--kills 200] [--seed 1] [--threads 2] [--events 60000]

Ends with status 1, and says what differs, if an alert is lost or twice.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

RULE = """\
[rule]
name = '{name}'
rule_id = '00000000-0000-4000-8000-00000000000{number}'
severity = 'medium'
risk_score = 47
language = 'kuery'
from = 'now-6m'
interval = '5m'
{rest}
"""

RULES = {
    "Threshold": "type = 'threshold'\nquery = 'event.outcome: failure'\ntags = ['Tactic: Credential Access']\n"
    "[rule.threshold]\nfield = ['user.name']\nvalue = 3\n",
    "New terms": "type = 'new_terms'\nquery = 'event.outcome: *'\n[rule.new_terms]\nfield = 'new_terms_fields'\n"
    "value = ['host.name']\n[[rule.new_terms.history_window_start]]\nfield = 'history_window_start'\nvalue = 'now-7d'\n",
    "Suppressed": "type = 'query'\nquery = 'event.outcome: failure'\n[rule.alert_suppression]\ngroup_by = ['user.name']\n"
    "[rule.alert_suppression.duration]\nvalue = 1\nunit = 'h'\n",
    "Over alerts": "type = 'query'\nindex = ['.alerts-security.*']\n"
    "query = 'event.kind: signal and kibana.alert.rule.threat.tactic.name: \"Credential Access\"'\n",
    "Single events": "type = 'query'\nquery = 'host.name: h7 and event.outcome: failure'\n",
}


def write_events(path, count, rng):
    at = datetime(2026, 1, 2, tzinfo=timezone.utc)
    with open(path, "w") as out:
        for number in range(count):
            at += timedelta(seconds=rng.random() * 20)
            written = at - timedelta(seconds=rng.random() * 45)
            event = {
                "@timestamp": written.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "event": {"outcome": rng.choice(["failure", "success", "success"])},
                "user": {"name": f"u{rng.randrange(12)}"},
                "host": {"name": f"h{int(rng.expovariate(0.002))}"},
                "n": number,
            }
            out.write(json.dumps(event) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sigil", required=True, type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--events", type=int, default=60_000)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    sigil = args.sigil.resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "rules").mkdir()
        for number, (name, rest) in enumerate(RULES.items()):
            (folder / "rules" / f"{number}.toml").write_text(RULE.format(name=name, number=number, rest=rest))
        inputs = []
        for name in ["a.ndjson", "b.ndjson"]:
            write_events(folder / name, args.events // 2, rng)
            inputs.append(name)
        common = [str(sigil), "run", "rules", "--events", *inputs, "--lateness", "30s", "--format", "ndjson"]
        common += ["--threads", str(args.threads), "--color", "never"]
        started = time.monotonic()
        subprocess.run([*common, "--output", "plain"], cwd=folder, check=True)
        whole = time.monotonic() - started
        expected = (folder / "plain").read_bytes()
        if not expected:
            sys.exit("no alerts: nothing to compare")
        kills = rounds = stood_still = 0
        while kills < args.kills:
            for stale in ["state", "alerts"]:
                (folder / stale).unlink(missing_ok=True)
            pace = rng.choice(["1", "3000", "20000", "1ms", "30ms"])
            command = [*common, "--state", "state", "--output", "alerts", "--commit-every", pace]
            while True:
                process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE)
                try:
                    _, said = process.communicate(timeout=rng.random() * whole)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    _, said = process.communicate()
                if process.returncode == 0:
                    break
                if process.returncode != -signal.SIGKILL:
                    sys.exit(f"status {process.returncode} after {kills} kills: {said.decode()}")
                kills += 1
                stood_still += 1
                if stood_still > 10_000:
                    sys.exit("it never comes to its end")
            stood_still = 0
            rounds += 1
            found = (folder / "alerts").read_bytes()
            if found != expected:
                ids = lambda text: [json.loads(line).get("id") for line in text.decode().splitlines()]
                lost, more = ids(expected), ids(found)
                common_ids = set(lost) & set(more)
                lost = [one for one in lost if one not in common_ids]
                more = [one for one in more if one not in common_ids]
                sys.exit(
                    f"round {rounds} (commit every {pace}): {len(found.splitlines())} alerts for "
                    f"{len(expected.splitlines())}, lost {lost[:5]}, more {more[:5]}"
                )
        print(f"{kills} kills in {rounds} runs: {len(expected.splitlines())} alerts each time, none lost, none twice")


if __name__ == "__main__":
    main()
