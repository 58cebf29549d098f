"""The rules of this repository, each a function that yields its violations as lines of text.

A rule takes a Tree, so that a test can show it a small tree made to break it.
"""

import collections
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

TOP_LEVEL = {
    "engine", "include", "tools", "bench", "tests", "CMakeLists.txt", "README.md", "LICENSE"}
TOP_LEVEL_OPTIONAL = {"CMakePresets.json"}  # CMake looks for it nowhere else
FUNCTION_LINES = 70
FILE_LINES_ADVISED = 600
FILE_LINES = 650
COLUMNS = 100
CODE = (".c", ".h", ".cpp")
VAGUE = {"util", "utils", "common", "helper", "helpers", "manager", "misc"}
PUBLIC_READERS_FROM = "calls"  # the first room that may include <inia/...>; base may as well
FORMATTER = "clang-format-14"

Include = collections.namedtuple("Include", "line path is_system")


class Tree:
    """The files of a checkout: those git knows or would take, or all of them without git."""

    def __init__(self, root):
        self.root = root
        self.files = sorted(self._from_git() or self._from_disk())
        rooms = os.path.join(root, "engine", "ROOMS")
        self.rooms = open(rooms).read().split() if os.path.exists(rooms) else []
        self._lines = {}

    def _from_git(self):
        if not os.path.exists(os.path.join(self.root, ".git")) or not shutil.which("git"):
            return []
        listed = subprocess.run(
            ["git", "-c", "safe.directory=*", "-C", self.root, "ls-files", "-z", "--cached",
             "--others", "--exclude-standard"], capture_output=True, text=True)
        return [name for name in set(listed.stdout.split("\0"))
                if name and os.path.isfile(os.path.join(self.root, name))]

    def _from_disk(self):
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders
                          if name not in ("build", "__pycache__") and name[0] != "."]
            found += [os.path.relpath(os.path.join(folder, name), self.root) for name in names]
        return found

    def code(self, *folders):
        return [path for path in self.files
                if path.endswith(CODE) and path.split("/")[0] in folders]

    def lines(self, path):
        if path not in self._lines:
            with open(os.path.join(self.root, path), encoding="utf-8", errors="replace") as file:
                self._lines[path] = file.read().splitlines()
        return self._lines[path]

    def includes(self, path):
        for number, line in enumerate(self.lines(path), 1):
            found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if found:
                yield Include(number, found.group(2), found.group(1) == "<")


def the_top_level_is_what_the_readme_shows(tree):
    present = {path.split("/")[0] for path in tree.files}
    for name in sorted(present - TOP_LEVEL - TOP_LEVEL_OPTIONAL):
        if not name.startswith("."):
            yield f"{name}: nothing of this name belongs at the top level"
    for name in sorted(TOP_LEVEL - present):
        yield f"{name}: missing at the top level"


def rooms_are_listed(tree):
    present = {path.split("/")[1] for path in tree.files
               if path.startswith("engine/") and path.count("/") > 1}
    for room in sorted(present - set(tree.rooms)):
        yield f"engine/{room}: a room that engine/ROOMS does not list"


def _room_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "engine" and len(parts) > 2 else None


def _is_door(path):
    parts = path.split("/")
    return len(parts) == 2 and parts[1] == parts[0] + ".h"


def rooms_include_only_doors_of_earlier_rooms(tree):
    order = {room: place for place, room in enumerate(tree.rooms)}
    for path in tree.code("engine"):
        room = _room_of(path)
        for line, target, is_system in tree.includes(path):
            where = f"{path}:{line}"
            if is_system or room not in order:
                continue
            if "/" not in target:
                if f"engine/{room}/{target}" not in tree.files:
                    yield f'{where}: "{target}" is not in this room; other rooms need "room/room.h"'
            elif not _is_door(target):
                yield f'{where}: "{target}" is not a door (room/room.h)'
            elif target.split("/")[0] not in order:
                yield f'{where}: "{target}" is no room of engine/ROOMS'
            elif order[target.split("/")[0]] >= order[room]:
                yield f'{where}: "{target}" is not listed before {room} in engine/ROOMS'


def tools_and_benches_include_only_doors(tree):
    for path in tree.code("tools", "bench"):
        for line, target, is_system in tree.includes(path):
            if not is_system and "/" in target and not _is_door(target):
                yield f'{path}:{line}: "{target}" is not a door (room/room.h)'


def only_late_rooms_see_the_public_headers(tree):
    if PUBLIC_READERS_FROM not in tree.rooms:
        return
    late = set(tree.rooms[tree.rooms.index(PUBLIC_READERS_FROM):]) | {"base"}
    for path in tree.code("engine"):
        for line, target, _ in tree.includes(path):
            if target.startswith("inia/") and _room_of(path) not in late:
                yield (f"{path}:{line}: <{target}> may be included by base and by the rooms from "
                       f"{PUBLIC_READERS_FROM} on")


def _functions(lines):
    """The first and last line of each function body: its braces stand alone in column one."""
    start = None
    for number, line in enumerate(lines, 1):
        before = lines[number - 2] if number > 1 else ""
        if line == "{" and not re.match(r"(namespace|class|struct|union)\b", before):
            start = number
        elif line == "}" and start:
            yield start, number
            start = None


def functions_fit_on_a_screen(tree):
    for path in tree.code("engine", "tools", "bench"):
        for start, end in _functions(tree.lines(path)):
            if end - start + 1 > FUNCTION_LINES:
                yield (f"{path}:{start}: a function of {end - start + 1} lines; "
                       f"the limit is {FUNCTION_LINES}")


