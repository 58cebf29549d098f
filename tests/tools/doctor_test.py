#!/usr/bin/env python3
"""inia doctor tells what would be used and where it comes from, and what is wrong with it."""

import http.server
import json
import os
import re
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from email.utils import formatdate

ROOT = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
INIA = os.environ.get("INIA", f"{ROOT}/build/release/inia")
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY42"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE1234", "AWS_SECRET_ACCESS_KEY": SECRET}


def doctor(*arguments, config="", **variables):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
    }
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "config")
        with open(path, "w", encoding="utf-8") as file:
            file.write(config)
        environment = {
            **kept,
            "HOME": home,
            "AWS_CONFIG_FILE": path,
            "AWS_EC2_METADATA_DISABLED": "true",
            **variables,
        }
        done = subprocess.run(
            [INIA, "doctor", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout.replace(path, "CONFIG"), done.stderr


def checks_of(*arguments, **more):
    code, out, error = doctor(*arguments, "--json", **more)
    assert out, error
    told = json.loads(out)
    assert told["well"] == (code == 0), out
    return code, {check["name"]: check for check in told["checks"]}


class Late(http.server.BaseHTTPRequestHandler):
    """Its clock is 20 minutes ahead; it knows every call."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = (
            b"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn>"
        )
        body += b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
        self.send_response_only(200)
        self.send_header("Date", formatdate(time.time() + 1200, usegmt=True))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Offline(unittest.TestCase):
    def test_each_value_has_its_origin_and_secrets_only_their_end(self):
        config = "[default]\nregion = eu-west-1\nretry_mode = adaptive\ns3 =\n"
        config += "  addressing_style = path\n"
        code, out, error = doctor(
            "s3", "--offline", "--fips", config=config, AWS_MAX_ATTEMPTS="7", **KEYS
        )
        self.assertEqual((code, error), (0, ""))
        told = {}
        for line in out.splitlines():
            words = line.split()
            if len(words) == 3:
                told[words[0]] = tuple(words[1:])
        self.assertEqual(told["region"], ("eu-west-1", "CONFIG:2"))
        self.assertEqual(told["retry_mode"], ("adaptive", "CONFIG:3"))
        self.assertEqual(told["s3_addressing_style"], ("path", "CONFIG:4"))
        self.assertEqual(told["max_attempts"], ("7", "AWS_MAX_ATTEMPTS"))
        self.assertEqual(told["use_fips_endpoint"], ("true", "program"))
        self.assertEqual(told["access_key_id"][0], "*" * 16 + "234")
        self.assertEqual(told["secret_access_key"], ("*" * 16 + "EY42", "environment"))
        self.assertEqual(told["endpoint"][0], "https://s3-fips.eu-west-1.amazonaws.com")
        self.assertNotIn(SECRET, out)
        self.assertNotIn(KEYS["AWS_ACCESS_KEY_ID"], out)

    def test_what_a_server_is_taken_for_is_told_with_who_says_so(self):
        def told(*options, profile="", **variables):
            config = "[default]\nregion = eu-west-1\n" + profile
            code, out, error = doctor("s3", "--offline", *options, config=config, **variables)
            self.assertEqual((code, error), (0, ""))
            return re.search(r"inia_compatibility +(\S+) +(\S+)", out).groups()

        url = ("--endpoint-url", "http://127.0.0.1:9000")
        says_aws = {"INIA_COMPATIBILITY": "aws"}
        self.assertEqual(told(), ("aws", "default"))
        self.assertEqual(told(*url), ("s3-like", "default"))
        self.assertEqual(told(*url, "--compatibility", "aws"), ("aws", "program"))
        self.assertEqual(told(*url, **says_aws), ("aws", "INIA_COMPATIBILITY"))
        self.assertEqual(told("--compatibility", "s3-like", **says_aws), ("s3-like", "program"))
        line = "inia_compatibility = s3-like\n"
        self.assertEqual(told(profile=line), ("s3-like", "CONFIG:3"))
        for options, style in (((), "auto"), (url, "path")):
            out = doctor("s3", "--offline", *options, config="[default]\nregion = eu-west-1\n")[1]
            self.assertRegex(out, f"s3_addressing_style +{style} +default")
        code, out, error = doctor("s3", "ListBuckets", "--compatibility", "minio")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("--compatibility: 'minio' is none of auto, aws and s3-like", error)

    def test_variables_that_are_not_heeded_are_named(self):
        code, out, _ = doctor("--offline", "--region", "us-east-1", AWS_PAGER="x", AWS_NEWS="y")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"AWS_PAGER +nothing is paged")
        self.assertRegex(out, r"AWS_NEWS +not known")
        self.assertNotRegex(out, r"AWS_EC2_METADATA_DISABLED")

    def test_a_bad_setting_is_a_failure_with_its_line(self):
        config = "[default]\nregion = eu-west-1\nuse_fips_endpoint = perhaps\n"
        code, out, _ = doctor("--offline", config=config)
        self.assertEqual(code, 1)
        self.assertIn("FAIL  settings", out)
        self.assertIn("CONFIG:3: use_fips_endpoint is 'perhaps': true or false is wanted", out)

    def test_a_command_line_that_is_not_understood_ends_with_2(self):
        for words in (["--what"], ["s3", "ListBuckets", "--what"], ["sts", "--max-attempts", "x"]):
            code, out, error = doctor(*words)
            self.assertEqual((code, out), (2, ""), words)
            self.assertEqual(error.count("\n"), 1, words)

    def test_an_unknown_service_or_operation_is_named(self):
        code, _, error = doctor("s4", "--offline")
        self.assertEqual(code, 1)
        self.assertIn("s4", error)
        code, out, _ = doctor("s3", "ListBuckts", "--offline", "--region", "us-east-1")
        self.assertEqual(code, 1)
        self.assertIn("ListBuckets", out)

    def test_all_variables_of_botocore_are_known(self):
        try:
            from botocore import configprovider
        except ImportError:
            self.skipTest("botocore is not installed")
        names = set()
        for table in (
            configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES,
            configprovider.DEFAULT_S3_CONFIG_VARS,
        ):
            for _, variables, _, _ in table.values():
                names.update([variables] if isinstance(variables, str) else variables or [])
        with open(f"{ROOT}/tools/inia/variables.c", encoding="utf-8") as file:
            source = file.read()
        known = set(re.findall(r'^    \{"(\w+)"', source, re.M))
        families = tuple(name for name in known if name.endswith("_"))
        missing = {n for n in names if n not in known and not n.startswith(families)}
        self.assertEqual(missing, set())
        self.assertGreater(len(names), 30)


class Online(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = subprocess.Popen(
            [INIA, "endpoint", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        cls.variables = {}
        while len(cls.variables) < 4:
            line = cls.endpoint.stdout.readline()
            assert line, "the endpoint did not start"
            if found := re.match(r"export (\w+)=(.*)", line):
                cls.variables[found[1]] = found[2]

    @classmethod
    def tearDownClass(cls):
        cls.endpoint.kill()
        cls.endpoint.wait()
        cls.endpoint.stdout.close()

    def test_where_all_is_well_each_line_is_ok(self):
        code, checks = checks_of("s3", **self.variables)
        self.assertEqual(code, 0)
        self.assertEqual({check["result"] for check in checks.values()}, {"OK"})
        self.assertEqual(
            list(checks), ["credentials", "name", "connection", "clock", "signed call"]
        )

    def test_a_wrong_secret_fails_the_signed_call_and_says_so(self):
        variables = {**self.variables, "AWS_SECRET_ACCESS_KEY": "wrong"}
        code, checks = checks_of("s3", **variables)
        self.assertEqual(code, 1)
        self.assertEqual(checks["connection"]["result"], "OK")
        self.assertEqual(checks["signed call"]["result"], "FAIL")
        self.assertIn("secret access key", checks["signed call"]["advice"])

    def test_without_credentials_the_way_is_tried_all_the_same(self):
        variables = {n: v for n, v in self.variables.items() if "KEY" not in n}
        code, checks = checks_of("s3", **variables)
        self.assertEqual(code, 1)
        self.assertEqual(checks["credentials"]["result"], "FAIL")
        self.assertIn("AWS_ACCESS_KEY_ID", checks["credentials"]["advice"])
        self.assertEqual(checks["connection"]["result"], "OK")
        self.assertNotIn("signed call", checks)

    def test_a_name_that_nobody_knows_is_told(self):
        code, checks = checks_of(
            "--endpoint-url", "http://no-such-host.invalid", "--region", "us-east-1", **KEYS
        )
        self.assertEqual(code, 1)
        self.assertEqual(checks["name"]["result"], "FAIL")
        self.assertEqual(checks["connection"]["result"], "FAIL")

    def test_a_closed_port_is_told(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        code, checks = checks_of(
            "--endpoint-url", f"http://127.0.0.1:{port}", "--region", "us-east-1", **KEYS
        )
        self.assertEqual(code, 1)
        self.assertEqual(checks["name"]["result"], "OK")
        self.assertEqual(checks["connection"]["result"], "FAIL")
        self.assertNotIn("signed call", checks)

    def test_a_clock_that_is_off_is_told(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Late)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        code, checks = checks_of("--endpoint-url", url, "--region", "us-east-1", **KEYS)
        server.shutdown()
        server.server_close()
        self.assertEqual(code, 1)
        self.assertEqual(checks["clock"]["result"], "FAIL")
        self.assertRegex(checks["clock"]["detail"], r"1[12]\d\d s ahead")


if __name__ == "__main__":
    unittest.main()
