#!/usr/bin/env python3
"""--output, --query, --all-pages and their kin print what the AWS CLI prints, byte for byte.

A small server answers both the AWS CLI and inia with the same bodies. Shapes that no service has
come from a model of our own, whose output is any JSON; the AWS CLI's formatters are called directly
for those, and the whole of it for the rest.
"""

import argparse
import contextlib
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

try:
    import awscli.clidriver
    import awscli.formatter
    import awscli.table
    import jmespath
except ImportError as why:
    print(f"the AWS CLI cannot be had: {why}")
    sys.exit(77)

INIA = os.environ.get("INIA", "build/release/inia")
MODELS = os.environ.get("INIA_MODELS", "")
RANDOM_SHAPES = 25 if os.environ.get("INIA_SANITIZE") else 80
STYLES = ("json", "text", "table")

ANYTHING = {
    "version": "2.0",
    "metadata": {
        "apiVersion": "2020-01-01",
        "endpointPrefix": "anything",
        "jsonVersion": "1.1",
        "protocol": "json",
        "serviceFullName": "Anything",
        "serviceId": "Anything",
        "signatureVersion": "v4",
        "targetPrefix": "Anything",
    },
    "operations": {
        "Get": {"name": "Get", "http": {"method": "POST"}, "output": {"shape": "Output"}},
        "Put": {"name": "Put", "http": {"method": "POST"}, "input": {"shape": "Output"}},
    },
    "shapes": {
        "Output": {"type": "structure", "members": {"Value": {"shape": "Any"}}},
        "Any": {"type": "structure", "members": {}, "document": True},
    },
}


class Handler(BaseHTTPRequestHandler):
    """Answers with the page that the request's PAGE-n names, else the first."""

    pages, content_type, requests = [b"{}"], "application/json", []

    def answer(self):
        size = int(self.headers.get("Content-Length") or 0)
        request = self.path + self.rfile.read(size).decode("utf-8", "replace")
        Handler.requests.append(request)
        found = re.search(r"PAGE-(\d+)", request)
        body = Handler.pages[int(found[1]) if found else 0]
        self.send_response(200)
        self.send_header("Content-Type", Handler.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *_):
        pass