def files_are_short(tree):
    for path in tree.code("engine", "tools", "bench", "include"):
        count = len(tree.lines(path))
        if count > FILE_LINES:
            yield f"{path}: {count} lines; the limit is {FILE_LINES}, the aim {FILE_LINES_ADVISED}"


def advice(tree):
    """Not violations: what will become one."""
    for path in tree.code("engine", "tools", "bench", "include"):
        count = len(tree.lines(path))
        if FILE_LINES_ADVISED < count <= FILE_LINES:
            yield f"{path}: {count} lines; the aim is {FILE_LINES_ADVISED}"


def lines_are_short(tree):
    for path in tree.files:
        if not path.endswith(CODE + (".py", ".sh", ".cmake")):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            if len(line) > COLUMNS:
                yield f"{path}:{number}: {len(line)} columns; the limit is {COLUMNS}"


def _is_formatted(tree, path):
    run = subprocess.run(
        [FORMATTER, "--dry-run", "-Werror", "--ferror-limit=1", os.path.join(tree.root, path)],
        capture_output=True, text=True)
    found = re.search(r":(\d+):\d+: error", run.stderr)
    return None if run.returncode == 0 else (path, found.group(1) if found else "1")


def formatter_is_missing():
    return shutil.which(FORMATTER) is None


def code_is_formatted(tree):
    if formatter_is_missing():
        return
    paths = tree.code("engine", "tools", "bench", "include", "tests")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for wrong in pool.map(lambda path: _is_formatted(tree, path), paths):
            if wrong:
                yield f"{wrong[0]}:{wrong[1]}: not formatted; run {FORMATTER} -i {wrong[0]}"


def names_say_something(tree):
    for path in tree.files:
        parts = re.split(r"[/_.-]", path)
        vague = sorted(set(parts) & VAGUE)
        if vague:
            yield f"{path}: '{vague[0]}' says nothing; name it for its noun"


def nothing_is_left_for_later(tree):
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME)\b")
    for path in tree.files:
        if not path.endswith(CODE + (".py", ".sh", ".cmake", ".txt", ".md")):
            continue
        for number, line in enumerate(tree.lines(path), 1):
            found = words.search(line)
            if found:
                yield f"{path}:{number}: {found.group(1)}: do it, or write it down as an issue"


def cpp_stays_in_the_shim(tree):
    for path in tree.files:
        if not path.endswith((".cpp", ".cc", ".cxx", ".hpp", ".hh")):
            continue
        is_shim = re.fullmatch(r"engine/formats/[^/]*simdjson[^/]*\.cpp", path)
        if not is_shim and not path.startswith("tests/consumers/"):
            yield f"{path}: C++ is for the shim around simdjson only"


def headers_begin_with_prose(tree):
    for path in tree.code("engine"):
        if path.endswith(".h") and not "".join(tree.lines(path)[:1]).startswith("/*"):
            yield f"{path}:1: a header begins with a comment that says what it is"


def rooms_have_doors(tree):
    for room in sorted({_room_of(path) for path in tree.code("engine")} - {None, "api"}):
        if f"engine/{room}/{room}.h" not in tree.files:
            yield f"engine/{room}: has no door, engine/{room}/{room}.h"


def tests_mirror_the_engine(tree):
    for path in tree.files:
        found = re.fullmatch(r"tests/([^/]+)/([^/]+)_test\.c", path)
        # Two rooms are tested by what they promise: the ring, whose door has two implementations,
        # and the api, which is the public header's.
        if not found or found.group(1) not in set(tree.rooms) - {"ring", "api"}:
            continue
        noun = "engine/%s/%s" % found.groups()
        if not any(noun + ending in tree.files for ending in CODE):
            yield f"{path}: there is no {noun}.c or .h that it could test"


def declared_functions(tree):
    declared = set()
    for path in tree.code("include"):
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", "\n".join(tree.lines(path)), flags=re.S)
        text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", "", text, flags=re.M)
        declared |= set(re.findall(r"\bINIA_API\b[^;{}()]*?\b(\w+)\s*\(", text))
    return declared


def _exported_symbols(library):
    dynamic = ["-D"] if library.endswith(".so") else []
    run = subprocess.run(
        ["nm", "-g", "--defined-only", *dynamic, library], capture_output=True, text=True)
    return {line.split()[-1] for line in run.stdout.splitlines() if len(line.split()) == 3}


def libraries_export_what_is_declared(tree, libraries):
    declared = declared_functions(tree)
    for library in libraries:
        name = os.path.basename(library)
        if not os.path.exists(library):
            yield f"{name}: not built"
            continue
        exported = _exported_symbols(library)
        for symbol in sorted(exported - declared):
            yield f"{name}: exports {symbol}, which include/inia does not declare"
        for symbol in sorted(declared - exported):
            yield f"{name}: lacks {symbol}, which include/inia declares"


RULES = [
    the_top_level_is_what_the_readme_shows,
    rooms_are_listed,
    rooms_have_doors,
    rooms_include_only_doors_of_earlier_rooms,
    tools_and_benches_include_only_doors,
    only_late_rooms_see_the_public_headers,
    functions_fit_on_a_screen,
    files_are_short,
    lines_are_short,
    code_is_formatted,
    names_say_something,
    nothing_is_left_for_later,
    cpp_stays_in_the_shim,
    headers_begin_with_prose,
    tests_mirror_the_engine,
]
