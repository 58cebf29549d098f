#!/usr/bin/env python3
"""Trouble made for a crowd of calls: a storm of 503s, a dead address of eight, a server that is
killed and comes back.

Prints lines with numbers. What decides is not time: no call lost, and how much was sent in vain.
INIA_LONG=1: a storm of 30 s instead of 8.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from servers import INIA, SOURCE, Minio, Report, Unavailable, free_port  # noqa: E402

BUILD = os.environ.get("INIA_BUILD") or os.path.join(SOURCE, "build/release")
CROWD = os.path.join(BUILD, "tests/servers/crowd")
LONG = os.environ.get("INIA_LONG") == "1"
DEAD = 3
report = Report()


def environment(**more):
    own = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {
        **own,
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        **more,
    }


class Endpoint:
    """The embedded one, at an address of loopback."""

    def __init__(self, folder, address="127.0.0.1", port=0):
        self.address = address
        command = [INIA, "endpoint", "--address", address, "--port", str(port), "--state", folder]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment()
        )
        self.url = ""
        for line in self.process.stdout:
            if line.startswith("export AWS_ENDPOINT_URL="):
                self.url = line.strip().split("=", 1)[1]
            if "AWS_SECRET_ACCESS_KEY" in line:
                break
        self.port = int(self.url.rsplit(":", 1)[1])

    def faults(self, **faults):
        connection = http.client.HTTPConnection(self.address, self.port, timeout=10)
        connection.request("PUT", "/_inia/faults", json.dumps(faults))
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(answer.read())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def prepare(url, settings):
    for arguments in (
        ["CreateBucket", "Bucket=crowd"],
        ["PutObject", "Bucket=crowd", "Key=k", "--body", os.path.join(SOURCE, "README.md")],
    ):
        subprocess.run(
            [INIA, "call", "s3", *arguments, "--endpoint-url", url],
            env=settings,
            check=True,
            capture_output=True,
            timeout=30,
        )


class Crowd:
    """Runs beside us; ticks() are its lines."""

    def __init__(self, url, in_flight, seconds, attempts, operation, settings):
        arguments = [CROWD, url, str(in_flight), str(seconds), str(attempts), operation]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings
        )
        self.started = time.monotonic()

    def sleep_until(self, seconds):
        time.sleep(max(0.0, self.started + seconds - time.monotonic()))

    def end(self):
        out, errors = self.process.communicate(timeout=120)
        lines = [json.loads(line) for line in out.splitlines()]
        if not lines:
            raise RuntimeError(errors)
        self.ticks, self.all = lines[:-1], lines[-1]

    def sum(self, what, begin, end):
        return sum(t[what] for t in self.ticks if begin * 1000 < t["ms"] <= end * 1000)


def storm():
    """Half of the answers are 503 for a while."""
    before, during, after = 2, 30 if LONG else 8, 6
    with tempfile.TemporaryDirectory() as folder:
        endpoint = Endpoint(folder)
        try:
            settings = environment()
            prepare(endpoint.url, settings)
            endpoint.faults(delay="50ms")
            crowd = Crowd(endpoint.url, 1000, before + during + after, 0, "get", settings)
            crowd.sleep_until(before)
            endpoint.faults(delay="50ms", status503="50%")
            crowd.sleep_until(before + during)
            endpoint.faults(delay="50ms")
            crowd.end()
        finally:
            endpoint.stop()
    well = crowd.sum("ok", 1, before) / (before - 1)
    ended = crowd.sum("ok", before, before + during) + crowd.sum("failed", before, before + during)
    attempts = crowd.sum("attempts", before, before + during)
    over = before + during
    recovered = next(
        (
            t["ms"] / 1000 - over
            for t in crowd.ticks
            if t["ms"] > over * 1000 and t["ok"] * 10 >= 0.95 * well
        ),
        None,
    )
    last = crowd.sum("ok", over + after - 2, over + after - 1)
    print(
        f"storm: 50 % of 503 for {during} s, 1000 in flight: "
        f"{attempts / ended:.2f} attempts a call;"
        f" goodput {well:.0f}/s before, {crowd.sum('ok', before, over) / during:.0f}/s in it,"
        f" {last:.0f}/s after it ({100 * last / well:.0f} %), 95 % again after"
        f" {'never' if recovered is None else f'{recovered:.1f} s'}; {crowd.all}"
    )
    report.check(attempts <= 1.6 * ended, "a storm costs 1.6 attempts a call at most", attempts)
    failed = crowd.sum("failed", over + after - 2, over + after)
    report.check(failed == 0, "no call fails five seconds after a storm", failed)
    report.check(last > 0, "calls go on after a storm")


def full_listener(port):
    """Accepts nobody: its queue is full, so that the kernel drops who knocks. As a machine that is
    gone does."""
    listener = socket.socket()
    listener.bind((f"127.0.0.{DEAD}", port))
    listener.listen(0)
    knocking = []
    for _ in range(4):
        knock = socket.socket()
        knock.setblocking(False)
        knock.connect_ex((f"127.0.0.{DEAD}", port))
        knocking.append(knock)
    time.sleep(0.1)
    return [listener, *knocking]


def one_of_eight(kind):
    with tempfile.TemporaryDirectory() as folder:
        hosts = os.path.join(folder, "hosts")
        port = free_port()
        settings = environment(CARES_HOSTS=hosts)
        with open(hosts, "w", encoding="ascii") as out:
            for i in range(1, 9):
                out.write(f"127.0.0.{i} eight.example\n")
        endpoints, dead = [], []
        try:
            for i in range(1, 9):
                if i == DEAD and kind != "well":
                    continue
                endpoints.append(Endpoint(folder, f"127.0.0.{i}", port))
                prepare(endpoints[-1].url, environment())
                endpoints[-1].faults(delay="10ms")
            if kind == "silent":
                dead = full_listener(port)
            crowd = Crowd(f"http://eight.example:{port}", 64, 3, 0, "get", settings)
            crowd.end()
        finally:
            for endpoint in endpoints:
                endpoint.stop()
            for knock in dead:
                knock.close()
    p99 = sorted(t["p99_ms"] for t in crowd.ticks if t["ok"])
    slowest = max(t["most_ms"] for t in crowd.ticks)
    middle = p99[len(p99) // 2]
    total = crowd.sum("ok", 0, 1000)
    print(
        f"one of eight addresses {kind}: {total} calls well, {crowd.sum('failed', 0, 1000)}"
        f" failed, p99 {middle:.1f} ms, the slowest {slowest:.0f} ms, {crowd.all}"
    )
    report.check(total > 0, f"one of eight {kind}: calls are well", crowd.all)
    failed = crowd.sum("failed", 0, 1000)
    report.check(failed == 0, f"one of eight {kind}: no call fails", crowd.all)


def restart(operation, server_name):
    """Killed, gone for a second, and back with what it had."""
    try:
        server = Minio(False)
    except Unavailable as why:
        report.skip(f"{server_name} killed and restarted: {why}")
        return
    with server:
        settings = server.environment()
        prepare(server.url, settings)
        crowd = Crowd(server.url, 64, 7, 0, operation, settings)
        crowd.sleep_until(2)
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(10)
        time.sleep(1)
        command, extra = server.command()
        server.process = subprocess.Popen(
            command, env={**os.environ, **extra}, stdout=server.log, stderr=subprocess.STDOUT
        )
        server.wait()
        came = time.monotonic() - crowd.started
        crowd.end()
    again = next((t["ms"] / 1000 for t in crowd.ticks if t["ms"] > came * 1000 and t["ok"]), None)
    failed = crowd.sum("failed", 0, 1000)
    waited = "never" if again is None else f"{max(0.0, again - came):.1f} s"
    print(
        f"{server_name} killed and back, {operation}: {crowd.sum('ok', 0, 1000)} calls well,"
        f" {failed} failed, calls are well {waited} after it is; {crowd.all}"
    )
    report.check(failed == 0, f"{operation}: none fails when the server restarts", crowd.all)
    report.check(again is not None, f"{operation}: calls go on when the server is back")


def main():
    if not os.access(CROWD, os.X_OK):
        report.skip(f"{CROWD} is not built")
        report.end()
    storm()
    for kind in ("well", "refusing", "silent"):
        one_of_eight(kind)
    for operation in ("get", "put"):
        restart(operation, "MinIO")
    report.end()


main()
