"""Tests of what only another program's Python can judge, such as botocore's."""

import os
import subprocess
import sys

SOURCE = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))
)


def become_a_python_with(module):
    """Goes on as the first Python that has the module: that of INIA_PYTHON, of .deps/venv, or
    python3. Where none has it the test is skipped, with exit status 77."""
    if os.environ.get("INIA_TEST_CHOSEN"):
        return
    candidates = [os.environ.get("INIA_PYTHON"), f"{SOURCE}/.deps/venv/bin/python", "python3"]
    for candidate in filter(None, candidates):
        try:
            found = subprocess.run([candidate, "-c", f"import {module}"], capture_output=True)
        except OSError:
            continue
        if found.returncode == 0:
            environment = dict(os.environ, INIA_TEST_CHOSEN="1")
            os.execvpe(candidate, [candidate, *sys.argv], environment)
    print(f"SKIP: no Python with {module} (INIA_PYTHON, .deps/venv, python3)")
    sys.exit(77)