class Service(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        cls.url = f"http://127.0.0.1:{cls.server.server_port}"
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.folder = tempfile.TemporaryDirectory()
        model = os.path.join(cls.folder.name, "models", "anything", "2020-01-01")
        os.makedirs(model)
        with open(os.path.join(model, "service-2.json"), "w", encoding="utf-8") as out:
            json.dump(ANYTHING, out)
        rules = '{"version":"1.0","parameters":{},"rules":[{"type":"endpoint","conditions":[],'
        with open(os.path.join(model, "endpoint-rule-set-1.json"), "w", encoding="utf-8") as out:
            out.write(rules + f'"endpoint":{{"url":"{cls.url}"}}}}]}}')
        config = os.path.join(cls.folder.name, "config")
        with open(config, "w", encoding="ascii") as out:
            out.write("[default]\ncli_timestamp_format = iso8601\n")
        cls.environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        cls.environment.update(
            AWS_REGION="us-east-1",
            AWS_DEFAULT_REGION="us-east-1",
            AWS_ACCESS_KEY_ID="AKID",
            AWS_SECRET_ACCESS_KEY="secret",
            AWS_CONFIG_FILE=config,
            AWS_SHARED_CREDENTIALS_FILE="/dev/null",
            AWS_ENDPOINT_URL=cls.url,
            INIA_MODELS=f"{cls.folder.name}/models:{MODELS}",
        )

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.folder.cleanup()

    def answer(self, *pages, content_type="application/json"):
        Handler.pages = [page if isinstance(page, bytes) else page.encode() for page in pages]
        Handler.content_type = content_type
        Handler.requests = []

    def inia(self, *arguments, **environment):
        done = subprocess.run(
            [INIA, *arguments],
            env={**self.environment, **environment},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def aws(self, *arguments):
        """The AWS CLI in this process: (exit code, standard output)."""
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.environment, AWS_DATA_PATH=before["AWS_DATA_PATH"])
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
                code = awscli.clidriver.create_clidriver().main(list(arguments))
        finally:
            os.environ.clear()
            os.environ.update(before)
        out.flush()
        return code, out.buffer.getvalue().decode(), err.getvalue()


# ---- Any shape ---------------------------------------------------------------------------------


def formatted(style, value, query=None):
    """What the AWS CLI's formatter makes of it; None: it fails."""
    compiled = jmespath.compile(query) if query else None
    arguments = argparse.Namespace(query=compiled, color="off", output=style)
    out = io.StringIO()
    try:
        awscli.formatter.get_formatter(style, arguments)("Get", value, out)
    except (ValueError, TypeError, IndexError, AttributeError, KeyError, ZeroDivisionError):
        return None
    return out.getvalue()


SHAPES = [
    None, True, False, 0, 7, -12, 1.5, 1e16, 1e-5, 0.1, 123456789.125, 1e300, 5e-324, 100.0, 1e15,
    2**63, -(2**70), "", "text", "a\tb\nc", "été ☃ 漢字 𝒳 ｱｱ", 'quo"te', "back\\slash", "\x01\x7f",
    [], {}, [[]], [{}], [1, 2, 3], ["a", "b"], [None, True], [[1, 2], [3, 4]], [[1], [2, 3]],
    [[1, [2, 3]], 4], [{"a": 1}], [{"a": 1}, {"b": 2}], [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
    [{"a": [1, 2]}, {"a": [3]}],
    [{"a": 1}, 2], [2, {"a": 1}], [{"a": 1}, [2]], [{"a": 1}, {"a": [2]}],
    [{"a": {"b": "it's"}}, {"a": 'say "it\'s"', "c": [None, True, 1.0, "x\n\\"]}],
    {"a": 1}, {"b": 2, "a": 1}, {"a": {"b": 1}}, {"a": {"b": {"c": {"d": 1, "e": 2}}}},
    {"a": [], "b": {}, "c": None}, {"a": "x" * 100, "b": "y" * 30}, {"a": "x" * 100},
    {"List": [{"Name": "n" * 40, "Value": "v" * 50}, {"Name": "m", "Value": "w"}]},
    {"Wide": "漢字" * 25, "Other": "¡½" * 12}, {"clé": ["x"], "straſe": [1], "ǆ": [2]},
    {"Reservations": [{"Id": "r-1", "Instances": [
        {"Id": "i-1", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "k2", "Value": "v2"}],
         "State": {"Code": 16, "Name": "running"}, "Lists": ["a", "b"]},
        {"Id": "i-2", "Tags": [], "State": {"Code": 80, "Name": "stopped"}}]},
        {"Id": "r-2", "Owner": 12, "Instances": []}], "NextToken": "abc"},
    {"Title" * 20: [1, 2]}, [["a" * 30, "b" * 30, "c" * 30]], {"a": {"x" * 30: 1, "y" * 60: 2}},
    [[[1, 2], [3, 4]], [[5, 6]]], [[], [1]], [[{"a": 1}], [{"a": 2}]], ["a", ["b", "c"]], [None],
    {"Map": {"k1": ["v1"], "k2": ["v2", "v3"]}}, [{"a": {"b": 1}}, {"a": {"b": 2, "c": [3]}}],
    [{"a": {}, "b": 1}, {"c": [{"d": 1}, {"d": 2}], "b": 2}], [False], [[None, 1.5, "x"]],
]  # fmt: skip

