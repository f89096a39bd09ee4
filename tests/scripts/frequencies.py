#!/usr/bin/env python3
"""Counts the common values of event fields for compiler/src/frequencies.tsv.

usage: frequencies.py EVENTS.ndjson... > compiler/src/frequencies.tsv
       frequencies.py --ecs EVENTS.ndjson... > compiler/src/frequencies_ecs.tsv      (nested documents, ECS fields)

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
ECS_FIELDS = """process.name process.executable process.command_line process.args process.args_count process.parent.name
process.parent.executable process.parent.command_line process.parent.args process.pe.original_file_name
process.code_signature.subject_name process.code_signature.trusted process.code_signature.status process.code_signature.exists
process.working_directory process.Ext.token.integrity_level_name process.pid user.name user.id user.domain host.name file.path
file.name file.extension file.directory file.Ext.header_bytes dll.name dll.path registry.path registry.value
registry.data.strings registry.key destination.ip destination.port destination.domain source.ip source.port dns.question.name
network.protocol network.direction network.transport event.code event.provider event.action event.dataset
powershell.file.script_block_text message winlog.channel winlog.event_id winlog.event_data.TargetImage
winlog.event_data.GrantedAccess winlog.event_data.CallTrace winlog.event_data.LogonType""".split()
MIN_PER_10K, MOST = 8, 24


def find(value, path):
    """The scalars under a dotted path: flat or nested keys, arrays of any kind."""
    if isinstance(value, list):
        for element in value:
            yield from find(element, path)
    elif isinstance(value, dict):
        if path in value and path:
            yield from find(value[path], "")
            return
        for at in (at for at, c in enumerate(path) if c == "."):
            if path[:at] in value:
                yield from find(value[path[:at]], path[at + 1:])
    elif not path and value is not None:
        yield value


ecs = sys.argv[1:2] == ["--ecs"]
if ecs:
    FIELDS = ECS_FIELDS

events = 0
present = collections.Counter()
values = collections.defaultdict(collections.Counter)
for path in sys.argv[2 if ecs else 1:]:
    with open(path, encoding="utf8", errors="replace") as lines:
        for line in lines:
            event = json.loads(line)
            events += 1
            for field in FIELDS:
                if ecs:
                    found = list(find(event, field))
                else:
                    value = event.get(field)
                    found = [] if value is None or isinstance(value, (list, dict)) else [value]
                present[field] += bool(found)
                for value in found:
                    text = str(value).lower()[:120]
                    values[field]["".join(c if c.isprintable() else " " for c in text)] += 1

print("# field\tper 10,000 events\tvalue; made by tests/scripts/frequencies.py")
for field in FIELDS:
    if not present[field]:
        continue
    print(f"{field}\t{present[field] * 10000 // events}\t")
    for text, count in sorted(values[field].most_common(MOST), key=lambda item: (-item[1], item[0])):
        if count * 10000 // events >= MIN_PER_10K and text:
            print(f"{field}\t{count * 10000 // events}\t{text}")
