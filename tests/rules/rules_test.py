#!/usr/bin/env python3
"""Holds this checkout to its rules; prints one line for each violation.

INIA_BUILD, when set, names the build whose libraries' symbols are checked as well.
"""

import os
import sys

import rules


def say_verdict(name, violations):
    for violation in violations:
        print(f"FAIL {violation} [{name}]")
    return bool(violations)


def check_symbols(tree):
    build = os.environ.get("INIA_BUILD")
    if not build or os.environ.get("INIA_SANITIZE"):
        print("SKIP: symbols are checked in builds without sanitizers")
        return None
    libraries = [os.path.join(build, name) for name in ("libinia.so", "libinia.a")]
    return say_verdict(
        "libraries_export_what_is_declared",
        list(rules.libraries_export_what_is_declared(tree, libraries)))


def main():
    tree = rules.Tree(os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
    verdicts = [say_verdict(rule.__name__, list(rule(tree))) for rule in rules.RULES]
    verdicts.append(check_symbols(tree))
    if rules.formatter_is_missing():
        print(f"SKIP: {rules.FORMATTER} is not installed, so formatting was not checked")
        verdicts[rules.RULES.index(rules.code_is_formatted)] = None
    for line in rules.advice(tree):
        print(f"advice: {line}")
    print("%d passed, %d failed, %d skipped"
          % tuple(sum(verdict is kind for verdict in verdicts) for kind in (False, True, None)))
    return 1 if True in verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
