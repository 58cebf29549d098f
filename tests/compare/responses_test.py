#!/usr/bin/env python3
"""botocore and inia read the same out of the same response.

usage: responses_test.py [--all] [--seed N] [--per-service N] [--show N] [SERVICE[.OPERATION] ...]

Of every service some operations (--per-service; --all: each one) are answered with random output
that fits the model, and with each of their modelled errors. What botocore makes of it, printed as
the AWS CLI prints (timestamps in ISO 8601, blobs in base64), must be what inia puts out.
"""

import argparse
import base64
import collections
import io
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import botocore
    from botocore.awsrequest import AWSResponse, HeadersDict
    from botocore.exceptions import ClientError
except ImportError:
    print("SKIP: botocore is not installed: tools/setup --for-tests could not have it")
    sys.exit(77)
import answers  # noqa: E402
import outputs  # noqa: E402
import peer  # noqa: E402
import values  # noqa: E402


class Raw(io.BytesIO):
    """As much of urllib3's response as botocore uses."""

    def stream(self, **_):
        yield self.read()


MEANS_TRY_AGAIN = (
    "InvalidEndpointException"  # at once and for ever, where endpoints are discovered
)
ENDPOINTS = b'{"Endpoints": [{"Address": "example.com", "CachePeriodInMinutes": 60}]}'


def is_discovery(request):
    target = request.headers.get("x-amz-target", b"")
    return (target if isinstance(target, bytes) else target.encode()).endswith(
        b".DescribeEndpoints"
    )


class Reader:
    """botocore's pipeline from the bytes of a response to what a caller gets."""

    def __init__(self, session, service):
        self.client = session.client(
            service,
            config={"signature_version": botocore.UNSIGNED, "inject_host_prefix": False},
        )
        self.client.meta.events.unregister("before-send", peer.throw_caught)
        self.client.meta.events.register("before-send", self.answer)
        self.response = self.operation = None
        self.sent = False

    def answer(self, request, **_):
        status, headers, body = self.response
        if is_discovery(request) and self.operation != "DescribeEndpoints":
            status, headers, body = 200, [], ENDPOINTS
        else:
            self.sent = True
        held = HeadersDict()
        for name, value in headers:
            held[name] = value
        return AWSResponse(request.url, status, held, Raw(body))

    def read(self, operation, response):
        """The output, and code, message and members of an error or None."""
        self.response, self.operation, self.sent = response, operation, False
        shape = self.client.meta.service_model.operation_model(operation).input_shape
        params = values.Maker("params", density=0).params(shape)
        try:
            parsed = self.client._make_api_call(operation, params)
            wrong = None
        except ClientError as error:
            parsed = error.response
            wrong = (parsed["Error"].get("Code"), parsed["Error"].get("Message"))
        apart = ("ResponseMetadata", "Error") if wrong else ("ResponseMetadata",)
        parsed = {k: v for k, v in parsed.items() if k not in apart}
        return parsed, wrong


# What may differ in every response, since both are right in their way.
FREEDOMS = """\
  an empty body where a structure is the payload: no payload (Smithy) or an empty one (botocore)
  an empty body where a blob is the payload: no payload or no bytes"""


def without_empty_payload(output, operation):
    shape = operation.output_shape
    name = shape.serialization.get("payload") if shape is not None else None
    return {k: v for k, v in output.items() if k != name or v not in ("", {})}


