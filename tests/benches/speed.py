#!/usr/bin/env python3
"""Measures Sigil on event lanes, beside the peer `rsigma`, whole processes from an NDJSON file to alerts written.

usage: tests/benches/speed.py --rules DIR [DIR...] --events LANE.ndjson [LANE.ndjson...] [--rsigma PATH]
                              [--repeat-to 100000] [--runs 5] [--scratch DIR] [--json FILE] [--quick]

It builds `sigil` and the crate that `sigil build --crate` makes of the rules (release), repeats each lane to at least
--repeat-to events, and then runs all contestants in turn, --runs times. A figure is the median of wall times, of whole
processes. Where rsigma is given, each round's ratio is taken within the round, and once more without what each side
takes for an empty input (`less the start`): that is not all of a start, since Sigil builds what finds values of a field
when it first sees one.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", nargs="+", required=True)
    parser.add_argument("--events", nargs="+", required=True)
    parser.add_argument("--rsigma")
    parser.add_argument("--repeat-to", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--scratch", default=str(ROOT / "target" / "speed"))
    parser.add_argument("--json")
    parser.add_argument("--quick", action="store_true", help="skip scaling by rules and the build of its crates")
    return parser.parse_args()


def run(command, stdin=None, check=True, out=subprocess.DEVNULL, env=None):
    """Runs a process; returns (wall seconds, CPU seconds, peak resident MB, of the largest of it and its children)."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if check and process.returncode != 0:
        sys.exit(f"failed with {process.returncode}: {' '.join(map(str, command))}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def chunks(path):
    """A file in pieces. What this process once held in memory would show as the peak of every process that it starts."""
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            yield piece


def repeated(lane, least, scratch):
    """A lane (every event ends in a newline) repeated to at least so many events; returns (path, events)."""
    events = sum(piece.count(b"\n") for piece in chunks(lane))
    times = -(-least // events)
    path = scratch / f"{pathlib.Path(lane).stem}-x{times}.ndjson"
    if not path.exists() or path.stat().st_size != pathlib.Path(lane).stat().st_size * times:
        with open(path, "wb") as out:
            for piece in (piece for _ in range(times) for piece in chunks(lane)):
                out.write(piece)
    return path, events * times


def build_crate(sigil, rules, scratch, name):
    """Generates and builds a crate; returns (binary, seconds to generate, seconds to build without dependencies, rustc peak MB)."""
    crate = scratch / name
    start = time.perf_counter()
    subprocess.run([sigil, "build", *rules, "--pack", name, "--crate", crate], check=True, stdout=subprocess.DEVNULL)
    generated = time.perf_counter() - start
    env = dict(os.environ, CARGO_TARGET_DIR=str(scratch / "target"))
    cargo = ["cargo", "build", "--release", "--quiet", "--manifest-path", crate / "Cargo.toml"]
    subprocess.run(cargo, check=True, env=env)
    # again, the crate alone
    for source in (crate / "src").rglob("*.rs"):
        os.utime(source)
    built, _, peak = run(cargo, env=env)
    binary = next(p for p in (scratch / "target" / "release").iterdir() if p.name == name and os.access(p, os.X_OK))
    return binary, generated, built, peak


def main():
    args = parse_args()
    scratch = pathlib.Path(args.scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "sigil-compiler"], check=True, cwd=ROOT)
    sigil = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "sigil"
    report = {"lanes": {}}

    binary, generated, built, rustc_mb = build_crate(sigil, args.rules, scratch, "speed_pack")
    report["build"] = {"generate_s": round(generated, 2), "crate_build_s": round(built, 2), "rustc_peak_mb": round(rustc_mb)}
    print(f"crate: generated in {generated:.2f} s, built in {built:.1f} s after its dependencies, rustc peak {rustc_mb:.0f} MB")

    crate_run = lambda events, *more: [binary, "--events", events, "--format", "ndjson", *more]
    sigil_run = lambda events, *more: [sigil, "run", *args.rules, "--events", events, "--format", "ndjson", *more]
    contestants = {
        "crate, dispatch off": lambda e: (crate_run(e, "--ignore-logsource"), None),
        "crate, dispatch on": lambda e: (crate_run(e), None),
        "crate, off, 2 threads": lambda e: (crate_run(e, "--ignore-logsource", "--threads", "2"), None),
        "crate, decode only": lambda e: (crate_run(e, "--decode-only"), None),
        "sigil run, dispatch off": lambda e: (sigil_run(e, "--ignore-logsource"), None),
        "sigil run, dispatch on": lambda e: (sigil_run(e), None),
    }
    if not args.quick:
        files = sorted(p for d in args.rules for p in pathlib.Path(d).rglob("*.yml"))
        third = scratch / "third"
        shutil.rmtree(third, ignore_errors=True)
        third.mkdir()
        for at, path in enumerate(files[::3]):
            shutil.copy(path, third / f"{at:04}_{path.name}")
        small, *_ = build_crate(sigil, [third], scratch, "speed_third")
        name = f"crate of every third rule ({len(files[::3])} of {len(files)} files), off"
        contestants[name] = lambda e: ([small, "--events", e, "--format", "ndjson", "--ignore-logsource"], None)
    if args.rsigma:
        rules = [a for d in args.rules for a in ("-r", d)]
        peer = [args.rsigma, "engine", "eval", *rules, "--quiet", "--output-format", "ndjson"]
        contestants["rsigma"] = lambda e: (peer, e)
        report["rsigma"] = subprocess.run([args.rsigma, "--version"], capture_output=True, text=True).stdout.strip()

    empty = scratch / "empty.ndjson"
    empty.write_bytes(b"")
    out = open(scratch / "alerts.ndjson", "wb")

    def measure(make, events):
        command, source = make(events)
        out.seek(0)
        out.truncate()
        with open(source, "rb") if source else open(os.devnull, "rb") as stdin:
            return run(command, stdin=stdin, out=out)

    start_up = {name: statistics.median(measure(make, empty)[0] for _ in range(args.runs)) for name, make in contestants.items()}
    for lane in args.events:
        path, events = repeated(lane, args.repeat_to, scratch)
        sum(map(len, chunks(path)))  # into the page cache
        whole, less_start, peaks = {name: [] for name in contestants}, {name: [] for name in contestants}, {}
        for _ in range(args.runs):
            for name, make in contestants.items():
                wall, _, peak = measure(make, path)
                less_start[name].append(wall - start_up[name])
                whole[name].append(wall)
                peaks[name] = max(peak, peaks.get(name, 0))
        print(f"\n{pathlib.Path(lane).name}: {events} events, {path.stat().st_size / events:.0f} bytes each; start-up in ms, peak MB")
        table = {}
        times = lambda walls, name: round(statistics.median(p / o for p, o in zip(walls["rsigma"], walls[name])), 1)
        for name in contestants:
            seconds = statistics.median(whole[name])
            behind = statistics.median(less_start[name])
            row = {"events_per_s": round(events / seconds), "events_per_s_less_start": round(events / behind), "ns_per_event": round(seconds / events * 1e9), "start_up_ms": round(start_up[name] * 1000, 1), "peak_mb": round(peaks[name])}
            beside = ""
            if args.rsigma:
                row["times_rsigma"], row["times_rsigma_less_start"] = times(whole, name), times(less_start, name)
                beside = f"{row['times_rsigma']}x, less the start {row['times_rsigma_less_start']}x"
            table[name] = row
            print(f"  {name:58} {row['events_per_s']:>9,} events/s ({row['events_per_s_less_start']:>9,} less the start) {row['ns_per_event']:>8,} ns  start {row['start_up_ms']:>6}  {row['peak_mb']:>4} MB  {beside}")
        report["lanes"][pathlib.Path(lane).name] = {"events": events, "results": table}
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
