"""What one client costs in a window of time, seen from outside: the same way for all of them.

The client's CPU is what the kernel accounts to its process (user and system, all threads) between
two moments after it has warmed up; its requests are those that the server counted between the same
two moments. So neither start-up nor handshakes nor the client's own statistics enter.
"""

import os
import signal
import subprocess
import time

CPUS = sorted(os.sched_getaffinity(0))
CLIENT_CPU = CPUS[0]
SERVER_CPU = CPUS[1] if len(CPUS) > 1 else CPUS[0]
ANSWERS_WITHIN_S = 20


class Failed(Exception):
    """A client that ended, or got no answers, where it should have run on."""


def pin_to(cpu):
    return lambda: os.sched_setaffinity(0, {cpu})


def cpu_seconds(pid):
    """User and system time of a process so far, to the nanosecond: its CPU-time clock."""
    return time.clock_gettime(~pid << 3 | 2)


def peak_rss(pid):
    """VmHWM rather than what wait4 tells, which starts with the peak of the parent."""
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0


def machine_busy_s():
    """Of the two cores used here; whatever the processes are."""
    busy = 0
    with open("/proc/stat") as file:
        for line in file:
            field = line.split()
            if field[0] in (f"cpu{CLIENT_CPU}", f"cpu{SERVER_CPU}"):
                busy += sum(map(int, field[1:4] + field[6:9]))
    return busy / os.sysconf("SC_CLK_TCK")


class Moment:
    def __init__(self, pid, server, counts):
        self.at = time.monotonic()
        self.cpu = cpu_seconds(pid)
        self.requests = server.requests() if counts else 0
        self.server_cpu = server.cpu_seconds()
        self.machine = machine_busy_s()


class Window:
    """Between two moments."""

    def __init__(self, start, end, size):
        self.seconds = end.at - start.at
        self.requests = end.requests - start.requests
        self.cpu = end.cpu - start.cpu
        self.server_busy = (end.server_cpu - start.server_cpu) / self.seconds
        ours = self.cpu + end.server_cpu - start.server_cpu
        self.foreign = max(0.0, (end.machine - start.machine - ours) / self.seconds)
        self.size = size

    def figures(self):
        requests = max(self.requests, 1)
        return {
            "cpu_us_per_request": self.cpu * 1e6 / requests,
            "requests_per_second": self.requests / self.seconds,
            "gb_per_cpu_s": self.requests * self.size / 1e9 / max(self.cpu, 1e-9),
            "server_busy": self.server_busy,
            "foreign_cpu": self.foreign,
        }


class Run:
    """One client, from its start until it is told to end."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            command, env=environment, preexec_fn=pin_to(CLIENT_CPU), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait_for_answers(self, server, least):
        """Until the server has seen so many requests; raises Failed."""
        start, deadline = server.requests(), time.monotonic() + ANSWERS_WITHIN_S
        while server.requests() - start < least:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed(self.end()[1] or "it sends nothing")
            time.sleep(0.05)

    def end(self, gently=False):
        """What it had to say: standard output, and the last line of standard error."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if gently else signal.SIGKILL)
        try:
            out, errors = self.process.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, errors = self.process.communicate()
        lines = errors.decode(errors="replace").strip().splitlines()
        return out.decode(errors="replace"), lines[-1] if lines else ""


def watch(client, server, size, warmup_s, window_s):
    """Runs a client and returns its figures, those it prints itself under "own"."""
    run = Run(client.command, client.environment)
    try:
        run.wait_for_answers(server, client.least_requests)
        time.sleep(max(warmup_s, client.warmup_s))
        start = Moment(run.process.pid, server, True)
        time.sleep(window_s)
        if run.process.poll() is not None:
            raise Failed(run.end()[1] or "it ended early")
        end = Moment(run.process.pid, server, True)
        rss = peak_rss(run.process.pid)
    finally:
        out, _ = run.end(client.ends_gently)
    figures = Window(start, end, size).figures()
    figures["peak_rss_mb"] = rss / 1e6
    figures["own"] = client.read(out)
    return figures
