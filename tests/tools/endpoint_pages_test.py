#!/usr/bin/env python3
"""Pages and waiters over the real kernel: tests/examples/list_objects, which knows the public
header only, against the embedded endpoint."""

import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest

INIA = os.environ["INIA"]
PROGRAM = os.path.join(os.environ["INIA_BUILD"], "examples/list_objects")
KEYS = [f"a/{i:03} b+c&{i % 7}" for i in range(45)]


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


class Endpoint:
    def __init__(self, state):
        self.process = subprocess.Popen(
            [INIA, "endpoint", "--port", "0", "--state", state],
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(),
        )
        self.environment = clean_environment()
        while "AWS_SECRET_ACCESS_KEY" not in self.environment:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("the endpoint did not start")
            if line.startswith("export "):
                name, value = line.strip().removeprefix("export ").split("=", 1)
                self.environment[name] = value
        self.url = self.environment["AWS_ENDPOINT_URL"]

    def run(self, *command, **more):
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, **more
        )

    def call(self, *arguments):
        done = self.run(INIA, "call", "s3", *arguments)
        if done.returncode:
            raise RuntimeError(done.stderr)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.state = tempfile.TemporaryDirectory(prefix="inia-pages-")
        cls.endpoint = Endpoint(cls.state.name)
        cls.endpoint.call("CreateBucket", "Bucket=full")
        cls.endpoint.call("CreateBucket", "Bucket=empty")
        for key in KEYS:
            cls.endpoint.call("PutObject", "Bucket=full", f"Key={key}")

    @classmethod
    def tearDownClass(cls):
        cls.endpoint.stop()
        cls.state.cleanup()

    def list(self, bucket, size):
        done = self.endpoint.run(PROGRAM, bucket, str(size))
        return done.returncode, done.stdout.splitlines(), done.stderr.strip()

    def test_every_key_comes_once_whatever_the_size_of_pages(self):
        for size, pages in ((1, 45), (4, 12), (45, 1), (44, 2), (1000, 1)):
            with self.subTest(size=size):
                self.assertEqual(
                    self.list("full", size), (0, KEYS, f"INIA_OK after {pages} pages")
                )

    def test_an_empty_bucket_has_one_page(self):
        self.assertEqual(self.list("empty", 10), (0, [], "INIA_OK after 1 pages"))

    def test_the_program_waits_for_a_bucket_that_is_yet_to_come(self):
        later = threading.Timer(1.5, self.endpoint.call, ("CreateBucket", "Bucket=late"))
        started = time.monotonic()
        later.start()
        self.assertEqual(self.list("late", 10), (0, [], "INIA_OK after 1 pages"))
        self.assertGreaterEqual(time.monotonic() - started, 1.5)
        later.join()


if __name__ == "__main__":
    if not os.access(PROGRAM, os.X_OK):
        print(f"SKIP: no {PROGRAM}")
        sys.exit(77)
    unittest.main()
