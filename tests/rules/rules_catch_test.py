#!/usr/bin/env python3
"""A rule that catches nothing protects nothing: each is shown a tree that breaks it."""

import os
import subprocess
import sys
import tempfile

import rules

HEADER = "/* A thing. */\n"

# rule -> files that break it, and a part of what must be said
BROKEN = [
    (rules.the_top_level_is_what_the_readme_shows, {"notes.txt": ""}, "notes.txt: nothing"),
    (rules.the_top_level_is_what_the_readme_shows, {}, "LICENSE: missing"),
    (rules.rooms_are_listed, {"engine/attic/a.c": ""}, "engine/attic"),
    (rules.rooms_have_doors, {"engine/http/pool.c": ""}, "no door"),
    (rules.rooms_include_only_doors_of_earlier_rooms,
     {"engine/http/a.c": '#include "calls/calls.h"\n'}, "not listed before http"),
    (rules.rooms_include_only_doors_of_earlier_rooms,
     {"engine/http/a.c": '#include "http/http.h"\n'}, "not listed before http"),
    (rules.rooms_include_only_doors_of_earlier_rooms,
     {"engine/http/a.c": '#include "base/text.h"\n'}, "not a door"),
    (rules.rooms_include_only_doors_of_earlier_rooms,
     {"engine/http/a.c": '#include "../base/base.h"\n'}, "not a door"),
    (rules.rooms_include_only_doors_of_earlier_rooms,
     {"engine/http/a.c": '#include "base.h"\n'}, "not in this room"),
    (rules.rooms_include_only_doors_of_earlier_rooms,
     {"engine/http/a.c": '#include "cellar/cellar.h"\n'}, "no room"),
    (rules.tools_and_benches_include_only_doors,
     {"tools/inia/main.c": '#include "http/pool.h"\n'}, "not a door"),
    (rules.only_late_rooms_see_the_public_headers,
     {"engine/http/a.c": "#include <inia/inia.h>\n"}, "a.c:1: <inia/inia.h>"),
    (rules.functions_fit_on_a_screen,
     {"engine/http/a.c": "void f(void)\n{\n" + "    f();\n" * 69 + "}\n"}, "71 lines"),
    (rules.files_are_short, {"engine/http/a.c": "\n" * 651}, "651 lines"),
    (rules.advice, {"engine/http/a.c": "\n" * 601}, "601 lines"),
    (rules.lines_are_short, {"engine/http/a.c": "x" * 101}, "101 columns"),
    (rules.code_is_formatted, {"engine/http/a.c": "int  a ;\n"}, "a.c:1: not formatted"),
    (rules.names_say_something, {"engine/http/http_util.c": ""}, "'util'"),
    (rules.nothing_is_left_for_later, {"engine/http/a.c": "/* TO" "DO */"}, "a.c:1"),
    (rules.cpp_stays_in_the_shim, {"engine/http/a.cpp": ""}, "a.cpp"),
    (rules.headers_begin_with_prose, {"engine/http/a.h": "int a;\n"}, "a.h:1"),
    (rules.tests_mirror_the_engine, {"tests/http/lost_test.c": ""}, "engine/http/lost"),
]

GOOD = {
    "engine/ROOMS": "base\nhttp\ncalls\n",
    "engine/base/base.h": HEADER,
    "engine/http/http.h": HEADER,
    "engine/calls/calls.h": HEADER + '#include <inia/inia.h>\n\n#include "http/http.h"\n',
    "engine/calls/calls.c": '#include "calls.h"\n',
    "engine/formats/simdjson_shim.cpp": "",
    "include/inia/inia.h": "#define INIA_API __attribute__((visibility(\"default\")))\n"
                           "INIA_API int inia_one(int (*call)(void));\n"
                           "/* INIA_API int inia_not(void); */\n",
}


def make_tree(folder, files):
    for path, text in {**GOOD, **files}.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as file:
            file.write(text)
    return rules.Tree(folder)


def catches(rule, files, expected):
    with tempfile.TemporaryDirectory() as folder:
        said = list(rule(make_tree(folder, files)))
    if any(expected in line for line in said):
        return True
    print(f"FAIL {rule.__name__} said {said}, not '{expected}'")
    return False


def leaves_good_code_alone():
    with tempfile.TemporaryDirectory() as folder:
        tree = make_tree(folder, {})
        said = [line for rule in rules.RULES for line in rule(tree)
                if "missing at the top" not in line and "engine/formats" not in line]
    for line in said:
        print(f"FAIL on good code: {line}")
    return not said


def catches_symbols():
    source = "int inia_one(void){return 1;} int leaked(void){return 2;}"
    with tempfile.TemporaryDirectory() as folder:
        tree = make_tree(folder, {"include/inia/s3.h": "INIA_API int\ninia_s3(void);\n"})
        library = os.path.join(folder, "libinia.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-", "-o", library],
                       input=source, text=True, check=True)
        said = list(rules.libraries_export_what_is_declared(tree, [library]))
    good = len(said) == 2 and "exports leaked," in said[0] and "lacks inia_s3," in said[1]
    if not good:
        print(f"FAIL symbols: {said}")
    return good


def main():
    cases = [case for case in BROKEN
             if case[0] is not rules.code_is_formatted or not rules.formatter_is_missing()]
    verdicts = [catches(*case) for case in cases]
    verdicts += [leaves_good_code_alone(), catches_symbols()]
    skipped = len(BROKEN) - len(cases)
    if skipped:
        print(f"SKIP: {rules.FORMATTER} is not installed")
    print(f"{verdicts.count(True)} passed, {verdicts.count(False)} failed, {skipped} skipped")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
