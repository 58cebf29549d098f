#!/usr/bin/env python3
"""The same calls by inia and by boto3 over a bad network: 50 ms there and back, one of a hundred
frames lost, and a link that is cut for ten seconds.

Two network namespaces with the way between them as namespaces.py makes it; the embedded endpoint at
the far end, errands.c and errands.py at the near one. Prints a table. What decides is not time:
with inia each call ends once and well.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import namespaces  # noqa: E402
from servers import INIA, SOURCE, Report, Unavailable  # noqa: E402

BUILD = os.environ.get("INIA_BUILD") or os.path.join(SOURCE, "build/release")
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.path.join(SOURCE, ".deps/venv/bin/python")
DELAY_MS, LOSS_PERCENT, SEED, PORT = 25, 1, 1, 9090
LOSS_CALLS, LOSS_IN_FLIGHT, LONGEST_S = 600, 16, 60
CUT_AFTER_S, CUT_S, GO_ON_S, CUT_IN_FLIGHT, CUT_CALLS = 2, 10, 5, 8, 100000
SETTLED_S = 2  # what was on the way has arrived
report = Report()


def environment():
    own = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {
        **own,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def start_endpoint(way, folder):
    endpoint = way.far.start(
        *(INIA, "endpoint", "--address", namespaces.FAR, "--port", str(PORT), "--state", folder),
        env=environment(),
        stdout=subprocess.PIPE,
    )
    for line in endpoint.stdout:
        if "AWS_SECRET_ACCESS_KEY" in line:
            break
    url = f"http://{namespaces.FAR}:{PORT}"
    bodies = {"small": 4096, "large": 1 << 20}
    way.far.run(
        *(INIA, "call", "s3", "CreateBucket", "Bucket=errands", "--endpoint-url", url),
        env=environment(),
    )
    for key, size in bodies.items():
        path = os.path.join(folder, key)
        with open(path, "wb") as out:
            out.write(b"e" * size)
        way.far.run(
            *(INIA, "call", "s3", "PutObject", "Bucket=errands", f"Key={key}", "--body", path),
            *("--endpoint-url", url),
            env=environment(),
        )
    return url


class Errands:
    """A program that waits to be told to begin."""

    def __init__(self, way, name, command, url, in_flight, seconds, count):
        self.name = name
        self.process = way.near.start(
            *(*command, url, str(in_flight), str(seconds), str(count)),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{name}: {self.process.communicate()[1]}")

    def begin(self):
        self.began = time.monotonic()
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self):
        out, self.errors = self.process.communicate(timeout=LONGEST_S)
        lines = [json.loads(line) for line in out.splitlines()]
        self.calls = [line for line in lines if "n" in line]
        self.more = {k: v for line in lines if "n" not in line for k, v in line.items()}
        return self

    def failed(self):
        return [call for call in self.calls if not call["ok"]]

    def count_in(self, begin, end):
        return sum(1 for call in self.calls if call["ok"] and begin < call["ended_s"] <= end)


def milliseconds(calls, share):
    took = sorted(1000 * (call["ended_s"] - call["began_s"]) for call in calls)
    return f"{took[int(share * (len(took) - 1))]:.0f}" if took else ""


def print_table(title, programs, columns):
    head = ("calls", "failed", "retries", "seconds", "p50", "p99", "most", "1 MiB p50", "p99")
    print(f"\n{title}\n{'':6}" + "".join(f"{word:>11}" for word in (*head, *columns)))
    for errands in programs:
        small = [call for call in errands.calls if not call["large"]]
        large = [call for call in errands.calls if call["large"]]
        seconds = max(call["ended_s"] for call in errands.calls) - errands.began
        retries = sum(call["attempts"] - 1 for call in errands.calls)
        cells = [len(errands.calls), len(errands.failed()), retries, f"{seconds:.1f}"]
        cells += [milliseconds(small, share) for share in (0.5, 0.99, 1)]
        cells += [milliseconds(large, share) for share in (0.5, 0.99)]
        cells += [column(errands) for column in columns.values()]
        print(f"{errands.name:6}" + "".join(f"{cell:>11}" for cell in cells))
        for call in errands.failed()[:3]:
            print(f"{'':6} failed: {call['why']}")
    print(flush=True)


def check_once_each(errands, what):
    numbers = sorted(call["n"] for call in errands.calls)
    report.check(numbers == list(range(len(numbers))), f"{what}: each call ends once", numbers)
    detail = f"{errands.failed()[:5]} {errands.errors[-500:]}"
    report.check(not errands.failed(), f"{what}: no call of inia fails", detail)


def programs():
    made = {"inia": [os.path.join(BUILD, "tests/servers/errands")]}
    if os.access(PYTHON, os.X_OK):
        made["boto3"] = [PYTHON, os.path.join(HERE, "errands.py")]
    else:
        report.skip(f"boto3 beside it: {PYTHON} is not there: tools/setup --for-tests makes it")
    return made


def lossy(way, url):
    done = []
    for name, command in programs().items():
        errands = Errands(way, name, command, url, LOSS_IN_FLIGHT, LONGEST_S, LOSS_CALLS)
        errands.begin()
        done.append(errands.end())
    print_table(
        f"{2 * DELAY_MS} ms there and back, {LOSS_PERCENT} % of frames lost either way"
        f" ({way.kind}, seed {SEED}), {LOSS_IN_FLIGHT} in flight; ms",
        done,
        {"conns": lambda errands: errands.more.get("connections", "")},
    )
    check_once_each(done[0], "loss")
    count = len(done[0].calls)
    report.check(count == LOSS_CALLS, "loss: all is done", count)


def print_recovery(all_errands, cut, mended):
    def again(errands):
        ended = [call["ended_s"] for call in errands.calls if call["ok"]]
        return f"{min((at for at in ended if at > mended), default=mended) - mended:.2f}"

    def all_well(errands):
        caught = [call["ended_s"] for call in errands.calls if call["began_s"] < mended]
        return f"{max(caught, default=mended) - mended:.2f}"

    print_table(
        f"the same, and the link cut for {mended - cut:.1f} s, both at once,"
        f" {CUT_IN_FLIGHT} in flight each; ms, and s after it was mended",
        all_errands,
        {"1st again": again, "all caught": all_well},
    )


def cut_link(way, url):
    seconds = CUT_AFTER_S + CUT_S + GO_ON_S
    done = [
        Errands(way, name, command, url, CUT_IN_FLIGHT, seconds, CUT_CALLS)
        for name, command in programs().items()
    ]
    for errands in done:
        errands.begin()
    time.sleep(CUT_AFTER_S)
    way.cut()
    cut = time.monotonic()
    time.sleep(CUT_S)
    mended = time.monotonic()
    way.mend()
    for errands in done:
        errands.end()
    print_recovery(done, cut, mended)
    own = done[0]
    check_once_each(own, "cut")
    through = own.count_in(cut + SETTLED_S, mended)
    report.check(through == 0, "cut: nothing comes through a link that is cut", through)
    report.check(own.count_in(0, cut) > 0, "cut: calls went well before", len(own.calls))
    after = sum(1 for call in own.calls if call["ok"] and call["began_s"] > mended)
    report.check(after > 0, "cut: calls go on when the link is back", len(own.calls))


def run():
    with namespaces.Way(DELAY_MS, LOSS_PERCENT, SEED) as way:
        with tempfile.TemporaryDirectory() as folder:
            url = start_endpoint(way, folder)
            lossy(way, url)
            cut_link(way, url)
        counted = way.end()
    print(f"{way.kind}: {counted}")
    if way.relay:
        report.check(counted["lost"] > 0, "the way loses frames", counted)
        report.check(counted["cut"] > 0, "the way was cut", counted)
        report.check(counted["large"] == 0, "no frame is larger than a real one", counted)


def main():
    if not os.access(os.path.join(BUILD, "tests/servers/errands"), os.X_OK):
        report.skip(f"tests/servers/errands is not built in {BUILD}")
        report.end()
    try:
        run()
    except Unavailable as why:
        report.skip(f"{why}")
    report.end()


main()
