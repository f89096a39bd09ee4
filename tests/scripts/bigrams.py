#!/usr/bin/env python3
"""Counts pairs of characters in events for runtime/src/matcher/bigrams.txt.

usage: bigrams.py EVENTS.ndjson... > runtime/src/matcher/bigrams.txt

Characters are folded into 64 classes (see SYMBOLS; everything else is class 0). Line 1 holds the classes' own levels, line 2 + n
the levels of the pairs whose first character is of class n. A level is 3 * log2(1 + occurrences per million), as a
character: `0` + level.
"""
import math
import sys

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789 \\/.:-_,;=\"'()[]{}<>%$&*+@"
CLASS = [0] * 256
for number, symbol in enumerate(SYMBOLS, 1):
    CLASS[ord(symbol)] = number
    CLASS[ord(symbol.upper())] = number
table = bytes(CLASS)

single = [0] * 64
pairs = [[0] * 64 for _ in range(64)]
for path in sys.argv[1:]:
    text = open(path, "rb").read().replace(b"\n", b"").translate(table)
    for first in range(64):
        single[first] += text.count(bytes([first]))
    counts = {}
    for pair in zip(text, text[1:]):
        counts[pair] = counts.get(pair, 0) + 1
    for (first, second), count in counts.items():
        pairs[first][second] += count
total = sum(single)


def level(count):
    return chr(ord("0") + min(63, round(3 * math.log2(1 + count * 1e6 / total))))


print("".join(level(count) for count in single))
for row in pairs:
    print("".join(level(count) for count in row))
