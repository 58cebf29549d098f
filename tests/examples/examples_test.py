#!/usr/bin/env python3
"""The examples do what they say, against moto's server and the embedded endpoint."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(here), "servers"))
from servers import Moto, Report, Unavailable, inia  # noqa: E402

BUILD = os.environ.get("INIA_BUILD") or os.path.join(here, "../../build/release")
report = Report()


def run(server, example, *arguments):
    """What the example prints."""
    done = subprocess.run(
        [os.path.join(BUILD, "examples", example), *arguments],
        env=server.environment(),
        capture_output=True,
        timeout=100,
    )
    out = done.stdout.decode("utf-8", "replace")
    report.check(
        done.returncode == 0, f"{example} ends well", out + done.stderr.decode("utf-8", "replace")
    )
    return out


def prepare(server, service, operation, parameters, *more):
    code, out, err = inia(
        server, "call", service, operation, "--json", json.dumps(parameters), *more
    )
    report.check(code == 0, f"{service} {operation}", err)
    return json.loads(out or "{}")


def simple_db(server):
    said = run(server, "create_domain")
    report.check("test_domain: INIA_OK" in said, "CreateDomain calls back", said)
    report.check("points: 42" in said, "a function of several calls, then its callback", said)
    domains = prepare(server, "sdb", "ListDomains", {}).get("DomainNames")
    report.check(sorted(domains or []) == ["games", "test_domain"], "the domains are there")


def instances(server):
    started = prepare(
        server, "ec2", "RunInstances", {"ImageId": "ami-12c6146b", "MinCount": 3, "MaxCount": 3}
    )
    ids = sorted(instance["InstanceId"] for instance in started.get("Instances", []))
    said = run(server, "describe_instances")
    for how in ("callback", "awaited"):
        seen = sorted(re.findall(rf"^{how}: (i-\w+)$", said, re.M))
        report.check(len(ids) == 3 and seen == ids, f"DescribeInstances, {how}", said)


def email(server):
    prepare(server, "ses", "VerifyEmailIdentity", {"EmailAddress": "me@example.com"})
    said = run(server, "send_email", "me@example.com", "you@example.com")
    report.check(said.startswith(f"POST {server.url}/\n"), "method and url of SendEmail", said)
    report.check(
        re.search(
            r"^authorization: AWS4-HMAC-SHA256 Credential=\S+/ses/aws4_request", said, re.M | re.I
        ),
        "its signature",
        said,
    )
    report.check(
        re.search(r"^Action=SendEmail&.*&?Source=me%40example.com", said, re.M), "its body", said
    )
    report.check(re.search(r"^INIA_OK \S{20,}$", said, re.M), "it is sent", said)


def queue(server):
    said = run(server, "queue_task", "work", "one", "two words", "three")
    sent = re.findall(r"^sent: (.*)$", said, re.M)
    received = re.findall(r"^received: (.*)$", said, re.M)
    report.check(sent == ["one", "two words", "three"], "messages are sent in sequence", said)
    report.check(sorted(received) == sorted(sent), "each message is received once", said)


def orders(server):
    prepare(
        server,
        "dynamodb",
        "CreateTable",
        {
            "TableName": "orders",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    for number, state in ((1001, "open"), (1002, "shipped"), (1003, "open")):
        prepare(
            server,
            "dynamodb",
            "PutItem",
            {"TableName": "orders", "Item": {"id": {"S": str(number)}, "state": {"S": state}}},
        )
    prepare(server, "s3", "CreateBucket", {"Bucket": "invoices"})
    for number in range(5):
        prepare(server, "s3", "PutObject", {"Bucket": "invoices", "Key": f"1001/{number}"})
    topic = prepare(server, "sns", "CreateTopic", {"Name": "orders"}).get("TopicArn", "")
    said = run(server, "order_task", topic, "1001", "1002", "1003", "1004")
    for line in (
        "order 1001: 5 invoices on 3 pages, closed",
        "order 1002: shipped",
        "order 1003: 0 invoices on 1 pages, closed",
        "order 1004: unknown",
    ):
        report.check(line in said, line, said)
    left = prepare(server, "dynamodb", "Scan", {"TableName": "orders"}).get("Items", [])
    report.check([item["id"]["S"] for item in left] == ["1002"], "closed orders are gone", left)


class Slow(BaseHTTPRequestHandler):
    """ListBuckets, 50 ms after it was asked for; the first twenty only once all are there."""

    protocol_version = "HTTP/1.1"
    together = threading.Barrier(20)
    seen, lock = 0, threading.Lock()

    def do_GET(self):
        with Slow.lock:
            Slow.seen += 1
            is_early = Slow.seen <= 20
        if is_early:
            Slow.together.wait(30)
        time.sleep(0.05)
        body = (
            b'<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            b"<Buckets><Bucket><Name>one</Name></Bucket></Buckets></ListAllMyBucketsResult>"
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class SlowServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def gathered():
    """Twenty at once reach the server together; then one after the other."""
    with SlowServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.environment = lambda: {
            **{k: v for k, v in os.environ.items() if not k.startswith("AWS_")},
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
        said = run(server, "gather")
        for how in ("gathered", "series"):
            for number in range(20):
                line = f'[{how}{number}] INIA_OK {{"Buckets":[{{"Name":"one"}}]}}'
                report.check(line in said, f"{how} {number}", said)
        times = re.search(r"^20 calls: (\d+) ms gathered, (\d+) ms in series$", said, re.M)
        report.check(times, "the times are printed", said)
        report.check(not Slow.together.broken, "twenty are in flight together", said)
        print(times.group(0) if times else "", "(the server answers after 50 ms)")
        server.shutdown()


def main():
    gathered()
    try:
        with Moto(False) as server:
            for example in (simple_db, instances, email, queue, orders):
                example(server)
    except Unavailable as why:
        report.skip(f"moto: {why}")
    report.end()


main()
