#!/usr/bin/env python3
"""Adds up what the tests said: summary.py [--passed N] [--failed N] NAME=JUNIT_FILE...

Prints every failure and every reason for a skip, and at last 'N passed, N failed, N skipped'. A
program that counts its own tests that way is counted by them, any other one as one test.
"""

import re
import sys
import xml.etree.ElementTree as xml

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped\s*$", re.M)
REASON = re.compile(r"^SKIP: .*$", re.M)
FAILURE = re.compile(r"^.*\b(?:FAIL|ABORTED|ERROR: \w+Sanitizer)\b.*$", re.M)
FAILURES_SHOWN = 20
NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def cases(path):
    with open(path, "rb") as file:
        root = xml.fromstring(NOT_XML.sub(b"?", file.read()))
    for case in root.iter("testcase"):
        output = case.findtext("system-out") or ""
        yield case.get("name"), case.get("status"), case.find("skipped") is not None, output


def count(status, is_skipped, output):
    said = COUNTS.findall(output)
    passed, failed, skipped = map(int, said[-1]) if said else (0, 0, 0)
    if status == "fail":
        failed = max(failed, 1)
    elif is_skipped or status in ("notrun", "disabled"):
        skipped = max(skipped, 1)
    elif not said:
        passed = 1
    return passed, failed, skipped


def explain(build, name, status, output, failed):
    for reason in REASON.findall(output):
        print(f"{build}/{name}: {reason}")
    if failed:
        said = FAILURE.findall(output) or [status]
        for line in said[:FAILURES_SHOWN]:
            print(f"{build}/{name}: {line.strip()}")
        if said[FAILURES_SHOWN:]:
            print(f"{build}/{name}: and {len(said) - FAILURES_SHOWN} more")


def main(arguments):
    totals = [0, 0, 0]
    while arguments and arguments[0] in ("--passed", "--failed"):
        totals[0 if arguments[0] == "--passed" else 1] += int(arguments[1])
        arguments = arguments[2:]
    for argument in arguments:
        build, path = argument.split("=", 1)
        try:
            found = list(cases(path))
        except (OSError, xml.ParseError) as error:
            print(f"{build}: no results ({error})")
            totals[1] += 1
            continue
        for name, status, is_skipped, output in found:
            counts = count(status, is_skipped, output)
            explain(build, name, status, output, counts[1])
            totals = [total + more for total, more in zip(totals, counts)]
    print("%d passed, %d failed, %d skipped" % tuple(totals))
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
