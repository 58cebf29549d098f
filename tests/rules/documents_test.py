#!/usr/bin/env python3
"""The README shows C that is in programs which the tests compile; links of documents lead
somewhere; what tests/FIELD.md says that tests show is shown by tests that exist."""

import glob
import os
import re
import sys

SOURCE = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
DOCUMENTS = ("README.md", "bench/README.md", "tests/FIELD.md")
LONGEST_PROGRAM = 25
passed = failed = 0


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def check(document, good, what):
    global passed, failed
    passed += bool(good)
    if not good:
        failed += 1
        print(f"{document}: {what}")


def check_programs(readme):
    blocks = re.findall(r"```c\n(.*?)```", readme, re.S)
    first = blocks[0] if blocks else "none"
    program = read("tests/examples/first_program.c")
    check("README.md", first in program, "its C program is not tests/examples/first_program.c")
    lines = first.count("\n")
    check(
        "README.md",
        lines <= LONGEST_PROGRAM + 1,
        f"its C program has more than {LONGEST_PROGRAM} lines",
    )
    examples = [read(path) for path in glob.glob(os.path.join(SOURCE, "tests/examples/*.c"))]
    for shown in blocks:
        shows = any(shown in example for example in examples)
        check("README.md", shows, f"no example has '{shown.splitlines()[0]}' as shown")


def check_links(document, text):
    folder = os.path.join(SOURCE, os.path.dirname(document))
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        check(document, os.path.exists(os.path.join(folder, link)), f"{link} does not exist")


def check_rooms(readme):
    for room in read("engine/ROOMS").split():
        if os.path.isdir(os.path.join(SOURCE, "engine", room)):
            named = re.search(rf"\b{room}\b", readme)
            check("README.md", named, f"the room {room} is not in the picture")


def is_defined(path, name):
    """As a test in C, or a function in Python."""
    if not os.path.exists(os.path.join(SOURCE, path)):
        return False
    definition = rf"^TEST\({name}\)$" if path.endswith(".c") else rf"^\s*def {name}\("
    return re.search(definition, read(path), re.M) is not None


def check_field(text):
    """Entries are numbered, but for the last; each has a test, or says what there is not yet."""
    entries = re.split(r"^\*\*(?=\d+\. |\[)", text, flags=re.M)[1:]
    numbers = [int(n) for n in re.findall(r"^\*\*(\d+)\. ", text, re.M)]
    check("tests/FIELD.md", numbers == list(range(1, len(entries))), "entries are missing")
    for entry in entries:
        tests = re.findall(r"^- `([^:`]+): (\w+)`$", entry, re.M)
        start = entry.split("]")[0]
        check("tests/FIELD.md", tests or "\n- Not yet: " in entry, f"{start} has no answer")
        for path, name in tests:
            check("tests/FIELD.md", is_defined(path, name), f"{path} has no test {name}")
        odd = re.findall(r"^- (?!Not yet: |`[^:`]+: \w+`$).*", entry, re.M)
        check("tests/FIELD.md", not odd, f"is no test: {odd}")


for path in DOCUMENTS:
    check_links(path, read(path))
check_programs(read("README.md"))
check_rooms(read("README.md"))
check_field(read("tests/FIELD.md"))
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
