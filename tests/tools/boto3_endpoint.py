"""The embedded endpoint as boto3 sees it, which nobody here wrote.

INIA names the command line. To import this is to go on as a Python that has boto3.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import pythons  # noqa: E402

pythons.become_a_python_with("boto3")

import json  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import unittest  # noqa: E402
import urllib.request  # noqa: E402

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402

INIA = os.environ.get("INIA", f"{pythons.SOURCE}/build/release/inia")
STATE = tempfile.mkdtemp(prefix="inia-endpoint-test-")


class Endpoint:
    """One `inia endpoint`, started and stopped by the test."""

    def __init__(self, *options):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        self.process = subprocess.Popen(
            [INIA, "endpoint", "--port", "0", "--tls-port", "0", "--state", STATE, *options],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.exports = {}
        while "AWS_SECRET_ACCESS_KEY" not in self.exports:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("the endpoint did not start")
            if line.startswith("export "):
                name, value = line.strip().removeprefix("export ").split("=", 1)
                self.exports[name] = value
        self.url = self.exports["AWS_ENDPOINT_URL"]

    def client(self, service, tls=False, key=None, secret=None, **config):
        return boto3.client(
            service,
            endpoint_url=self.exports["AWS_ENDPOINT_URL_TLS"] if tls else self.url,
            verify=self.exports["AWS_CA_BUNDLE"],
            region_name=self.exports["AWS_REGION"],
            aws_access_key_id=key or self.exports["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=secret or self.exports["AWS_SECRET_ACCESS_KEY"],
            config=Config(**{"retries": {"total_max_attempts": 1}, **config}),
        )

    def admin(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.url}/_inia/{path}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def stop(self):
        self.process.terminate()
        rest = self.process.communicate(timeout=20)[0]
        if self.process.returncode != 0 or "requests" not in rest:
            raise RuntimeError(f"the endpoint ended with {self.process.returncode}: {rest}")


def code_of(error):
    return error.exception.response["Error"]["Code"]


def run_tests():
    if not os.access(INIA, os.X_OK):
        print(f"SKIP: there is no command line at {INIA}; set INIA")
        sys.exit(77)
    try:
        unittest.main(verbosity=0)
    finally:
        shutil.rmtree(STATE, ignore_errors=True)
