#!/usr/bin/env python3
"""Each workload of the bench, briefly, against the embedded endpoint: not one request may fail.

Hundreds at once, plain and over TLS, because what goes wrong there goes wrong when connections
are made by the hundred.
"""

import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import INIA, Report  # noqa: E402

report = Report()


def start(folder):
    process = subprocess.Popen(
        [INIA, "endpoint", "--port", "0", "--tls-port", "0", "--state", folder],
        stdout=subprocess.PIPE,
        text=True,
    )
    exports = {}
    for line in process.stdout:
        if line.startswith("export "):
            name, value = line[len("export ") :].strip().split("=", 1)
            exports[name] = value
        if "AWS_SECRET_ACCESS_KEY" in exports:
            break
    return process, exports


def bench(exports, url, workload, in_flight, *more):
    arguments = [INIA, "bench", workload, "--json", "--duration", "1s", "--warmup", "100ms"]
    arguments += ["--in-flight", str(in_flight), "--endpoint-url", url, *more]
    environment = {**os.environ, **exports}
    done = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    what = f"{workload} with {in_flight} in flight at {url.split(':')[0]} {' '.join(more)}"
    try:
        figures = json.loads(done.stdout)
    except ValueError:
        report.check(False, what, done.stderr)
        return
    if "--adaptive" in more:
        names = ("demand", "limit", "connections", "server", "CPU")
        named = figures["limit"] > 0 and figures["limited_by"] in names
        report.check(named, f"{what}: names what limits", done.stdout)
        told = "in flight, p50" in done.stderr and "limited by" in done.stderr
        report.check(told, f"{what}: tells of it each second", done.stderr)
    good = figures["requests"] > 0 and not figures["failed"] and not figures["lost"]
    report.check(good and not figures["retries"], what, done.stdout)
    if "--adaptive" not in more:  # that one finds out while it runs how many it needs
        kept = figures["connections_opened"] == 0
        report.check(kept, f"{what}: keeps its connections", done.stdout)


def main():
    with tempfile.TemporaryDirectory() as folder:
        process, exports = start(folder)
        try:
            for url in (exports["AWS_ENDPOINT_URL"], exports["AWS_ENDPOINT_URL_TLS"]):
                for workload in ("get", "put", "head", "sqs-send"):
                    bench(exports, url, workload, 200, "--size", "8k")
                bench(exports, url, "mixed", 64, "--size", "2k")
                bench(exports, url, "list", 16)
                bench(exports, url, "get", 200, "--size", "8k", "--adaptive")
                bench(exports, url, "get", 8, "--size", "4m", "--objects", "2")
                bench(exports, url, "put", 8, "--size", "4m", "--unsigned-payload")
        finally:
            process.terminate()
            process.wait(10)
    report.end()


main()
