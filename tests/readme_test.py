#!/usr/bin/env python3
"""The README shows C that is in programs which the tests compile; its links lead somewhere."""

import glob
import os
import re
import sys

source = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))
)
readme = open(os.path.join(source, "README.md"), encoding="utf-8").read()
program = open(os.path.join(source, "tests/examples/first_program.c"), encoding="utf-8").read()
failed = 0


def check(good, what):
    global failed
    if not good:
        failed += 1
        print(f"README.md: {what}")


block = re.search(r"```c\n(.*?)```", readme, re.S)
check(block and block.group(1) in program, "its C program is not tests/examples/first_program.c")
check(block and block.group(1).count("\n") <= 26, "its C program is longer than 25 lines")
examples = [
    open(path, encoding="utf-8").read()
    for path in glob.glob(os.path.join(source, "tests/examples/*.c"))
]
blocks = re.findall(r"```c\n(.*?)```", readme, re.S)
for shown in blocks:
    first_line = shown.split("\n")[0]
    check(any(shown in example for example in examples), f"no example has '{first_line}' as shown")
links = re.findall(r"\]\(([^)#:]+)\)", readme)
for link in links:
    check(os.path.exists(os.path.join(source, link)), f"{link} does not exist")
rooms = open(os.path.join(source, "engine/ROOMS"), encoding="utf-8").read().split()
for room in rooms:
    if os.path.isdir(os.path.join(source, "engine", room)):
        check(re.search(rf"\b{room}\b", readme), f"the room {room} is not in the picture")
total = 2 + len(blocks) + len(links) + len(rooms)
print(f"{total - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
