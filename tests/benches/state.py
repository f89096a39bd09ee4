#!/usr/bin/env python3
"""Measures what stateful rules cost, and Sigil beside DuckDB. Whole processes from an NDJSON file to alerts, except for the groups.

usage: tests/benches/state.py --rules DIR [DIR...] --events LANE.ndjson [--groups 1000000] [--runs 5] [--scratch DIR] [--sigil PATH]

1. Packs: Elastic's rules in --rules are split by type. The rules for single events run alone, the aggregating ones (`esql`, `threshold`, `new_terms`)
   run alone, and all run together; on the lane as it is, and on the lane with times in order, 30 ms apart (else most events are late for windows).
   A figure is the median of (CPU time minus the median CPU time on an empty input); ratios are taken within a round.
2. Groups: `cargo bench -p sigil-tests --bench groups`.
3. DuckDB: this script makes --groups events, each a group of its own, and runs `rules/elastic/unusual_process_from_web_server_parent.toml` on them beside
   the same query in SQL, each on one thread, in turn. It is installed from PyPI into a virtual environment in the scratch folder.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tomllib
import venv

from speed import ROOT, chunks, run

RULE = ROOT / "rules/elastic/unusual_process_from_web_server_parent.toml"
AGGREGATING = {"esql", "threshold", "new_terms"}
SINGLE = {"query", "eql", "machine_learning"}

# The rule in SQL. MV_EXPAND is UNNEST; LIKE and RLIKE of names and paths are written out; the order is the rule's, and `max_signals` is the limit.
SQL = r"""
SELECT process.executable, process.working_directory, process.parent.executable,
       count(*) AS event_count, count(DISTINCT agent.id) AS agent_count, min("@timestamp") AS first_seen, max("@timestamp"),
       list(DISTINCT agent.id), list(DISTINCT host.name), list(DISTINCT "user".name), list(DISTINCT process.command_line)[1:5]