NESTED = next(shape for shape in SHAPES if isinstance(shape, dict) and "Reservations" in shape)
ALIKE = [{"a": 2, "b": "y"}, {"a": 1, "b": "x"}]
QUERIES = [
    ("Value.Reservations[].Instances[].[Id, State.Name]", NESTED),
    ("Value.Reservations[].Instances[].{Id: Id, Name: State.Name, Tags: Tags[].Key}", NESTED),
    ("Value.Reservations[0].Instances[0].State", NESTED),
    ("Value.Reservations[*].Instances[*].Id", NESTED),
    ("Value.Reservations[].Instances[] | length(@)", NESTED),
    ("Value.nothing", NESTED),
    ("Value", NESTED),
    ("@", NESTED),
    ("length(Value)", [1, 2, 3]),
    ("sum(Value)", [1, 2, 3]),
    ("sum(Value)", [1.5, 2, 3]),
    ("max(Value)", [1, 2, 3]),
    ("avg(Value)", [1, 2, 4]),
    ("sort_by(Value, &a)[-1]", ALIKE),
    ("Value[?a > `1`].b", ALIKE),
    ("[Value, Value]", ALIKE),
    ("to_string(Value)", ALIKE),
    ("keys(@)", ALIKE),
    ('`{"x": 1.50, "y": [1e3]}`', 1),
]


def random_value(source, depth=0):
    kind = source.random()
    if depth > 3 or kind < 0.45:
        return source.choice(
            [None, True, False, source.randint(-9, 99999), source.uniform(-5, 5), "",
             "word", "some words here", "wïde 漢", "x" * source.randint(1, 60)])  # fmt: skip
    if kind < 0.7:
        return [random_value(source, depth + 1) for _ in range(source.randint(0, 3))]
    names = source.sample(["Name", "Value", "Id", "Tags", "State", "long name of a member"], 3)
    alike = source.random() < 0.5
    if alike:
        return [{name: source.randint(0, 9) for name in names} for _ in range(3)]
    return {name: random_value(source, depth + 1) for name in names[: source.randint(0, 3)]}


class AnyShape(Service):
    def compare(self, value, style, query="Value"):
        wanted = formatted(style, {"Value": value}, query)
        self.answer(json.dumps({"Value": value}))
        command = ["call", "anything", "Get", "--output", style]
        code, out, error = self.inia(*command, "--query", query)
        where = (style, query, value)
        if wanted is None:  # the AWS CLI ends with a traceback; we print, or say why not
            self.assertIn((code, error.count("\n")), [(0, 0), (1, 1)], where)
        else:
            self.assertEqual((code, error), (0, ""), where)
            self.assertEqual(out, wanted, where)

    def test_values_of_every_shape(self):
        for style in STYLES:
            for value in SHAPES:
                self.compare(value, style)

    def test_values_made_at_random(self):
        source = random.Random(2024)
        for _ in range(RANDOM_SHAPES):
            value = random_value(source)
            for style in STYLES:
                self.compare(value, style)

    def test_what_queries_find(self):
        for query, value in QUERIES:
            for style in STYLES:
                self.compare(value, style, query)

    def test_a_number_beyond_all_floats_stays_as_it_came(self):
        # The AWS CLI prints Infinity, which is no JSON.
        self.answer('{"Value": [1e999, -1e400]}')
        code, out, _ = self.inia("call", "anything", "Get", "--query", "Value")
        self.assertEqual((code, out), (0, "[\n    1e999,\n    -1e400\n]\n"))

    def test_an_empty_output_prints_nothing_where_the_aws_cli_does(self):
        self.answer("{}")
        for style in STYLES:
            self.assertEqual(self.inia("call", "anything", "Put", "--output", style), (0, "", ""))
        self.assertEqual(self.inia("call", "anything", "Put"), (0, "{}\n", ""))

    def test_the_aws_cli_s_setting_is_taken(self):
        self.answer('{"Value": [1, 2]}')
        arguments = ("call", "anything", "Get", "--query", "Value")
        self.assertEqual(self.inia(*arguments, AWS_DEFAULT_OUTPUT="text")[1], "1\t2\n")
        self.assertEqual(
            self.inia(*arguments, "--output", "json", AWS_DEFAULT_OUTPUT="text")[1],
            "[\n    1,\n    2\n]\n",
        )


# ---- Services ----------------------------------------------------------------------------------