class Comparison:
    def __init__(self, options):
        self.options = options
        self.session = peer.Session()
        self.speaker = peer.Speaker("responses")
        self.same, self.errors = collections.Counter(), collections.Counter()
        self.left_out = collections.Counter()
        self.refused = self.differing = self.unsent = 0
        self.examples = []

    def operations(self, model, service):
        named = [n.split(".")[1] for n in self.options.names if n.startswith(service + ".")]
        every = [
            name
            for name in model.operation_names
            if not model.operation_model(name).has_event_stream_output
            and not model.operation_model(name).has_event_stream_input
        ]
        if named or self.options.all or len(every) <= self.options.per_service:
            return named or every
        return random.Random(f"{self.options.seed}/{service}").sample(
            every, self.options.per_service
        )

    def compare_service(self, service):
        reader = Reader(self.session, service)
        model = reader.client.meta.service_model
        for name in self.operations(model, service):
            operation = model.operation_model(name)
            self.compare_success(reader, service, operation, model.resolved_protocol)
            self.compare_errors(reader, service, operation, model.resolved_protocol)

    def compare_success(self, reader, service, operation, protocol):
        maker = values.Maker(f"{self.options.seed}/{service}/{operation.name}")
        value = maker.params(operation.output_shape)
        for name in [n for n in value if is_the_status(operation.output_shape.members[n])]:
            value[name] = 201
        response = answers.answer(operation, protocol, value)
        where = f"{service}.{operation.name}"
        self.compare(reader, where, operation, protocol, response, streaming_member(operation))

    def compare_errors(self, reader, service, operation, protocol):
        shapes = [s for s in operation.error_shapes if s.name != MEANS_TRY_AGAIN]
        if not shapes:
            return
        chosen = random.Random(f"{self.options.seed}/{operation.name}").choice(shapes)
        value = values.Maker(f"{service}/{chosen.name}").params(chosen)
        for name in [n for n in value if is_the_code(chosen.members[n])]:
            del value[name]
        response = answers.error(protocol, service, chosen, value)
        where = f"{service}.{operation.name} {chosen.name}"
        self.compare(reader, where, operation, protocol, response, None)

    def compare(self, reader, where, operation, protocol, response, streaming):
        status, headers, body = response
        try:
            its, wrong = reader.read(operation.name, response)
        except Exception as why:
            its, wrong = why, None
            if not reader.sent:
                self.unsent += 1
                return
        sent = b"" if streaming and status < 300 else body
        answer = self.speaker.ask(
            service=where.split(".")[0],
            operation=operation.name,
            http_status=status,
            headers=headers,
            body=base64.b64encode(sent).decode(),
        )
        if not isinstance(its, Exception):
            its.pop(streaming, None)
        self.judge(where, operation, protocol, answer, its, wrong, response)

    def judge(self, where, operation, protocol, answer, its, wrong, response):
        good = answer["status"] == "INIA_OK"
        if isinstance(its, Exception) or not good:
            if isinstance(its, Exception) and not good:
                self.refused += 1
                return
            self.differ(where, answer, its, response)
            return
        mine = (answer["output"], answer["is_error"] and [answer["code"], answer["message"]])
        other = (outputs.as_compared(its), bool(wrong) and [wrong[0], wrong[1] or ""])
        ours, theirs = (
            without_empty_payload(outputs.as_compared(one[0]), operation) for one in (mine, other)
        )
        if ours == theirs and mine[1] == other[1]:
            (self.errors if wrong else self.same)[protocol] += 1
        else:
            self.differ(where, mine, other, response)

    def differ(self, where, mine, other, response):
        self.differing += 1
        self.examples.append((where, mine, other, response))

    def report(self):
        for protocol in sorted({*self.same, *self.errors}):
            print(f"{protocol}: {self.same[protocol]} and {self.errors[protocol]} errors the same")
        print("may differ in all of them:\n" + FREEDOMS)
        for where, mine, other, response in self.examples[: self.options.show]:
            print(f"FAILED: {where}\n    response {response!r:.1500}")
            print(f"    inia     {mine!r:.1500}\n    botocore {other!r:.1500}")
        print(
            f"{sum(self.same.values()) + sum(self.errors.values())} the same, "
            f"{self.refused} refused by both, {self.unsent} for which botocore sends no request, "
            f"{self.differing} differ"
        )


def is_the_code(member):
    return member.serialization.get("name", "").lower() == "x-amzn-errortype"


def is_the_status(member):
    return member.serialization.get("location") == "statusCode"


def streaming_member(operation):
    """The member that is the body itself, which is read by the caller."""
    shape = operation.output_shape
    name = shape.serialization.get("payload") if shape is not None else None
    if name and shape.members[name].serialization.get("streaming"):
        return name
    return None


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--per-service", type=int, default=4)
    parser.add_argument("--show", type=int, default=20)
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def main():
    options = read_options()
    peer.clean_environment()
    os.environ["TZ"] = "UTC"
    time.tzset()
    comparison = Comparison(options)
    start = time.monotonic()
    services = sorted({name.split(".")[0] for name in options.names})
    for service in services or comparison.session.services():
        comparison.compare_service(service)
    comparison.report()
    print(f"in {time.monotonic() - start:.0f} s")
    ended = comparison.speaker.close()
    sys.exit(1 if comparison.differing or ended else 0)


if __name__ == "__main__":
    main()
