#!/usr/bin/env python3
"""The faults that the embedded endpoint can be told to have, as boto3 feels them."""

from boto3_endpoint import Endpoint, code_of, run_tests

import json
import time
import unittest
import urllib.error

from botocore.exceptions import ClientError, ReadTimeoutError


class WithFaults(unittest.TestCase):
    def setUp(self):
        self.endpoint = Endpoint("--max-memory", "64m")
        self.addCleanup(self.endpoint.stop)
        self.s3 = self.endpoint.client("s3", read_timeout=3)
        self.s3.create_bucket(Bucket="faulty")
        self.s3.put_object(Bucket="faulty", Key="k", Body=b"0123456789" * 1000)

    def get(self):
        return self.s3.get_object(Bucket="faulty", Key="k")["Body"].read()

    def set(self, **faults):
        self.endpoint.admin("PUT", "faults", faults)

    def test_each_fault_is_felt_and_ends(self):
        self.set(status503="100%")
        with self.assertRaises(ClientError) as error:
            self.get()
        self.assertEqual(code_of(error), "SlowDown")
        for name in ("reset", "truncate", "corrupt", "garbage", "silent"):
            self.set(**{name: "100%"})
            with self.assertRaises(Exception, msg=name):
                self.get()
        self.set()
        self.assertEqual(len(self.get()), 10000)
        self.assertGreaterEqual(json.loads(self.endpoint.admin("GET", "stats"))["faults"], 6)

    def test_delays_and_slow_bytes(self):
        for faults in ({"delay": "400ms"}, {"slow": "20k"}):
            self.set(**faults)
            started = time.monotonic()
            self.assertEqual(len(self.get()), 10000)
            self.assertGreater(time.monotonic() - started, 0.35)
        self.set(delay="1h")
        with self.assertRaises(ReadTimeoutError):
            self.get()

    def test_wrong_faults_are_refused(self):
        for wrong in ({"reset": "101%"}, {"nonsense": "1%"}, {"delay": "soon"}):
            with self.assertRaises(urllib.error.HTTPError) as error:
                self.set(**wrong)
            self.assertEqual(error.exception.code, 400)
            error.exception.close()

    def test_used_up_memory_is_an_answer(self):
        codes = set()
        for i in range(12):
            try:
                self.s3.put_object(Bucket="faulty", Key=f"large{i}", Body=bytes(8 << 20))
            except ClientError as error:
                codes.add(error.response["Error"]["Code"])
        self.assertEqual(codes, {"SlowDown"})
        self.assertEqual(len(self.get()), 10000)
        for i in range(12):
            self.s3.delete_object(Bucket="faulty", Key=f"large{i}")
        self.s3.put_object(Bucket="faulty", Key="large", Body=bytes(8 << 20))

    def test_it_stops_when_told_to(self):
        self.endpoint.admin("POST", "stop")
        self.endpoint.process.wait(timeout=10)


if __name__ == "__main__":
    run_tests()