INSTANCES = """<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<requestId>r</requestId><reservationSet><item><reservationId>r-%d</reservationId>
<ownerId>123</ownerId><groupSet/><instancesSet><item><instanceId>i-%d</instanceId>
<imageId>ami</imageId><instanceState><code>16</code><name>running</name></instanceState>
<launchTime>2024-02-03T04:05:06.000Z</launchTime><ebsOptimized>false</ebsOptimized>
<tagSet><item><key>Name</key><value>é%d</value></item></tagSet></item></instancesSet></item>
</reservationSet>%s</DescribeInstancesResponse>"""

OBJECTS = """<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix>
<KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><IsTruncated>%s</IsTruncated>%s%s%s</ListBucketResult>"""


def objects(page, count, more):
    contents = "".join(
        f"<Contents><Key>key-{page}-{i}</Key><LastModified>2024-01-0{i + 1}T00:00:00.000Z"
        f"</LastModified><ETag>&quot;e{i}&quot;</ETag><Size>{page * 10 + i}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
        for i in range(count)
    )
    prefixes = f"<CommonPrefixes><Prefix>p{page}/</Prefix></CommonPrefixes>" if page else ""
    token = f"<NextContinuationToken>PAGE-{page + 1}</NextContinuationToken>" if more else ""
    return OBJECTS % ("true" if more else "false", token, contents, prefixes)


def users(page, more):
    members = "".join(
        f"<member><UserName>u{page}{i}</UserName><Path>/</Path><UserId>AID{i}</UserId>"
        f"<Arn>arn:aws:iam::1:user/u{i}</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate></member>"
        for i in range(2)
    )
    marker = f"<Marker>PAGE-{page + 1}</Marker>" if more else ""
    return (
        '<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListUsersResult>'
        f"<IsTruncated>{'true' if more else 'false'}</IsTruncated><Users>{members}</Users>{marker}"
        "</ListUsersResult></ListUsersResponse>"
    )


def scan(page, more):
    result = {
        "Items": [{"Id": {"N": str(page * 10 + i)}, "Ü": {"BOOL": True}} for i in range(3)],
        "Count": 3,
        "ScannedCount": 5,
        "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5},
    }
    if more:
        result["LastEvaluatedKey"] = {"Id": {"S": f"PAGE-{page + 1} é"}}
    return json.dumps(result)


LISTS = [
    (
        ("s3", "s3api", "ListObjectsV2", "list-objects-v2", ("Bucket=b",), ("--bucket", "b")),
        [objects(0, 2, True), objects(1, 2, True), objects(2, 1, False)],
        "application/xml",
        "Contents[].Key",
    ),
    (
        ("iam", "iam", "ListUsers", "list-users", (), ()),
        [users(0, True), users(1, True), users(2, False)],
        "text/xml",
        "Users[].[UserName, CreateDate]",
    ),
    (
        ("dynamodb", "dynamodb", "Scan", "scan", ("TableName=t",), ("--table-name", "t")),
        [scan(0, True), scan(1, True), scan(2, False)],
        "application/x-amz-json-1.0",
        "{N: Count, First: Items[0].Id.N}",
    ),
    (
        ("ec2", "ec2", "DescribeInstances", "describe-instances", (), ()),
        [
            INSTANCES % (0, 0, 0, "<nextToken>PAGE-1</nextToken>"),
            INSTANCES % (1, 1, 1, ""),
        ],
        "text/xml",
        "Reservations[].Instances[].InstanceId",
    ),
]


