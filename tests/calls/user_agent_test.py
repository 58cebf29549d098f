#!/usr/bin/env python3
"""The user agent tells of retries, checksums and endpoints what botocore's does, by its letters."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

try:
    import botocore.session
except ImportError:
    print("skipped: botocore is not installed")
    sys.exit(77)

ROOT = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
INIA = os.environ.get("INIA", f"{ROOT}/build/release/inia")
TOLD = set("NZabcEF")  # of the letters that there are, those that inia tells


class Caught(Exception):
    pass


def environment(home, variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "HOME": home,
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        **variables,
    }


def by_inia(home, variables):
    done = subprocess.run(
        [INIA, "sign", "dynamodb", "ListTables", "--json"],
        env=environment(home, variables),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(done.stdout)["headers"]["user-agent"]


def by_botocore(home, variables):
    with unittest.mock.patch.dict(os.environ, environment(home, variables), clear=True):
        client = botocore.session.Session().create_client("dynamodb")

        def catch(request, **_):
            raise Caught(request.headers["User-Agent"].decode())

        client.meta.events.register("before-send", catch)
        try:
            client.list_tables()
        except Caught as caught:
            return caught.args[0]
    raise AssertionError("no request")


def letters(agent):
    found = re.search(r" m/(\S+)", agent)
    return set(found.group(1).split(",")) & TOLD if found else set()


def words(agent):
    return re.findall(r" (cfg/\S+|app/\S+|exec-env/\S+|ua/\S+)", agent)


class UserAgent(unittest.TestCase):
    def test_features_and_modes_are_told_as_botocore_tells_them(self):
        cases = (
            {"AWS_RETRY_MODE": "standard"},
            {"AWS_RETRY_MODE": "adaptive"},
            {"AWS_RETRY_MODE": "standard", "AWS_ENDPOINT_URL": "https://own.example"},
            {"AWS_RETRY_MODE": "standard", "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"},
            {"AWS_RETRY_MODE": "adaptive", "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"},
            {"AWS_RETRY_MODE": "standard", "AWS_SDK_UA_APP_ID": "my app"},
            {"AWS_RETRY_MODE": "standard", "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"},
        )
        with tempfile.TemporaryDirectory() as home:
            for variables in cases:
                with self.subTest(variables=variables):
                    variables = {"INIA_COMPATIBILITY": "aws", **variables}
                    ours, theirs = by_inia(home, variables), by_botocore(home, variables)
                    self.assertEqual(letters(ours), letters(theirs), (ours, theirs))
                    self.assertEqual(words(ours), words(theirs), (ours, theirs))

    def test_inias_own_mode_has_its_name_and_no_letter(self):
        with tempfile.TemporaryDirectory() as home:
            agent = by_inia(home, {})
            self.assertIn(" cfg/retry-mode#inia", agent)
            self.assertFalse(letters(agent) & set("EF"), agent)


if __name__ == "__main__":
    unittest.main()
