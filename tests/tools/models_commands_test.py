#!/usr/bin/env python3
"""inia services, operations and describe answer from the model files, and say it when they cannot.

What botocore says of the same models is the measure.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

INIA = os.environ.get("INIA", "build/release/inia")
MODELS = os.environ.get("INIA_MODELS", "")


def run(*arguments, models=MODELS, **more):
    environment = {**os.environ, "INIA_MODELS": models, "HOME": "/nonexistent"}
    environment.pop("AWS_DATA_PATH", None)
    done = subprocess.run(
        [INIA, *arguments], env=environment, capture_output=True, timeout=100, check=False, **more
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def services():
    names = []
    for name in sorted(os.listdir(MODELS)):
        versions = os.path.join(MODELS, name)
        if os.path.isdir(versions) and any(newest_model(name)):
            names.append(name)
    return names


def newest_model(service):
    """The newest service-2.json of a service as (path, version)."""
    for version in sorted(os.listdir(os.path.join(MODELS, service)), reverse=True):
        for ending in ("service-2.json", "service-2.json.gz"):
            path = os.path.join(MODELS, service, version, ending)
            if os.path.exists(path):
                return path, version
    return None, None


def load(service):
    path, _ = newest_model(service)
    opened = gzip.open(path) if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        return json.load(file)


class Answers(unittest.TestCase):
    def test_services_are_all_that_have_a_model(self):
        code, out, error = run("services")
        self.assertEqual((code, error), (0, ""))
        self.assertEqual(out.split(), services())

    def test_services_at_length_tell_version_protocol_operations_and_name(self):
        code, out, error = run("services", "--long")
        self.assertEqual((code, error), (0, ""))
        lines = dict(line.split("\t", 1) for line in out.splitlines())
        self.assertEqual(sorted(lines), services())
        for service in ("s3", "sqs", "ec2", "dynamodb"):
            model = load(service)
            version, _, operations, name = lines[service].split("\t")
            self.assertEqual(version, model["metadata"]["apiVersion"])
            self.assertEqual(int(operations), len(model["operations"]))
            self.assertEqual(name, model["metadata"]["serviceFullName"])

    def test_operations_are_those_of_the_model(self):
        for service in ("s3", "sqs", "ec2", "sdb"):
            code, out, error = run("operations", service)
            self.assertEqual((code, error), (0, ""))
            self.assertEqual(out.split(), list(load(service)["operations"]))

    def test_waiters_are_those_of_the_service(self):
        code, out, error = run("waiters", "s3")
        self.assertEqual((code, error), (0, ""))
        self.assertEqual(
            sorted(out.split()),
            ["BucketExists", "BucketNotExists", "ObjectExists", "ObjectNotExists"],
        )
        self.assertEqual(run("waiters", "sqs"), (0, "", ""))

    def test_an_operation_is_described_member_by_member(self):
        code, out, error = run("describe", "sqs", "SendMessage", "--brief")
        self.assertEqual((code, error), (0, ""))
        shapes = load("sqs")["shapes"]
        for member in shapes["SendMessageRequest"]["members"]:
            self.assertRegex(out, rf"(?m)^  {member}: ")
        self.assertRegex(out, r"(?m)^  QueueUrl: string, required$")
        self.assertRegex(out, r"(?m)^  MessageAttributes: map of string to MessageAttributeValue$")
        self.assertRegex(out, r"(?m)^    DataType: string, required$")
        self.assertRegex(out, r"(?m)^Protocol: json 1.0")
        self.assertRegex(out, r"(?m)^Auth: aws.auth#sigv4; signing name sqs$")

    def test_all_protocols_of_a_service_are_told(self):
        offered = load("cloudwatch")["metadata"]["protocols"]
        self.assertGreater(len(offered), 1)
        line = re.search(r"(?m)^Protocol: .*$", run("describe", "cloudwatch")[1])[0]
        for protocol in offered:
            self.assertRegex(line, rf"\b{protocol}\b".replace("smithy-rpc-v2-cbor", ".*cbor"))

    def test_choices_limits_places_and_streams_are_told(self):
        out = run("describe", "s3", "PutObject", "--brief")[1]
        self.assertRegex(out, r"(?m)^  Body: blob, the body, streamed$")
        self.assertRegex(out, r"(?m)^Input body: Body, a stream of bytes$")
        self.assertRegex(out, r"(?m)^  ContentLength: long, in the header Content-Length$")
        self.assertRegex(out, r"(?m)^  Key: string, required, at least 1 character, in the path$")
        self.assertRegex(out, r"(?m)^      = private \| public-read \|")
        self.assertRegex(
            out, r"(?ms)^  Metadata: map of .* in headers that start with x-amz-meta-"
        )

    def test_pages_and_waiters_are_told(self):
        out = run("describe", "s3", "ListObjectsV2", "--brief")[1]
        self.assertIn("Pages of: Contents, CommonPrefixes; from NextContinuationToken to", out)
        out = run("describe", "s3", "HeadBucket", "--brief")[1]
        self.assertIn("BucketExists (every 5 s, 20 times)", out)
        out = run("describe", "s3", "SelectObjectContent", "--brief")[1]
        self.assertIn("Output body: Payload, a stream of events", out)

    def test_a_shape_within_itself_is_told_once(self):
        out = run("describe", "dynamodb", "PutItem", "--brief")[1]
        self.assertRegex(out, r"(?m)^    M: map of string to AttributeValue \(as above\)$")
        given = out[out.index("Input:") : out.index("Output:")]
        self.assertEqual(len(re.findall(r"(?m)^ +SS: list of string$", given)), 1)

    def test_documentation_is_plain_text(self):
        for service, operation in (
            ("s3", "GetObject"),
            ("ec2", "RunInstances"),
            ("iam", "GetRole"),
        ):
            code, out, error = run("describe", service, operation)
            self.assertEqual((code, error), (0, ""))
            self.assertNotRegex(out, r"</?(p|code|li|ul|b|i|note|a)[ >/]")
            self.assertNotRegex(out, r"&(lt|gt|amp|quot);")
            wide = [line for line in out.splitlines() if len(line) > 80 and " " in line.strip()]
            self.assertEqual(wide, [])

    def test_every_operation_of_some_services_can_be_described(self):
        for service in ("sdb", "sts", "kinesis", "logs", "bedrock-runtime"):
            for operation in load(service)["operations"]:
                code, out, error = run("describe", service, operation)
                self.assertEqual((code, error), (0, ""), (service, operation))
                self.assertIn("Input", out)

    def test_a_service_is_described_with_its_operations(self):
        code, out, error = run("describe", "sqs")
        self.assertEqual((code, error), (0, ""))
        self.assertIn("sqs: Amazon Simple Queue Service", out)
        self.assertIn("Version: 2012-11-05", out)
        for operation in load("sqs")["operations"]:
            self.assertRegex(out, rf"\b{operation}\b")
        self.assertIn("Paginated: ListDeadLetterSourceQueues, ListQueues", out)


class Refusals(unittest.TestCase):
    def expect(self, result, code, *parts):
        self.assertEqual(result[0], code, result)
        self.assertEqual(result[2].count("\n"), 1, result)
        for part in parts:
            self.assertIn(part, result[2])

    def test_a_wrong_name_gets_the_nearest(self):
        self.expect(run("operations", "s4"), 1, "'s4'", "'s3'")
        self.expect(run("describe", "dynamo"), 1, "'dynamo'")
        self.expect(run("describe", "s3", "GetObjet"), 1, "'GetObjet'", "'GetObject'")
        self.expect(run("describe", "../s3"), 1, "'../s3'")

    def test_wrong_words_are_named(self):
        self.expect(run("services", "s3"), 2, "'s3'")
        self.expect(run("services", "--lnog"), 2, "--lnog")
        self.expect(run("waiters", "s4"), 1, "'s3'")
        self.expect(run("operations"), 2, "usage: inia operations SERVICE")
        self.expect(run("describe"), 2, "usage: inia describe SERVICE [OPERATION]")
        self.expect(run("describe", "s3", "GetObject", "more"), 2, "'more'")

    def test_no_models_at_all(self):
        with tempfile.TemporaryDirectory() as folder:
            if not run("services", models=folder)[1]:  # botocore may be installed elsewhere
                self.expect(run("services", models=folder), 1, "INIA_MODELS")

    def broken(self, contents, name="service-2.json"):
        """The models with a broken sqs; its folder."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        path, version = newest_model("sqs")
        os.makedirs(os.path.join(folder, "sqs", version))
        for file in os.listdir(os.path.dirname(path)):
            shutil.copy(os.path.join(os.path.dirname(path), file), f"{folder}/sqs/{version}")
        for ending in (".gz", ""):
            if os.path.exists(f"{folder}/sqs/{version}/{name}{ending}"):
                os.remove(f"{folder}/sqs/{version}/{name}{ending}")
        target = f"{folder}/sqs/{version}/{name}"
        with open(target + (".gz" if contents[:2] == b"\x1f\x8b" else ""), "wb") as out:
            out.write(contents)
        return folder

    def test_a_broken_model_is_named_with_the_place(self):
        whole = json.dumps(load("sqs"), indent=1).encode()
        model = load("sqs")
        model["operations"]["SendMessage"]["input"]["shape"] = "NoSuchShape"
        cases = [
            (whole[: len(whole) // 2], ("sqs/2012-11-05/service-2.json:",)),
            (b"not JSON", ("sqs/2012-11-05/service-2.json:1:",)),
            (b"[]", ("sqs/2012-11-05/service-2.json",)),
            (gzip.compress(whole)[:1000], ("service-2.json.gz", "gzip")),
            (json.dumps(model).encode(), ("service-2.json", "SendMessage", "NoSuchShape")),
        ]
        for contents, parts in cases:
            folder = self.broken(contents)
            for command in (
                ("operations", "sqs"),
                ("describe", "sqs"),
                ("describe", "sqs", "SendMessage"),
                ("services", "--long"),
            ):
                self.expect(run(*command, models=folder), 1, *parts)

    def test_a_broken_file_beside_the_model_is_named(self):
        folder = self.broken(b'{"pagination": 3}', "paginators-1.json")
        self.expect(run("describe", "sqs", models=folder), 1, "paginators-1.json", "pagination")
        folder = self.broken(b'{"waiters":\n {]}', "waiters-2.json")
        self.expect(run("describe", "sqs", models=folder), 1, "waiters-2.json:2:")


class Output(unittest.TestCase):
    def test_a_reader_that_has_seen_enough_is_no_error(self):
        for command in ("services", "operations ec2", "describe ec2 RunInstances", "help call"):
            done = subprocess.run(
                ["sh", "-c", f"trap '' PIPE; '{INIA}' {command} | true"],
                capture_output=True, check=False, timeout=60)  # fmt: skip
            self.assertEqual(done.stderr, b"", command)

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [INIA, "services"], stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
            )
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)

    def test_every_command_has_help(self):
        listed = re.findall(r"(?m)^  inia (\w+)", run("help")[1])
        self.assertIn("describe", listed)
        for command in listed:
            for words in (("help", command), (command, "--help")):
                code, out, error = run(*words)
                self.assertEqual((code, error), (0, ""), words)
                self.assertRegex(out, rf"inia {command}")
        self.assertEqual(run("help", "nonsense")[0], 2)


if __name__ == "__main__":
    if not os.path.isdir(os.path.join(MODELS, "s3")):
        print("no models: INIA_MODELS names none")
        sys.exit(77)
    unittest.main()
