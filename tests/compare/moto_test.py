#!/usr/bin/env python3
"""Real calls against moto's server: made with inia, read with inia and boto3, which tell the same.

usage: moto_test.py [SERVICE ...]
"""

import base64
import collections
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "servers")]
try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError
    from botocore.parsers import ResponseParserError
except ImportError:
    print("SKIP: boto3 is not installed: tools/setup --for-tests could not have it")
    sys.exit(77)
import outputs  # noqa: E402
import peer  # noqa: E402
import scenarios  # noqa: E402
import servers  # noqa: E402

GATHERED = 20
OF_THE_MOMENT = ("LatestRestorableTime", "Timestamp", "EncodingType")


class Calls:
    """The same calls by inia and by boto3."""

    def __init__(self, url):
        self.url = url
        self.speaker = peer.Speaker("calls")
        self.session = boto3.session.Session(
            aws_access_key_id=peer.ACCESS_KEY,
            aws_secret_access_key=peer.SECRET_KEY,
            region_name="us-east-1",
        )
        self.clients = {}
        self.protocols = collections.Counter()

    def by_inia(self, service, operation, params, body=None, times=1):
        question = {
            "service": service,
            "operation": operation,
            "params": params,
            "region": "us-east-1",
            "endpoint_url": self.url,
            "path_style": service == "s3",
            "times": times,
        }
        if body is not None:
            question["body"] = base64.b64encode(body).decode()
        return self.speaker.ask(**question)

    def client(self, service):
        if service not in self.clients:
            self.clients[service] = self.session.client(
                service,
                endpoint_url=self.url,
                config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
            )
        return self.clients[service]

    def by_boto3(self, service, operation, params):
        client = self.client(service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        output = client._make_api_call(operation, outputs.from_json(params, shape))
        output.pop("ResponseMetadata", None)
        return outputs.as_compared(output)


def settled(value):
    """Without what moto makes anew for every answer, and what boto3 asks of its own accord."""
    if isinstance(value, dict):
        return {k: settled(v) for k, v in value.items() if k not in OF_THE_MOMENT}
    return [settled(v) for v in value] if isinstance(value, list) else value


def told_by_boto3(calls, service, operation, params):
    """(code, message) of an error or None, and the output."""
    try:
        return None, calls.by_boto3(service, operation, params)
    except ClientError as error:
        return (error.response["Error"]["Code"], error.response["Error"]["Message"]), {}
    except ResponseParserError:
        return ("500", "no answer of the service"), {}


def run_step(calls, service, step, made, report):
    kind, operation, params, body = step
    where = f"{service}.{operation}"
    if callable(params):
        params = params(made)
    answer = calls.by_inia(service, operation, params, body)
    made[operation] = answer.get("output", {})
    wrong = None if answer["status"] == "INIA_OK" else (answer.get("code"), answer["detail"])
    if kind.startswith("refused"):
        report.check(wrong and wrong[0] == kind.split(" ")[1], f"{where} is {kind}", answer)
    elif kind != "either":
        report.check(not wrong, where, answer)
    if kind == "do":
        return
    its_wrong, its = told_by_boto3(calls, service, operation, params)
    if kind == "either" and wrong and its_wrong:
        report.skip(f"{where}: moto fails, for boto3 too: {its_wrong}")
        return
    report.check(wrong == its_wrong, f"{where}: as boto3", f"{wrong} and {its_wrong}")
    mine = settled(outputs.as_compared(made[operation]))
    other = settled(its)
    report.check(wrong or mine == other, f"{where}: as boto3 reads it", f"{mine} and {other}")


def run_scenario(calls, service, report):
    made = {}
    for step in scenarios.SCENARIOS[service]:
        try:
            run_step(calls, service, step, made, report)
        except (KeyError, IndexError) as missing:
            report.check(False, f"{service}.{step[1]}", f"an earlier step lacks {missing}")
    calls.protocols[calls.client(service).meta.service_model.resolved_protocol] += 1


def gather(calls, report):
    """boto3async's example: ListBuckets, twenty at once and one after the other."""
    names = [b["Name"] for b in calls.by_boto3("s3", "ListBuckets", {})["Buckets"]]
    start = time.monotonic()
    together = calls.by_inia("s3", "ListBuckets", {}, times=GATHERED)
    gathered_s = time.monotonic() - start
    start = time.monotonic()
    series = [calls.by_inia("s3", "ListBuckets", {}) for _ in range(GATHERED)]
    series_s = time.monotonic() - start
    for answer in [together, *series]:
        mine = [b["Name"] for b in answer.get("output", {}).get("Buckets", [])]
        report.check(mine == names, f"ListBuckets x {GATHERED}", answer)
    print(f"ListBuckets x {GATHERED}: gathered {gathered_s:.3f} s, in series {series_s:.3f} s")


def command_line(server, report):
    """The same by the command line, for some."""
    text = "name with 100% & <more>"
    steps = [
        ("sdb", "CreateDomain", "DomainName=by-command"),
        ("dynamodb", "ListTables"),
        ("sqs", "CreateQueue", "QueueName=by-command"),
        ("sns", "CreateTopic", "Name=by-command"),
        ("ssm", "PutParameter", "Name=by-command", f"Value={text}", "Type=String"),
    ]
    for step in steps:
        code, out, said = servers.inia(server, "call", *step)
        report.check(code == 0, f"inia call {' '.join(step)}", said)
    code, out, said = servers.inia(server, "call", "ssm", "GetParameter", "Name=by-command")
    value = json.loads(out)["Parameter"]["Value"] if code == 0 else said
    report.check(value == text, "inia call ssm GetParameter", value)


def main():
    peer.clean_environment()
    report = servers.Report()
    try:
        with servers.Moto(False) as server:
            calls = Calls(server.url)
            services = sys.argv[1:] or list(scenarios.SCENARIOS)
            for service in services:
                run_scenario(calls, service, report)
            if not sys.argv[1:]:
                gather(calls, report)
                command_line(server, report)
            report.check(calls.speaker.close() == 0, "speaker ends well")
            spoken = ", ".join(f"{name} {count}" for name, count in calls.protocols.items())
            print(f"{len(services)} services: {spoken}; moto speaks no CBOR")
    except servers.Unavailable as why:
        report.skip(str(why))
    report.end()


if __name__ == "__main__":
    main()