FROM (SELECT *, unnest([event.action]) AS action FROM read_json(?, format = 'newline_delimited', columns = {
    '@timestamp': 'TIMESTAMP',
    'event': 'STRUCT("type" VARCHAR[], "action" VARCHAR)',
    'agent': 'STRUCT(id VARCHAR)',
    'host': 'STRUCT("name" VARCHAR, os STRUCT("type" VARCHAR))',
    'user': 'STRUCT("name" VARCHAR, id VARCHAR)',
    'process': 'STRUCT("name" VARCHAR, executable VARCHAR, command_line VARCHAR, working_directory VARCHAR,
                       parent STRUCT("name" VARCHAR, executable VARCHAR, working_directory VARCHAR))'}))
WHERE host.os.type = 'linux' AND list_contains(event.type, 'start') AND action = 'exec'
  AND (process.parent.name IN ('apache2', 'caddy', 'catalina.sh', 'daphne', 'gunicorn', 'httpd', 'hypercorn', 'lighttpd', 'litespeed', 'nginx',
                               'openresty', 'php-cgi', 'puma', 'unicorn', 'uvicorn', 'uwsgi', 'waitress-serve')
       OR process.parent.name LIKE 'php-fpm%' OR process.parent.name LIKE 'lsphp%'
       OR "user".name IN ('apache', 'caddy', 'nginx', 'tomcat', 'www', 'www-data') OR "user".id IN ('33', '48', '82')
       OR process.parent.working_directory LIKE '/srv/www/%' OR process.parent.working_directory LIKE '/usr/share/nginx/%'
       OR process.parent.working_directory LIKE '/var/www/%'
       OR (process.parent.name = 'java' AND process.parent.working_directory LIKE '/opt/tomcat_%'))
  AND (process.name IN ('ash', 'bash', 'busybox', 'dash', 'ksh', 'sh', 'zsh', 'mkfifo', 'nc', 'nc.openbsd', 'ncat', 'node', 'nohup', 'openssl',
                        'perl', 'setsid', 'socat', 'telnet', 'tclsh')
       OR regexp_full_match(process.name, '(lua|php|python|ruby)[0-9.]*') OR process.name LIKE '.%'
       OR process.executable LIKE './%' OR process.executable LIKE '/dev/shm/%' OR process.executable LIKE '/home/%'
       OR process.executable LIKE '/proc/%' OR process.executable LIKE '/run/%' OR process.executable LIKE '/tmp/%'
       OR process.executable LIKE '/usr/share/nginx/%' OR process.executable LIKE '/var/lib/%' OR process.executable LIKE '/var/spool/%'
       OR process.executable LIKE '/var/tmp/%' OR process.executable LIKE '/var/www/%')
  AND process.working_directory NOT IN ('/', '/root') AND process.working_directory NOT LIKE '/home/%'
  AND process.working_directory NOT LIKE '/var/lib/letsencrypt%' AND process.working_directory NOT LIKE '/var/www/%/releases/%'
  AND process.parent.executable NOT LIKE '/home/%' AND process.parent.executable NOT LIKE '/opt/deploy/%'
  AND process.parent.executable NOT LIKE '/snap/%'
GROUP BY 1, 2, 3 HAVING agent_count = 1 AND event_count < 5 ORDER BY event_count, first_seen LIMIT 100
"""
DUCK = f"import duckdb, sys\nc = duckdb.connect()\nc.execute('SET threads = 1')\nprint(len(c.execute('''{SQL}''', [sys.argv[1]]).fetchall()))\n"


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", nargs="+", required=True)
    parser.add_argument("--events", required=True)
    parser.add_argument("--groups", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scratch", default=str(ROOT / "target" / "state"))
    parser.add_argument("--sigil", help="a built `sigil`; else it is built")
    return parser.parse_args()


def split(folders, scratch):
    """Links to the rules for single events, to the aggregating ones, and to both; returns {name: folder}."""
    kinds = {"single events": SINGLE, "aggregating": AGGREGATING, "together": SINGLE | AGGREGATING}
    packs = {name: scratch / name.replace(" ", "-") for name in kinds}
    for folder in packs.values():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    counts = dict.fromkeys(packs, 0)
    for at, path in enumerate(sorted(path for folder in folders for path in pathlib.Path(folder).rglob("*.toml"))):
        kind = tomllib.loads(path.read_text()).get("rule", {}).get("type")
        for name in packs:
            if kind in kinds[name]:
                (packs[name] / f"{at:04}_{path.name}").symlink_to(path.resolve())
                counts[name] += 1
    print(", ".join(f"{name}: {count} rules" for name, count in counts.items()))
    return packs


def in_order(lane, scratch):
    """The lane with times in order, 30 ms apart."""
    path = scratch / f"{pathlib.Path(lane).stem}-in-order.ndjson"
    start = datetime.datetime(2026, 7, 1, 8)
    with open(lane) as events, open(path, "w") as out:
        for number, line in enumerate(events):
            event = json.loads(line)
            time = (start + datetime.timedelta(milliseconds=30 * number)).isoformat(timespec="milliseconds") + "Z"
            event["@timestamp"] = time
            if isinstance(event.get("event"), dict) and "ingested" in event["event"]:
                event["event"]["ingested"] = time
            out.write(json.dumps(event, separators=(",", ":")) + "\n")
    return path


def rounds(commands, runs, empty=None):
    """{name: (CPU seconds of each round, wall seconds of each round, peak MB)}, less what an empty input takes; all in turn."""
    idle = {name: (0.0, 0.0) for name in commands}
    for name, command in commands.items():
        if empty:
            known = [run(command(empty)) for _ in range(runs)]
            idle[name] = (statistics.median(k[1] for k in known), statistics.median(k[0] for k in known))
    found = {name: ([], [], []) for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            wall, cpu, peak = run(command(None))
            for place, figure in zip(found[name], (cpu - idle[name][0], wall - idle[name][1], peak)):
                place.append(figure)
    return {name: (cpu, wall, max(peak)) for name, (cpu, wall, peak) in found.items()}


def packs(args, sigil, scratch):
    folders = split(args.rules, scratch)
    empty = scratch / "empty.ndjson"
    empty.write_bytes(b"")
    for lane in (pathlib.Path(args.events), in_order(args.events, scratch)):
        events = sum(piece.count(b"\n") for piece in chunks(lane))
        command = lambda folder: lambda other: [sigil, "run", folder, "--events", other or lane, "--format", "ndjson", "--threads", "1"]
        found = rounds({name: command(folder) for name, folder in folders.items()}, args.runs, empty)
        print(f"\n{lane.name}: {events} events")
        for name, (cpu, _, peak) in found.items():
            print(f"  {name:20} {events / statistics.median(cpu):>9,.0f} events/s (CPU), {peak:.0f} MB")
        single, *others = (found[name][0] for name in folders)
        alone, together = (statistics.median(b / a for a, b in zip(single, other)) for other in others)
        print(f"  time of the rules for single events: 1; of the aggregating ones: {alone:.2f}; of all together: {together:.2f}")


def many_groups(count, scratch):
    path = scratch / f"groups-{count}.ndjson"
    if not path.exists():
        with open(path, "w") as out:
            for number in range(count):
                event = {
                    "@timestamp": "2026-11-23T03:10:00Z",
                    "event": {"category": ["process"], "type": ["start"], "action": "exec", "dataset": "endpoint.events.process"},
                    "data_stream": {"type": "logs", "dataset": "endpoint.events.process", "namespace": "default"},
                    "agent": {"id": f"agent-{number % 1000}"},
                    "host": {"name": f"web-{number % 1000}", "os": {"type": "linux"}},
                    "user": {"name": "www-data"},
                    "process": {"name": "sh", "executable": "/usr/bin/sh", "command_line": "sh -c id", "args": ["sh", "-c", "id"],
                                "working_directory": f"/var/www/site-{number}", "parent": {"name": "nginx", "executable": "/usr/sbin/nginx"}},
                }
                out.write(json.dumps(event, separators=(",", ":")) + "\n")
    return path


def beside_duckdb(args, sigil, scratch):
    environment = scratch / "venv"
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "duckdb"], check=True)
    version = subprocess.run([python, "-c", "import duckdb; print(duckdb.__version__)"], capture_output=True, text=True, check=True).stdout.strip()
    lane = pathlib.Path(args.events)
    for path in (many_groups(args.groups, scratch), lane):
        commands = {
            "sigil run": lambda _, path=path: [sigil, "run", RULE, "--events", path, "--format", "ndjson", "--threads", "1"],
            f"DuckDB {version}": lambda _, path=path: [python, "-c", DUCK, path],
        }
        sum(map(len, chunks(path)))  # into the page cache
        found = rounds(commands, args.runs)
        print(f"\n{path.name}: {path.stat().st_size / 1e6:.0f} MB")
        for name, (cpu, wall, peak) in found.items():
            print(f"  {name:14} {statistics.median(wall):6.2f} s, CPU {statistics.median(cpu):6.2f} s, {peak:.0f} MB")
        (ours, our_wall, _), (theirs, their_wall, _) = found.values()
        faster = [statistics.median(b / a for a, b in zip(*pair)) for pair in ((our_wall, their_wall), (ours, theirs))]
        print(f"  sigil is {faster[0]:.2f} times as fast, by CPU time {faster[1]:.2f} times")


def main():
    args = parse_args()
    scratch = pathlib.Path(args.scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    sigil = args.sigil
    if not sigil:
        subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "sigil-compiler"], check=True, cwd=ROOT)
        sigil = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "sigil"
    packs(args, sigil, scratch)
    print(f"\n{args.groups} groups")
    sys.stdout.flush()
    subprocess.run(["cargo", "bench", "--quiet", "-p", "sigil-tests", "--bench", "groups", "--", str(args.groups)], check=True, cwd=ROOT)
    beside_duckdb(args, sigil, scratch)


main()