class Pages(Service):
    def both(self, names, *more):
        """The same by both: (code, output) of inia, after checking that they are alike."""
        service, aws_service, operation, command, parameters, aws_parameters = names
        code, wanted, why = self.aws(aws_service, command, *aws_parameters, *more)
        self.assertEqual(code, 0, why)
        sent = [request for request in Handler.requests]
        Handler.requests.clear()
        got = self.inia("call", service, operation, *parameters, "--all-pages", *more)
        self.assertEqual(got[2], "", (names, more))
        self.assertEqual(got[1], wanted, (names, more))
        self.assertEqual(got[0], 0)
        self.assertEqual(len(Handler.requests), len(sent), (names, more))
        Handler.requests.clear()
        return got[1]

    def test_all_pages_are_one_output(self):
        for names, pages, content_type, query in LISTS:
            for style in STYLES:
                self.answer(*pages, content_type=content_type)
                self.both(names, "--output", style)
                self.both(names, "--output", style, "--query", query)

    def test_a_list_cut_short_goes_on_at_its_token(self):
        for names, pages, content_type, _ in LISTS:
            for most in ("1", "3") if names[0] == "s3" else ("2",):
                self.answer(*pages, content_type=content_type)
                more = ()
                for _ in range(6):
                    if names[0] == "s3":
                        self.both(names, "--max-items", most, *more, "--output", "text")
                    out = self.both(names, "--max-items", most, *more, "--output", "json")
                    token = json.loads(out).get("NextToken")
                    if not token:
                        break
                    more = ("--starting-token", token)
                self.assertIsNone(token)

    def test_old_and_plain_tokens_are_taken(self):
        names, pages, content_type, _ = LISTS[0]
        self.answer(*pages, content_type=content_type)
        for token in ("PAGE-1", "PAGE-1___1", "None___1", "PAGE-1___x"):
            self.both(names, "--starting-token", token, "--output", "json")

    def test_the_size_of_pages_is_asked_for(self):
        names, pages, content_type, _ = LISTS[0]
        self.answer(*pages, content_type=content_type)
        self.inia("call", "s3", "ListObjectsV2", "Bucket=b", "--page-size", "2")
        self.assertEqual(len(Handler.requests), 3)
        for request in Handler.requests:
            self.assertIn("max-keys=2", request)

    def test_one_page_is_one_request(self):
        for names, pages, content_type, query in LISTS:
            service, aws_service, operation, command, parameters, aws_parameters = names
            for style in STYLES:
                self.answer(*pages, content_type=content_type)
                code, wanted, why = self.aws(
                    aws_service, command, *aws_parameters, "--no-paginate", "--output", style
                )
                self.assertEqual(code, 0, why)
                got = self.inia("call", service, operation, *parameters, "--output", style)
                self.assertEqual(got, (0, wanted, ""), (names, style))
                self.assertEqual(len(Handler.requests), 2)

    def test_what_has_no_pages_is_one_call(self):
        self.answer('{"Value": 3}')
        got = self.inia("call", "anything", "Get", "--all-pages", "--output", "text")
        self.assertEqual(got, (0, "3\n", ""))

    def test_the_same_token_twice_is_an_error(self):
        self.answer(objects(0, 1, True), objects(0, 1, True), content_type="application/xml")
        code, _, error = self.inia("call", "s3", "ListObjectsV2", "Bucket=b", "--all-pages")
        self.assertEqual((code, error.count("\n")), (1, 1))
        self.assertIn("same token", error)


class Refusals(Service):
    def expect(self, code, arguments, *parts):
        got = self.inia(*arguments)
        self.assertEqual((got[0], got[2].count("\n")), (code, 1), got)
        for part in parts:
            self.assertIn(part, got[2])

    def test_bad_options_are_named(self):
        self.answer('{"Value": 1}')
        get = ("call", "anything", "Get")
        self.expect(1, (*get, "--query", "a["), "--query", "a[")
        self.expect(1, (*get, "--query", "nonsense(@)"), "unknown-function")
        self.expect(1, (*get, "--query", "length(Value)"), "invalid-type")
        self.expect(2, (*get, "--output", "xml"), "'xml'", "json, text and table")
        self.expect(2, (*get, "--max-items", "0"), "--max-items", "'0'")
        self.expect(2, (*get, "--max-items", "-5"), "--max-items", "'-5'")
        self.expect(2, (*get, "--page-size", "many"), "--page-size", "'many'")
        self.expect(1, (*get, "--protocol", "query"), "'query'", "offers json")
        lists = ("call", "s3", "ListObjectsV2", "Bucket=b")
        self.expect(1, (*lists, "--starting-token", "a___b___c"), "--starting-token", "a___b___c")

    def test_uneven_output_is_no_table(self):
        self.answer('{"Value": [[1, 2], [3]]}')
        get = ("call", "anything", "Get", "--output", "table", "--query", "Value")
        self.expect(1, get, "table")


