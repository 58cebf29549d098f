#!/usr/bin/env python3
"""The embedded endpoint's echo mode: any service, answered by what was put there beforehand.

botocore signs and parses; INIA names the command line.
"""
import base64
import json
import os
import re
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

try:
    import botocore.config
    import botocore.exceptions
    import botocore.session
except ImportError:
    print("SKIP: botocore is not installed")
    sys.exit(77)

ROOT = os.environ.get("INIA_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INIA = os.environ.get("INIA", f"{ROOT}/build/release/inia")


class Echo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        environment = dict(os.environ, AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="secret")
        cls.process = subprocess.Popen(
            [INIA, "endpoint", "--port", "0", "--echo"], stdout=subprocess.PIPE, text=True,
            env=environment)
        cls.addClassCleanup(cls.stop)
        for line in cls.process.stdout:
            found = re.search(r"AWS_ENDPOINT_URL=(http://127.0.0.1:\d+)", line)
            if found:
                cls.url = found[1]
                break

    @classmethod
    def stop(cls):
        cls.process.terminate()
        cls.process.communicate(timeout=10)

    def setUp(self):
        self.ask("DELETE", "/_inia/echo")

    def ask(self, method, path, body=None, **headers):
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()

    def put(self, **deposit):
        return self.ask("PUT", "/_inia/echo", json.dumps(deposit).encode())[0]

    def refusal(self, *arguments, **headers):
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.ask(*arguments, **headers)
        with caught.exception as error:
            return error.code, error.read().decode()

    def last(self):
        return json.loads(self.ask("GET", "/_inia/echo")[2])

    def client(self, service, secret="secret", **config):
        config = botocore.config.Config(retries={"total_max_attempts": 1}, **config)
        return botocore.session.Session().create_client(
            service, "eu-west-3", endpoint_url=self.url, aws_access_key_id="key",
            aws_secret_access_key=secret, config=config)

    def test_a_request_is_described_when_nothing_was_put(self):
        status, _, body = self.ask("POST", "/a%20b?c=d&c", b"hello \xc3\xa9", **{"X-Some": "x"})
        described = json.loads(body)
        self.assertEqual(status, 200)
        self.assertEqual(described, self.last())
        self.assertEqual(
            (described["method"], described["target"], described["body"]),
            ("POST", "/a%20b?c=d&c", "hello é"))
        self.assertIn(["X-Some", "x"], described["headers"])
        self.assertEqual((described["signature"], described["verified"]), ("none", False))

    def test_bytes_that_are_no_text_are_in_base64(self):
        described = json.loads(self.ask("PUT", "/", b"\xff\x00\xfe")[2])
        self.assertEqual(base64.b64decode(described["body_base64"]), b"\xff\x00\xfe")
        self.assertNotIn("body", described)

    def test_what_was_put_is_the_answer_to_all_that_come(self):
        fields = {"X-A": ["1", "2"], "X-B": "b"}
        self.assertEqual(self.put(status=202, headers=fields, body="é"), 204)
        for _ in range(3):
            status, headers, body = self.ask("GET", "/anything")
            self.assertEqual((status, headers["X-B"], body), (202, "b", "é".encode()))
            self.assertEqual(headers["Content-Length"], "2")
        self.assertEqual(self.last()["target"], "/anything")
        self.put(body_base64="//4A")
        self.assertEqual(self.ask("GET", "/")[2], b"\xff\xfe\x00")
        self.put(status=204)
        status, headers, _ = self.ask("GET", "/")
        self.assertEqual((status, headers.get("Content-Length")), (204, None))

    def test_a_head_request_gets_the_head_alone(self):
        self.put(body="twelve bytes")
        status, headers, body = self.ask("HEAD", "/")
        self.assertEqual((status, headers["Content-Length"], body), (200, "12", b""))
        self.assertEqual(self.ask("GET", "/")[2], b"twelve bytes")

    def test_heads_larger_than_a_page_are_answered(self):
        headers = {f"x-{i}": "v" * 500 for i in range(60)}
        self.put(headers=headers, body="b" * 100000)
        _, got, body = self.ask("GET", "/?" + "&".join(f"p{i}=v" for i in range(100)))
        self.assertEqual((got["x-59"], len(body)), ("v" * 500, 100000))

    def test_what_makes_no_answer_is_refused(self):
        for deposit, why in (
                (b"[]", "not a JSON object"), (b"{", "not a JSON object"),
                (b'{"status": 99}', "status"), (b'{"headers": []}', "headers"),
                (b'{"headers": {"a b": "c"}}', "header"), (b'{"headers": {"a": 1}}', "header"),
                (b'{"headers": {"a": "b\\r\\nc: d"}}', "header"),
                (b'{"body_base64": "?"}', "base64")):
            code, text = self.refusal("PUT", "/_inia/echo", deposit)
            self.assertEqual(code, 400, deposit)
            self.assertIn(why, text)

    def test_services_of_each_protocol_are_verified(self):
        self.put(headers={"x-amzn-RequestId": "1"}, body="{}")
        for service, operation, arguments in (
                ("dynamodb", "list_tables", {}), ("lambda", "list_functions", {}),
                ("codeartifact", "list_domains", {}), ("cloudwatch", "list_dashboards", {})):
            getattr(self.client(service), operation)(**arguments)
            last = self.last()
            self.assertEqual((last["signature"], last["verified"]), ("sigv4", True), service)
        self.put(body="<R><ListUsersResult><Users/></ListUsersResult></R>")
        self.assertEqual(self.client("iam").list_users()["Users"], [])
        self.assertIn("Action=ListUsers", self.last()["body"])
        self.put(headers={"ETag": '"e"'})
        for addressing in ("path", "virtual"):
            s3 = self.client("s3", s3={"addressing_style": addressing})
            self.assertEqual(s3.put_object(Bucket="b", Key="k", Body=b"all of it")["ETag"], '"e"')
            last = self.last()
            self.assertEqual((last["body"], last["verified"]), ("all of it", True))

    def test_a_wrong_secret_is_refused_in_the_tongue_of_the_request(self):
        for service, operation, code in (
                ("dynamodb", "list_tables", "InvalidSignatureException"),
                ("iam", "list_users", "SignatureDoesNotMatch")):
            with self.assertRaises(botocore.exceptions.ClientError) as caught:
                getattr(self.client(service, "wrong"), operation)()
            self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_other_ways_to_sign_are_told(self):
        for header, scheme in (("Bearer abc", "bearer"), ("AWS key:signature", "sigv2")):
            self.ask("GET", "/", Authorization=header)
            self.assertEqual((self.last()["signature"], self.last()["verified"]), (scheme, False))

    def test_a_signature_for_several_regions_without_its_parts_is_refused(self):
        header = "AWS4-ECDSA-P256-SHA256 Credential=x"
        code, _ = self.refusal("GET", "/", Authorization=header)
        self.assertIn(code, (400, 403))

    def test_a_body_that_is_not_what_was_signed_is_refused(self):
        code, text = self.refusal("PUT", "/", b"x", **{"X-Amz-Content-Sha256": "0" * 64})
        self.assertEqual(code, 400)
        self.assertIn("XAmzContentSHA256Mismatch", text)


if __name__ == "__main__":
    unittest.main()
