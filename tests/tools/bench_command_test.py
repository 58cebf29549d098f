#!/usr/bin/env python3
"""`inia bench` against the embedded endpoint, and what bench/compare refuses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

INIA = os.environ["INIA"]
SOURCE = os.environ["INIA_SOURCE"]
FIGURES = [
    "requests", "requests_per_second", "gbit_per_second", "cpu_us_per_request",
    "user_us_per_request", "system_us_per_request", "gb_per_cpu_s", "rss_peak_bytes",
    "bytes_per_call", "kernel_entries_per_request", "completions_per_request",
    "allocations_per_request", "connections_opened", "retries", "missed", "lost", "failed"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Endpoint:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.port, self.tls_port = free_port(), free_port()
        self.process = subprocess.Popen(
            [INIA, "endpoint", "--port", str(self.port), "--tls-port", str(self.tls_port),
             "--state", self.folder.name], stdout=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the endpoint does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.folder.cleanup()


class Bench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = Endpoint()
        cls.environment = dict(
            os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
            AWS_REGION="us-east-1", AWS_ENDPOINT_URL=f"http://127.0.0.1:{cls.endpoint.port}",
            AWS_ENDPOINT_URL_TLS=f"https://localhost:{cls.endpoint.tls_port}",
            AWS_CA_BUNDLE=os.path.join(cls.endpoint.folder.name, "ca.pem"))
        cls.environment.pop("AWS_PROFILE", None)

    @classmethod
    def tearDownClass(cls):
        cls.endpoint.stop()

    def start(self, *arguments):
        return subprocess.Popen(
            [INIA, "bench", *arguments], env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def bench(self, *arguments):
        run = self.start(*arguments)
        out, errors = run.communicate(timeout=60)
        return run.returncode, out, errors

    def measure(self, *arguments):
        """The JSON of a short run that must go well."""
        code, out, errors = self.bench(
            *arguments, "--json", "--duration", "300ms", "--warmup", "100ms")
        self.assertEqual(code, 0, errors)
        found = json.loads(out)
        self.assertGreater(found["requests"], 0)
        self.assertEqual(found["failed"], 0, found["errors"])
        self.assertEqual(found["lost"], 0)
        return found

    def test_every_workload_runs_without_an_error(self):
        for workload in ("get", "put", "head", "mixed", "list", "sqs-send", "sqs-send-batch",
                         "sqs-receive"):
            with self.subTest(workload):
                found = self.measure(workload, "--in-flight", "8")
                self.assertEqual(found["workload"], workload)

    def test_json_has_every_figure(self):
        found = self.measure("get", "--in-flight", "4")
        for figure in FIGURES:
            self.assertIn(figure, found)
        for stage in ("queue", "connect", "first_byte", "total"):
            latency = found["latency_us"][stage]
            self.assertLessEqual(latency["p50"], latency["p99"])
            self.assertLessEqual(latency["p999"], latency["max"] + 0.1)

    def test_what_was_moved_is_counted_in_engine_and_caller_memory(self):
        for memory in ("--engine-memory", "--caller-memory"):
            with self.subTest(memory):
                found = self.measure("get", "--size", "64k", "--in-flight", "2", memory)
                moved = found["gbit_per_second"] * found["seconds"] * 1e9 / 8
                self.assertAlmostEqual(moved / found["requests"], 64 << 10, delta=64)

    def test_over_tls_no_connection_is_lost(self):
        found = self.measure("get", "--tls", "--in-flight", "32")
        self.assertEqual(found["retries"], 0)

    def test_an_open_loop_keeps_to_its_rate_or_says_what_it_missed(self):
        found = self.measure("get", "--rate", "200", "--in-flight", "16")
        arrivals = found["requests"] + found["missed"]
        self.assertAlmostEqual(arrivals, 60, delta=25)

    def test_two_cores_are_summed(self):
        found = self.measure("get", "--cores", "2", "--in-flight", "3")
        self.assertEqual(found["in_flight"], 6)

    def test_interrupted_it_reports_what_it_has(self):
        run = self.start("get", "--duration", "1m", "--warmup", "0", "--json")
        time.sleep(1.5)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 0)
        found = json.loads(out)
        self.assertTrue(found["stopped_early"])
        self.assertGreater(found["requests"], 0)

    def test_the_text_names_its_parts(self):
        code, out, errors = self.bench("get", "--duration", "1200ms", "--warmup", "0")
        self.assertEqual(code, 0, errors)
        for part in ("requests", "CPU", "latency", "first byte", "memory", "connections",
                     "kernel entries", "errors       none"):
            self.assertIn(part, out)
        self.assertRegex(errors, r"\d+ requests/s, \d+ answered, 0 failed")

    def start_with_metrics(self):
        """A bench that has calls behind it; its port, its metrics and what kind they are."""
        port = free_port()
        run = self.start(
            "get", "--in-flight", "4", "--duration", "20s", "--warmup", "0",
            "--metrics-port", str(port))
        page, kind = "", ""
        for _ in range(100):
            try:
                url = f"http://127.0.0.1:{port}/metrics"
                with urllib.request.urlopen(url, timeout=5) as answer:
                    page = answer.read().decode()
                    kind = answer.headers["Content-Type"]
            except OSError:
                pass
            if re.search(r"^inia_bench_latency_seconds_count [1-9]", page, re.M):
                break
            time.sleep(0.1)
        return run, port, page, kind

    def test_metrics_are_served_while_it_runs(self):
        run, _, page, kind = self.start_with_metrics()
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 0, errors)
        self.assertEqual(kind, "text/plain; version=0.0.4; charset=utf-8")
        samples = dict(re.findall(r"^(inia_[^#\s]+) (\S+)$", page, re.M))
        self.assertGreater(int(samples['inia_calls_finished_total{status="INIA_OK"}']), 0)
        self.assertGreater(int(samples['inia_answers_total{class="2xx"}']), 0)
        buckets = re.findall(r'^inia_bench_latency_seconds_bucket\{le="(.*)"\} (\d+)$', page, re.M)
        counts = [int(count) for _, count in buckets]
        self.assertEqual(counts, sorted(counts))
        self.assertEqual(buckets[-1], ("+Inf", samples["inia_bench_latency_seconds_count"]))
        self.assertGreater(float(samples["inia_bench_latency_seconds_sum"]), 0)
        sample = r'inia_\w+(\{\w+="[^"]+"\})? [\d.]+'
        for line in page.splitlines():
            self.assertRegex(line, rf"^(# (HELP|TYPE) inia_\w+ .+|{sample})$")

    def test_who_never_ends_a_request_for_metrics_does_not_keep_it_from_ending(self):
        run, port, _, _ = self.start_with_metrics()
        peer = socket.create_connection(("127.0.0.1", port), 5)
        run.send_signal(signal.SIGINT)
        is_over = False
        for _ in range(100):
            try:
                peer.sendall(b"G")
            except OSError:
                is_over = True
            is_over = is_over or run.poll() is not None
            if is_over:
                break
            time.sleep(0.2)
        peer.close()
        _, errors = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 0, errors)
        self.assertTrue(is_over)

    def test_a_metrics_port_that_is_taken_is_told(self):
        code, _, errors = self.bench("get", "--metrics-port", str(self.endpoint.port))
        self.assertEqual(code, 1)
        self.assertIn(f"--metrics-port {self.endpoint.port}: Address already in use", errors)

    def test_errors_are_told_by_class_and_failing_altogether_is_a_failure(self):
        code, out, _ = self.bench(
            "get", "--no-prepare", "--bucket", "absent", "--json", "--duration", "200ms",
            "--warmup", "0", "--in-flight", "4")
        self.assertEqual(code, 1)
        error = json.loads(out)["errors"][0]
        self.assertEqual(error["code"], "NoSuchBucket")
        self.assertEqual(error["http_status"], 404)
        self.assertEqual(error["status"], "INIA_SERVICE_ERROR")

    def test_bad_arguments_take_one_line_and_exit_2(self):
        for arguments in (["fetch"], ["get", "--size", "large"], ["get", "--sise", "8k"],
                          ["get", "--in-flight", "0"], []):
            with self.subTest(arguments):
                code, out, errors = self.bench(*arguments)
                self.assertEqual(code, 2)
                self.assertEqual(out, "")
                self.assertEqual(len(errors.strip().splitlines()), 1)

    def test_nobody_there_is_said_before_anything_is_measured(self):
        code, _, errors = self.bench(
            "get", "--endpoint-url", f"http://127.0.0.1:{free_port()}", "--max-attempts", "1")
        self.assertEqual(code, 1)
        self.assertIn("connection refused", errors)


class Compare(unittest.TestCase):
    def compare(self, *arguments):
        return subprocess.run(
            [sys.executable, os.path.join(SOURCE, "bench", "compare"), *arguments],
            capture_output=True, text=True, timeout=30)

    def test_unknown_workloads_and_options_are_refused(self):
        for argument in ("get-9k-plain", "get-8k", "fetch", "--slow", "get-8k-plain-cx"):
            done = self.compare(argument)
            self.assertEqual(done.returncode, 2, argument)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1)

    def test_help_names_the_workloads(self):
        done = self.compare("--help")
        self.assertEqual(done.returncode, 0)
        self.assertTrue(re.search("put-8m-tls", done.stdout))


if __name__ == "__main__":
    unittest.main(verbosity=2)