class Parameters(Service):
    def put(self, *arguments, stdin=b""):
        """What the server got."""
        self.answer("{}")
        done = subprocess.run(
            [INIA, "call", "anything", "Put", *arguments],
            env=self.environment, input=stdin, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(Handler.requests[0][1:])

    def test_parameters_come_from_files_and_standard_input(self):
        path = os.path.join(self.folder.name, "input.json")
        with open(path, "w", encoding="utf-8") as out:
            out.write('{"Value": {"a": "é"}}')
        wanted = {"Value": {"a": "é"}}
        for form in (path, "file://" + path, '{"Value": {"a": "é"}}'):
            for option in ("--json", "--cli-input-json"):
                self.assertEqual(self.put(option, form), wanted)
        self.assertEqual(self.put("--json", "-", stdin=b'{"Value": [1]}'), {"Value": [1]})
        with open(path, "w", encoding="utf-8") as out:
            out.write("[1, 2]")
        self.assertEqual(self.put(f"Value=@{path}"), {"Value": [1, 2]})
        self.assertEqual(self.put("Value=@-", stdin=b"3"), {"Value": 3})

    def test_a_folder_is_no_body(self):
        code, _, error = self.inia("call", "anything", "Put", "--body", self.folder.name)
        self.assertEqual(code, 1)
        self.assertEqual(error, f"inia: --body: {self.folder.name}: Is a directory\n")

    def test_a_file_that_is_not_there_is_named(self):
        for arguments in (("--json", "/no/such"), ("Value=@/no/such",)):
            code, _, error = self.inia("call", "anything", "Put", *arguments)
            self.assertEqual((code, error.count("\n")), (2, 1))
            self.assertIn("/no/such: No such file", error)

    def test_two_at_signs_mean_one(self):
        out = self.inia("sign", "sqs", "CreateQueue", "QueueName=@@x", "--json")
        self.assertIn("@x", out[1])
        self.assertNotIn("@@x", out[1])


class Waits(Service):
    def wait(self, *arguments):
        return self.inia("wait", *arguments, "--interval", "1s", "--max-polls", "2")

    def test_a_state_that_holds_ends_the_wait(self):
        self.answer(b"")
        self.assertEqual(self.wait("s3", "BucketExists", "Bucket=b"), (0, "", ""))
        self.assertEqual(len(Handler.requests), 1)

    def test_a_state_that_cannot_come_any_more_is_a_failure(self):
        ended = (INSTANCES % (0, 0, 0, "")).replace("running", "terminated")
        self.answer(ended, content_type="text/xml")
        code, out, error = self.wait("ec2", "InstanceRunning")
        self.assertEqual((code, out, error.count("\n")), (1, "", 1))
        self.assertIn("INIA_WAIT_FAILED", error)
        self.assertIn("terminated", error)
        self.assertEqual(len(Handler.requests), 1)

    def test_a_state_that_does_not_come_in_time_is_a_failure(self):
        self.answer('{"Table": {"TableStatus": "CREATING"}}')
        code, out, error = self.wait("dynamodb", "TableExists", "TableName=t")
        self.assertEqual((code, out, error.count("\n")), (1, "", 1))
        self.assertIn("INIA_TIMED_OUT", error)
        self.assertEqual(len(Handler.requests), 2)

    def test_names_are_checked(self):
        code, out, error = self.wait("s3", "BucketExist", "Bucket=b")
        self.assertEqual((code, out, error.count("\n")), (1, "", 1))
        self.assertIn("did you mean 'BucketExists'?", error)
        self.assertEqual(self.inia("wait", "s3")[0], 2)


if __name__ == "__main__":
    if not os.path.isdir(os.path.join(MODELS, "s3")):
        print("no models: INIA_MODELS names none")
        sys.exit(77)
    awscli.table.determine_terminal_width = lambda default_width=80: default_width
    unittest.main()
