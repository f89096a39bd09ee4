#!/usr/bin/env python3
"""Counts the common values of event fields for compiler/src/frequencies.tsv.

usage: frequencies.py EVENTS.ndjson... > compiler/src/frequencies.tsv

One line a value: field, occurrences per 10,000 events, value (folded, cut at 120 characters). An empty value stands for the
events that have the field at all. Only what is common matters: the compiler takes a text that is not found here for rare.
"""
import collections
import json
import sys

FIELDS = """Image ParentImage SourceImage TargetImage NewProcessName ParentProcessName ProcessName Application CommandLine
ParentCommandLine CurrentDirectory User TargetUser SubjectUserName TargetUserName IntegrityLevel Company Product Description
OriginalFileName Hashes ImageLoaded Signed Signature SignatureStatus TargetFilename TargetObject Details NewName EventType
EventID Channel Provider_Name GrantedAccess CallTrace ScriptBlockText Payload ContextInfo HostApplication Data QueryName
DestinationHostname DestinationIp DestinationPort SourceIp SourcePort Protocol Initiated PipeName StartFunction StartModule
ObjectName ObjectType ObjectServer AccessMask AccessList Properties ServiceName ImagePath ServiceFileName LogonType
LogonProcessName AuthenticationPackageName IpAddress WorkstationName Status SubStatus ShareName RelativeTargetName
TaskName TaskContent Level Keywords Task Message RuleName ProcessId ParentProcessId LogonId UtcTime""".split()
MIN_PER_10K, MOST = 8, 24

events = 0
present = collections.Counter()
values = collections.defaultdict(collections.Counter)
for path in sys.argv[1:]:
    with open(path, encoding="utf8", errors="replace") as lines:
        for line in lines:
            event = json.loads(line)
            events += 1
            for field in FIELDS:
                value = event.get(field)
                if value is None or isinstance(value, (list, dict)):
                    continue
                text = str(value).lower()[:120]
                text = "".join(c if c.isprintable() else " " for c in text)
                present[field] += 1
                values[field][text] += 1

print("# field\tper 10,000 events\tvalue; made by tests/scripts/frequencies.py")
for field in FIELDS:
    if not present[field]:
        continue
    print(f"{field}\t{present[field] * 10000 // events}\t")
    for text, count in sorted(values[field].most_common(MOST), key=lambda item: (-item[1], item[0])):
        if count * 10000 // events >= MIN_PER_10K and text:
            print(f"{field}\t{count * 10000 // events}\t{text}")
